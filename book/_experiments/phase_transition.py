"""Test accuracy over groups and training fractions, for chapter 13.

From the top of the repository: python book/_experiments/phase_transition.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiment import Experiment, perform
from li2_core.groups import named_group
from li2_core.runs import train_unit

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

CLOCKS = ("Z_11", "Z_17", "Z_23", "Z_31", "Z_41")
LARGE_CLOCKS = ("Z_53", "Z_59", "Z_71", "Z_83", "Z_97")
DECAYS = (1e-3, 5e-4)
COLUMNS = (
    *("group", "order", "train_fraction", "weight_decay", "seed"),
    *("test_accuracy", "train_accuracy", "steps_50", "outcome"),
)
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
    found = []
    for decay in DECAYS:
        for group in CLOCKS:
            found += units(group, around(group, FAR), 10, decay)
        for group in LARGE_CLOCKS:
            factors = NEAR if named_group(group).order < 60 else NEAR[1:-1]
            found += units(group, around(group, factors), 5, decay)
    for group in LARGE_DIMENSIONS:
        seeds = 10 if named_group(group).order < 30 else 5
        found += units(group, SPREAD_OUT, seeds)
    for group in SMALL_DIMENSIONS:
        lower = (0.3, 0.4, 0.5, 0.6) if group == ONE_DIMENSIONAL else ()
        found += units(group, around(group, (*lower, *NEAR)), seeds=5)
    return found


def main(experiment: Experiment) -> None:
    cells = grid()
    found = experiment.rows(cells, train_unit)
    rows = [{name: row[name] for name in COLUMNS} for row in found]
    notes = SETTINGS | {
        "units": len(cells),
        "runs": len(rows),
        "steps_50": "first record with test accuracy >= 1/2; nan: never",
    }
    experiment.write("phase_transition", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
