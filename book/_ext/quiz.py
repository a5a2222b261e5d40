"""The page for teachers: the quiz bank of `book/quiz.toml`, and the chapters' objectives.

Each question names a label, and the page links to the section in which that label stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from numbering import number_of

BOOK = Path(__file__).resolve().parents[1]
BANK = BOOK / "quiz.toml"
CHAPTERS = sorted(BOOK.glob("[0-9][0-9]_*.ipynb"))
# Where labels stand in the Markdown of a chapter, and the titles of its sections.
PLACE = re.compile(
    r"^\((?P<before>[\w-]+)\)=$|^#{1,4} (?P<title>.+)$|^:label: (?P<label>[\w-]+)$"
    r"|\$\$[ \t]*\((?P<equation>[\w-]+)\)",
    re.MULTILINE,
)
ROLES = {"sec": "ref", "ex": "ref", "eq": "eq", "fig": "numref"}
ABLE = re.compile(r"^\*You will be able to\*\n\n((?:- .+\n)+)", re.MULTILINE)
MINUTES = re.compile(r"\*\*(\d+ minutes) to read")
QUESTION = re.compile(r"^(?:\*\*The question\.\*\* (?P<named>.+)|\*(?P<first>[^*].+)\*)$", re.M)
Question = dict[str, Any]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("quiz", Quiz)
    app.add_directive("objectives", Objectives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def read_bank() -> list[Question]:
    """All questions, in the order of the bank."""
    bank: list[Question] = tomllib.loads(BANK.read_text(encoding="utf-8"))["question"]
    return bank


@cache
def places() -> dict[str, tuple[Path, str]]:
    """The chapter and the title of the section in which each label of a chapter stands."""
    found: dict[str, tuple[Path, str]] = {}
    for path in CHAPTERS:
        title, waiting = "", []
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                figure = cell.metadata.get("mystnb", {}).get("figure", {})
                waiting = [figure["name"]] if figure else []
            for place in PLACE.finditer(cell.source if cell.cell_type == "markdown" else ""):
                title = place["title"] or title
                if place["before"]:
                    waiting.append(place["before"])  # its section's title comes next
                    continue
                waiting += [label for label in (place["label"], place["equation"]) if label]
                found |= dict.fromkeys(waiting, (path, title))
                waiting = []
            found |= dict.fromkeys(waiting, (path, title))
    return found


def chapter_of(question: Question) -> int:
    """The chapter that answers a question."""
    return int(places()[question["see"]][0].name[:2])


def source(label: str) -> str:
    """Where a label stands, in MyST: its chapter, its section, and a link to the place."""
    path, title = places()[label]
    kind = label.split("-")[0]
    link = f"{{{ROLES.get(kind, 'prf:ref')}}}`{label}`"
    where = link if kind == "sec" else f"“{title}”, {link}"
    return f"Chapter {number_of(path.stem)}, {{doc}}`{path.stem}`: {where}."


def in_myst(number: int, question: Question) -> Iterator[str]:
    """The lines of a question: what is asked, and folded away what is right and why not."""
    letters = [chr(65 + k) for k in range(len(question["choices"]))]
    yield f"**{number}.** {question['ask']}"
    yield ""
    for letter, choice in zip(letters, question["choices"], strict=True):
        yield f"- **{letter}** {choice}"
    right = question["right"]
    yield from ("", ":::{dropdown} Answer, and what leads to the others", "")
    yield f"**{letters[right]}.** {question['why'][right]}"
    yield ""
    for k, letter in enumerate(letters):
        if k != right:
            yield f"- **{letter}** {question['why'][k]}"
    yield from ("", source(question["see"]), ":::", "")


def objectives(path: Path) -> Iterator[str]:
    """The lines of one chapter: its minutes and what a reader will be able to do.

    A chapter without such lines is given by its question.
    """
    header = nbformat.read(path, as_version=4).cells[0].source
    minutes, able = MINUTES.search(header), ABLE.search(header)
    asks = QUESTION.search(header)
    assert minutes and asks, f"{path.name} has no minutes, or no question, in its header"
    yield f"**Chapter {number_of(path.stem)}, {{doc}}`{path.stem}`**, {minutes[1]}."
    yield ""
    yield able[1].rstrip() if able else f"- {asks['named'] or asks['first']}"
    yield ""


class FromData(Directive):
    """A directive whose argument names a range of chapters, such as 4-7."""

    required_arguments = 1

    def chapters(self) -> range:
        found = re.fullmatch(r"(\d+)-(\d+)", self.arguments[0])
        if not found:
            raise self.error(f"chapters must be a range such as 4-7, got {self.arguments[0]!r}")
        return range(int(found[1]), int(found[2]) + 1)

    def parsed(self, lines: list[str], *read: Path) -> list[nodes.Node]:
        for path in read:
            self.state.document.settings.env.note_dependency(str(path))
        box = nodes.container()
        self.state.nested_parse(StringList(lines, str(BANK)), self.content_offset, box)
        return box.children


class Quiz(FromData):
    """The questions of some chapters, numbered as in the bank."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for number, question in enumerate(read_bank(), 1):
            if chapter_of(question) in self.chapters():
                lines += in_myst(number, question)
        return self.parsed(lines, BANK, *CHAPTERS)


class Objectives(FromData):
    """What readers of some chapters will be able to do, in the chapters' own words."""

    def run(self) -> list[nodes.Node]:
        some = [path for path in CHAPTERS if int(path.name[:2]) in self.chapters()]
        lines = "\n".join(line for path in some for line in objectives(path)).split("\n")
        return self.parsed(lines, *some)
