"""Chapters have the numbers of their files, and so has what is in them: Fig. 13.2, (13.4).

A toctree's own numbering counts parts anew, and pages that are no chapters with the rest. What
stands on those has a letter, Fig. P.1: the first of the page's name.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

CHAPTER = re.compile(r"(\d\d)_\w+")
figures_within_sections = TocTreeCollector.assign_figure_numbers


def setup(app: Sphinx) -> dict[str, bool]:
    TocTreeCollectorWithStyles.assign_section_numbers = number_chapters  # type: ignore[method-assign]
    TocTreeCollectorWithStyles.assign_figure_numbers = number_figures  # type: ignore[method-assign]
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def number_of(page: str) -> str:
    """The number of a chapter, the letter of another page, by its name.

    >>> number_of("book/04_lazy_learning"), number_of("book/performance")
    ('4', 'P')
    """
    name = PurePosixPath(page).name
    chapter = CHAPTER.fullmatch(name)
    return str(int(chapter[1])) if chapter else name[0].upper()


def number_chapters(_: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Number the titles of chapters, and name the pages whose number is new."""
    before, env.toc_secnumbers = env.toc_secnumbers, {}
    for page, contents in env.tocs.items():
        if number_of(page).isdigit():
            number = (int(number_of(page)),)
            title, *sections = contents.findall(nodes.reference)
            # Of sections it must be said that they have none.
            env.toc_secnumbers[page] = {"": number} | {s["anchorname"]: () for s in sections}
            # Where a title is quoted: in the side bar, and as the next or the previous page.
            title["secnumber"] = number
            env.titles[page]["secnumber"] = number
    return [page for page in env.tocs if before.get(page) != env.toc_secnumbers.get(page)]


def number_figures(collector: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Number figures, equations, statements and exercises, those of other pages by letter."""
    others = env.tocs.keys() - env.toc_secnumbers.keys() - {env.config.root_doc}
    chapters = env.toc_secnumbers
    letters = {page: {"": (number_of(page),)} for page in others}
    env.toc_secnumbers = chapters | letters  # type: ignore[assignment]
    try:
        return figures_within_sections(collector, env)
    finally:
        env.toc_secnumbers = chapters
