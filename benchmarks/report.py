"""What was measured, and where: rows, a table to read, a CSV and a JSON file."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.timing import Interval

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


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    cuda = torch.cuda.is_available()
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if cuda else "no GPU: not measured",
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def line(item: Row) -> str:
    """A row as a line of a table, with its quartiles where it has them."""
    quartiles = f"{item.low:.3g} to {item.high:.3g}" if item.low != item.high else ""
    text = f"  {item.size:6} {item.quantity:52} {item.value:10.4g} {item.unit:14} {quartiles}"
    return text.rstrip()


def write(
    folder: Path, rows: list[Row], command: str, seconds: float, notes: dict[str, str]
) -> None:
    """``performance.csv`` with the rows, ``performance.json`` with how they came to be."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{NAME}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in dataclasses.fields(Row))
        for item in rows:
            *words, unit = dataclasses.astuple(item)
            writer.writerow([*words[:3], *(f"{number:.5g}" for number in words[3:]), unit])
    provenance = {
        "command": command,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "wall_seconds": round(seconds, 1),
        "machine": machine(),
        "notes": notes,
    }
    text = json.dumps(provenance, indent=2) + "\n"
    (folder / f"{NAME}.json").write_text(text, encoding="utf-8")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
