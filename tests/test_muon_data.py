"""What the stored comparison of Adam and Muon says, as chapter 17 tells it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from li2_core.tables import read_table

WIDTHS = (32, 48, 64, 128, 256)


def seeds_of(stage: str, optimizer: str, width: int, column: str) -> npt.NDArray[Any]:
    table = read_table("muon")
    rows = (table["stage"] == stage) & (table["optimizer"] == optimizer)
    return table[column][rows & (table["width"] == width)].astype(float)


@pytest.mark.parametrize("column", ["test_accuracy", "covered"])
@pytest.mark.parametrize("width", WIDTHS)
def test_muon_is_not_ahead_of_adam_by_two_standard_errors(width: int, column: str) -> None:
    muon, adam = (seeds_of("fresh", name, width, column) for name in ("muon", "adam"))
    assert len(muon) == len(adam) == 10
    error = np.sqrt((muon.var(ddof=1) + adam.var(ddof=1)) / 10)
    assert muon.mean() - adam.mean() <= 2 * error


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_chosen_rates_are_the_best_of_ten_that_were_tried(width: int, optimizer: str) -> None:
    tried = seeds_of("tuning", optimizer, width, "test_accuracy").reshape(10, 3).mean(axis=1)
    rates = {
        column: seeds_of("tuning", optimizer, width, column).reshape(10, 3)[:, 0]
        for column in ("lr", "readout_lr")
    }
    chosen = [seeds_of("fresh", optimizer, width, column)[0] for column in ("lr", "readout_lr")]
    here = (rates["lr"] == chosen[0]) & (rates["readout_lr"] == chosen[1])
    assert here.sum() == 1
    assert round(float(tried[here][0]), 2) == round(float(tried.max()), 2)
