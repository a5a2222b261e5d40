"""The committee machine: when it fits, when it generalises, and how far.

Its closed dynamics for infinitely many nodes, exact test loss. From the top
of the repository.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from experiment import Experiment, perform
from li2_core.rich import gaussian_questions, train_committee

DIMENSION, LR = 40, 2.0
USUAL = {"ratio": 4.0, "output_scale": 1.0, "epsilon": 0.1, "first_seed": 0}
# Output scale: steps, steps between two records
SCALES = {0.1: (2000, 1), 0.3: (6000, 2), 1.0: (6000, 5)}
SCALES |= {3.0: (20_000, 20), 10.0: (40_000, 40)}
RATIOS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0)
MAP_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
MAP_EPSILONS = (0.03, 0.05, 0.1, 0.2, 0.4)
# Sweep: what it changes, seeds a unit, steps, steps between two records
SWEEPS = {
    "headline": (
        [{"first_seed": first} for first in range(0, 100, 20)],
        (20, 6000, 5),
    ),
    "data": ([{"ratio": ratio} for ratio in RATIOS], (10, 12_000, 10)),
    "map": (
        [
            {"output_scale": scale, "epsilon": epsilon}
            for scale, epsilon in product(MAP_SCALES, MAP_EPSILONS)
        ],
        (5, 10_000, 10),
    ),
}
TIMES = ("seeds", "steps", "every")


def measure(config: dict[str, Any]) -> list[dict[str, float]]:
    """One row a seed; losses as shares of the loss of silence."""
    samples, first = round(config["ratio"] * DIMENSION), config["first_seed"]
    seeds = tuple(range(first, first + config["seeds"]))
    run = train_committee(
        *gaussian_questions(DIMENSION, samples, seeds),
        output_scale=config["output_scale"],
        epsilon=config["epsilon"],
        lr=LR,
        steps=config["steps"],
        every=config["every"],
    )
    test, line = run.test_loss.total, run.kernel_line
    peak = test.max(1)
    moments = run.steps[peak.indices]
    above = (test >= line.unsqueeze(1)).double()
    columns = {
        "steps_to_train_0.1": run.steps_to(run.train_loss, 0.1),
        "steps_to_test_0.25": run.steps_to(test, 0.25),
        "peak": peak.values / test[:, 0],
        "step_of_peak": moments,
        "steps_to_kernel_line": run.steps_to(above, 0.5),
        "kernel_line": line / test[:, 0],
        "end": test[:, -1] / test[:, 0],
        "train_end": run.train_loss[:, -1] / run.train_loss[:, 0],
        "norm_ratio": run.norm[:, -1] / run.norm[:, 0],
    }
    rows = torch.stack([column.double() for column in columns.values()], 1)
    return [
        {"seed": seed} | dict(zip(columns, row, strict=True))
        for seed, row in zip(seeds, rows.tolist(), strict=True)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"sweep": name}
        | USUAL
        | change
        | dict(zip(TIMES, times, strict=True))
        for name, (changes, times) in SWEEPS.items()
        for change in changes
    ]
    cases += [
        {"sweep": "scale"}
        | USUAL
        | {
            "output_scale": scale,
            "seeds": 20,
            "steps": steps,
            "every": every,
        }
        for scale, (steps, every) in SCALES.items()
    ]
    rows = experiment.rows(cases, measure)
    notes = {
        "setting": f"D = {DIMENSION}, lr {LR}, float64, "
        "infinitely many nodes",
        "ratio": "P / D",
        "losses": "shares of the loss of silence, 3/4",
        "steps_to": "nan if not within steps",
    }
    experiment.write("committee", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
