"""How long a young network is right on unseen pairs less often than chance.

Three clocks, two widths, two rates, with weight decay and without, every
step of the first 200. From the top of the repository.
"""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train

SHARES = {23: (0.3, 0.5, 0.7), 41: (0.3, 0.5), 71: (0.2, 0.4)}
WIDTHS, DECAYS, RATES, SEEDS, STEPS = (
    (128, 512),
    (0.0, 1e-3),
    (0.005, 0.01),
    5,
    200,
)


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each seed."""
    task = GroupTask(
        cyclic(config["order"]), config["train_fraction"], seeds=SEEDS
    )
    chance = 1 / config["order"]
    rule = {key: config[key] for key in ("lr", "weight_decay")}
    history = train(
        task,
        TwoLayer(config["width"]),
        steps=STEPS,
        every=1,
        device="cpu",
        **rule,
    )
    rows = []
    for seed in range(SEEDS):
        test, known = (
            history["test_accuracy"][seed],
            history["train_accuracy"][seed],
        )
        below = (test < chance) & (history.steps > 0)
        above = history.steps[(test > 2 * chance) & (history.steps > 5)]
        least = float(test[1:].min())
        rows.append(
            {
                "seed": seed,
                "least": least,
                "least_at": int(history.steps[1:][test[1:].argmin()]),
                "steps_below": int(below.sum()),
                "twice_chance": int(above[0]) if len(above) else -1,
                "known": int(history.steps[(known > 0.99)][0])
                if (known > 0.99).any()
                else -1,
            }
        )
    return rows


def main(experiment: Experiment) -> None:
    cases = [
        {"order": M, "train_fraction": share, "width": width}
        | {"lr": lr, "weight_decay": decay}
        for M, shares in SHARES.items()
        for share in shares
        for width in WIDTHS
        for lr in RATES
        for decay in DECAYS
    ]
    notes = {
        "steps_below": f"of {STEPS} steps, with a test accuracy below 1/M",
        "twice_chance": "the first step after 5 above 2/M, -1 if none",
        "known": "the first step above 99% of the shown pairs, -1 if none",
    }
    experiment.write("below_chance", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
