"""What a reader of the small labs finds: their runs, with knobs turned.

The networks of the labs in chapters 1, 5, 13, 14 and 16, trained in Python
from the same pairs and first weights, by one Adam that goes on when a knob
is turned, as in the page. Run from the top of the repository.
"""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, train
from li2_core.nets import TwoLayerNetwork
from li2_core.show.lab import reproduce
from li2_core.show.lab.state import LabState
from li2_core.training import PROBES, History, Snapshot
from torch import Tensor

SEEDS = range(5)
WATCH = LabState(K=256, p=0.5, lr=0.005)
TAP = LabState(K=512, p=0.6, lr=0.001)
FORGET = LabState(group="Z_41", K=256, p=0.5, lr=0.002)
COAST = LabState(K=512, lr=0.002, decay=5e-4)
CUT, FREQUENCY = LabState(K=128, p=0.6, lr=0.01), 3

# Until which step, with what.
Phase = tuple[int, dict[str, float]]
RUNS: dict[str, tuple[LabState, list[Phase]]] = {
    "lab": (CUT, [(300, {})]),
    "watch": (WATCH, [(300, {})]),
    "watch, off at 40": (
        WATCH,
        [(40, {}), (600, {"decay": 0.0}), (900, {"decay": 1e-3})],
    ),
    "tap shut": (TAP, [(1000, {"decay": 0.0})]),
    "tap opened at 200": (
        TAP,
        [(200, {"decay": 0.0}), (1000, {"decay": 1e-3})],
    ),
    "forget and come back": (
        FORGET,
        [(400, {}), (1000, {"p": 0.05}), (1400, {"p": 0.5})],
    ),
}
for shut in (50, 100, 200):
    RUNS[f"tap closed at {shut}"] = (
        TAP,
        [(shut, {}), (1000, {"decay": 0.0})],
    )
for share in (0.05, 0.15, 0.2):
    for decay in (1e-3, 0.0):
        RUNS[f"forget, p {share}, decay {decay}"] = (
            FORGET,
            [(400, {}), (1000, {"p": share, "decay": decay})],
        )
# One thing changed, for so many steps.
ONE: list[tuple[LabState, int, str, tuple[Any, ...]]] = [
    (CUT, 1500, "p", (0.5, 0.4, 0.35, 0.3)),
    (replace(CUT, decay=0), 1500, "K", (32, 64, 128, 256, 512)),
    (CUT, 300, "lr", (0.02, 0.05, 0.1)),
    (CUT, 1500, "scale", (0.2, 0.5, 2.0, 5.0)),
    (replace(CUT, group="Q_8"), 1500, "p", (0.6, 0.7)),
    (replace(COAST, group="Z_29"), 1500, "p", (0.26, 0.29, 0.32)),
    (replace(COAST, group="D_11"), 1500, "p", (0.3, 0.34, 0.38)),
]
for start, steps, name, values in ONE:
    for value in values:
        state = replace(start, **{name: value})
        RUNS[state.fragment()] = (state, [(steps, {})])


class OneAdam:
    """Adam whose averages stay when the rate or the decay is changed."""

    def __init__(self) -> None:
        self.last: torch.optim.Optimizer | None = None

    def __call__(
        self, parameters: list[Tensor], lr: float, weight_decay: float
    ) -> torch.optim.Optimizer:
        made = torch.optim.Adam(parameters, lr, weight_decay=weight_decay)
        if self.last is not None:
            groups = made.state_dict()["param_groups"]
            averages = self.last.state_dict()["state"]
            made.load_state_dict({"state": averages, "param_groups": groups})
        self.last = made
        return made


def complete_rows(moment: Snapshot) -> Tensor:
    """How many first elements have all their unseen pairs right, (1,)."""
    right = moment.test_outputs.argmax(-1) == moment.test_targets
    first = moment.task.test_index // moment.task.num_classes
    wrong = set(first[~right].tolist())
    return torch.tensor([moment.task.num_classes - len(wrong)])


def turned(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each phase of a run; steps count from the phase's start."""
    start, phases = RUNS[config["run"]]
    state = replace(start, seed=config["seed"])
    task, net = reproduce(state)
    adam, step, rows = OneAdam(), 0, []
    for last, change in phases:
        state = replace(state, **change)
        task, _ = reproduce(state)
        history = train(
            task,
            net,
            optimizer=adam,
            lr=state.lr,
            weight_decay=state.decay,
            steps=last - step,
            every=1,
            probes=complete_rows,
        )
        rows.append({"phase": len(rows)} | summary(history))
        net, step = history.net, last
    return rows


def summary(history: History) -> dict[str, float]:
    """What a reader would say about one phase."""
    test, loss = history["test_accuracy"][0], history["test_loss"][0]
    row = {"known": float(history.steps_to(1.0, "train_accuracy")[0])}
    for name, level in (("half", 0.5), ("nine", 0.9), ("nearly_all", 0.99)):
        row[name] = float(history.steps_to(level)[0])
    half = int((test >= 0.5).argmax())
    row["rows_at_half"] = int(history["complete_rows"][0, half])
    row["lowest"] = float(test.min())
    for at in (100, 300):
        row[f"test_{at}"] = float(test[at]) if at < len(test) else nan
    return row | {"test": float(test[-1]), "loss": float(loss[-1])}


def without(weights: Tensor, frequency: int) -> Tensor:
    """Weights over a clock, (1, M, K), less one frequency."""
    waves = torch.fft.rfft(weights.double(), dim=1)
    waves[:, frequency] = 0
    left = torch.fft.irfft(waves, n=weights.shape[1], dim=1)
    return left.to(weights.dtype)


def cut(net: TwoLayerNetwork, frequency: int) -> TwoLayerNetwork:
    """The network without one frequency in any node."""
    halves = net.hidden.chunk(2, dim=1)
    hidden = torch.cat([without(half, frequency) for half in halves], dim=1)
    return net.with_weights(hidden, without(net.readout.mT, frequency).mT)


def came_back(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A frequency is cut out of a trained network, which trains on."""
    state = replace(CUT, seed=config["seed"])
    task, net = reproduce(state)
    adam, row = OneAdam(), {}
    told = {"optimizer": adam, "lr": state.lr, "weight_decay": state.decay}
    told |= {"probes": "spectrum", "every": 100}
    before = train(task, net, steps=300, **told)
    after = train(task, cut(before.net, FREQUENCY), steps=200, **told)
    for what, run, at in (
        ("before", before, -1),
        ("cut", after, 0),
        ("after", after, -1),
    ):
        row[f"accuracy_{what}"] = float(run["test_accuracy"][0, at])
        row[f"loss_{what}"] = float(run["test_loss"][0, at])
        power = run["spectrum"][0, at][:, FREQUENCY]
        row[f"power_{what}"] = float(power.sum())
    old, new = (run["spectrum"][0, -1] for run in (before, after))
    had = (old.argmax(1) == FREQUENCY) & (
        old.sum(1) > 1e-3 * old.sum(1).max()
    )
    row["share_in_old_nodes"] = float(
        new[had][:, FREQUENCY].sum() / new[:, FREQUENCY].sum()
    )
    return [row]


def broken(config: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each number of nodes, or frequencies, taken at step 300."""
    state = replace(CUT, seed=config["seed"])
    task, net = reproduce(state)
    net = train(
        task, net, lr=state.lr, weight_decay=state.decay, steps=300
    ).net
    alive = int(net.active_nodes().sum())
    longest = net.hidden[0].square().sum(0).argsort(descending=True)
    rows = []
    for count in (0, 1, 4, 16):
        hidden = net.hidden.clone()
        hidden[:, :, longest[:count]] = 0
        left = net.with_weights(hidden, net.readout)
        rows.append({"nodes": count, "frequencies": 0} | tested(task, left))
    left = net
    for count, frequency in enumerate(random_order(state.seed), start=1):
        left = cut(left, frequency)
        rows.append({"nodes": 0, "frequencies": count} | tested(task, left))
    return [{"alive": alive} | row for row in rows]


def random_order(seed: int) -> list[int]:
    """The eleven frequencies in an order of this seed."""
    generator = torch.Generator().manual_seed(seed)
    return (1 + torch.randperm(11, generator=generator)).tolist()


def tested(task: GroupTask, net: TwoLayerNetwork) -> dict[str, float]:
    """Accuracy and loss on the pairs that were not shown."""
    moment = Snapshot(task, net)
    return {
        "test": float(PROBES["test_accuracy"](moment)),
        "loss": float(PROBES["test_loss"](moment)),
    }


def main(experiment: Experiment) -> None:
    runs = [{"run": run, "seed": seed} for run in RUNS for seed in SEEDS]
    notes = {
        "training": "from the page's pairs and first weights, float32, Adam",
        "test": "all pairs that are not shown at that step",
        "steps": "counted from the start of the phase; nan: never",
        "rows_at_half": "first elements whose unseen pairs are all right",
    }
    experiment.write("small_labs", experiment.rows(runs, turned), notes)
    cuts = experiment.rows([{"seed": seed} for seed in SEEDS], came_back)
    notes = {
        "cut": f"frequency {FREQUENCY} out of all nodes at step 300",
        "after": "200 steps later",
        "share_in_old_nodes": "of that frequency, where it was before",
    }
    experiment.write("small_labs_cut", cuts, notes)
    rows = experiment.rows([{"seed": seed} for seed in SEEDS], broken)
    notes = {
        "nodes": "so many of the longest nodes set to zero at step 300",
        "frequencies": "so many of the eleven cut out, in a random order",
    }
    experiment.write("small_labs_broken", rows, notes)


if __name__ == "__main__":
    perform(__file__, main)
