"""Test accuracy over groups and training fractions, for chapter 13.

From the top of the repository: python book/_experiments/phase_transition.py
What an earlier call finished is taken from _build/units/phase_transition.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from li2_core.families import named_group
from li2_core.sweep import sweep
from li2_core.tables import write_table

COMMAND = "python book/_experiments/phase_transition.py"
UNITS = Path("_build/units/phase_transition")
SETTINGS = {
    "width": 512,
    "optimizer": "adam",
    "lr": 0.002,
    "steps": 1500,
    "every": 50,
}
# Factors of the threshold that a first look had found at that order.
NEAR = (0.7, 0.8, 0.85, 0.9, 0.95, 1.0, 1.1, 1.25)
FAR = (0.6, *NEAR, 1.45)
SPREAD_OUT = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95)

CLOCKS = ("Z_11", "Z_17", "Z_23", "Z_31", "Z_41", "Z_53", "Z_71")
LARGE_DIMENSIONS = ("A_4", "Z_7:Z_3", "S_4", "Z_5:Z_4", "Z_13:Z_3")
ONE_DIMENSIONAL = "Z_2 x Z_2 x Z_2 x Z_2"  # its real irreps are
SMALL_DIMENSIONS = (
    *("Z_12", "D_6", "Dic_3", "Z_4 x Z_4", ONE_DIMENSIONAL),
    *("Z_21", "D_11", "Z_24", "D_12", "Dic_6", "Z_5 x Z_5"),
    *("Z_39", "D_20"),
)


def around(group: str, factors: Sequence[float]) -> list[float]:
    expected = 0.56 * (11 / named_group(group).order) ** 0.62
    fractions = [round(factor * expected, 3) for factor in sorted(factors)]
    return [fraction for fraction in fractions if fraction < 0.95]


def units(
    group: str,
    fractions: Sequence[float],
    seeds: int,
    weight_decay: float = 1e-3,
) -> list[dict[str, Any]]:
    shared = {"seeds": list(range(seeds)), "weight_decay": weight_decay}
    return [
        {"group": group, "train_fraction": fraction} | shared | SETTINGS
        for fraction in fractions
    ]


def grid() -> list[dict[str, Any]]:
    small = {name for name in CLOCKS if named_group(name).order <= 41}
    found = []
    for group in CLOCKS:
        factors, seeds = (FAR, 10) if group in small else (NEAR, 5)
        factors = NEAR[1:-1] if group == "Z_71" else factors
        found += units(group, around(group, factors), seeds)
    # At 1e-3 it collapses.
    found += units("Z_97", around("Z_97", NEAR[1:-1]), 5, weight_decay=5e-4)
    for group in LARGE_DIMENSIONS:
        seeds = 10 if named_group(group).order < 30 else 5
        found += units(group, SPREAD_OUT, seeds)
    for group in SMALL_DIMENSIONS:
        lower = (0.3, 0.4, 0.5, 0.6) if group == ONE_DIMENSIONAL else ()
        found += units(group, around(group, (*lower, *NEAR)), seeds=5)
    for group in ("Z_23", "Z_41"):
        found += units(group, around(group, NEAR), 5, weight_decay=5e-4)
    return found


def rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    columns = ("group", "order", "train_fraction", "weight_decay")
    columns += (
        "seed",
        "test_accuracy",
        "train_accuracy",
        "steps_50",
        "outcome",
    )
    values = zip(
        *(table[column].tolist() for column in columns), strict=True
    )
    return [dict(zip(columns, row, strict=True)) for row in values]


def main() -> None:
    torch.set_num_threads(1)  # a machine then repeats itself bit for bit
    found = rows(sweep(grid(), UNITS))
    made = json.loads(
        (UNITS / "provenance.json").read_text(encoding="utf-8")
    )
    notes = SETTINGS | {
        "units": made["units"],
        "runs": len(found),
        "wall_seconds": "the sum over the units, perhaps of several calls",
        "steps_50": "first record with test accuracy >= 1/2; nan: never",
    }
    seconds = made["unit_seconds"]
    write_table(
        "phase_transition",
        found,
        command=COMMAND,
        seconds=seconds,
        notes=notes,
    )


if __name__ == "__main__":
    main()
