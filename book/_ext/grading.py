"""Grade notebooks that students handed in: `python book/_ext/grading.py FOLDER`.

Nothing of a notebook is run. A student writes what was found into `answer("ex-01-1", 0.5)`, as
a number or, where there are choices, as a letter, and that call is read.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from li2_core.show import answer

RIGHT, NOT_YET, NO_ANSWER, UNREADABLE = "right", "not yet", "no answer", "unreadable"


def calls(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, ast.expr | None]]:
    """Each call of `answer` that names an exercise, and what was given to it."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # a student's cell may hold anything
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in ("answer", "show.answer")
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value), node.args[1] if len(node.args) > 1 else None


def verdict(exercise: str, given: ast.expr | None) -> str:
    """What the checker says, or why it cannot be asked."""
    try:
        value: Any = None if given is None else ast.literal_eval(given)
        reply = answer(exercise, value)
    except (ValueError, SyntaxError):
        return UNREADABLE  # a variable, a sum, a word that is no choice, no such exercise
    return NO_ANSWER if reply.right is None else RIGHT if reply.right else NOT_YET


def grades(folder: Path) -> list[tuple[str, str, str]]:
    """Notebook, exercise and verdict; the last call for an exercise counts.

    Raises
    ------
    ValueError
        If there is no notebook in the folder.
    """
    found = [
        path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts
    ]
    if not found:
        raise ValueError(f"there must be notebooks in the folder, and {folder} has none")
    rows = []
    for path in found:
        last = dict(calls(nbformat.read(path, as_version=4)))
        name = path.relative_to(folder).as_posix()
        rows += [(name, exercise, verdict(exercise, given)) for exercise, given in last.items()]
    return rows


if __name__ == "__main__":
    for row in grades(Path(sys.argv[1])):
        print(",".join(row))
