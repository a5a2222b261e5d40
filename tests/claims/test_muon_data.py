"""What the stored comparison of Adam and Muon says, as chapter 17 tells it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from oracles import DATA

from li2_core.runs import read_table

WIDTHS = (32, 48, 64, 128, 256)


def seeds_of(stage: str, optimizer: str, width: int, column: str) -> npt.NDArray[Any]:
    table = read_table(DATA / "muon")
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
def test_the_chosen_rates_are_the_quickest_of_nearly_the_best(width: int, optimizer: str) -> None:
    columns = ("lr", "readout_lr", "test_accuracy", "steps_to_90")
    lr, readout_lr, accuracy, steps = (
        seeds_of("tuning", optimizer, width, column).reshape(12, 3) for column in columns
    )
    steps = np.where(np.isnan(steps), 400, steps).mean(axis=1)
    accuracy = accuracy.mean(axis=1)
    chosen = [seeds_of("fresh", optimizer, width, column)[0] for column in columns[:2]]
    here = (lr[:, 0] == chosen[0]) & (readout_lr[:, 0] == chosen[1])
    assert here.sum() == 1
    assert accuracy[here][0] >= accuracy.max() - 0.01
    assert steps[here][0] == steps[accuracy >= accuracy.max() - 0.01].min()
