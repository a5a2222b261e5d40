"""How chapters import drawings: from the folder, and one module as `show`."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from li2_core import show

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "book").glob("*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_drawings_are_imported_in_one_way(path: Path) -> None:
    modules = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for line in ast.walk(ast.parse(cell.source)):
            if not isinstance(line, ast.ImportFrom) or not str(line.module).startswith(
                "li2_core.show"
            ):
                continue
            if line.module == "li2_core.show.lab":  # a page part, no drawing
                continue
            if line.module != "li2_core.show":
                # A name of the front from its own file: in one line with the others it would be
                # too long, and a line each makes the cell too long.
                assert all(name.name in show.__all__ and not name.asname for name in line.names)
                continue
            for name in line.names:
                if name.asname:
                    modules.append((name.name, name.asname))
                else:
                    assert name.name in (*show.__all__, "style")
    assert len(modules) < 2 and all(name == "show" for _, name in modules)
