"""Does V = 0 at the start speed training up? Steps to 90% test accuracy."""

from __future__ import annotations

import time

import torch
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.tables import write_table

# M, train fraction, weight decay, number of seeds, steps at most
GRID = (
    (41, 0.6, 5e-5, 8, 400),
    (41, 0.4, 5e-5, 8, 2000),
    (41, 0.4, 2e-4, 8, 1000),
    (71, 0.6, 5e-5, 5, 400),
    (71, 0.4, 5e-5, 5, 800),
)
WIDTH, LR, EVERY = 512, 0.005, 5


def run(
    M: int, p: float, decay: float, seed: int, limit: int, scale: int
) -> float:
    """Steps to 90% test accuracy; nan if ``limit`` steps are not enough."""
    task = GroupTask(cyclic(M), train_fraction=p, seeds=[seed])
    net, history, reached = (
        TwoLayer(width=WIDTH, zero_readout=scale == 0),
        None,
        torch.nan,
    )
    options = {
        "lr": LR,
        "weight_decay": decay,
        "every": EVERY,
        "device": "cpu",
    }
    for steps in range(50, limit + 1, 50):
        history = train(task, net, steps=steps, resume=history, **options)
        reached = history.steps_to(0.9)[0]
        if reached == reached:
            break
    return float(reached)


if __name__ == "__main__":
    torch.set_num_threads(1)
    begun = time.perf_counter()
    table = []
    for M, p, decay, seeds, limit in GRID:
        for seed in range(seeds):
            for scale in (0, 1):
                reached = run(M, p, decay, seed, limit, scale)
                table.append(
                    {
                        "M": M,
                        "train_fraction": p,
                        "weight_decay": decay,
                        "seed": seed,
                    }
                    | {"readout_scale": scale, "steps_to_90": reached}
                )
                print(table[-1], flush=True)
    write_table(
        "zero_init",
        table,
        command="python book/_experiments/zero_init.py",
        seconds=time.perf_counter() - begun,
        notes={
            "net": f"width {WIDTH}, square, PyTorch's initial scale for W; "
            "V of scale 1 or 0",
            "optimizer": f"Adam, lr {LR}, full batch",
            "steps_to_90": f"test accuracy 0.9, looked at every {EVERY} "
            "steps",
        },
    )
