"""What a Muon step costs beside an Adam step, for one seed and for a stack of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.report import Row, row
from benchmarks.sizes import Size
from benchmarks.timing import Call, interleaved, interval, ratio
from li2_core import TwoLayer
from li2_core.training import newton_schulz, polar_factor
from li2_core.training.step import TrainingStep

# Widths at which the book compares the two, M = 71; the largest size of `SIZES` beside them.
WIDTHS = (32, 64, 128, 256)
SEEDS = (1, 5)


def optimizer_rows(rounds: int, widths: tuple[int, ...] = WIDTHS, order: int = 71) -> list[Row]:
    """Whole training steps, stack by stack, and the orthogonalisation alone in both ways."""
    rows = []
    for width in widths:
        size = Size("muon", order, width, 0.4, lr=0.005, weight_decay=2e-4, steps=1)
        for seeds in SEEDS:
            gradient = torch.randn(seeds, 2 * order, width)
            candidates: dict[str, Callable[[], Call]] = {
                "step of adam": partial(_step, size, seeds, "adam"),
                "step of muon": partial(_step, size, seeds, "muon"),
                "five iterations": partial(_alone, newton_schulz, gradient),
                "polar factor by SVD": partial(_alone, polar_factor, gradient),
            }
            times = interleaved(candidates, rounds)
            place = f"M={order}, K={width}, S={seeds}"
            for name, taken in times.items():
                a_seed = interval(1e3 * taken.process / seeds)
                rows.append(row("optimizers", place, f"{name}, a seed", a_seed, "ms"))
            muon_over_adam = ratio(times["step of muon"], times["step of adam"])
            rows.append(row("optimizers", place, "muon over adam", muon_over_adam, "ratio"))
    return rows


def _step(size: Size, seeds: int, name: str) -> Call:
    task = size.task(seeds)
    net = TwoLayer(size.width).initialize(task)
    step = TrainingStep(
        task, net, optimizer=name, lr=size.lr, weight_decay=size.weight_decay, seeds_at_once=1
    )

    def call() -> None:
        step.gradient()
        step.update()

    return call


def _alone(function: Callable[[Tensor], Tensor], gradient: Tensor) -> Call:
    return partial(function, gradient)
