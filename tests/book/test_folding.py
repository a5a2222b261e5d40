"""What a page folds: the rule by example, and what it leaves open in the chapters."""

from __future__ import annotations

import nbformat
import pytest
from fences import ROOT
from folding import CHECKS, LONG, folded

CHAPTERS = sorted((ROOT / "book").glob("[0-9]*.ipynb"))
CODE = {
    path.stem: [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    for path in CHAPTERS
}
EACH = pytest.mark.parametrize("chapter", CODE)
SEVEN = "a = 1\n" * 6


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import numpy as np\nfrom li2_core import train\n\ntorch.set_num_threads(1)", "imports"),
        ("import numpy as np\nrun = train(task, net)", None),
        ("plt.plot(x)\nplt.show()", "figure"),
        ("explore(draw, alt='x', k=[1])", "figure"),
        ("def draw(k):\n    figure, ax = plt.subplots()\n    return figure", "figure"),
        (SEVEN + "check(('a', 1, a, 0))", "checks"),
        ("check(('a', 1, a, 0))", None),
        (SEVEN + "x = sp.Symbol('x')\ncheck(('a', 1, a, 0))", None),
        (SEVEN + "print(a)\nprint(a)", "table"),
        (SEVEN + "for a in b:\n    print(a)", "table"),
        (SEVEN + "print(a)", None),
        (SEVEN + "history.print()\nnotes.check()", None),
        (SEVEN + "run = train(task, net)", None),
    ],
)
def test_the_rule(source: str, kind: str | None) -> None:
    assert folded(source) == kind


@EACH
def test_what_stays_open_teaches_and_is_not_most_of_it(chapter: str) -> None:
    cells = CODE[chapter][1:]
    opened = [cell for cell in cells if not folded(cell.source)]
    shown = [o for cell in opened for o in cell.outputs if "image/png" in o.get("data", {})]
    assert opened and shown == [], "a figure whose code the rule does not know to be a drawing"
    assert any(len(cell.source.splitlines()) > LONG for cell in opened)


@EACH
def test_every_table_of_checks_is_found_whole(chapter: str) -> None:
    for cell in CODE[chapter]:
        for output in cell.outputs:
            text = output.get("text", "")
            assert len(CHECKS.findall(text)) == text.count("tolerance  verdict")
            assert "  agrees\n" not in CHECKS.sub("", text)
