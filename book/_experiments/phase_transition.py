"""Test accuracy over group and training fraction: the data of chapter 13.

From the top of the repository: python book/_experiments/phase_transition.py
Units that an earlier call finished are taken from _build/units/phase_transition.
"""

from __future__ import annotations

from typing import Any

Spec = list[Any]

PRIMES = (11, 17, 23, 31, 41, 53, 71, 83, 97)
COMPOSITE = (12, 16, 20, 21, 24, 25, 32, 36, 39, 40)
OTHERS: tuple[Spec, ...] = (
    ["dihedral", 6], ["dihedral", 11], ["dihedral", 12], ["dihedral", 20],
    ["dicyclic", 3], ["dicyclic", 6], ["dicyclic", 10],
    ["product", ["cyclic", 4], ["cyclic", 4]], ["product", *[["cyclic", 2]] * 4],
    ["product", ["cyclic", 5], ["cyclic", 5]], ["product", *[["cyclic", 2]] * 5],
    ["product", ["cyclic", 6], ["cyclic", 6]],
)  # fmt: skip
THREE_DIMENSIONAL: tuple[Spec, ...] = (
    ["alternating", 4], ["semidirect", 7, 3, 2], ["symmetric", 4], ["semidirect", 13, 3, 3],
)  # fmt: skip
AROUND = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.45)  # of the threshold that is expected
WIDE = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95)
SETTINGS = {"width": 512, "optimizer": "adam", "lr": 0.002, "steps": 1500, "every": 50}


def unit(group: Spec, fraction: float, seeds: int, weight_decay: float) -> dict[str, Any]:
    config: dict[str, Any] = {"group": group, "train_fraction": fraction}
    return config | {"seeds": list(range(seeds)), "weight_decay": weight_decay} | SETTINGS


def around(order: int) -> list[float]:
    expected = 0.56 * (11 / order) ** 0.62
    return [round(factor * expected, 3) for factor in AROUND]


def series(group: Spec, order: int, weight_decay: float) -> list[dict[str, Any]]:
    seeds = 10 if order <= 41 else 5
    fractions = WIDE if group in THREE_DIMENSIONAL else around(order)
    return [unit(group, fraction, seeds, weight_decay) for fraction in fractions]
