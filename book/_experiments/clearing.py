"""What is about one element in G_F and in the signal T, along real runs.

Three clocks, the width of chapter 13 and as many nodes as pairs, weight
decay on and off. From the top of the repository.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.lazy import centre, signal
from li2_core.lazy.leak import one_element_share
from li2_core.training import Snapshot

# Order of the group: share of the table, above the threshold of training
CLOCKS = {23: 0.4, 47: 0.4, 71: 0.3}
WIDTHS, DECAYS, SEEDS, STEPS, EVERY = ("512", "n"), (5e-4, 0.0), 5, 200, 10


def gradient_share(moment: Snapshot) -> torch.Tensor:
    """Of G_F = E V', with the row-centred error E."""
    G = moment.row_centred_error[0] @ moment.parameters["readout"][0]
    return torch.tensor([one_element_share(G, moment.task)])


def signal_share(moment: Snapshot) -> torch.Tensor:
    """Of T at the present features."""
    F = centre(moment.train_features[0].double())
    Y = centre(moment.task.labels(moment.task.train_index[0]))
    return torch.tensor([one_element_share(signal(F, Y), moment.task)])


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    order, width = config["order"], config["width"]
    task = GroupTask(cyclic(order), CLOCKS[order], [config["seed"]])
    history = train(
        task,
        TwoLayer(task.num_train if width == "n" else int(width)),
        lr=0.002,
        weight_decay=config["weight_decay"],
        steps=STEPS,
        every=EVERY,
        probes=(gradient_share, signal_share),
        device="cpu",
    )
    columns = (
        "gradient_share",
        "signal_share",
        "train_accuracy",
        "test_accuracy",
    )
    return [
        {"step": int(step)}
        | {name: float(history[name][0, place]) for name in columns}
        for place, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"order": order, "width": width, "weight_decay": decay, "seed": seed}
        for order in CLOCKS
        for width in WIDTHS
        for decay in DECAYS
        for seed in range(SEEDS)
    ]
    notes = {
        "task": ", ".join(f"Z_{M}, p = {p}" for M, p in CLOCKS.items()),
        "optimizer": "Adam, lr 0.002, full batch",
        "shares": "of the squared norm, what f(a) + g(b) explains by least "
        "squares on the training pairs, after the mean",
    }
    experiment.write("clearing", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
