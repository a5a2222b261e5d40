"""One training step: the plain one, ours, the three products in both; how it grows and stacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from benchmarks.sizes import PlainRun, Size, Start, first_steps, load_plain_state, our_step
from benchmarks.timing import Call, Interval, Row, interleaved, interval, ratio, row

# What is varied, one at a time; the first of each list is the base.
GRIDS = {
    "n": (1000, 250, 500, 2000),
    "K": (512, 128, 256, 1024, 2048),
    "M": (47, 37, 71, 97, 127),
    "seeds": (1, 2, 4, 8),
}
STACKS = ((11, 64, 15), (11, 256, 15), (23, 64, 15), (23, 256, 15), (47, 512, 15))  # M, K, seeds


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

    def add(quantity: str, value: Interval, unit: str) -> None:
        rows.append(row("step", size.name, quantity, value, unit))

    for moment in starts:
        plain, ours = times[f"plain, {moment}"], times[f"ours, {moment}"]
        add(f"plain over ours, {moment}", ratio(plain, ours), "ratio")
        add(f"plain over products, {moment}", ratio(plain, products), "ratio")
        add(f"ours over products, {moment}", ratio(ours, products), "ratio")
    late, early = times["ours, after grokking"], times["ours, first steps"]
    add("ours after grokking over ours before", ratio(late, early), "ratio")
    for name, taken in times.items():
        add(f"time of {name}", interval(1e3 * taken.process), "ms")
    return rows


def growth_rows(rounds: int) -> list[Row]:
    """Milliseconds a step; ``size`` says which number was varied, ``quantity`` to what."""
    places = [(name, value) for name, values in GRIDS.items() for value in sorted(values)]
    base = {name: values[0] for name, values in GRIDS.items()}
    candidates: dict[str, Callable[[], Call]] = {
        f"{name}={value}": partial(_call_at, **(base | {name: value})) for name, value in places
    }
    times = interleaved(candidates, rounds)
    return [
        row("scaling", name, str(value), interval(1e3 * times[f"{name}={value}"].process), "ms")
        for name, value in places
    ]


def stack_rows(rounds: int, sizes: tuple[tuple[int, int, int], ...] = STACKS) -> list[Row]:
    """Seeds one by one and all stacked, over what the library chooses by itself."""
    rows = []
    for M, K, seeds in sizes:
        size = Size("", M, K, 0.5, 1e-3, 1e-4, 1)
        ways = {"one by one": 1, "all stacked": seeds, "ours": None}
        candidates: dict[str, Callable[[], Call]] = {
            name: partial(our_call, size, first_steps(size, seeds), seeds, at_once)
            for name, at_once in ways.items()
        }
        times, place = interleaved(candidates, rounds), f"M={M}, K={K}, S={seeds}"
        for name in list(ways)[:2]:
            over_ours = ratio(times[name], times["ours"])
            rows.append(row("stacking", place, f"{name} over ours", over_ours, "ratio"))
        a_seed = interval(1e3 * times["ours"].process / seeds)
        rows.append(row("stacking", place, "ours, a seed", a_seed, "ms"))
    return rows


def plain_call(size: Size, start: Start) -> Call:
    """The plain step."""
    run = PlainRun.of(size.task(), start.weights, size.lr, size.weight_decay)
    load_plain_state(run.optimizer, start.optimizer_state)
    return run.step


def our_call(size: Size, start: Start, seeds: int = 1, seeds_at_once: int | None = None) -> Call:
    """The library's step."""
    step = our_step(size, size.task(seeds), start, seeds_at_once)

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


def _call_at(n: int, K: int, M: int, seeds: int) -> Call:
    """Our step on n of the M^2 pairs of Z_M."""
    size = replace(Size("", M, K, 0.5, 1e-3, 1e-4, 1), train_fraction=n / M**2)
    return our_call(size, first_steps(size, seeds), seeds)
