"""Handwritten digits with large first weights, for three output scales.

Kumar et al., Fig. 6a, with scikit-learn's digits in place of MNIST.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import Module, train
from li2_core.nets import MLP, OutputScale
from li2_core.tasks import digits_task

NUM_TRAIN, SIZES, INIT, LR = 200, (64, 200, 200, 10), 8.0, 3e-3
# Output scale, weight decay, outputs less their start (eq. 7) or not: steps
CASES = {(1.0, 0.1, False): 3500, (0.3, 0.1, False): 2000}
CASES |= {(0.03, 0.1, False): 500, (1.0, 0.0, False): 2000}
CASES |= {(1.0, 0.1, True): 1500}
SEEDS, EVERY = 2, 25
RECORDS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    scale, decay, from_start, seed = config.values()

    def net() -> OutputScale:
        return OutputScale(MLP(SIZES, init_scale=INIT), scale, from_start)

    history = train(
        digits_task(NUM_TRAIN, seeds=[seed]),
        Module(net),
        optimizer="adamw",
        lr=LR,
        weight_decay=decay,
        steps=CASES[scale, decay, from_start],
        every=EVERY,
        device="cpu",
    )
    return [
        {"step": int(step)}
        | {name: float(history[name][0, t]) for name in RECORDS}
        for t, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"scale": scale, "weight_decay": decay}
        | {"from_start": int(from_start), "seed": seed}
        for scale, decay, from_start in CASES
        for seed in range(SEEDS)
    ]
    notes = {
        "net": f"ReLU, {SIZES}, PyTorch's first weights times {INIT:g}; "
        "outputs times the scale; less their start where from_start is 1",
        "data": f"{NUM_TRAIN} of the 1797 digits of scikit-learn",
        "optimizer": f"AdamW, lr {LR}, mean squared error, full batch",
    }
    experiment.write("digits_scale", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
