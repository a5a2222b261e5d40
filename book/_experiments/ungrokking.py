"""Ungrokking: a network that has grokked goes on with fewer pairs.

Z_41, grokked on half of the table, then trained on a part of these pairs: with weight decay
it forgets the rule when too few are left. Run from the top of the repository.
"""

from __future__ import annotations

import time

import torch

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.tables import write_table

SEEDS, WIDTH, LR = 10, 256, 0.002
BEFORE = {"train_fraction": 0.5, "weight_decay": 1e-3, "steps": 600}
FRACTIONS, DECAYS, STEPS, EVERY = (0.05, 0.10, 0.15, 0.20, 0.30), (1e-3, 0.0), 1500, 50


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
    print("grokked:", grokked.outcomes)
    rows = []
    for decay in DECAYS:
        for fraction in FRACTIONS:
            # A seed's split is the beginning of one order of all pairs: the smaller part is
            # contained in the larger one.
            task = GroupTask(group, fraction, SEEDS)
            after = train(
                task, grokked.net, steps=STEPS, weight_decay=decay, every=EVERY, **settings
            )
            for seed in task.seeds:
                for place, step in enumerate(after.steps):
                    rows.append(
                        {
                            "weight_decay": decay,
                            "train_fraction": fraction,
                            "seed": seed,
                            "step": int(step),
                            "train_accuracy": float(after["train_accuracy"][seed, place]),
                            "test_accuracy": float(after["test_accuracy"][seed, place]),
                        }
                    )
            print(decay, fraction, after["test_accuracy"][:, -1].round(3), flush=True)
    write_table(
        "ungrokking",
        rows,
        command="python book/_experiments/ungrokking.py",
        seconds=time.perf_counter() - began,
        notes={
            "before": f"Z_41, width {WIDTH}, Adam {LR}, {BEFORE}; test accuracy at the end "
            f"{grokked['test_accuracy'][:, -1].min():.4f} or more",
            "after": "the same weights, a fresh Adam, a nested part of the training pairs; "
            "test accuracy is over all pairs outside of that part",
            "seeds": SEEDS,
        },
    )


if __name__ == "__main__":
    main()
