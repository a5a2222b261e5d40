"""Slides of a chapter, as one page of HTML each, which asks for nothing from elsewhere.

What becomes a slide is read from the chapter's structure: its header, definitions and theorems,
figures with captions, each guess (the question first, what happens after the picture), sliders as
they stand in a notebook, labs, exercises without hints and solutions, what to remember.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from hosted import SOLUTION
from numbering import number_of
from plain_markdown import FENCE, Labels, plain
from quiz import Question

TEMPLATE = Path(__file__).resolve().parents[1] / "_assets" / "slides.html"
HEADING = re.compile(r"^#{1,4} (.+)$")
STATEMENT = re.compile(r"(exercise|prf:(?!proof)\w+)")
HINT = re.compile(r"^(:{3,})\{dropdown\} Hint.*?^\1$\n?", re.MULTILINE | re.DOTALL)
SLIDER = re.compile(r"(\w+)=\[")
REMEMBER = "What to remember"


@dataclass(frozen=True)
class Slide:
    """A title in Markdown, and a body in HTML."""

    title: str
    body: str


def slides_of(notebook: nbformat.NotebookNode, labels: Labels) -> list[Slide]:
    """The slides of a chapter, in its order."""
    found: list[Slide] = []
    title, waiting, in_solution = "", None, False
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text, in_solution = without_solutions(cell.source, in_solution)
            if place == 0:
                found.append(_opening(text, labels))
                text = text[text.find("\n## ") :] if "\n## " in text else ""
            for section, new in _sections(text, title, labels):
                found += [waiting] if waiting else []
                title, waiting = section, None
                found += new
        elif not in_solution:
            if asked := _guess(cell.source, title):
                question, waiting = asked
                found.append(question)
            elif shown := _shown(cell, title, labels, waiting is not None):
                found += [shown, waiting] if waiting else [shown]
                waiting = None
    return [*found, waiting] if waiting else found


def without_solutions(text: str, in_solution: bool) -> tuple[str, bool]:
    """A cell's text less what lies between a solution's start and its end."""
    kept, place = "", 0
    for found in [*SOLUTION.finditer(text), None]:
        if not in_solution:
            kept += text[place : found.start() if found else len(text)]
        if found:
            in_solution, place = found[1] == "start", found.end()
    return kept.strip("\n"), in_solution


def quiz_slides(bank: list[Question]) -> list[Slide]:
    """Two slides a question: what is asked, and what leads to each of the answers."""
    found = []
    for number, question in enumerate(bank, 1):
        right = question["right"]
        choices = list(zip(question["choices"], question["why"], strict=True))
        found += _asked(f"Question {number}", question["ask"], choices, right)
    return found


def deck(name: str, slides: list[Slide]) -> str:
    """The page."""
    sections = "\n".join(
        f'<section class="slide" aria-label="Slide {k} of {len(slides)}">'
        f"<{heading}>{_line(slide.title)}</{heading}>\n{slide.body}</section>"
        for k, slide in enumerate(slides, 1)
        for heading in ("h1" if k == 1 else "h2",)
    )
    page = TEMPLATE.read_text(encoding="utf-8")
    for mark, text in (("name", html.escape(name)), ("slides", sections)):
        assert page.count(f"<!-- {mark} -->") == 1, f"the template needs one mark {mark}"
        page = page.replace(f"<!-- {mark} -->", text)
    return page


def _opening(header: str, labels: Labels) -> Slide:
    title, _, rest = header.split("\n## ")[0].partition("\n")
    return Slide(title.lstrip("# "), _html(plain(rest, labels)))


def _sections(text: str, title: str, labels: Labels) -> Iterator[tuple[str, list[Slide]]]:
    """Each section of a cell's text, with the slides of its statements and exercises.

    The first is the one in which the cell begins; it is there only if it makes slides.
    """
    lines, place = text.split("\n"), 0
    while place < len(lines):
        if found := HEADING.match(lines[place]):
            title = found[1]
            section = "\n".join(lines[place + 1 :]).split("\n## ")[0]
            yield title, [Slide(title, _html(plain(section, labels)))] * (title == REMEMBER)
        opened = FENCE.match(lines[place])
        if opened:
            end = next(i for i in range(place + 1, len(lines)) if lines[i].rstrip() == opened[1])
            if STATEMENT.fullmatch(opened[2]):
                block = HINT.sub("", "\n".join(lines[place : end + 1]))
                yield title, [Slide(title, _html(plain(block, labels)))]
            place = end
        place += 1


def _guess(source: str, title: str) -> tuple[Slide, Slide] | None:
    """The slides of a guess: the question, and what is said of each choice."""
    tree = ast.parse(source)
    call = tree.body[-1].value if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "guess"):
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    question = ast.literal_eval(call.args[0])
    if "sketch" in given:
        (why,) = (k.value for k in given["sketch"].keywords if k.arg == "why")
        drawn = Slide(title, _html(f"{question}\n\n*Draw the curve first.*"))
        return drawn, Slide(title, _html(ast.literal_eval(why)))
    choices = ast.literal_eval(given["choices"])
    asked, told = _asked(title, question, choices, ast.literal_eval(given["right"]))
    return asked, told


def _asked(title: str, ask: str, choices: list[Any], right: int) -> list[Slide]:
    items = [f"<li>{_line(label)}</li>" for label, _ in choices]
    told = [
        f"<li{' class=right' if k == right else ''}><strong>{_line(label)}</strong><br>"
        f"{'<em>Right.</em> ' if k == right else ''}{_line(why)}</li>"
        for k, (label, why) in enumerate(choices)
    ]
    ordered = '<ol type="A">{}</ol>'
    return [
        Slide(title, f"<p>{_line(ask)}</p>{ordered.format(''.join(items))}"),
        Slide(title, f"<p>{_line(ask)}</p>{ordered.format(''.join(told))}"),
    ]


def _shown(cell: nbformat.NotebookNode, title: str, labels: Labels, awaited: bool) -> Slide | None:
    """A figure, a slider or a lab; a printed table where a guess waits for it."""
    outputs = {kind: data for o in cell.outputs for kind, data in o.get("data", {}).items()}
    figure = cell.metadata.get("mystnb", {})
    if "figure" in figure and "image/png" in outputs:
        name = labels[figure["figure"]["name"]]
        caption = f"**{name}.** {plain(figure['figure']['caption'], labels)}"
        return Slide(title, _picture(outputs["image/png"], figure["image"]["alt"], caption))
    text = outputs.get("text/plain", "")
    if text.startswith("explore(") and "image/png" in outputs:
        names = ", ".join(f"`{name}`" for name in SLIDER.findall(text))
        moves = f"In the page it moves. Sliders: {names}."
        return Slide(title, _picture(outputs["image/png"], moves.replace("`", ""), moves))
    if text.startswith("lab("):
        return Slide(title, _html("A network that trains in the page: open it there."))
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    if awaited and printed:
        return Slide(title, f"<pre>{html.escape(printed)}</pre>")
    return None


def _picture(png: str, alt: str, caption: str) -> str:
    return (
        f'<figure><img src="data:image/png;base64,{"".join(png.split())}" '
        f'alt="{html.escape(alt)}"><figcaption>{_line(caption)}</figcaption></figure>'
    )


@cache
def _reader() -> MarkdownIt:
    def formula(content: str, options: dict[str, bool]) -> str:
        left, right = (r"\[", r"\]") if options["display_mode"] else (r"\(", r"\)")
        return f"{left}{html.escape(content, quote=False)}{right}"

    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    return reader.use(dollarmath_plugin, renderer=formula, double_inline=True)


def _html(text: str) -> str:
    return str(_reader().render(text))


def _line(text: str) -> str:
    return str(_reader().renderInline(" ".join(text.split())))


def name_of(path: Path, slides: list[Slide]) -> str:
    """The name of a chapter's slides: its number and its title."""
    return f"{number_of(path.stem)} {slides[0].title}"
