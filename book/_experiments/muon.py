"""Adam against Muon on the hidden layer, at M = 71 with 40% of the table.

Both are tuned alike: ten settings each on three seeds, the best of which
then trains ten seeds that the tuning has not seen.
"""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import numpy as np
import torch
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.coverage import effective_number, nodes_per_frequency
from li2_core.experiment import Experiment

WIDTHS = (32, 48, 64, 128, 256)
HIDDEN_RATES = {
    "adam": (0.01, 0.02, 0.04, 0.08, 0.16),
    "muon": (0.05, 0.1, 0.2, 0.4, 0.8),
}
READOUT_RATES = (0.01, 0.03)  # the readout is stepped by Adam in both
TUNING_SEEDS, FRESH_SEEDS = range(3), range(10, 20)
DECAY, STEPS = 2e-4, 400


def runs(config: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a seed: how a network of this width came out."""
    tuning = config["stage"] == "tuning"
    seeds = list(TUNING_SEEDS if tuning else FRESH_SEEDS)
    begun = time.process_time()
    history = train(
        GroupTask(cyclic(71), train_fraction=0.4, seeds=seeds),
        TwoLayer(config["width"]),
        optimizer=config["optimizer"],
        lr=config["lr"],
        readout_lr=config["readout_lr"],
        weight_decay=DECAY,
        steps=STEPS,
        every=5,
        probes=("spectrum",),
        device="cpu",
    )
    milliseconds = 1e3 * (time.process_time() - begun) / STEPS / len(seeds)
    counts = nodes_per_frequency(history["spectrum"][:, -1])
    columns = {
        "seed": np.array(seeds),
        "ms_a_step": np.full(len(seeds), milliseconds),
        "train_accuracy": history["train_accuracy"][:, -1],
        "test_accuracy": history["test_accuracy"][:, -1],
        "test_loss": history["test_loss"][:, -1],
        "steps_to_90": history.steps_to(0.9),
        "covered": (counts > 0).sum(1),
        "effective": effective_number(counts),
    }
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def merit(lines: list[dict[str, Any]]) -> tuple[float, float]:
    """The higher the better: mean test accuracy to a percent, then speed."""
    accuracy = float(np.mean([line["test_accuracy"] for line in lines]))
    steps = np.array([line["steps_to_90"] for line in lines])
    return round(accuracy, 2), -float(
        np.where(np.isnan(steps), STEPS, steps).mean()
    )


def main() -> None:
    torch.set_num_threads(1)
    experiment, rows = Experiment(__file__), []
    for width, name in product(WIDTHS, HIDDEN_RATES):
        case = {"stage": "tuning", "optimizer": name, "width": width}
        best: tuple[Any, ...] = ()
        for rates in product(HIDDEN_RATES[name], READOUT_RATES):
            rate = dict(zip(("lr", "readout_lr"), rates, strict=True))
            tried = experiment.rows([case | rate], runs)
            rows += tried
            if not best or merit(tried) > best[0]:
                best = merit(tried), rate
        rows += experiment.rows([case | best[1] | {"stage": "fresh"}], runs)
    notes = {
        "task": "Z_71, 40% of the table",
        "weight_decay": f"{DECAY}, added to the gradient of both layers",
        "steps": STEPS,
        "tuning": "ten settings each on seeds 0 to 2",
        "fresh": "the best (accuracy, then speed) on seeds 10 to 19",
        "ms_a_step": "CPU time of a run over its steps and seeds",
        "covered": "frequencies (of 35) with more than half of a node",
    }
    experiment.write("muon", rows, notes)


if __name__ == "__main__":
    main()
