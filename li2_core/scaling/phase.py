"""The grid of trainings of chapter 13, and the thresholds that it holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from li2_core.scaling.thresholds import Threshold, fit_threshold

Array = npt.NDArray[Any]
Table = dict[str, Array]


def curve(
    table: Table, group: str, weight_decay: float, steps: int | None = None
) -> tuple[Array, Array]:
    """How well a group was learned, over the training fraction.

    Parameters
    ----------
    table : dict of ndarray
        One row a run, with the columns ``group``, ``weight_decay``, ``train_fraction``,
        ``seed``, ``outcome``, ``test_accuracy`` and ``steps_50``.
    steps : int, optional
        Ask instead whether the test accuracy had reached 1/2 by then, 0 or 1.

    Returns
    -------
    fractions : ndarray, (P,), increasing
    successes : ndarray, (P, S), one column a seed

    Raises
    ------
    ValueError
        If there is no such run, or a run collapsed: weight decay drove that network to
        zero, which says nothing about the amount of data.
    """
    here = (table["group"] == group) & (table["weight_decay"] == weight_decay)
    rows = {name: values[here] for name, values in table.items()}
    if not len(rows["seed"]):
        raise ValueError(f"no run of {group} with weight decay {weight_decay}")
    if (rows["outcome"] == "collapsed").any():
        raise ValueError(f"runs of {group} with weight decay {weight_decay} collapsed to zero")
    values = rows["test_accuracy"] if steps is None else rows["steps_50"] <= steps
    order = np.lexsort((rows["seed"], rows["train_fraction"]))
    fractions = np.unique(rows["train_fraction"])
    return fractions, values[order].reshape(len(fractions), -1).astype(float)


def boundaries(
    table: Table,
    groups: Iterable[str],
    weight_decay: float,
    steps: int | None = None,
    num_resamples: int = 1000,
) -> dict[str, Threshold]:
    """The threshold p_c of each group: where its `curve` crosses one half.

    Groups whose curve does not rise through one half within the grid are left out. Where the
    mean jumps from below .1 to above .9 between two neighbouring fractions, the runs say no
    more than that p_c lies between these, and the interval is at least that gap.

    Raises
    ------
    ValueError
        As `curve` does.
    """
    found = {}
    for group in groups:
        fractions, successes = curve(table, group, weight_decay, steps)
        mean = successes.mean(axis=1)
        if not mean[0] < 0.5 <= mean[-1]:
            continue
        threshold = fit_threshold(fractions, successes, num_resamples)
        after = int((mean >= 0.5).argmax())
        if mean[after - 1] < 0.1 and mean[after] > 0.9:
            gap = float(fractions[after - 1]), float(fractions[after])
            low, high = min(gap[0], threshold.low), max(gap[1], threshold.high)
            threshold = replace(threshold, low=low, high=high)
        found[group] = threshold
    return found
