"""Results of long runs: a CSV file with the numbers, a JSON file with how they came to be."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from li2_core._input import named

Array = npt.NDArray[Any]
Table = dict[str, Array]


def write_table(
    path: str | Path,
    rows: Sequence[dict[str, Any]],
    *,
    command: str,
    seconds: float,
    notes: dict[str, Any],
) -> None:
    """Write ``path.csv`` with one line a row, and ``path.json`` with its provenance.

    Parameters
    ----------
    path : str or Path
        Without an ending, as ``"results/first"``.
    rows : sequence of dict
        All with the same keys, in the order of the columns.
    command : str
        What makes the files again, from the top of the repository.
    seconds : float
        How long that took.
    notes : dict
        What a reader of the numbers must know: the seeds, the settings they share.

    Raises
    ------
    ValueError
        If there is no row, or a row is no dict or has other keys than the first.
    """
    if not rows:
        raise ValueError(f"no rows to write to {path}")
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"a row of {path} must be a dict, got {row!r}")
        if list(row) != list(rows[0]):
            columns = f"the columns {list(row)}, the first {list(rows[0])}"
            raise ValueError(f"a row of {path} has {columns}")
    table, about = _files(path)
    table.parent.mkdir(parents=True, exist_ok=True)
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_text(value) for value in row.values()] for row in rows)
    provenance = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "wall_seconds": round(seconds, 1),
        "machine": machine(),
        "notes": notes,
    }
    about.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def read_table(path: str | Path) -> Table:
    """The columns of ``path.csv`` by name: numbers where all are numbers, else text.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it holds no table: a line is longer or shorter than the first, or there is none.
    """
    table, _ = _files(path)
    with open(table, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise ValueError(f"{table} must hold lines of as many cells as the first, with names")
    return {name: _column(texts) for name, *texts in zip(*lines, strict=True)}


def select(table: Table, **equal: Any) -> Table:
    """The rows of a table whose columns have the given values.

    ``equal`` is the value a column: ``select(table, order=5)``.

    Raises
    ------
    ValueError
        If the table has no such column.

    Examples
    --------
    >>> table = {"order": np.array([3, 5, 5]), "seed": np.array([0, 0, 1])}
    >>> select(table, order=5)["seed"]
    array([0, 1])
    """
    keep = np.ones(len(next(iter(table.values()))), dtype=bool)
    for column, value in equal.items():
        keep &= named("column", column, table) == value
    return {name: values[keep] for name, values in table.items()}


def over_steps(table: Table, column: str, **equal: Any) -> tuple[Array, Array]:
    """The recorded steps (T,) and a column (S, T) over them, of the runs with given settings.

    The rows of a run stand together, in the order of its steps; ``equal`` as of `select`.

    Raises
    ------
    ValueError
        If the table has no such column, or no such run.

    Examples
    --------
    >>> table = {"lr": np.array([1, 1, 2, 2]), "step": np.array([0, 5, 0, 5])}
    >>> over_steps(table | {"loss": np.array([9, 8, 7, 6])}, "loss", lr=2)
    (array([0, 5]), array([[7, 6]]))
    """
    rows = select(table, **equal)
    if not len(rows["step"]):
        raise ValueError(f"the table has no run with {equal}")
    steps = np.unique(rows["step"])
    return steps, named("column", column, rows).reshape(-1, len(steps))


def read_provenance(path: str | Path) -> dict[str, Any]:
    """How ``path.csv`` came to be: command, date, wall_seconds, machine, notes.

    Raises
    ------
    FileNotFoundError
        If there is no ``path.json``.
    """
    _, about = _files(path)
    provenance: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
    return provenance


def machine() -> dict[str, Any]:
    """What the numbers depend on besides the code."""
    cuda = torch.cuda.is_available()
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def _files(path: str | Path) -> tuple[Path, Path]:
    return Path(f"{path}.csv"), Path(f"{path}.json")


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)


def _column(texts: list[str]) -> npt.NDArray[Any]:
    for kind in (int, float):
        try:
            return np.array([kind(text) for text in texts])
        except ValueError:
            continue
    return np.array(texts)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
