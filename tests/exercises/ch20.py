"""The answers of chapter 20's exercises, on other ways than its solutions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch
from exercises.by_hand import Array, Clock, Weights, least, node_slopes


def split(weights: Weights, copies: int) -> Weights:
    return np.repeat(weights[0], copies, axis=1), np.repeat(weights[1], copies, axis=0) / copies


def trace(clock: Clock, weights: Weights) -> tuple[float, float]:
    """The two parts of the Hessian's trace at a fit, by autograd: of W and of V."""

    def outputs(W: torch.Tensor, V: torch.Tensor) -> torch.Tensor:
        out = (torch.tensor(clock.X) @ W) ** 2 @ V
        return out - out.mean(1, keepdim=True)

    W, V = map(torch.tensor, weights)
    slopes = torch.autograd.functional.jacobian(outputs, (W, V))
    by_W, by_V = (2 / len(clock.X) * slope.square().sum().item() for slope in slopes)
    return by_W, by_V


def ex_20_1() -> float:
    """A single node in its best units by search, then halved; its slopes by autograd."""
    clock = Clock(5, 0.8, seed=1)
    W, V = clock.start(width=1)
    units = np.exp(np.linspace(-4, 4, 161))
    best = min(units, key=lambda c: sum(trace(clock, (W * c, V / c**2))))
    whole, halved = (sum(trace(clock, (W * c, V / c**2))) for c in (best, best / 2))
    return 127 * halved / whole


def ex_20_2() -> int:
    """The stored traces, and random networks that are split and searched for their units."""
    found: dict[str, list[float]] = {"memoriser": [], "generaliser_1e-3": []}
    with Path("book/data/flat_and_sharp.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["width"] == "48" and row["kind"] in found:
                found[row["kind"]].append(float(row["balanced_trace"]))
    falls = np.median(found["generaliser_1e-3"]) / np.median(found["memoriser"])
    clock = Clock(7, 0.7, seed=2)
    weights = clock.start(width=9)

    def least_trace(copies: int) -> float:
        return float(least(*node_slopes(clock.X, split(weights, copies))).sum())

    return next(m for m in range(1, 20) if least_trace(m) < falls * least_trace(1))


def ex_20_3() -> float:
    """The shortest weights of a random network and of its copies, by search for the units."""

    def length(weights: Weights) -> float:
        W, V = weights
        v: Array = V - V.mean(1, keepdims=True)
        return float(least((W**2).sum(0), (v**2).sum(1)).sum())

    weights = Clock(7, 0.7, seed=3).start(width=9)
    return length(split(weights, 8)) / length(weights)


def ex_20_4() -> int:
    """Both kinds of network in NumPy, at two widths."""
    ratios = []
    for width in (96, 128):
        clock, ends = Clock(11, 0.7, seed=1), []
        start = clock.start(width)
        for decay in (0.0, 3e-4):
            end = clock.train(start, 2000, decay)
            for rate in (1e-3, 2e-4):
                end = clock.train(end, 1500, 0.0, rate=rate)
            assert (clock.knows(end) > 0.9) == (decay > 0)
            ends.append(least(*node_slopes(clock.X, end)).sum())
        ratios.append(ends[0] / ends[1])
    return 0 if ratios[0] < 1 else 1 if ratios[1] < 1 else 2
