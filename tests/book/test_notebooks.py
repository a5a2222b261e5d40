"""The stored notebooks: run, canonical, and compared by nbval in a way that can fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
SETUP = (ROOT / "book" / "_assets" / "setup_cell.py").read_text(encoding="utf-8").rstrip("\n")
# A guess has no code to show, and a page has a field where a notebook has a cell `answer(...)`.
ALLOWED_TAGS = {"hide-input", "hide-output", "remove-input", "remove-cell"}
EACH = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_there_are_chapters() -> None:
    assert len(CHAPTERS) >= 3


@EACH
def test_every_code_cell_was_run_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@EACH
def test_no_output_escapes_comparison(path: Path) -> None:
    for cell in code_cells(path):
        assert set(cell.metadata.get("tags", [])) <= ALLOWED_TAGS
        assert all(output.output_type != "error" for output in cell.outputs)
        assert all(output.get("name") != "stderr" for output in cell.outputs)


@EACH
def test_stored_form_is_canonical(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 500_000
    for cell in notebook.cells:
        shown = cell.source + "".join(str(o.get("text", "")) for o in cell.get("outputs", []))
        assert not re.search(r"/(?:home|root|Users|work|tmp)/", shown)


@EACH
def test_chapters_share_the_set_up_cell(path: Path) -> None:
    assert code_cells(path)[0].source == SETUP


@EACH
def test_cells_are_short_and_figures_have_words(path: Path) -> None:
    cells = code_cells(path)[1:]
    # ruff's formatting adds lines, not ideas; a guess is words.
    code = [cell.source for cell in cells if not cell.source.startswith("guess(")]
    assert max(len(source.splitlines()) for source in code) <= 22
    for cell in cells:
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            if "explore(" in cell.source:
                assert "alt=" in cell.source
                continue
            words = cell.metadata["mystnb"]
            assert len(words["image"]["alt"]) > 40 and len(words["figure"]["caption"]) > 20


@EACH
def test_header_names_the_times(path: Path) -> None:
    text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells[:1])
    found = re.search(r"\*\*\d+ minutes to read · (\d+) seconds to run\*\*", text)
    assert found and int(found.group(1)) <= 120


NUMBER_CELL = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "a",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": "4\n"}],
            "source": "print(2 + 2)",
        }
    ],
    "metadata": {"kernelspec": {"display_name": "", "language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.mark.parametrize(("stored", "exit_code"), [("4\n", 0), ("5\n", 1)])
def test_nbval_fails_on_one_changed_number(tmp_path: Path, stored: str, exit_code: int) -> None:
    notebook = json.loads(json.dumps(NUMBER_CELL))
    notebook["cells"][0]["outputs"][0]["text"] = stored
    assert compare(notebook, tmp_path) == exit_code


def test_nbval_fails_on_one_changed_number_of_a_chapter(tmp_path: Path) -> None:
    """The last number in the output of a cheap chapter's check cell, one digit changed."""
    notebook = json.loads((ROOT / "book" / "02_group_tasks.ipynb").read_text(encoding="utf-8"))
    streams = [o for c in notebook["cells"] for o in c.get("outputs", []) if "text" in o]
    stream = next(o for o in reversed(streams) if re.search(r"\d", "".join(o["text"])))
    text = "".join(stream["text"])
    assert compare(notebook, tmp_path) == 0
    place = [m.start() for m in re.finditer(r"\d", text)][-1]
    stream["text"] = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
    assert compare(notebook, tmp_path) == 1


def compare(notebook: dict, folder: Path) -> int:
    path = folder / "copy.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    options = ["-p", "no:cacheprovider", "-q", "-c", str(ROOT / "pyproject.toml")]
    options += [f"--rootdir={ROOT}", "--nbval", str(path)]
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode
