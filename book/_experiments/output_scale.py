"""The output scale in three clocks, with and without weight decay.

Steps to 99% train and 90% test accuracy. From the top of the repository.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, Module, TwoLayer, cyclic, train
from li2_core.nets import MLP, OutputScale

# Plain gradient descent without decay: (beta, rate): steps. At the rate
# 100 / beta^2 the first steps do not depend on beta; the last one has the
# rate of beta = 2.
DESCENT = {
    (0.5, 400.0): 1500,
    (1.0, 100.0): 2000,
    (2.0, 25.0): 4000,
    (4.0, 6.25): 8000,
    (1.0, 25.0): 8000,
}
WIDTH, ORDER, SHARE = 100, 23, 0.9
# Adam with decay: M, width, p, rate, decay
ADAM = {
    "adam 41": (41, 256, 0.4, 0.002, 4e-4),
    "adam 23": (23, 256, 0.6, 0.002, 4e-4),
}
# beta: steps
ADAM_STEPS = {
    "adam 41": {0.25: 600, 0.5: 800, 1.0: 1200, 2.0: 2000, 4.0: 4000},
    "adam 23": {0.25: 1000, 1.0: 2000, 4.0: 4000, 16.0: 6000},
}
SEEDS = {"descent": 3, "adam 41": 5, "adam 23": 5}
LEVELS = {"train_accuracy": 0.99, "test_accuracy": 0.9}


class Standard(torch.nn.Module):
    """The paper's two layers: V' phi(W'x / sqrt(2M)), weights N(0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (2 * ORDER, WIDTH, ORDER)
        self.net = MLP(sizes, "square", bias=False)
        for values in self.parameters():
            torch.nn.init.normal_(values)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.net(rows / (2 * ORDER) ** 0.5)


def speed(config: dict[str, Any]) -> list[dict[str, float]]:
    """When each seed knows its pairs, and the others."""
    setting, scale, lr, steps = config.values()
    seeds = SEEDS[setting]
    if setting == "descent":
        task = GroupTask(cyclic(ORDER), SHARE, seeds)
        net: Any = Module(lambda: OutputScale(Standard(), scale / WIDTH))
        options: dict[str, Any] = {"optimizer": "sgd", "lr": lr}
    else:
        order, width, p, _, decay = ADAM[setting]
        task = GroupTask(cyclic(order), p, seeds)
        net = TwoLayer(width, output_scale=scale)
        options = {"lr": lr, "weight_decay": decay}
    history = train(task, net, steps=steps, device="cpu", **options)
    times = {
        f"steps_to_{name}": history.steps_to(level, name)
        for name, level in LEVELS.items()
    }
    return [
        {"seed": seed} | {name: float(t[seed]) for name, t in times.items()}
        for seed in range(seeds)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        ("descent", scale, lr, steps)
        for (scale, lr), steps in DESCENT.items()
    ] + [
        (setting, scale, ADAM[setting][3], steps)
        for setting, scales in ADAM_STEPS.items()
        for scale, steps in scales.items()
    ]
    names = "setting", "output_scale", "lr", "steps"
    notes = {
        "descent": f"M = {ORDER}, {WIDTH} nodes, p = {SHARE}, no decay, "
        "outputs beta (f - f_0)",
        "adam": {name: str(values) for name, values in ADAM.items()},
        "levels": LEVELS,
    }
    units = [dict(zip(names, case, strict=True)) for case in cases]
    experiment.write("output_scale", experiment.rows(units, speed), notes)


if __name__ == "__main__":
    perform(__file__, main)
