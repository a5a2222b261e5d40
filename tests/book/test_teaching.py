"""What `make teaching` writes: no solution in it, nothing from elsewhere, grades without a run."""

from __future__ import annotations

import re
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path

import grading
import hosted
import nbformat
import pytest
import quiz
import slides
import teaching
from fences import fences
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from plain_markdown import labels_of_book

LABELS = labels_of_book(quiz.BOOK)
EACH = pytest.mark.parametrize("path", quiz.CHAPTERS, ids=lambda path: path.name[:2])
SOLUTION = re.compile(r"```\{solution-start\}.*?\{solution-end\}", re.DOTALL)
WITHOUT_END = {"meta", "link", "img", "br", "hr"}


@pytest.fixture(autouse=True)
def small_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The copies carry a wheel; which one is no matter here."""
    monkeypatch.setattr(hosted, "wheel", lambda: ("li2_core-0.2.0-py3-none-any.whl", b"wheel"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def solved(notebook: nbformat.NotebookNode) -> list[str]:
    """The long lines of all solutions, of their text and of their code."""
    marked = [
        cell.source if cell.cell_type == "markdown" else "<code>\n" + cell.source
        for cell in notebook.cells
    ]
    found = "\n".join(SOLUTION.findall("\n\n".join(marked)))
    return [line for line in found.split("\n") if len(line) > 30]


@EACH
def test_students_get_everything_but_the_solutions(path: Path) -> None:
    source = read(path)
    before = deepcopy(source)
    copy = teaching.for_students(source, LABELS)
    assert source == before, "the chapter itself is left as it is"
    text = "\n".join(cell.source for cell in copy.cells)
    lines = solved(source)
    assert len(lines) >= 4
    kept = [cell.source for cell in source.cells if cell.cell_type == "code"]
    twice = {line for line in lines if sum(line in cell for cell in kept) > 1}
    assert [line for line in lines if line not in twice and line in text.split("\n")] == []
    assert "Solution" not in re.findall("<summary>(.+)</summary>", text)
    exercises = sum(cell.source.count("{exercise}") for cell in source.cells)
    assert text.count("> **Exercise ") == exercises > 0
    assert not any(cell.get("outputs") for cell in copy.cells)
    code = [cell.source for cell in copy.cells if cell.cell_type == "code"]
    asked = [k for k, cell in enumerate(code) if cell.startswith('answer("ex-')]
    checked = [cell.source for cell in source.cells if cell.source.startswith('answer("ex-')]
    assert [code[k] for k in asked] == checked
    assert all(code[k - 1] == "# Your work" for k in asked)


def chapter() -> nbformat.NotebookNode:
    """A chapter with a solution that begins and ends within cells."""
    start, end = "```{solution-start} ex-01-1\n:class: dropdown\n```", "```{solution-end}\n```"
    second = "```{exercise}\n:label: ex-01-2\n\nThree?\n```"
    return new_notebook(
        cells=[
            new_markdown_cell("# Squares\n\n**The question.** Two?\n\n## Think\n\n$$ a $$"),
            new_code_cell("# set-up", id="set-up"),
            new_markdown_cell(
                "## Exercises\n\n```{exercise}\n:label: ex-01-1\n\nTwo?\n\n:::{dropdown} Hint 1\n"
                f"Count.\n:::\n```\n\n{start}\n\nIt is two."
            ),
            new_code_cell("print('secret')"),
            new_markdown_cell(f"So two.\n\n{end}\n\n{second}"),
            new_code_cell('answer("ex-01-2", None)'),
        ]
    )  # fmt: skip


def test_a_solution_may_begin_and_end_within_cells() -> None:
    copy = teaching.for_students(chapter(), LABELS)
    text = "\n".join(cell.source for cell in copy.cells)
    assert "Three?" in text and "Hint 1" in text and "Count." in text
    assert not re.search("secret|It is two|So two|solution", text)
    shown = "".join(slide.body for slide in slides.slides_of(chapter(), LABELS))
    assert "Three?" in shown and not re.search("secret|It is two|So two|Hint|Count", shown)


class Page(HTMLParser):
    """What a page opens and closes, and what it asks for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.slides = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.slides += tag == "section"
        # A link is followed by who clicks on it; all else is fetched by itself.
        self.asks += [str(given[k]) for k in ("src", "srcset", "data") if k in given]
        self.asks += [str(given["href"])] if tag == "link" else []
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()


@EACH
def test_slides_show_the_chapter_and_no_solution(path: Path) -> None:
    source = read(path)
    found = slides.slides_of(source, LABELS)
    text = slides.deck(slides.name_of(path, found), found)
    page = Page(text)
    assert page.open == [] and page.slides == len(found) >= 8
    assert {asked for asked in page.asks if not asked.startswith("data:")} == {
        "mathjax/tex-chtml.js"
    }
    assert text.count("<h1>") == 1
    assert not re.search(r"@import|url\(", text)
    assert found[-1].title == slides.REMEMBER
    without_pictures = re.sub(r"base64,[^\"]*", "", text)
    assert re.findall(r"\{[a-z:]+\}`|```|^:label:|>Hint \d", without_pictures, re.MULTILINE) == []
    captions = [c.metadata["mystnb"]["figure"] for c in source.cells if "mystnb" in c.metadata]
    shown = [
        LABELS[figure["name"]]
        for figure in captions
        if f"<strong>{LABELS[figure['name']]}." in text
    ]
    assert len(shown) == len(captions) > 0
    assert [line for line in solved(source) if f"<p>{line}</p>" in text] == []


def test_a_guess_is_asked_before_its_figure_and_answered_after_it() -> None:
    first = read(quiz.CHAPTERS[0])
    bodies = [slide.body for slide in slides.slides_of(first, LABELS)]
    asked = [k for k, body in enumerate(bodies) if "When will the nodes choose" in body]
    assert len(asked) == 2 and asked[1] == asked[0] + 2
    assert "Sliders: <code>step</code>" in bodies[asked[0] + 1]
    assert "<em>Right.</em>" not in bodies[asked[0]]
    assert bodies[asked[1]].count("<em>Right.</em>") == 1


def test_formulas_reach_the_page_as_they_are() -> None:
    question = {"ask": "Is $a_1 < b_2$?", "right": 0, "choices": ["$x$", "no"]}
    asked, told = slides.quiz_slides([question | {"why": ["*So*.", "No."]}])
    assert asked.title == told.title == "Question 1"
    formula = '<span class="math inline">\\({}\\)</span>'
    assert asked.body.startswith(f"<p>Is {formula.format('a_1 &lt; b_2')}?</p>")
    assert f"<li>{formula.format('x')}</li>" in asked.body and "So" not in asked.body
    assert "<em>So</em>" in told.body and told.body.count("class=right") == 1


def test_everything_is_written_and_what_was_there_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "teaching"
    (folder / "slides").mkdir(parents=True)
    (folder / "slides" / "old.html").write_text("")
    path = quiz.CHAPTERS[0]
    teaching.write(folder, [path])
    assert [p.name for p in (folder / "notebooks").iterdir()] == [path.name]
    decks = {p.name for p in (folder / "slides").glob("*.html")}
    assert decks == {"index.html", "quiz.html", f"{path.stem}.html"}
    index = (folder / "slides" / "index.html").read_text()
    assert set(re.findall('href="([^"]+)"', index)) == decks - {"index.html"}
    assert "1 Watch a network grok" in index
    assert (folder / "slides" / "mathjax" / "tex-chtml.js").exists()
    assert Page((folder / "slides" / "quiz.html").read_text()).slides == 60


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('answer("ex-07-2", 4)', "right"),
        ('show.answer("ex-07-2", 4.0)', "right"),
        ('answer("ex-07-2", 0)\nanswer("ex-07-2", 4)', "right"),
        ('answer("ex-07-3", "c")', "right"),
        ('answer("ex-07-3", "A")', "not yet"),
        ('answer("ex-07-2", -4)', "not yet"),
        ('answer("ex-07-2", None)', "no answer"),
        ('answer("ex-07-2")', "no answer"),
        ('answer("ex-07-2", found)', "unreadable"),
        ('answer("ex-07-3", "Z")', "unreadable"),
    ],
)
def test_an_answer_is_graded_without_running_it(call: str, said: str, tmp_path: Path) -> None:
    cells = [new_code_cell("raise SystemExit"), new_code_cell("not ( Python"), new_code_cell(call)]
    (tmp_path / "anna" / ".ipynb_checkpoints").mkdir(parents=True)
    for place in ("anna", "anna/.ipynb_checkpoints"):
        nbformat.write(new_notebook(cells=cells), tmp_path / place / "07.ipynb")
    (exercise,) = set(re.findall(r"ex-07-\d", call))
    assert grading.grades(tmp_path) == [("anna/07.ipynb", exercise, said)]


def test_an_unknown_exercise_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there must be notebooks in the folder"):
        grading.grades(tmp_path)
    nbformat.write(
        new_notebook(cells=[new_code_cell('answer("ex-99-1", 1)')]), tmp_path / "a.ipynb"
    )
    assert grading.grades(tmp_path) == [("a.ipynb", "ex-99-1", "unreadable")]


def test_the_pages_example_runs() -> None:
    (code,) = fences("book/teaching.md", "python")
    exec(code, {})
