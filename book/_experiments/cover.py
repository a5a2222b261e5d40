"""The film on the cover: one network's answers to all questions."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.training import Snapshot

M, P, WIDTH, LR, DECAY, EVERY, STEPS = 23, 0.4, 256, 0.005, 1e-3, 5, 300


def all_answers(moment: Snapshot) -> torch.Tensor:
    """The answer to every pair, trained on or not, (S, M^2)."""
    return moment.net(moment.task.pairs).argmax(-1)


def film(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a moment: the accuracies, and all answers as letters."""
    task = GroupTask(cyclic(M), train_fraction=P, seeds=[config["seed"]])
    options = {
        "lr": LR,
        "weight_decay": DECAY,
        "steps": STEPS,
        "every": EVERY,
    }
    history = train(
        task,
        TwoLayer(width=WIDTH),
        probes=all_answers,
        device="cpu",
        **options,
    )
    answers = history["all_answers"][0].astype(int)
    return [
        {
            "step": int(step),
            "train_accuracy": float(history["train_accuracy"][0, place]),
            "test_accuracy": float(history["test_accuracy"][0, place]),
            "answers": "".join(ascii_lowercase[c] for c in answers[place]),
        }
        for place, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    notes = {
        "task": f"the clock of {M} hours, {P:.0%} of its pairs, seed 0",
        "net": f"width {WIDTH}, square, PyTorch's initial scale",
        "optimizer": f"Adam, lr {LR}, decay {DECAY}, full batch",
        "answers": "to each pair, row by row: a is 0, b is 1, and so on",
    }
    experiment.write("cover", experiment.rows([{"seed": 0}], film), notes)


if __name__ == "__main__":
    perform(__file__, main)
