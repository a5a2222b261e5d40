"""What each layer of a deeper network holds, all through the training."""

from __future__ import annotations

from typing import Any

from experiment import Experiment, perform
from li2_core import GroupTask, cyclic, train
from li2_core.beyond import held_out_share
from li2_core.beyond.layers import frequency_share
from li2_core.nets import DeepNet
from li2_core.training import Snapshot
from li2_core.training.probes import probe_functions
from torch import Tensor

ORDER, FRACTION, WIDTH, LR, SEEDS = 23, 0.7, 128, 0.002, 3
STEPS, EVERY, DEEPEST = 800, 20, 3
DECAYS = (1e-3, 2e-3, 4e-3, 8e-3)
KINDS = ((1, False), (2, False), (2, True), (3, False), (3, True))


def purity(moment: Snapshot) -> Tensor:
    """Of W_1: the share on each node's best frequency, (S,)."""
    return frequency_share(moment.net.hidden.mT)


def held_out(moment: Snapshot, layer: int) -> Tensor:
    """What the training pairs' class means say of the test pairs, (S,)."""
    pairs, targets = moment.task.pairs, moment.task.targets
    parts = [
        part
        for index in (moment.task.train_index, moment.task.test_index)
        for part in (
            moment.net.features(pairs[index], layer),
            targets[index],
        )
    ]
    return held_out_share(*parts)


def courses(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each seed and step."""
    depth = config["depth"]
    task = GroupTask(cyclic(ORDER), FRACTION, range(SEEDS))
    net = DeepNet(WIDTH, depth, residual=config["residual"])
    names = ["hidden", *(f"layers.{layer}" for layer in range(2, depth + 1))]
    own = {"purity": purity} | {
        f"held_out_{layer}": lambda m, layer=layer: held_out(m, layer)
        for layer in range(1, depth + 1)
    }
    likeness = {f"like_start_{n}": w for n, w in enumerate(names, 1)}
    known = probe_functions([f"{w}_cosine" for w in names], names)
    probes = own | {n: known[f"{w}_cosine"] for n, w in likeness.items()}
    history = train(
        task,
        net,
        probes=probes,
        lr=LR,
        weight_decay=config["weight_decay"],
        steps=STEPS,
        every=EVERY,
        device="cpu",
    )
    columns = ("train_accuracy", "test_accuracy", "purity")
    per_layer = [
        f"{what}_{layer}"
        for what in ("held_out", "like_start")
        for layer in range(1, DEEPEST + 1)
    ]
    return [
        {"seed": seed, "step": int(step)}
        | {name: float(history[name][seed, k]) for name in columns}
        | {
            name: float(history[name][seed, k])
            if name in history.records
            else float("nan")
            for name in per_layer
        }
        for seed in range(SEEDS)
        for k, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"depth": depth, "residual": residual, "weight_decay": decay}
        for depth, residual in KINDS
        for decay in DECAYS
    ]
    notes = {
        "task": f"cyclic({ORDER}), p = {FRACTION}",
        "net": f"width {WIDTH}, ReLU, the library's initial weights",
        "optimizer": f"Adam, lr {LR}, full batch, coupled decay",
        "held_out_l": "share of the variance of F_l over test pairs that "
        "the means of the training pairs with the same answer explain",
        "like_start_l": "the cosine of W_l with its start",
    }
    experiment.write("deep_layers", experiment.rows(cases, courses), notes)


if __name__ == "__main__":
    perform(__file__, main)
