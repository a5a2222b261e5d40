"""Ungrokking: a network that has grokked goes on with fewer pairs.

Z_41, grokked on half of the table, then trained on a part of these pairs:
with weight decay it forgets the rule when too few are left. Run from the top
of the repository.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.training import History

SEEDS, WIDTH, LR = 10, 256, 0.002
BEFORE = {"train_fraction": 0.5, "weight_decay": 1e-3, "steps": 600}
FRACTIONS, DECAYS = (0.05, 0.10, 0.15, 0.20, 0.30), (1e-3, 0.0)
STEPS, EVERY = 1500, 50


def grokked() -> History:
    """All seeds, trained on half of the table."""
    return train(
        GroupTask(cyclic(41), BEFORE["train_fraction"], SEEDS),
        TwoLayer(WIDTH),
        steps=BEFORE["steps"],
        weight_decay=BEFORE["weight_decay"],
        every=EVERY,
        lr=LR,
    )


def afterwards(config: dict[str, float]) -> list[dict[str, Any]]:
    """A row for each seed and record of the training on fewer pairs."""
    # A seed's split is the beginning of one order of all pairs, so that the
    # smaller part is contained in the larger one.
    task = GroupTask(cyclic(41), config["train_fraction"], SEEDS)
    history = train(
        task,
        grokked().net,
        steps=STEPS,
        weight_decay=config["weight_decay"],
        every=EVERY,
        lr=LR,
    )
    return [
        {
            "seed": seed,
            "step": step,
            "train_accuracy": history["train_accuracy"][seed, place],
            "test_accuracy": history["test_accuracy"][seed, place],
        }
        for seed in task.seeds
        for place, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"weight_decay": decay, "train_fraction": fraction}
        for decay in DECAYS
        for fraction in FRACTIONS
    ]
    rows = experiment.rows(cases, afterwards)
    least = grokked()["test_accuracy"][:, -1].min()
    notes = {
        "before": f"Z_41, width {WIDTH}, Adam {LR}, {BEFORE}; "
        f"lowest test accuracy at the end {least:.3f}",
        "after": "the same weights, a fresh Adam, a nested part of the "
        "training pairs; test accuracy is over all pairs outside of it",
        "seeds": SEEDS,
    }
    experiment.write("ungrokking", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
