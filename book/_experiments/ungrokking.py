"""Ungrokking: a network that has grokked goes on with fewer pairs.

Z_41, grokked on half of the table, then trained on a part of these pairs:
with weight decay it forgets the rule when too few are left. Run from the top
of the repository.
"""

from __future__ import annotations

import time

import torch
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.tables import write_table

SEEDS, WIDTH, LR = 10, 256, 0.002
BEFORE = {"train_fraction": 0.5, "weight_decay": 1e-3, "steps": 600}
FRACTIONS, DECAYS = (0.05, 0.10, 0.15, 0.20, 0.30), (1e-3, 0.0)
STEPS, EVERY = 1500, 50


def main() -> None:
    torch.set_num_threads(1)
    began = time.perf_counter()
    group, settings = cyclic(41), {"optimizer": "adam", "lr": LR}
    grokked = train(
        GroupTask(group, BEFORE["train_fraction"], SEEDS),
        TwoLayer(WIDTH),
        steps=BEFORE["steps"],
        weight_decay=BEFORE["weight_decay"],
        every=EVERY,
        **settings,
    )
    grokked_least = grokked["test_accuracy"][:, -1].min()
    print("grokked:", grokked.outcomes)
    rows = []
    for decay in DECAYS:
        for fraction in FRACTIONS:
            # A seed's split is the beginning of one order of all pairs, so
            # that the smaller part is contained in the larger one.
            task = GroupTask(group, fraction, SEEDS)
            after = train(
                task,
                grokked.net,
                steps=STEPS,
                weight_decay=decay,
                every=EVERY,
                **settings,
            )
            case = {"weight_decay": decay, "train_fraction": fraction}
            parts = "train_accuracy", "test_accuracy"
            for seed in task.seeds:
                for place, step in enumerate(after.steps):
                    found = {
                        part: after[part][seed, place] for part in parts
                    }
                    rows.append(case | {"seed": seed, "step": step} | found)
            end = after["test_accuracy"][:, -1].round(3)
            print(decay, fraction, end, flush=True)
    write_table(
        "ungrokking",
        rows,
        command="python book/_experiments/ungrokking.py",
        seconds=time.perf_counter() - began,
        notes={
            "before": f"Z_41, width {WIDTH}, Adam {LR}, {BEFORE}; "
            f"lowest test accuracy at the end {grokked_least:.3f}",
            "after": "the same weights, a fresh Adam, a nested part of the "
            "training pairs; test accuracy is over all pairs outside of it",
            "seeds": SEEDS,
        },
    )


if __name__ == "__main__":
    main()
