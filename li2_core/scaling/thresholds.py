"""Thresholds: the share p of the pairs at which half of the runs succeed.

Of any curve of successes against p, and of each group in a table of trainings (chapter 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Table = dict[str, npt.NDArray[Any]]
INTERVAL = (2.5, 97.5)  # per cent
LEAST = 0.01  # accuracies are drawn in to [.01, .99]: a clean jump keeps a finite width
NEWTON_STEPS = 100


@dataclass(frozen=True)
class Threshold:
    """Where a curve of successes against p crosses one half.

    ``p_c`` and ``width`` are those of the logistic curve 1/(1 + exp(-(p - p_c)/width));
    ``low`` and ``high`` bound 95% of the p_c of resampled seeds (nan with one seed).
    """

    p_c: float
    width: float
    low: float
    high: float

    def predict(self, fractions: Sequence[float] | Array) -> Array:
        """The logistic curve at the given fractions p, of the same shape."""
        return 1 / (1 + np.exp(-(np.asarray(fractions, dtype=float) - self.p_c) / self.width))


def fit_threshold(
    fractions: Sequence[float] | Array,
    successes: Sequence[Sequence[float]] | Array,
    num_resamples: int = 1000,
    seed: int = 0,
) -> Threshold:
    """Fit a logistic curve to accuracies, or shares of successes, against p.

    By maximum likelihood, an accuracy counting as that share of one trial; drawn in to
    [.01, .99] so that a jump from 0 to 1 gets a finite width.

    Parameters
    ----------
    fractions : array_like, (P,)
        The values of p, increasing.
    successes : array_like, (P,) or (P, S)
        Between 0 and 1, one column a seed.
    num_resamples, seed : int
        Of the bootstrap: seeds are drawn with replacement and the curve fitted again.

    Returns
    -------
    Threshold

    Raises
    ------
    ValueError
        If the fractions are not two or more increasing numbers, the successes have another
        length, lie outside [0, 1] or are not finite, or their mean over seeds does not rise
        through one half: then there is no threshold in this range.

    Examples
    --------
    >>> found = fit_threshold([0.1, 0.2, 0.3, 0.4], [[0, 0], [0, 0], [1, 1], [1, 1]])
    >>> round(found.p_c, 9)
    0.25
    """
    p = np.asarray(fractions, dtype=float)
    y = np.asarray(successes, dtype=float)
    y = y[:, None] if y.ndim == 1 else y
    if p.ndim != 1 or len(p) < 2 or not (np.diff(p) > 0).all():
        raise ValueError(f"fractions must be two or more increasing numbers, got {fractions}")
    if y.ndim != 2 or len(y) != len(p) or not y.shape[1]:
        raise ValueError(f"successes must have {len(p)} rows, one a fraction, got {y.shape}")
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError("successes must lie between 0 and 1")
    mean = y.mean(axis=1)
    crosses = bool(((mean[:-1] < 0.5) & (mean[1:] >= 0.5)).any())
    p_c, width = _logistic(p, mean)
    if not crosses or not width > 0:
        raise ValueError(
            f"the successes do not rise through 1/2 for p from {p[0]:g} to {p[-1]:g}: "
            f"their means are {np.round(mean, 3).tolist()}"
        )
    low = high = float("nan")
    seeds = y.shape[1]
    if seeds > 1:
        drawn = np.random.default_rng(seed).integers(seeds, size=(num_resamples, seeds))
        again = [_logistic(p, y[:, columns].mean(axis=1))[0] for columns in drawn]
        low, high = np.percentile(np.clip(again, p[0], p[-1]), INTERVAL).tolist()
    return Threshold(p_c, width, low, high)


def success_curve(
    table: Table, group: str, weight_decay: float, steps: int | None = None
) -> tuple[npt.NDArray[Any], Array]:
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
    """The threshold p_c of each group: where its `success_curve` crosses one half.

    Groups whose curve does not rise through one half within the grid are left out. Where the
    mean jumps from below .1 to above .9 between two neighbouring fractions, the runs say no
    more than that p_c lies between these, and the interval is at least that gap.

    Parameters
    ----------
    table, weight_decay, steps
        Whose runs: arguments as of `success_curve`.
    groups : iterable of str
        The groups by name.
    num_resamples : int
        Of the bootstrap over seeds.

    Raises
    ------
    ValueError
        As `success_curve` does.
    """
    found = {}
    for group in groups:
        fractions, successes = success_curve(table, group, weight_decay, steps)
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


def _logistic(p: Array, y: Array) -> tuple[float, float]:
    """p_c and width of the most likely logistic curve, by Newton's method."""
    centre, scale = p.mean(), p.std()
    design = np.stack([np.ones_like(p), (p - centre) / scale], axis=1)
    y = np.clip(y, LEAST, 1 - LEAST)
    beta = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-design @ beta))
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature, design.T @ (y - fitted))
        beta += step / max(1.0, np.abs(step).max() / 2)  # from far away Newton's steps overshoot
        if np.abs(step).max() < 1e-10:
            break
    return float(centre - scale * beta[0] / beta[1]), float(scale / beta[1])
