"""How the time of a step grows with samples, nodes, classes and seeds, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from benchmarks.report import Row, row
from benchmarks.sizes import Size, first_steps
from benchmarks.steps import our_call
from benchmarks.timing import Call, interleaved, interval

SAMPLES, WIDTH, ORDER = 1000, 512, 47
GRIDS = {
    "n": (250, 500, 1000, 2000),
    "K": (128, 256, 512, 1024, 2048),
    "M": (37, 47, 71, 97, 127),
    "seeds": (1, 2, 4, 8),
}


def scaling_rows(rounds: int) -> list[Row]:
    """Seconds a step; ``size`` says which number was varied, ``quantity`` to what."""
    base = {"n": SAMPLES, "K": WIDTH, "M": ORDER, "seeds": 1}
    places = [(name, value) for name, values in GRIDS.items() for value in values]
    candidates: dict[str, Callable[[], Call]] = {
        f"{name}={value}": partial(call_at, **(base | {name: value})) for name, value in places
    }
    times = interleaved(candidates, rounds)
    return [
        row("scaling", name, str(value), interval(1e3 * times[f"{name}={value}"].process), "ms")
        for name, value in places
    ]


def call_at(n: int, K: int, M: int, seeds: int) -> Call:
    """Our step on n of the M^2 pairs of Z_M."""
    size = replace(Size("", M, K, 0.5, 1e-3, 1e-4, 1), train_fraction=n / M**2)
    return our_call(size, first_steps(size, seeds), seeds=seeds)
