"""Curves and thresholds out of a table of runs."""

from __future__ import annotations

import numpy as np
import pytest

from li2_core.scaling import boundaries
from li2_core.scaling.phase import curve


def small_table() -> dict[str, np.ndarray]:
    """Two seeds at three fractions of one group, not in order."""
    return {
        "group": np.array(["Z_5"] * 6),
        "weight_decay": np.full(6, 0.1),
        "train_fraction": np.array([0.4, 0.2, 0.6, 0.2, 0.6, 0.4]),
        "seed": np.array([1, 0, 0, 1, 1, 0]),
        "test_accuracy": np.array([0.7, 0.0, 0.9, 0.1, 1.0, 0.3]),
        "steps_50": np.array([80, np.nan, 60, np.nan, 40, np.nan]),
        "outcome": np.array(["memorised"] * 6),
    }


def test_a_curve_is_sorted_by_fraction_and_seed() -> None:
    fractions, accuracies = curve(small_table(), "Z_5", 0.1)
    assert fractions.tolist() == [0.2, 0.4, 0.6]
    assert accuracies.tolist() == [[0.0, 0.1], [0.3, 0.7], [0.9, 1.0]]
    _, by_60 = curve(small_table(), "Z_5", 0.1, steps=60)
    assert by_60.tolist() == [[0, 0], [0, 0], [1, 1]]


def test_a_curve_refuses_what_is_not_there_and_what_collapsed() -> None:
    with pytest.raises(ValueError, match="no run of Z_7"):
        curve(small_table(), "Z_7", 0.1)
    table = small_table()
    table["outcome"][2] = "collapsed"
    with pytest.raises(ValueError, match="collapsed"):
        curve(table, "Z_5", 0.1)


def test_boundaries_leave_out_what_never_crosses() -> None:
    found = boundaries(small_table(), ["Z_5"], 0.1)
    assert 0.3 < found["Z_5"].p_c < 0.5
    assert boundaries(small_table(), ["Z_5"], 0.1, steps=30) == {}


def test_a_jump_between_two_fractions_is_known_no_better_than_their_gap() -> None:
    table = small_table()
    table["test_accuracy"] = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0])
    found = boundaries(table, ["Z_5"], 0.1)["Z_5"]
    assert (found.low, found.high) == (0.4, 0.6)
    assert 0.4 < found.p_c < 0.6
