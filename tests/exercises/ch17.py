"""The answers of chapter 17's exercises, on other ways than its solutions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

RATES = (3.4445, -4.7750, 2.0315)


def ex_17_1() -> int:
    """Which of the three five iterations bring to the polar factor, with NumPy's matrices."""
    draw = np.random.default_rng(2)
    turned = np.linalg.qr(draw.standard_normal((5, 5)))[0]
    spike = np.outer(draw.standard_normal(5), draw.standard_normal(5))
    exact = []
    for matrix in (3 * np.eye(5), spike, turned):
        left, sigma, right = np.linalg.svd(matrix)
        keep = sigma > 1e-9
        polar = left[:, keep] @ right[keep]
        G = matrix / np.linalg.norm(matrix)
        for _ in range(5):
            S = G @ G.T
            G = RATES[0] * G + RATES[1] * S @ G + RATES[2] * S @ S @ G
        exact.append(bool(np.abs(G - polar).max() < 1e-3))
    return exact.index(True) if any(exact) else 3


def ex_17_2() -> int:
    """The most waves of one frequency that are orthogonal in pairs, among a grid of phases."""
    turn = 2 * np.pi * 2 * np.arange(7) / 7
    phases = np.pi / 4 * np.arange(8)
    waves = [np.concatenate([np.cos(turn + a), np.cos(turn + b)]) for a in phases for b in phases]
    free = np.abs(np.array(waves) @ np.array(waves).T) < 1e-9

    def most(allowed: np.ndarray) -> int:
        sizes = [
            1 + most(allowed[k + 1 :][free[one, allowed[k + 1 :]]]) for k, one in enumerate(allowed)
        ]
        return max(sizes, default=0)

    return most(np.arange(len(waves)))


def ex_17_3() -> float:
    """Nodes that draw: a known feature has an eighth of the weight of the new one."""
    draw = np.random.default_rng(0)
    weights = np.array([2.0**-3, 1.0])
    new = draw.random(2_000_000) < weights[1] / weights.sum()
    found = np.flatnonzero(new)
    return 1 + float(np.diff(found).mean())


def ex_17_4() -> int:
    """The same two questions at K = 64, from the table's lines, medians over all its runs."""
    with Path("book/data/muon.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["stage"] == "tuning"]
    small, large = {}, {}
    for name in ("adam", "muon"):
        mine = [row for row in rows if row["optimizer"] == name and row["width"] == "64"]
        rates = sorted({float(row["lr"]) for row in mine})
        steps = [
            np.median([float(row["steps_to_90"]) for row in mine if float(row["lr"]) == rate])
            for rate in rates
        ]
        best = int(np.argmin(steps))
        small[name] = steps[best - 3] / steps[best]  # the rates double: an eighth
        large[name] = steps[best + 1] / steps[best]
    minds = [max(cost, key=lambda name: cost[name]) for cost in (small, large)]
    return [["adam", "adam"], ["muon", "muon"], ["muon", "adam"], ["adam", "muon"]].index(minds)
