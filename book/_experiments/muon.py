"""Adam against Muon on the hidden layer, at M = 71 with 40% of the table.

Both are tuned alike: ten settings each on three seeds, the best of which
then trains ten seeds that the tuning has not seen.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.coverage import effective_number, nodes_per_frequency
from li2_core.tables import write_table

WIDTHS = (32, 48, 64, 128, 256)
HIDDEN_RATES = {
    "adam": (0.01, 0.02, 0.04, 0.08, 0.16),
    "muon": (0.05, 0.1, 0.2, 0.4, 0.8),
}
READOUT_RATES = (0.01, 0.03)  # the readout is stepped by Adam in both
TUNING_SEEDS, FRESH_SEEDS = range(3), range(10, 20)
DECAY, STEPS = 2e-4, 400


def runs(
    stage: str, name: str, width: int, rates: tuple[float, float]
) -> list[dict[str, Any]]:
    """One line a seed: how a network of this width came out."""
    seeds = list(TUNING_SEEDS if stage == "tuning" else FRESH_SEEDS)
    begun = time.process_time()
    history = train(
        GroupTask(cyclic(71), train_fraction=0.4, seeds=seeds),
        TwoLayer(width),
        optimizer=name,
        lr=rates[0],
        readout_lr=rates[1],
        weight_decay=DECAY,
        steps=STEPS,
        every=5,
        probes=("spectrum",),
        device="cpu",
    )
    milliseconds = 1e3 * (time.process_time() - begun) / STEPS / len(seeds)
    counts = nodes_per_frequency(history["spectrum"][:, -1])
    columns = {
        "ms_a_step": np.full(len(seeds), milliseconds),
        "train_accuracy": history["train_accuracy"][:, -1],
        "test_accuracy": history["test_accuracy"][:, -1],
        "test_loss": history["test_loss"][:, -1],
        "steps_to_90": history.steps_to(0.9),
        "covered": (counts > 0).sum(1),
        "effective": effective_number(counts),
    }
    head = {
        "stage": stage,
        "optimizer": name,
        "width": width,
        "lr": rates[0],
    }
    return [
        {
            **head,
            "readout_lr": rates[1],
            "seed": seed,
            **{k: v[i] for k, v in columns.items()},
        }
        for i, seed in enumerate(seeds)
    ]


def merit(lines: list[dict[str, Any]]) -> tuple[float, float]:
    """The higher the better: mean test accuracy to a percent, then speed."""
    accuracy = float(np.mean([line["test_accuracy"] for line in lines]))
    steps = np.array([line["steps_to_90"] for line in lines])
    return round(accuracy, 2), -float(
        np.where(np.isnan(steps), STEPS, steps).mean()
    )


def main() -> None:
    torch.set_num_threads(1)
    start, rows = time.perf_counter(), []
    for width in WIDTHS:
        for name, hidden_rates in HIDDEN_RATES.items():
            tried = {
                (lr, readout_lr): runs(
                    "tuning", name, width, (lr, readout_lr)
                )
                for lr in hidden_rates
                for readout_lr in READOUT_RATES
            }
            best = max(tried, key=lambda rates: merit(tried[rates]))
            rows += [line for lines in tried.values() for line in lines]
            rows += runs("fresh", name, width, best)
            print(
                width,
                name,
                best,
                merit(rows[-len(FRESH_SEEDS) :]),
                flush=True,
            )
    write_table(
        "muon",
        rows,
        command="python book/_experiments/muon.py",
        seconds=time.perf_counter() - start,
        notes={
            "task": "Z_71, 40% of the table",
            "weight_decay": f"{DECAY}, added to the gradient of both layers",
            "steps": STEPS,
            "tuning": "ten settings each on seeds 0 to 2",
            "fresh": "the best (accuracy, then speed) on seeds 10 to 19",
            "ms_a_step": "CPU time of a run over its steps and seeds",
            "covered": "frequencies (of 35) with more than half of a node",
        },
    )


if __name__ == "__main__":
    main()
