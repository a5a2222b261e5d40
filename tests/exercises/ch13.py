"""The answers of chapter 13's exercises, on other ways than its solutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from li2_core.runs import read_table

Array = np.ndarray[Any, Any]


def crossing(clock: str, event: Callable[[Array], Array]) -> float:
    """Where the mean of an event passes through one half, by a straight line between two shares."""
    table = read_table("book/data/phase_transition")
    here = (table["group"] == clock) & (table["weight_decay"] == 5e-4)
    shares = np.unique(table["train_fraction"][here])
    accuracies = table["test_accuracy"].astype(float)
    means = [event(accuracies[here & (table["train_fraction"] == p)]).mean() for p in shares]
    above = int(np.argmax(np.array(means) >= 0.5))
    assert above > 0
    return float(np.interp(0.5, means[above - 1 : above + 1], shares[above - 1 : above + 1]))


def ex_13_1() -> float:
    return 97 * crossing("Z_97", lambda accuracy: accuracy)


def ex_13_2() -> float:
    return crossing("Z_11", lambda accuracy: accuracy >= 0.9)


def ex_13_3() -> float:
    """A quotient of differences, on a curve that passes through the measured point."""
    shown = 0.34
    C = shown / (1 - shown) * 23 / np.log(23)
    M = 23 * np.exp([-1e-4, 1e-4])
    odds = C * np.log(M) / M
    low, high = np.log(odds / (1 + odds))
    return float((high - low) / 2e-4)


def semidirect(n: int, m: int, r: int) -> Array:
    """The table of Z_n:Z_m with (a, b)(c, d) = (a + r^b c, b + d), pairs written a m + b."""
    a, b = np.divmod(np.arange(n * m), m)
    power = np.array([pow(r, int(k), n) for k in b])
    left = (a[:, None] + power[:, None] * a) % n
    return np.asarray(left * m + (b[:, None] + b) % m)


def nodes_an_element(table: Array) -> float:
    """Sum of D^3/c without irreps: what commutes with the group splits its own representation.

    A random symmetric such matrix has one eigenspace for each copy of an irrep, of dimension D,
    and there are D/c copies. So the squares of these dimensions sum to D^3/c an irrep.
    """
    order = len(table)
    mixed = np.zeros((order, order))
    weights = np.random.default_rng(0).standard_normal(order)
    for g in range(order):
        mixed[table[np.arange(order), g], np.arange(order)] += weights[g]
    values = np.linalg.eigvalsh(mixed + mixed.T)
    spaces = np.split(values, np.flatnonzero(np.diff(values) > 1e-8) + 1)
    return (sum(len(space) ** 2 for space in spaces) - 1) / (order - 1)


def ex_13_4() -> float:
    assert abs(nodes_an_element(semidirect(7, 3, 2)) - 5.6) < 1e-9  # the chapter's example
    return nodes_an_element(semidirect(11, 5, 3))
