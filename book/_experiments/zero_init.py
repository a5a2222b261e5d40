"""Does V = 0 at the start speed training up? Steps to 90% test accuracy."""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train

# M, train fraction, weight decay, number of seeds, steps at most
GRID = (
    (41, 0.6, 5e-5, 8, 400),
    (41, 0.4, 5e-5, 8, 2000),
    (41, 0.4, 2e-4, 8, 1000),
    (71, 0.6, 5e-5, 5, 400),
    (71, 0.4, 5e-5, 5, 800),
)
LIMITS = {case[:3]: case[4] for case in GRID}
WIDTH, LR, EVERY = 512, 0.005, 5


def speed(config: dict[str, Any]) -> list[dict[str, float]]:
    """Steps to 90% test accuracy; nan if the limit is not enough."""
    M, p, decay, seed, scale = config.values()
    task = GroupTask(cyclic(M), train_fraction=p, seeds=[seed])
    net = TwoLayer(width=WIDTH, zero_readout=scale == 0)
    options = {"lr": LR, "weight_decay": decay, "every": EVERY}
    steps = LIMITS[M, p, decay]
    history = train(task, net, steps=steps, device="cpu", **options)
    return [{"steps_to_90": float(history.steps_to(0.9)[0])}]


def main(experiment: Experiment) -> None:
    names = "M", "train_fraction", "weight_decay"
    cases = [
        dict(zip(names, case, strict=True))
        | {"seed": seed, "readout_scale": scale}
        for *case, seeds, _ in GRID
        for seed in range(seeds)
        for scale in (0, 1)
    ]
    notes = {
        "net": f"width {WIDTH}, square, PyTorch's initial scale for W; "
        "V of scale 1 or 0",
        "optimizer": f"Adam, lr {LR}, full batch",
        "steps_to_90": f"test accuracy 0.9, looked at every {EVERY} steps",
    }
    experiment.write("zero_init", experiment.rows(cases, speed), notes)


if __name__ == "__main__":
    perform(__file__, main)
