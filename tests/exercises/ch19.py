"""The answers of chapter 19's exercises, on other ways than its solutions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch
from exercises.by_hand import Clock


def ex_19_1() -> float:
    """From the stored runs next to it, by a straight line between logarithms."""
    steps: dict[float, list[float]] = {0.5: [], 1.0: []}
    with Path("book/data/when_it_groks.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["optimizer"] == "adamw" and row["p"] == "0.6" and row["around"] == "nothing":
                steps.get(float(row["decay"]), []).append(float(row["t90"]))
    times = [np.log(np.median(found)) for found in steps.values()]
    return float(np.exp(np.interp(np.log(0.7), np.log(list(steps)), times)))


def ex_19_2() -> int:
    """The decay from the map, the rate from a network in NumPy."""
    with Path("book/data/grokking_map.csv").open(encoding="utf-8") as lines:
        row = [r for r in csv.DictReader(lines) if (r["loss"], r["decay"]) == ("mse", "0.003")]
    groks = []
    for scale in (4, 8):
        tests = [r["test"] for r in row if (r["init_scale"], r["step"]) == (str(scale), "1000")]
        clock = Clock(23, 0.6, seed=1)
        faster = clock.train(clock.start(256, scale), 1000, 1e-3, rate=0.02)
        groks.append([clock.knows(faster) > 0.9, np.median(np.array(tests, float)) > 0.9])
    assert all(groks[0]), "at scale 4 both do"
    by_rate, by_decay = map(bool, groks[1])
    return [[3, 1], [0, 2]][by_rate][by_decay]


def ex_19_3() -> int:
    """A network in NumPy, two seeds, from its peak on."""
    left = np.zeros(3)
    for seed in (1, 3):
        clock = Clock(13, 0.8, seed)
        peak = clock.train(clock.start(128), 400, 1e-3, loss="entropy")
        assert clock.knows(peak) > 0.95
        ways = (0.0, "entropy"), (1e-4, "entropy"), (1e-3, "squares")
        for k, (decay, loss) in enumerate(ways):
            left[k] += clock.knows(clock.train(peak, 2000, decay, loss=loss)) / 2
    assert left[2] > 0.95
    return int(left.argmin()) if left.min() < 0.9 else 3


def ex_19_4() -> int:
    """A network in NumPy, with its own slope of the smoothed loss."""
    clock = Clock(13, 0.8, seed=1)
    out = torch.tensor(clock.draw.standard_normal(clock.Y.shape), requires_grad=True)
    shown = torch.tensor(clock.Y.argmax(1))
    torch.nn.functional.cross_entropy(out, shown, label_smoothing=0.1, reduction="sum").backward()
    assert out.grad is not None
    assert np.allclose(clock.error(out.detach().numpy(), "smooth"), out.grad.numpy(), atol=1e-12)
    keeps, without = (
        clock.knows(clock.train(clock.start(128), 3000, decay, loss="smooth")) > 0.9
        for decay in (1e-3, 0.0)
    )
    return [[3, 2], [0, 1]][keeps][without]
