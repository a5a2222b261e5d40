"""How long do deeper networks take? Depth, decay, residuals, frozen layers.

Four tables: ``deep`` has decay times depth and shares of the table,
``deep_31`` a larger clock, ``deep_frozen`` matrices that stay as they were,
``deep_wide`` a frozen middle one that leads to ever more nodes. A run goes
on until all seeds answer 90% of the test pairs, or its steps are used up.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, cyclic, train
from li2_core.beyond.layers import frequency_share, has_collapsed
from li2_core.nets import DeepNet
from li2_core.training import History

WIDTH, LR, SEEDS, EVERY, CHUNK = 128, 0.002, 3, 10, 100
KINDS = ((1, False), (2, False), (2, True), (3, False), (3, True))
PLAIN = {
    "width_above": WIDTH,
    "activation": "relu",
    "residual": False,
    "zero_readout": False,
    "frozen": "",
}


def runs(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a seed: how soon it knew 90% of its pairs and of the others."""
    task = GroupTask(cyclic(config["order"]), config["p"], range(SEEDS))
    widths = (WIDTH,) + (config["width_above"],) * (config["depth"] - 1)
    net = DeepNet(
        widths,
        config["depth"],
        config["activation"],
        config["residual"],
        zero_readout=config["zero_readout"],
    )
    history = trained(task, net, config)
    loss = torch.from_numpy(history["train_loss"][:, -1])
    purity = frequency_share(history.net.parameters["hidden"].mT)
    numbers = {
        "steps_to_train_90": history.steps_to(0.9, "train_accuracy"),
        "steps_to_test_90": history.steps_to(0.9),
        "train_accuracy": history["train_accuracy"][:, -1],
        "test_accuracy": history["test_accuracy"][:, -1],
        "collapsed": has_collapsed(loss, config["order"]).double(),
        "purity": purity,
    }
    return [
        {"seed": seed, "steps": history.step}
        | {name: float(values[seed]) for name, values in numbers.items()}
        for seed in range(SEEDS)
    ]


def trained(
    task: GroupTask, net: DeepNet, config: dict[str, Any]
) -> History:
    """The run, which ends once all seeds have generalised."""
    history = None
    for steps in range(CHUNK, config["most_steps"] + 1, CHUNK):
        history = train(
            task,
            net,
            lr=LR,
            weight_decay=config["weight_decay"],
            steps=steps,
            every=EVERY,
            freeze=tuple(config["frozen"].split()),
            device="cpu",
            resume=history,
        )
        if (history["test_accuracy"].max(1) >= 0.9).all():
            break
    return history


def case(
    order: int, p: float, decay: float, most: int, depth: int, **more: Any
) -> dict[str, Any]:
    config = {"order": order, "p": p, "weight_decay": decay, "depth": depth}
    return config | PLAIN | {"most_steps": most} | more


def decays() -> list[dict[str, Any]]:
    """Each kind at each decay, and with less data."""
    found = [
        case(23, 0.7, decay, most, depth, residual=residual)
        for decay, most in (
            (1e-3, 2500),
            (2e-3, 2000),
            (4e-3, 1500),
            (8e-3, 1500),
            (5e-4, 3000),
        )
        for depth, residual in KINDS
    ]
    found.append(case(23, 0.7, 3e-3, 1500, 3))
    found += [
        case(23, p, 1e-3, most, depth, residual=residual, zero_readout=zero)
        for p, most in ((0.7, 2500), (0.8, 2500), (0.6, 3000))
        for zero in (True, False)
        for depth, residual in KINDS
        if zero or p != 0.7
    ]
    best = (
        (1, False, 8e-3),
        (2, False, 4e-3),
        (2, True, 8e-3),
        (3, True, 8e-3),
    )
    found += [
        case(23, p, decay, 1500, depth, residual=residual)
        for p in (0.5, 0.4)
        for depth, residual, decay in best
    ]
    return found


def larger_clock() -> list[dict[str, Any]]:
    """The same at M = 31, with less room between no decay and too much."""
    found = [
        case(31, 0.6, decay, 1500, depth, residual=residual)
        for decay in (2e-3, 8e-3)
        for depth, residual in KINDS
    ]
    return [*found, case(31, 0.6, 4e-3, 1500, 2)]


def frozen() -> list[dict[str, Any]]:
    """Matrices that stay as they were drawn, and do not decay either."""
    found = [case(23, 0.7, 1e-3, 2000, 1, frozen="readout")]
    for decay, most in ((1e-3, 2500), (2e-3, 2000), (4e-3, 2000)):
        names = ("readout", "layers.2", "hidden")
        found += [case(23, 0.7, decay, most, 2, frozen=f) for f in names]
    found += [
        case(23, 0.7, decay, 2000, 2, residual=True, frozen="layers.2")
        for decay in (2e-3, 4e-3)
    ]
    two = ("hidden layers.2", "hidden layers.3", "layers.2 layers.3")
    found += [
        case(23, 0.7, 1e-3, 2500, 3, frozen=f)
        for f in ("layers.3", "layers.2", "hidden", *two)
    ]
    found += [
        case(23, 0.7, decay, 2500, 1, activation="square", frozen="readout")
        for decay in (1e-3, 4e-3)
    ]
    return found


def wide() -> list[dict[str, Any]]:
    """A frozen middle matrix that leads to ever more nodes."""
    return [
        case(23, 0.7, 4e-3, 1500, 2, frozen="layers.2", width_above=width)
        for width in (128, 256, 512, 1024)
    ]


def main(experiment: Experiment) -> None:
    notes = {
        "net": f"width {WIDTH}, the library's initial weights",
        "optimizer": f"Adam, lr {LR}, full batch, coupled decay",
        "looks": f"every {EVERY} steps; {SEEDS} seeds; a run ends at the "
        f"first multiple of {CHUNK} steps by which all seeds have 90% on "
        "the test pairs, or at most_steps",
        "collapsed": "the training loss at the end is over 0.98 (1 - 1/M)",
        "purity": "of W_1 at the end: the share of its squared weights that "
        "lies on each node's best frequency",
    }
    experiment.write("deep", experiment.rows(decays(), runs), notes)
    experiment.write("deep_frozen", experiment.rows(frozen(), runs), notes)
    experiment.write("deep_wide", experiment.rows(wide(), runs), notes)
    experiment.write("deep_31", experiment.rows(larger_clock(), runs), notes)


if __name__ == "__main__":
    perform(__file__, main)
