"""Words and letters that explain themselves.

The first use of a glossary's term in a chapter becomes a link, whose definition a few lines of
script show where it stands. The letters of a chapter's formulas are listed at its top.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docutils import nodes
from li2_core.show._prose import inline
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from symbols import BOOK, rows_of, spoken

CHAPTER = re.compile(r"book/(\d\d)_\w+")
GLOSSARY = "book/glossary"
NOTATION = "book/notation"
# Everyday words: the book's meaning is meant where they stand in bold or in the role "term".
EVERYDAY = re.compile(
    "baseline|budget|class|cliff|coast|collapse|corner|echo|error|focus|lowland|order|peak|plain|"
    "probe|pure|sector|share|sign|silent|split|spike|spread|step|tail|threshold|trace|trivial|"
    "unitary|waterline|window"
)
NO_PLACE = (
    nodes.title, nodes.literal, nodes.math, nodes.math_block, nodes.literal_block, nodes.reference,
    nodes.caption, nodes.raw, addnodes.pending_xref, nodes.Invisible, nodes.figure, nodes.rubric,
)  # fmt: skip
ROLE = re.compile(r"\{\w+\}`([^`<]+?)\s*(?:<([^`>]+)>)?`")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(FirstUsesAreLinks)
    app.add_transform(LettersOfTheChapter)
    app.add_transform(LettersInTheIndex)
    app.connect("env-get-outdated", pages_to_read_again)
    app.connect("env-updated", write_the_definitions)
    app.add_js_file("definitions.js", loading_method="defer")
    app.add_js_file("words.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def glossary() -> dict[str, str]:
    """Every term with its definition, in Markdown; terms that share one have it twice."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    block = re.search(r"```\{glossary\}\n(.*?)\n```", text, re.DOTALL)
    assert block, "the glossary page has no glossary"
    found: dict[str, str] = {}
    for entry in re.split(r"\n\n(?=\S)", block[1]):
        lines = entry.splitlines()
        names = [line for line in lines if line and not line.startswith(" ")]
        said = " ".join(line.strip() for line in lines if line.startswith(" "))
        found |= dict.fromkeys(names, said)
    return found


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every term and how it is met in a text, longest first: one or many, small or large."""
    terms = sorted(glossary(), key=len, reverse=True)
    return tuple(
        (term, re.compile(rf"\b{re.escape(term)}(?:e?s)?\b", _case(term))) for term in terms
    )


def _case(term: str) -> re.RegexFlag:
    """Names in capitals ("Muon", "CKA") are met as they are, other words also at the start."""
    return re.RegexFlag(0) if term[0].isupper() else re.IGNORECASE


class FirstUsesAreLinks(SphinxTransform):
    """In a chapter, the first use of each term links to the glossary."""

    default_priority = 860

    def apply(self, **_: object) -> None:
        if not CHAPTER.fullmatch(self.env.docname):
            return
        done = {
            glossary().get(link["reftarget"], "")
            for link in self.document.findall(addnodes.pending_xref)
            if link.get("reftype") == "term"
        }
        for text in list(self.texts()):
            self.link(text, done)

    def texts(self) -> Iterator[nodes.Text]:
        for text in self.document.findall(nodes.Text):
            parents, parent = [], text.parent
            while parent is not None:
                parents.append(parent)
                parent = parent.parent
            if not any(isinstance(one, NO_PLACE) for one in parents):
                yield text

    def link(self, text: nodes.Text, done: set[str]) -> None:
        bold = isinstance(text.parent, nodes.strong)
        for term, pattern in patterns():
            everyday = EVERYDAY.fullmatch(term) and not bold
            found = None if everyday or glossary()[term] in done else pattern.search(text)
            if found is None:
                continue
            done.add(glossary()[term])
            before, after = nodes.Text(text[: found.start()]), nodes.Text(text[found.end() :])
            text.parent.replace(text, [before, self.reference(term, found[0]), after])
            self.link(before, done)
            self.link(after, done)
            return

    def reference(self, term: str, shown: str) -> addnodes.pending_xref:
        link = addnodes.pending_xref(
            "", nodes.inline(shown, shown, classes=["std", "std-term"]), refdomain="std",
            reftype="term", reftarget=term, refexplicit=True, refwarn=True,
            refdoc=self.env.docname,
        )  # fmt: skip
        link.source, link.line = self.document["source"], 1
        return link


class LettersOfTheChapter(SphinxTransform):
    """A fold before a chapter's first cell with the notation of the letters that it uses."""

    default_priority = 861

    def apply(self, **_: object) -> None:
        chapter = CHAPTER.fullmatch(self.env.docname)
        if not chapter:
            return
        kinds = (nodes.math, nodes.math_block)
        formulas = [node.astext() for kind in kinds for node in self.document.findall(kind)]
        found = rows_of(formulas, int(chapter[1]))
        section = next(self.document.findall(nodes.section))
        place = next(k for k, child in enumerate(section) if "cell" in child.get("classes", []))
        entries = "".join(f"<dt>{inline(r.symbol)}</dt><dd>{inline(r.what)}</dd>" for r in found)
        section.insert(place, nodes.raw("", _FOLD.format(len(found), entries), format="html"))


class LettersInTheIndex(SphinxTransform):
    """The search finds the letters of the notation: "P", "G_F", "tilde Y"."""

    default_priority = 862

    def apply(self, **_: object) -> None:
        if self.env.docname != NOTATION:
            return
        for place, row in enumerate(self.document.findall(nodes.row)):
            anchor = f"letter-{place}"
            names = [name for math in row[0].findall(nodes.math) for name in spoken(math.astext())]
            if names:
                entries = [("single", name, anchor, "", None) for name in names]
                row[0].insert(0, addnodes.index(entries=entries))
                row["ids"].append(anchor)


def pages_to_read_again(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """All chapters, when the glossary or the notation is another than they were read with.

    And the two themselves, always: Sphinx forgets the entries for the search of a page that it
    does not write.
    """
    always = [GLOSSARY, NOTATION]
    known = "".join(Path(env.doc2path(name)).read_text("utf-8") for name in always)
    if getattr(env, "li2_words", None) == known:
        return always
    env.li2_words = known  # type: ignore[attr-defined]
    return always + [name for name in env.found_docs if CHAPTER.fullmatch(name)]


def write_the_definitions(app: Sphinx, env: BuildEnvironment) -> None:
    """One script with all definitions by their anchor, so that pages work from files too."""
    objects = env.get_domain("std").objects
    anchors = {
        objects["term", term][1]: f"<p>{inline(ROLE.sub(_words, said))}</p>"
        for term, said in glossary().items()
        if ("term", term) in objects
    }
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    text = f"window.li2Words = {json.dumps(anchors)};\n"
    (folder / "definitions.js").write_text(text, encoding="utf-8")


def _words(role: re.Match[str]) -> str:
    return role[1]


_FOLD = """<details class="li2-symbols"><summary>The letters of this chapter ({})</summary>
<dl>{}</dl><p>All of them: <a href="notation.html">Notation</a>.</p></details>"""
