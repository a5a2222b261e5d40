"""Weight decay times the scale of the first weights: what has become of it.

For the squared error and for cross-entropy, accuracies at some steps and the
best so far. From the top of the repository.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train

DECAYS = (0.0, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
SCALES = (0.03, 0.1, 0.3, 1.0, 2.0, 4.0, 8.0)
LOSSES = ("mse", "cross_entropy")
STEPS = (20, 50, 100, 200, 500, 1000, 2000, 4000)
M, P, WIDTH, LR, SEEDS = 23, 0.6, 256, 0.005, 3


def course(config: dict[str, Any]) -> list[dict[str, float]]:
    """The accuracies of each seed over the steps."""
    task = GroupTask(cyclic(M), P, SEEDS)
    run = train(
        task,
        TwoLayer(WIDTH, init_scale=config["init_scale"]),
        lr=LR,
        weight_decay=config["decay"],
        loss=config["loss"],
        steps=STEPS[-1],
        probes="active_nodes",
        device="cpu",
    )
    at = [run.steps.tolist().index(step) for step in STEPS]
    test = run["test_accuracy"]
    return [
        {
            "seed": seed,
            "step": step,
            "train": float(run["train_accuracy"][seed, place]),
            "test": float(test[seed, place]),
            "active": int(run["active_nodes"][seed, place]),
            "test_max": float(test[seed, : place + 1].max()),
        }
        for seed in range(SEEDS)
        for step, place in zip(STEPS, at, strict=True)
    ]


def main(experiment: Experiment) -> None:
    configs = [
        {"loss": loss, "decay": decay, "init_scale": scale}
        for loss in LOSSES
        for decay in DECAYS
        for scale in SCALES
    ]
    notes = {
        "task": f"Z_{M}, p = {P}, seeds 0 to {SEEDS - 1}",
        "net": f"width {WIDTH}, square",
        "optimizer": f"Adam, lr {LR}, coupled decay, full batch",
        "test_max": "the best test accuracy so far, of every 10 steps",
    }
    rows = experiment.rows(configs, course)
    experiment.write("grokking_map", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
