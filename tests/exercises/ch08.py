"""The answers of chapter 8's exercises, on other ways than its solutions."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq


def table(hours: int) -> tuple[np.ndarray, np.ndarray]:
    """The inputs and labels of a whole clock."""
    a, b = np.divmod(np.arange(hours**2), hours)
    one = np.eye(hours)
    return np.concatenate([one[a], one[b]], 1), one[(a + b) % hours]


def energy(w: np.ndarray, X: np.ndarray, Y: np.ndarray) -> float:
    return float(0.5 * (((X @ w) ** 2 @ Y) ** 2).sum())


def wave(hours: int, frequency: int = 1) -> np.ndarray:
    one = np.cos(2 * np.pi * frequency * np.arange(hours) / hours)
    both = np.concatenate([one, one])
    return both / np.linalg.norm(both)


def ex_08_1() -> float:
    """The definition, pair by pair."""
    return energy(wave(71), *table(71))


def ex_08_2() -> float:
    """Where the difference of the two energies changes its sign, found by a solver."""
    X, Y = table(7)
    flat = np.ones(14) / 14**0.5

    def lead(tau: float) -> float:
        labels = Y - tau * Y.mean(0)
        return energy(wave(7), X, labels) - energy(flat, X, labels)

    return float(brentq(lead, 0, 1))


def ex_08_3() -> int:
    """Both ratios on a random half of the table of nine hours."""
    X, Y = table(9)
    draw = np.random.default_rng(8)
    half = draw.permutation(81)[:40]
    h, labels = X[half] @ draw.standard_normal(18), Y[half] - Y[half].mean(0)
    of = {
        name: float(f @ labels @ labels.T @ f)
        for name, f in {
            "both": h + h**2, "square": h**2, "relu": np.maximum(h, 0), "size": np.abs(h)
        }.items()
    }  # fmt: skip
    first = np.isclose(of["both"], of["square"], rtol=1e-3)
    second = np.isclose(4 * of["relu"], of["size"], rtol=1e-3)
    return {(True, True): 0, (False, False): 1, (True, False): 2, (False, True): 3}[
        bool(first), bool(second)
    ]


def ex_08_4() -> float:
    """The highest of all pure waves, by the definition."""
    X, Y = table(8)
    return max(energy(wave(8, k), X, Y - 1 / 8) for k in range(1, 5)) / 8


def ex_08_5() -> float:
    """Many starts that climb in coefficients: each frequency by the two powers alone.

    The energy is a sum over frequencies of the product of the two powers, so a climb of the
    lengths, with the total held at 1, shows which one is left.
    """
    draw = np.random.default_rng(5)
    power = (draw.standard_normal((2000, 11, 2, 2)) ** 2).sum(-1)
    length = np.sqrt(power / power.sum((1, 2), keepdims=True))
    named = (length[..., 0] * length[..., 1]).argmax(1)
    for _ in range(1500):
        slope = length * length[..., ::-1] ** 2
        length = length + 0.2 * slope / np.abs(slope).max((1, 2), keepdims=True)
        length /= np.sqrt((length**2).sum((1, 2), keepdims=True))
    return float((length.prod(2).argmax(1) == named).mean())
