"""What a teacher hands out: `python book/_ext/teaching.py FOLDER`, which `make teaching` calls.

Into the folder come the chapters' notebooks without solutions and outputs, which carry the
library as the copies for Colab do, and slides of the chapters and of the quiz bank.
"""

from __future__ import annotations

import html
import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from hosted import hosted
from plain_markdown import Labels, labels_of_book
from quiz import BOOK, CHAPTERS, read_bank
from slides import deck, name_of, quiz_slides, slides_of, without_solutions

ANSWER = re.compile(r'answer\("(ex-\d\d-\d+)", None\)')
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides</title>
<style>
  body {{ max-width: 40rem; margin: 0 auto; padding: 1rem; color: #111; background: #fff; }}
  body {{ font: 1.1rem/1.4 system-ui, sans-serif; }}
  h1 {{ font-size: 1.5em; color: #0b4fb3; }}
  ul {{ padding: 0; list-style: none; }}
  a {{ display: block; padding: 0.6rem 0; color: #0b4fb3; }}
</style></head>
<body><h1>The Li2 book: slides</h1>
<p>Arrow keys or the buttons turn them. Printed, each slide is one sheet.</p>
<ul>{}</ul></body></html>
"""


def for_students(notebook: nbformat.NotebookNode, labels: Labels) -> nbformat.NotebookNode:
    """A copy of a chapter that carries the library, with nothing solved and nothing run.

    Above the cell that checks an exercise's answer stands an empty one to work in.
    """
    cells, in_solution = [], False
    for cell in nbformat.from_dict(notebook).cells:
        if cell.cell_type == "code":
            if not in_solution:
                cells.append(cell)
            continue
        cell.source, in_solution = without_solutions(cell.source, in_solution)
        if cell.source.strip():
            cells.append(cell)
    copy = hosted(nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata), labels)
    cells = []
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if asked := ANSWER.fullmatch(cell.source):
            cells.append(new_code_cell("# Your work", id=f"work-{asked[1]}"))
        cells.append(cell)
    copy.cells = cells
    nbformat.validate(copy)
    return copy


def write(folder: Path, chapters: list[Path] = CHAPTERS) -> None:
    """Write notebooks and slides; what is in the folder is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    notebooks, decks = folder / "notebooks", folder / "slides"
    notebooks.mkdir(parents=True)
    decks.mkdir()
    labels, named = labels_of_book(BOOK), []
    for path in chapters:
        chapter = nbformat.read(path, as_version=4)
        nbformat.write(for_students(chapter, labels), notebooks / path.name)
        slides = slides_of(chapter, labels)
        named.append((f"{path.stem}.html", name_of(path, slides)))
        (decks / named[-1][0]).write_text(deck(named[-1][1], slides), encoding="utf-8")
    named.append(("quiz.html", "Quiz"))
    (decks / "quiz.html").write_text(deck("Quiz", quiz_slides(read_bank())), encoding="utf-8")
    links = "".join(f'<li><a href="{file}">{html.escape(name)}</a></li>' for file, name in named)
    (decks / "index.html").write_text(INDEX.format(links), encoding="utf-8")
    # Formulas are set by MathJax from its package: no request leaves the folder.
    mathjax = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static")
    shutil.copytree(Path(str(mathjax)) / "mathjax", decks / "mathjax")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(f"Notebooks for students and slides are in {sys.argv[1]}")
