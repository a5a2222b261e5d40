"""The answers of chapter 10's exercises, on other ways than its solutions."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
from exercises.ch09 import climb, shuffles, square

Array = np.ndarray[Any, Any]


def ex_10_1() -> float:
    """The different nodes at the height M / 2 where many climbs end, counted."""
    table = square()
    ends = climb(np.random.default_rng(1).standard_normal((800, 16)), table, steps=600)
    said = np.zeros((len(ends), 8))
    for a, b in np.ndindex(8, 8):
        said[:, table[a, b]] += (ends[:, a] + ends[:, 8 + b]) ** 2
    height = 0.5 * ((said - said.mean(1, keepdims=True)) ** 2).sum(1)
    return float(len(np.unique(np.round(4 * ends[height > 3.999], 3), axis=0)))


def ex_10_2() -> float:
    """The Hessian of a wave on nine hours by differences of the energy itself."""
    a, b = np.divmod(np.arange(81), 9)
    answer = (a + b) % 9

    def energy(w: Array) -> float:
        said = np.bincount(answer, (w[a] + w[9 + b]) ** 2, 9)
        return float(0.5 * ((said - said.mean()) ** 2).sum() / (w @ w) ** 2)

    hours = 2 * np.pi * np.arange(9) / 9
    w = np.concatenate([np.cos(hours + 0.4), np.cos(hours + 1.7)]) / 3
    tangent = np.linalg.svd(w[None])[2][1:]
    step = 1e-3

    def second(x: Array, y: Array) -> float:
        corners = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        return sum(p * q * energy(w + step * (p * x + q * y)) for p, q in corners) / (2 * step) ** 2

    hessian = np.array([[second(x, y) for y in tangent] for x in tangent])
    return float((np.abs(np.linalg.eigvalsh(hessian) / energy(w) + 4) < 0.05).sum())


def ex_10_3() -> float:
    """All pairs of lists of signs, and how many of them have the highest energy."""
    lists = np.array(list(product((1, -1), repeat=8))) / 4
    other = np.arange(8)[:, None] ^ np.arange(8)  # row a, column h: the element b with ab = h
    said = np.einsum("ia,jah->ijh", lists, lists[:, other])
    energy = 2 * ((said - said.mean(2, keepdims=True)) ** 2).sum(2)
    return float((energy > energy.max() - 1e-9).sum())


def ex_10_4() -> float:
    """Climbs by NumPy on the shuffles of four, the irreps from characters made by counting."""
    every, table = sorted(permutations(range(4))), shuffles(4)
    pairings = [{frozenset(pair), frozenset({0, 1, 2, 3} - set(pair))}
                for pair in ((0, 1), (0, 2), (0, 3))]  # fmt: skip
    fixed = np.array([sum(p[i] == i for i in range(4)) for p in every])
    kept = np.array([
        sum({frozenset(p[i] for i in part) for part in pairing} == pairing for pairing in pairings)
        for p in every
    ])  # fmt: skip
    sign = np.array([round(np.linalg.det(np.eye(4)[list(p)])) for p in every])
    characters = [sign, kept - 1, fixed - 1, (fixed - 1) * sign]
    quotient = table.argsort(1)  # row a, column h: the element b with ab = h
    parts = [chi[quotient] * chi[0] / 24 for chi in characters]

    starts = np.random.default_rng(3).standard_normal((1000, 48))
    ends = climb(starts, table)

    def shares(w: Array) -> Array:
        return np.array([((w.reshape(-1, 2, 24) @ part) ** 2).sum((1, 2)) for part in parts])

    u, v = starts[:, :24], starts[:, 24:]
    heard = np.einsum("na,nah->nh", u, v[:, quotient])
    energies = np.array([((heard @ part) ** 2).sum(1) for part in parts])
    leader = (energies / shares(starts)).argmax(0)
    return float((leader == shares(ends).argmax(0)).mean())
