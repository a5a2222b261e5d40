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


# How far Muon may be ahead and still count as level: accuracy in hundredths, frequencies of 35,
# steps to 90% of 34; and at least as many standard errors by which its test loss is higher.
AHEAD = {"test_accuracy": 0.02, "covered": 3.0}
LOSS_ERRORS = {32: 0.5, 48: 2, 64: 5, 128: 10, 256: 30}


def difference(muon: npt.NDArray[Any], adam: npt.NDArray[Any]) -> tuple[float, float]:
    """Mean of Muon minus that of Adam, and its standard error."""
    error = np.sqrt((muon.var(ddof=1) + adam.var(ddof=1)) / len(muon))
    return float(muon.mean() - adam.mean()), float(error)


def check_not_ahead(muon: npt.NDArray[Any], adam: npt.NDArray[Any], most: float) -> None:
    """Level for certain: even two standard errors up Muon is ahead by no more than this.

    Runs that scatter widely do not pass: their error would hide any difference.
    """
    assert len(muon) == len(adam) == 10
    mean, error = difference(muon, adam)
    assert mean + 2 * error <= most and mean <= 2 * error


def check_higher_loss(muon: npt.NDArray[Any], adam: npt.NDArray[Any], errors: float) -> None:
    """Muon's test loss lies above Adam's by at least so many standard errors."""
    mean, error = difference(muon, adam)
    assert mean > 0 and mean >= errors * error and error < 0.01


@pytest.mark.parametrize("column", AHEAD)
@pytest.mark.parametrize("width", WIDTHS)
def test_muon_is_not_ahead_of_adam_by_two_standard_errors(width: int, column: str) -> None:
    muon, adam = (seeds_of("fresh", name, width, column) for name in ("muon", "adam"))
    check_not_ahead(muon, adam, AHEAD[column])


@pytest.mark.parametrize("width", WIDTHS)
def test_muons_test_loss_is_higher(width: int) -> None:
    """Against Li2, Fig. 8, which has it lower at small K."""
    muon, adam = (seeds_of("fresh", name, width, "test_loss") for name in ("muon", "adam"))
    check_higher_loss(muon, adam, LOSS_ERRORS[width])


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
