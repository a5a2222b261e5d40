"""Up to which width a clock is understood without weight decay.

The clock of 23 hours at five shares of its table. From the top of the
repository.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train

SHARES, SEEDS, STEPS = (0.4, 0.5, 0.6, 0.7, 0.8), 5, 600
WIDTHS = (32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640)


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each seed."""
    task = GroupTask(cyclic(23), config["train_fraction"], seeds=SEEDS)
    rule = {"weight_decay": 0.0, "steps": STEPS, "every": STEPS}
    history = train(task, TwoLayer(config["width"]), device="cpu", **rule)
    return [
        {
            "seed": seed,
            "examples": task.num_train,
            "train_accuracy": float(history["train_accuracy"][seed, -1]),
            "test_accuracy": float(history["test_accuracy"][seed, -1]),
        }
        for seed in range(SEEDS)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"train_fraction": share, "width": width}
        for share in SHARES
        for width in WIDTHS
    ]
    notes = {
        "optimizer": f"as `train` has it, no weight decay, {STEPS} steps"
    }
    experiment.write("narrow", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
