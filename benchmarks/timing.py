"""Times of several candidates in one process, taken in turns; their ratios, as rows and files."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from li2_core.runs import write_table

Call = Callable[[], object]
Interval = tuple[float, float, float]  # median, lower and upper quartile


@dataclass(frozen=True)
class Times:
    """Seconds of one call in each round, (rounds,): of processor time, and on the clock."""

    process: npt.NDArray[np.float64]
    wall: npt.NDArray[np.float64]


def nothing() -> None:
    """What there is to wait for on a CPU."""


def interleaved(
    candidates: Mapping[str, Callable[[], Call]],
    rounds: int,
    at_least: float = 0.02,
    finish: Call = nothing,
) -> dict[str, Times]:
    """Time every candidate once a round, in an order that is reversed every round.

    A candidate is a function that sets itself up and returns the call to be timed; it is
    set up anew every round, and called once before the clock starts. A round calls it as
    often as fills ``at_least`` seconds. ``finish`` waits for a device.
    """
    repeats = {name: _repeats(prepare, at_least, finish) for name, prepare in candidates.items()}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in candidates}
    for number in range(rounds):
        for name in list(candidates)[:: -1 if number % 2 else 1]:
            call = candidates[name]()
            call()
            taken[name].append(_measure(call, repeats[name], finish))
    return {name: Times(*np.array(pairs).T) for name, pairs in taken.items()}


def interval(values: npt.NDArray[np.float64]) -> Interval:
    """Median and quartiles."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return median, low, high


def ratio(numerator: Times, denominator: Times) -> Interval:
    """Of the processor times, round by round."""
    return interval(numerator.process / denominator.process)


def _repeats(prepare: Callable[[], Call], at_least: float, finish: Call) -> int:
    call = prepare()
    call()
    _, once = _measure(call, 1, finish)
    return max(1, math.ceil(at_least / once))


def _measure(call: Call, repeats: int, finish: Call) -> tuple[float, float]:
    finish()
    process, wall = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        call()
    finish()
    return (time.process_time() - process) / repeats, (time.perf_counter() - wall) / repeats


NAME = "performance"


@dataclass(frozen=True)
class Row:
    """One measured quantity; ``low`` and ``high`` are quartiles where there are rounds."""

    section: str
    size: str
    quantity: str
    value: float
    low: float
    high: float
    unit: str


def row(section: str, size: str, quantity: str, value: float | Interval, unit: str) -> Row:
    """A row of a single number or of a median with its quartiles."""
    value, low, high = value if isinstance(value, tuple) else (value, value, value)
    return Row(section, size, quantity, value, low, high, unit)


def line(item: Row) -> str:
    """A row as a line of a table, with its quartiles where it has them."""
    quartiles = f"{item.low:.3g} to {item.high:.3g}" if item.low != item.high else ""
    text = f"  {item.size:6} {item.quantity:52} {item.value:10.4g} {item.unit:14} {quartiles}"
    return text.rstrip()


def write(
    folder: Path, rows: list[Row], command: str, seconds: float, notes: dict[str, str]
) -> None:
    """``performance.csv`` with the rows, ``performance.json`` with how they came to be."""
    table = []
    for item in rows:
        cells = dataclasses.asdict(item)
        numbers = {name: float(f"{cells[name]:.5g}") for name in ("value", "low", "high")}
        table.append(cells | numbers)
    write_table(folder / NAME, table, command=command, seconds=seconds, notes=notes)
