"""What the chapters with a lab say was found in it, against `book/data/small_labs*.csv`."""

from __future__ import annotations

from typing import Any

import nbformat
import numpy as np
from oracles import DATA

from li2_core.runs import read_table
from li2_core.show.lab.state import LabState

RUNS = read_table(DATA / "small_labs")
CUTS = read_table(DATA / "small_labs_cut")
BROKEN = read_table(DATA / "small_labs_broken")
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
    cells = nbformat.read(DATA.parent / f"{chapter}.ipynb", as_version=4).cells
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
    assert says("14_memorization", "(73 to 86% are right after 600 steps), at 0.20 it stays")
    assert within(found("forget, p 0.15, decay 0.001", "test", 1).round(2), 0.73, 0.86)
    assert found("forget, p 0.2, decay 0.001", "test", 1).min() > 0.99
    for share in (0.05, 0.15, 0.2):
        assert found(f"forget, p {share}, decay 0.0", "test", 1).min() > 0.99
    assert says("14_memorization", "right 100 to 105 steps after the start; after 600 steps")
    assert within(found("forget and come back", "nearly_all"), 100, 105)
    assert says("14_memorization", "it took 136 to 181")
    assert within(found("forget and come back", "nearly_all", 2), 136, 181)


def test_dots_on_the_coast() -> None:
    assert says("13_phase_transition", "at most 2% of the others right at $p = 0.26$, 48 to 73%")
    at = {p: found(COAST | {"group": "Z_29", "p": p}, "test") for p in (0.26, 0.29, 0.32)}
    assert (
        at[0.26].max() < 0.025 and within(at[0.29].round(2), 0.48, 0.73) and (at[0.32] == 1).all()
    )
    assert says(
        "13_phase_transition", "7 to 16% at 0.30, 39 to 58% at 0.34 and 92% or more at 0.38"
    )
    at = {p: found(COAST | {"group": "D_11", "p": p}, "test") for p in (0.3, 0.34, 0.38)}
    assert within(at[0.3].round(2), 0.07, 0.16) and within(at[0.34].round(2), 0.39, 0.58)
    assert at[0.38].min() > 0.92


def test_a_frequency_comes_back_elsewhere() -> None:
    assert (CUTS["accuracy_cut"] == 1).all() and len(CUTS["seed"]) == 5
    assert says("16_top_down", "from 0.03 at most to between 0.10 and 0.16")
    assert CUTS["loss_before"].max() < 0.03 and within(CUTS["loss_cut"].round(2), 0.1, 0.16)
    assert says("16_top_down", "back to 0.02, and the frequency has 85% or more")
    assert (CUTS["loss_after"].round(2) == 0.02).all()
    assert (CUTS["power_after"] / CUTS["power_before"]).min() > 0.85
    assert says("16_top_down", "In three of five networks nothing of it lay in the nodes")
    assert (CUTS["share_in_old_nodes"] < 1e-3).sum() == 3
    assert says("16_top_down", "in the others 24% and 44%")
    assert np.sort(CUTS["share_in_old_nodes"])[-2:].round(2).tolist() == [0.24, 0.44]


def test_what_decides_in_the_lab() -> None:
    assert says("lab", "known by step 14 to 16. Nearly all of the others are right by step 72 to")
    assert within(found("lab", "known"), 14, 16) and within(found("lab", "nearly_all"), 72, 89)
    assert found("lab", "lowest").max() == 0
    assert says("lab", "At 0.5 they take 153 to 197 steps, at 0.4 385 to 513. At 0.35 16 to 73%")
    assert within(found({"p": 0.5}, "nearly_all"), 153, 197)
    assert within(found({"p": 0.4}, "nearly_all"), 385, 513)
    assert within(found({"p": 0.35}, "test").round(2), 0.16, 0.73)
    assert found({"p": 0.3}, "test").max() < 0.02
    assert says("lab", "95% or more of the others are right. With 128, 256 and 512 nodes")
    for K, low, high in (
        (32, 0.95, 1),
        (64, 0.95, 1),
        (128, 0, 1 / 3),
        (256, 0, 0.2),
        (512, 0, 1 / 8),
    ):
        assert within(found({"K": K, "decay": 0}, "test"), low, high)
    assert says("lab", "31 to 46 of them are enough. At 0.1 it takes 40 to 50")
    assert within(found({"lr": 0.05}, "nearly_all"), 31, 46)
    assert within(found({"lr": 0.1}, "nearly_all"), 40, 50)
    assert found({"lr": 0.02}, "nearly_all").min() > 46
    assert says("lab", "of the others no more than 37% are right at the end")
    for p in (0.6, 0.7):
        assert found({"group": "Q_8", "p": p}, "test").max().round(2) <= 0.37
    assert says("lab", "58 to 66 steps. From 1 on, louder is later: 72 to 89 steps at 1, 103 to")
    for scale, low, high in ((0.5, 58, 66), (2.0, 103, 143), (5.0, 207, 325)):
        assert within(found({"scale": scale}, "nearly_all"), low, high)
    assert np.isnan(found({"scale": 0.2}, "nearly_all")).all()


def test_what_can_be_taken_away() -> None:
    assert says("lab", "no more than one answer is lost, only the loss grows")
    one = 1 / 212  # of the others
    assert broken("nodes", 1).min() == 1 and broken("nodes", 4).min() >= 1 - one - 1e-6
    assert (broken("nodes", 4, "loss") > broken("nodes", 0, "loss")).all()
    assert says("lab", "the sixteen longest to lose 8 to 17% of them")
    assert within(broken("nodes", 16), 0.83, 0.92)
    assert says("lab", "44 to 58 of the 128 nodes are dead anyway")
    assert within(128 - broken("nodes", 0, "alive"), 44, 58)
    assert says("lab", "none of three. With five gone 96% or more are right, with seven 54%")
    assert broken("frequencies", 3).min() == 1
    assert broken("frequencies", 5).min() > 0.965 and broken("frequencies", 7).min() > 0.545
    assert says("lab", "one network needed no more than two")
    assert (broken("frequencies", 9) == 1).sum() == 1 and broken("frequencies", 10).max() < 0.2
