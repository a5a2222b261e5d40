"""Copies of the chapters for Colab and other hosted kernels, which carry all that they need.

`python book/_ext/hosted.py FOLDER` writes them. A copy is one file: plain Markdown, captions
under the figures, solutions folded, and in its last cell a wheel of the library with the book's
data, for a reader who has nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_raw_cell

from folding import folded
from notebooks import SETUP_CELL
from plain_markdown import FOLD, labels_of_book, plain

ROOT = Path(__file__).resolve().parents[2]
HOSTED_CELL = ROOT / "book" / "_assets" / "hosted_cell.py"
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
SOLUTION = re.compile(r"```\{solution-(start|end)\}[^\n]*\n(?::[^\n]*\n)*```")
HIDDEN = {"cellView": "form", "jupyter": {"source_hidden": True}}


@cache
def wheel() -> tuple[str, bytes]:
    """The name and bytes of a wheel with the library and the book's data.

    The same sources give the same bytes: all times in it are one date.
    """
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "source"
        source.mkdir()
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source)
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "li2_core", source / "li2_core", ignore=without)
        shutil.copytree(ROOT / "book" / "data", source / "li2_core" / "data")
        project = source / "pyproject.toml"
        listed = 'li2_core = ["'
        text = project.read_text(encoding="utf-8")
        assert text.count(listed) == 1
        project.write_text(text.replace(listed, f'{listed}data/*", "'), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
             "--no-index", "-w", place, str(source)],
            check=True,
            env=os.environ | {"SOURCE_DATE_EPOCH": "1735689600"},
        )  # fmt: skip
        (built,) = Path(place).glob("*.whl")
        return built.name, built.read_bytes()


def hosted(notebook: nbformat.NotebookNode, labels: dict[str, str]) -> nbformat.NotebookNode:
    """The copy of a chapter."""
    name, content = wheel()
    digest = hashlib.sha256(content).hexdigest()
    cells, in_solution = [], False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cells += _code(cell, labels, in_solution)
        else:
            text, in_solution = _folded(cell.source, labels, in_solution)
            cells.append(new_markdown_cell(text, id=cell.id))
    setup = next(cell for cell in cells if cell.id == "set-up")
    setup.source = _setup_cell(name, digest)
    cells += [
        new_markdown_cell(
            f"**The library that this notebook carries.** The next cell is `{name}`, as base64. "
            "The set-up cell unpacks it where `li2_core` cannot be found otherwise. It is a zip "
            f"archive of Python files and tables, SHA-256 `{digest}`. To look inside: "
            "`python -m zipfile -l` on the file `carried.whl` that the set-up cell writes.",
            id="carried-words",
        ),
        new_raw_cell(
            f"li2-wheel {digest}\n{base64.b64encode(content).decode()}",
            id="carried",
            metadata={"jupyter": {"source_hidden": True}},
        ),
    ]
    copy = nbformat.v4.new_notebook(cells=cells, metadata=dict(notebook.metadata))
    copy.metadata.update(accelerator="GPU", colab={"provenance": []})
    nbformat.validate(copy)
    return copy


def _setup_cell(name: str, digest: str) -> str:
    repository = re.search(r'^REPOSITORY = "(.*)"$', SETUP_CELL.read_text("utf-8"), re.MULTILINE)
    assert repository, "the chapters' set-up cell has no line REPOSITORY"
    text = HOSTED_CELL.read_text(encoding="utf-8").rstrip("\n")
    values = {"REPOSITORY": repository[1], "VERSION": name.split("-")[1], "SHA256": digest}
    for what, value in values.items():
        text, count = re.subn(rf'^{what} = ".*"$', f'{what} = "{value}"', text, flags=re.MULTILINE)
        assert count == 1, f"the hosted set-up cell has no line {what}"
    return text


def _code(
    cell: nbformat.NotebookNode, labels: dict[str, str], in_solution: bool
) -> list[nbformat.NotebookNode]:
    """A cell of code, hidden where the page hides it, and what the page says under it."""
    copy = nbformat.from_dict(dict(cell))
    described = cell.metadata.get("mystnb", {})
    copy.metadata = nbformat.from_dict({})
    if in_solution:
        copy.outputs, copy.execution_count = [], None
        copy.source = f"# @title The solution's code\n{cell.source}"
    elif cell.id != "set-up" and (shows := folded(cell.source)):
        copy.source = f"# @title The code of the {shows}\n{cell.source}"
    if copy.source != cell.source or cell.id == "set-up":
        copy.metadata = nbformat.from_dict(HIDDEN)
    if "figure" not in described:
        return [copy]
    figure, alt = described["figure"], described["image"]["alt"]
    words = f"**{labels[figure['name']]}.** {plain(figure['caption'], labels)}\n\n"
    words += FOLD.format("The figure in words", alt)
    return [copy, new_markdown_cell(words, id=f"{cell.id[:50]}-caption")]


def _folded(text: str, labels: dict[str, str], in_solution: bool) -> tuple[str, bool]:
    """Plain Markdown with the solutions, or the parts of one that runs on, folded away."""
    pieces: list[str] = []
    place = 0
    for found in [*SOLUTION.finditer(text), None]:
        piece = plain(text[place : found.start() if found else len(text)], labels).strip()
        if piece:
            pieces.append(FOLD.format("Solution", piece) if in_solution else piece)
        if found:
            in_solution, place = found[1] == "start", found.end()
    return "\n\n".join(pieces), in_solution


def write_copies(folder: Path, chapters: list[Path] = CHAPTERS) -> None:
    """Write the copies of chapters into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = labels_of_book(ROOT / "book")
    for path in chapters:
        copy = hosted(nbformat.read(path, as_version=4), labels)
        nbformat.write(copy, folder / path.name)


if __name__ == "__main__":
    write_copies(Path(sys.argv[1]))
