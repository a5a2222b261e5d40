"""What each technique of the step gains where it is used, and what Muon's step costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor

from benchmarks.sizes import Size, Start, first_steps, our_step
from benchmarks.steps import our_call
from benchmarks.timing import Call, Row, interleaved, interval, ratio, row
from li2_core import TwoLayer
from li2_core.nets import LossGradient, TwoLayerNetwork
from li2_core.nets.rows import padded_classes
from li2_core.training import newton_schulz, polar_factor
from li2_core.training.step import TrainingStep


def technique_rows(size: Size, rounds: int) -> list[Row]:
    """First the parts of the step by themselves, then the whole step with a part left out."""
    task, start = size.task(), first_steps(size)
    step = our_step(size, task, start)
    assert isinstance(step.gradient, LossGradient)
    stack, W = step.gradient.stacks[0], start.weights[0]
    X = task.rows(task.train_index[0]).float()
    readout = start.net.parameters["readout"][0]
    signal = torch.randn(task.num_train, size.width, generator=torch.Generator().manual_seed(0))
    calls: dict[str, Callable[[], object]] = {
        "first layer, one-hot": lambda: X @ W,
        "first layer": lambda: [block.rows_of(stack.hidden) for block in stack.blocks],
        "scatter, one-hot": lambda: X.T @ signal,
        "scatter": stack.scatter_sum,
        "outputs": lambda: signal @ readout.mT,
        "outputs, padded": lambda: signal @ padded_classes(readout).mT,
        "Adam, plain": _adam(start, fused=False),
        "Adam": _adam(start, fused=True),
    }
    candidates: dict[str, Callable[[], Call]] = {
        name: partial(_ready, call) for name, call in calls.items()
    }
    candidates["step"] = lambda: our_call(size, start)
    candidates["step, one block"] = lambda: _one_block(size, start)
    times = interleaved(candidates, rounds)
    pairs = {
        "first layer as row sums, alone": ("first layer, one-hot", "first layer"),
        "its gradient as sums of segments, alone": ("scatter, one-hot", "scatter"),
        "fused Adam, alone": ("Adam, plain", "Adam"),
        "blocks of rows, whole step": ("step, one block", "step"),
        "classes padded to 16, outputs alone": ("outputs", "outputs, padded"),
    }
    return [
        row("techniques", size.name, name, ratio(times[without], times[with_it]), "ratio")
        for name, (without, with_it) in pairs.items()
    ]


def denormal_rows(size: Size, rounds: int, steps: int = 2000) -> list[Row]:
    """The step long after grokking, with denormal numbers kept or flushed to zero.

    Nodes that weight decay has made useless shrink until their numbers leave the range
    that processors are fast in.
    """
    task = size.task()
    try:
        # `train` would flush: take its own loop, with the setting that is measured.
        torch.set_flush_denormal(False)
        step = our_step(size, task, first_steps(size))
        for _ in range(steps):
            step.gradient()
            step.update()
        assert isinstance(step.net, TwoLayerNetwork)
        start = Start(step.net, step.save_state())
        # Once they are flushed, a comparison takes denormal numbers for zero.
        W = start.weights[0].abs()
        share = (W.gt(0) & W.lt(torch.finfo(W.dtype).tiny)).double().mean().item()
        settings = {"kept": False, "flushed": True}
        candidates = {
            name: partial(_with_flush, flush, our_call(size, start))
            for name, flush in settings.items()
        }
        times = interleaved(candidates, rounds)
    finally:
        torch.set_flush_denormal(True)
    gain = ratio(times["kept"], times["flushed"])
    return [
        row("techniques", size.name, f"share of W denormal after {steps} steps", share, "ratio"),
        row("techniques", size.name, "denormals flushed, whole step then", gain, "ratio"),
    ]


def _one_block(size: Size, start: Start) -> Call:
    with patch("li2_core.nets.rows.BLOCK_ENTRIES", size.task().num_train * size.width):
        return our_call(size, start)


def _ready(call: Call) -> Call:
    """A candidate that needs no setting up."""
    return call


def _with_flush(flush: bool, call: Call) -> Call:
    torch.set_flush_denormal(flush)
    return call


def _adam(start: Start, fused: bool) -> Callable[[], object]:
    parameters = [weights.clone() for weights in start.net.parameters.values()]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    return torch.optim.Adam(parameters, lr=1e-3, weight_decay=1e-4, fused=fused).step


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
