"""One training step: the plain one, ours, and the three products that both contain."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from benchmarks.reference import PlainRun
from benchmarks.report import Row, row
from benchmarks.sizes import Size, Start, first_steps, load_plain_state, our_step
from benchmarks.timing import Call, interleaved, interval, ratio, wall_ratio


def step_rows(size: Size, grokked: Start, rounds: int) -> list[Row]:
    """Times and ratios of the candidates, at the first steps and after grokking."""
    starts = {"first steps": first_steps(size), "after grokking": grokked}
    candidates: dict[str, Callable[[], Call]] = {"products": partial(three_products, size)}
    for moment, start in starts.items():
        candidates[f"plain, {moment}"] = partial(plain_call, size, start)
        candidates[f"ours, {moment}"] = partial(our_call, size, start)
    times = interleaved(candidates, rounds)
    products = times["products"]
    rows = []

    def add(quantity: str, value: tuple[float, float, float], unit: str) -> None:
        rows.append(row("step", size.name, quantity, value, unit))

    for moment in starts:
        plain, ours = times[f"plain, {moment}"], times[f"ours, {moment}"]
        add(f"plain over ours, {moment}", ratio(plain, ours), "ratio")
        add(f"plain over ours on the clock, {moment}", wall_ratio(plain, ours), "ratio")
        add(f"plain over products, {moment}", ratio(plain, products), "ratio")
        add(f"ours over products, {moment}", ratio(ours, products), "ratio")
    late, early = times["ours, after grokking"], times["ours, first steps"]
    add("ours after grokking over ours before", ratio(late, early), "ratio")
    for name, taken in times.items():
        add(f"time of {name}", interval(1e3 * taken.process), "ms")
    add("6 n K M over the time of ours", interval(1e-9 * size.flops / early.process), "GFlop/s")
    return rows


def plain_call(size: Size, start: Start) -> Call:
    """The plain step."""
    run = PlainRun.of(size.task(), start.weights, size.lr, size.weight_decay)
    load_plain_state(run.optimizer, start.optimizer_state)
    return run.step


def our_call(size: Size, start: Start, seeds: int = 1) -> Call:
    """The library's step."""
    step = our_step(size, size.task(seeds), start)

    def call() -> None:
        step.gradient()
        step.update()

    return call


def three_products(size: Size) -> Call:
    """F V, F'R and R V' and nothing else, into arrays that are there already."""
    n, K, M = size.task().num_train, size.width, size.order
    draw = torch.Generator().manual_seed(0)
    F, V, R = (torch.randn(shape, generator=draw) for shape in ((n, K), (K, M), (n, M)))
    outputs, by_readout, by_features = torch.empty(n, M), torch.empty(K, M), torch.empty(n, K)

    def call() -> None:
        torch.mm(F, V, out=outputs)
        torch.mm(F.T, R, out=by_readout)
        torch.mm(R, V.T, out=by_features)

    return call
