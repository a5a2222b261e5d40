"""What was measured, and where: rows, a table to read, a CSV and a JSON file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Interval
from li2_core.runs import write_table

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
