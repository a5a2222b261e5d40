"""What must be right before any time counts: that the steps which are timed go the same way."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from benchmarks.sizes import PlainRun, Size, first_steps, our_step
from li2_core.training import loss_function


class GateFailed(Exception):
    """Something is wrong, so how fast it is does not matter."""


def trajectory_gate(size: Size, steps: int = 100) -> float:
    """Losses of our float32 steps against the plain ones': the largest relative distance."""
    task, start = size.task(), first_steps(size)
    plain = PlainRun.of(task, start.weights, size.lr, size.weight_decay)
    ours = our_step(size, task, start)
    mse = loss_function("mse")
    found, expected = [], []
    for _ in range(steps):
        ours.gradient()
        found.append(mse.per_sample(ours.gradient.outputs, ours.targets).mean().item())
        ours.update()
        expected.append(plain.step().item())
    return same_losses(f"{steps} losses at {size.name}", found, expected)


def same_losses(what: str, found: Sequence[float], expected: Sequence[float]) -> float:
    """The largest relative distance of two lists of losses.

    Raises
    ------
    GateFailed
        If it is above a thousandth, or a loss is not a number.
    """
    right = torch.tensor(expected, dtype=torch.float64)
    worst = ((torch.tensor(found, dtype=torch.float64) - right) / right).abs().max().item()
    if not worst <= 1e-3:  # also for a number that is none
        raise GateFailed(f"{what}: off by {worst:.2g}, allowed 0.001")
    return worst
