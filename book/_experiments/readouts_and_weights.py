"""Complex against real weights, and a ridge readout against a trained one.

Li2's Figs. 10 to 13: four clocks, 256 nodes, four fifths of the table. Three
arms are ours. A complex node has as many numbers as two real ones: 512 real
nodes stand beside 256 complex ones. The paper's released code gives complex
weights real first values, and then no imaginary part ever grows. And a ridge
readout of complex nodes is the corner that the figures leave out.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.nets import TwoLayerNetwork

# Order of the group: steps, and of these between two looks
ORDERS = {23: (600, 4), 41: (200, 2), 89: (80, 1), 127: (80, 1)}
FRACTION, LR, DECAY, SEEDS = 0.8, 0.005, 5e-5, 5
# Name of the arm: weights, readout, hidden nodes
ARMS = {
    "real": ("real", "trained", 256),
    "complex": ("complex", "trained", 256),
    "complex_from_real": ("real at first", "trained", 256),
    "real_512": ("real", "trained", 512),
    "real_ridge": ("real", "ridge", 256),
    "complex_ridge": ("complex", "ridge", 256),
}
REACHED = {
    "steps_to_train_99": (0.99, "train_accuracy"),
    "steps_to_test_50": (0.5, "test_accuracy"),
    "steps_to_test_90": (0.9, "test_accuracy"),
    "steps_to_test_99": (0.99, "test_accuracy"),
}


def network(weights: str, width: int, task: GroupTask) -> TwoLayerNetwork:
    """The network before its first step."""
    recipe = TwoLayer(width, complex_weights=weights != "real")
    if weights != "real at first":
        return recipe.initialize(task)
    real = TwoLayer(width).initialize(task)
    layers = (
        layer.to(torch.cfloat) for layer in (real.hidden, real.readout)
    )
    return recipe.with_weights(*layers)


def runs(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row: how soon this seed's network knew its pairs and the others."""
    weights, readout, width = ARMS[config["arm"]]
    steps, every = ORDERS[config["order"]]
    task = GroupTask(cyclic(config["order"]), FRACTION, [config["seed"]])
    history = train(
        task,
        network(weights, width, task),
        readout=readout,
        lr=LR,
        weight_decay=DECAY,
        steps=steps,
        every=every,
        device="cpu",
    )
    row: dict[str, Any] = {"outcome": history.outcomes[0]}
    for name, (level, probe) in REACHED.items():
        row[name] = float(history.steps_to(level, probe)[0])
    for name in ("train_accuracy", "test_accuracy", "test_loss"):
        row[name] = float(history[name][0, -1])
    row["largest_imaginary"] = imaginary(history.net)
    return [row]


def imaginary(net: TwoLayerNetwork) -> float:
    """The largest imaginary part of a weight at the end."""
    layers = (net.hidden.cfloat(), net.readout.cfloat())
    return max(float(layer.imag.abs().max()) for layer in layers)


def main(experiment: Experiment) -> None:
    cases = [
        {"order": order, "arm": arm, "seed": seed}
        for order in ORDERS
        for arm in ARMS
        for seed in range(SEEDS)
    ]
    notes = {
        "task": f"cyclic groups, p = {FRACTION}",
        "optimizer": f"Adam, lr {LR}, full batch, weight decay {DECAY}",
        "arms": {name: list(arm) for name, arm in ARMS.items()},
        "ridge": "n weight_decay / 2, solved anew at every step",
        "steps": {str(order): steps for order, (steps, _) in ORDERS.items()},
        "looks": {str(order): every for order, (_, every) in ORDERS.items()},
    }
    rows = experiment.rows(cases, runs)
    experiment.write("readouts_and_weights", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
