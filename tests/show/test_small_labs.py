"""What the chapters with a lab say was found in it, against `book/data/small_labs*.csv`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from li2_core.runs import read_table
from li2_core.show.lab.state import LabState

BOOK = Path(__file__).resolve().parents[2] / "book"
RUNS = read_table(BOOK / "data" / "small_labs")
CUTS = read_table(BOOK / "data" / "small_labs_cut")
BROKEN = read_table(BOOK / "data" / "small_labs_broken")
COAST = {"K": 512, "lr": 0.002, "decay": 5e-4}


def found(run: str | dict[str, Any], quantity: str, phase: int = 0) -> Any:
    """One number a seed: of a run by its name, or of the lab's start with something changed."""
    name = run if isinstance(run, str) else LabState(**run).fragment()
    here = (RUNS["run"] == name) & (RUNS["phase"] == phase)
    assert here.sum() == 5
    return RUNS[quantity][here].astype(float)


def broken(column: str, count: int, quantity: str = "test") -> Any:
    """One number a seed, after so many nodes or frequencies were taken away."""
    other = "frequencies" if column == "nodes" else "nodes"
    return BROKEN[quantity][(BROKEN[column] == count) & (BROKEN[other] == 0)]


def within(values: Any, low: float, high: float) -> bool:
    return bool(np.min(values) >= low and np.max(values) <= high)


def says(chapter: str, words: str) -> bool:
    """Whether the words stand in a chapter: no test may outlive its sentence."""
    cells = nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells
    return any(words in " ".join(cell.source.split()) for cell in cells)


def test_the_others_come_everywhere_and_late_decay_brings_them() -> None:
    assert says("01_grokking_live", "between step 106 and step 120, and then one row at most")
    assert within(found("watch", "half"), 106, 120)
    assert found("watch", "rows_at_half").max() <= 1
    assert says("01_grokking_live", "3 to 8% of the others are right at step 600")
    assert within(found("watch, off at 40", "test", 1).round(2), 0.03, 0.08)
    assert says("01_grokking_live", "nearly all of them come within 80 steps")
    assert found("watch, off at 40", "nearly_all", 2).max() <= 80


def test_the_tap_may_open_late_but_not_close_early() -> None:
    assert says("05_the_leak", "3 to 6% of the others are right at step 200, and not one more")
    shut = found("tap shut", "test")
    assert within(shut.round(2), 0.03, 0.06)
    assert (found("tap opened at 200", "test") == shut).all()
    assert says("05_the_leak", "nearly all within 190 steps")
    assert found("tap opened at 200", "nearly_all", 1).max() <= 190
    assert says("05_the_leak", "Closed at step 50 it leaves 4 to 12% of them right")
    assert within(found("tap closed at 50", "test", 1).round(2), 0.04, 0.12)
    assert says("05_the_leak", "at step 100 9 to 22%")
    assert within(found("tap closed at 100", "test", 1).round(2), 0.09, 0.22)
    assert says("05_the_leak", "At step 200 66% or more are right already, and 88% or more in the")
    assert found("tap closed at 200", "test").min().round(2) >= 0.66
    assert found("tap closed at 200", "test", 1).min().round(2) >= 0.88


def test_the_rule_is_lost_and_nothing_of_it_helps() -> None:
    assert says("14_memorization", "12 to 17% of the others were right 100 steps after the cut")
    lost = "forget, p 0.05, decay 0.001"
    assert within(found(lost, "test_100", 1).round(2), 0.12, 0.17)
    assert says("14_memorization", "none or one in a thousand after 300")
    assert found(lost, "test_300", 1).max() < 0.0015
    assert says("14_memorization", "At 0.15 the rule fades slowly, at 0.20 it stays")
    assert within(found("forget, p 0.15, decay 0.001", "test", 1), 0.75, 0.95)
    assert found("forget, p 0.2, decay 0.001", "test", 1).min() > 0.99
    for share in (0.05, 0.15, 0.2):
        assert found(f"forget, p {share}, decay 0.0", "test", 1).min() > 0.99
    assert says("14_memorization", "right 100 to 105 steps after the start; after 600 steps")
    assert within(found("forget and come back", "nearly_all"), 100, 105)
    assert says("14_memorization", "it took 136 to 181")
    assert within(found("forget and come back", "nearly_all", 2), 136, 181)
