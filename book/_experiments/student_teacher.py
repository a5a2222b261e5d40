"""A student with large first weights learns from a teacher: three scales.

Kumar et al., Fig. 8, 17 and 18: the losses, and "accuracy" for several
thresholds of the same runs.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import Module, train
from li2_core.nets import MLP, OutputScale
from li2_core.tasks import teacher_task

SIZES, NUM_TRAIN, NUM_TEST, INIT = (5, 100, 100, 5), 100, 400, 2.0
LR, DECAY, STEPS, EVERY, SEEDS = 3e-3, 0.1, 2000, 25, 3
# Output scale, and whether the outputs count from their start (eq. 7)
CASES = ((0.3, False), (1.0, False), (3.0, False), (1.0, True))
THRESHOLDS = (0.003, 0.01, 0.03, 0.1, 0.3)


def within(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """For each threshold the share of outputs as near as that, (S, 5)."""
    off = (outputs - targets).abs().flatten(1)
    return torch.stack([(off < t).double().mean(1) for t in THRESHOLDS], 1)


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step and threshold."""
    scale, from_start, seed = config.values()

    def student() -> OutputScale:
        net = MLP(SIZES, "tanh", init_scale=INIT)
        return OutputScale(net, scale, bool(from_start))

    history = train(
        teacher_task(SIZES, NUM_TRAIN, NUM_TEST, seeds=[seed]),
        Module(student, centred=False),
        optimizer="adamw",
        lr=LR,
        weight_decay=DECAY,
        loss="squared_error",
        steps=STEPS,
        every=EVERY,
        probes={
            "train": lambda m: within(m.train_outputs, m.train_targets),
            "test": lambda m: within(m.test_outputs, m.test_targets),
        },
        device="cpu",
    )
    return [
        {"step": int(step), "threshold": threshold}
        | {
            f"{part}_loss": float(history[f"{part}_loss"][0, t])
            for part in ("train", "test")
        }
        | {
            f"{part}_within": float(history[part][0, t, i])
            for part in ("train", "test")
        }
        for t, step in enumerate(history.steps)
        for i, threshold in enumerate(THRESHOLDS)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"scale": scale, "from_start": int(from_start), "seed": seed}
        for scale, from_start in CASES
        for seed in range(SEEDS)
    ]
    notes = {
        "net": f"tanh, {SIZES}, student's first weights PyTorch's times "
        f"{INIT:g}; outputs times the scale, less their start where "
        "from_start is 1",
        "data": f"{NUM_TRAIN} standard normal inputs, {NUM_TEST} for the "
        "test; a teacher a seed, with PyTorch's first weights",
        "optimizer": f"AdamW, lr {LR}, decay {DECAY}, full batch",
        "train_within, test_within": "share of outputs nearer to the "
        "teacher's than the threshold",
    }
    experiment.write("student_teacher", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
