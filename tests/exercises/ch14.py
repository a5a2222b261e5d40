"""The answers of chapter 14's exercises, on other ways than its solutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from li2_core.runs import read_table

Array = np.ndarray[Any, Any]


def two_sums(exponent: float) -> tuple[float, float]:
    """The sums of two pairs that are shown at 2 to 1, by trying a million divisions."""
    angle = np.linspace(0, np.pi / 2, 1_000_001)
    first, second = 2**0.5 * np.cos(angle), 2**0.5 * np.sin(angle)
    best = int((2 * first**exponent + second**exponent).argmax())
    return float(first[best]), float(second[best])


def ex_14_1() -> float:
    return two_sums(1)[0]


def ex_14_2() -> float:
    first, second = two_sums(1.5)
    return first / second


def energy(left: Array, right: Array, shown: Array) -> float:
    """Of one node with the square, from its sums over the shown pairs of each answer."""
    order = len(left)
    a, b = np.divmod(np.flatnonzero(shown), order)
    said = (left[a] + right[b]) ** 2
    echo = np.bincount((a + b) % order, said - said.mean(), order)
    return 0.5 * float((echo**2).sum())


def ex_14_3() -> float:
    """A clock twice as large, coins from NumPy, spikes at many places."""
    order, none = 199, np.zeros(199)
    one, both = 0.0, 0.0
    for seed in range(6):
        draw = np.random.default_rng(seed)
        shown = draw.random((order, order)) < 0.4
        for place in range(0, order, 10):
            spike, other = np.eye(order)[place], np.eye(order)[draw.integers(order)]
            one += energy(spike, none, shown)
            both += energy(spike / 2**0.5, other / 2**0.5, shown)
    return both / one


def ex_14_4() -> int:
    """From two stored tables: who had the rule at a fifth of the table, and who had not."""
    cut, fresh = read_table("book/data/ungrokking"), read_table("book/data/phase_transition")
    late = (cut["weight_decay"] == 1e-3) & (cut["train_fraction"] == 0.2)
    late &= cut["step"] == cut["step"].max()
    keeps = bool((cut["test_accuracy"][late] > 0.9).all())
    start = (fresh["group"] == "Z_41") & (fresh["weight_decay"] == 1e-3)
    shares = fresh["train_fraction"][start].astype(float)
    near = np.abs(shares - 0.2) == np.abs(shares - 0.2).min()
    assert abs(shares[near][0] - 0.2) < 0.02
    finds = bool(np.median(fresh["test_accuracy"][start][near]) > 0.5)
    return {(True, False): 2, (True, True): 0, (False, False): 1, (False, True): 3}[keeps, finds]
