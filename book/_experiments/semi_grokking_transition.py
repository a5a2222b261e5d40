"""Semi-grokking where it could show: in the transition.

At these shares of Z_71's table some networks generalise and others do not.
On Z_127 it is the setting of the paper's Figure 7: 1024 nodes, a fifth of
the table. Otherwise the setting is that of semi_grokking.py. From the top of
the repository.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from semi_grokking import DECAY, EVERY, STEPS, nodes, outcome

RATES = (0.001, 0.002, 0.005)
WIDTHS = {71: 512, 127: 1024}
# Order of the group: shares of the table, number of seeds
GRID = {71: ((0.175, 0.18, 0.185, 0.19, 0.195), 10), 127: ((0.2,), 3)}


def run(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The row of one network."""
    fraction, seed = config["train_fraction"], config["seed"]
    task = GroupTask(cyclic(config["order"]), fraction, [seed])
    history = train(
        task,
        TwoLayer(WIDTHS[config["order"]]),
        lr=config["lr"],
        weight_decay=DECAY,
        steps=STEPS,
        every=EVERY,
        probes=("active_nodes",),
    )
    return [outcome(history, 0) | nodes(history, 0, task)]


def main(experiment: Experiment) -> None:
    cases = [
        {"order": order, "train_fraction": p, "lr": lr, "seed": seed}
        for order, (fractions, seeds) in GRID.items()
        for p, lr, seed in product(fractions, RATES, range(seeds))
    ]
    widths = {str(order): width for order, width in WIDTHS.items()}
    notes = {"setting": "as of semi_grokking", "widths": widths}
    rows = experiment.rows(cases, run)
    experiment.write("semi_grokking_transition", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
