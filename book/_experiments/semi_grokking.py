"""Semi-grokking: does a small step find the rule and a large one memorise?

Z_71 with little more and little less data than generalising needs, three
learning rates, and the energies of the nodes that came out. Run from the top
of the repository.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.energy import energy
from li2_core.groups import wave_shares
from li2_core.training import History

ORDER, WIDTH, DECAY, SEEDS, STEPS, EVERY = 71, 512, 2e-4, 5, 2400, 50
FRACTIONS, RATES = (0.17, 0.20, 0.24), (0.001, 0.005, 0.02)
PURE = 0.8  # of a node's squared length on one frequency


def runs(config: dict[str, float]) -> list[dict[str, Any]]:
    """A row for each seed at this share of the table and learning rate."""
    fraction = config["train_fraction"]
    task = GroupTask(cyclic(ORDER), fraction, SEEDS)
    history = train(
        task,
        TwoLayer(WIDTH),
        lr=config["lr"],
        weight_decay=DECAY,
        steps=STEPS,
        every=EVERY,
        probes=("active_nodes",),
    )
    rows = []
    for place, seed in enumerate(task.seeds):
        part = GroupTask(task.group, fraction, [seed])
        row: dict[str, Any] = {"seed": seed} | outcome(history, place)
        rows.append(row | nodes(history, place, part))
    return rows


def outcome(history: History, seed: int) -> dict[str, float | str]:
    """What the run of one seed came to."""
    return {
        "outcome": history.outcomes[seed],
        "train_accuracy": float(history["train_accuracy"][seed, -1]),
        "test_accuracy": float(history["test_accuracy"][seed, -1]),
        "steps_to_train_0.99": history.steps_to(0.99, "train_accuracy")[
            seed
        ],
        "steps_to_test_0.9": history.steps_to(0.9)[seed],
    }


def nodes(
    history: History, seed: int, task: GroupTask
) -> dict[str, float | int]:
    """How many nodes are active, how high they stand, how pure they are."""
    alive = history.net.active_nodes()[seed]
    weights = history.net.hidden[seed].T[alive].double()
    weights = weights / weights.norm(dim=1, keepdim=True)
    purity = wave_shares(weights).max(1).values
    wave = task.train_fraction**2 * task.group.order / 4
    return {
        "active": len(weights),
        "energy": float((energy(weights, task) / wave).median()),
        "purity": float(purity.median()),
        "pure_share": float((purity > PURE).double().mean()),
    }


def main(experiment: Experiment) -> None:
    cases = [
        {"train_fraction": fraction, "lr": lr}
        for fraction in FRACTIONS
        for lr in RATES
    ]
    notes = {
        "setting": f"Z_{ORDER}, width {WIDTH}, Adam, {STEPS} steps, "
        f"weight decay {DECAY}",
        "seeds": SEEDS,
        "energy": "median over the active nodes, scaled to length one, of "
        "E on the training pairs over p^2 M/4, that of a wave",
        "pure_share": f"share of the active nodes with more than {PURE} "
        "of their squared length on one frequency",
    }
    experiment.write("semi_grokking", experiment.rows(cases, runs), notes)


if __name__ == "__main__":
    perform(__file__, main)
