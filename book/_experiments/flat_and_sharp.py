"""How sharp are a network that memorises and one that generalises?

`flat_and_sharp`: the curvature of the training loss by width.
`node_traces`: how much of it each node has. `zero_modes`: the directions
that cost nothing, counted at exact zeros of the residual.
`sharpness_along_a_run`: the curvature while a network groks.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.beyond import balanced_trace, exact_interpolator, loss_hessian
from li2_core.beyond.balance import LEAST, balance, node_traces
from li2_core.beyond.estimates import top_curvature
from li2_core.beyond.sharpness import residual_jacobian
from li2_core.lazy import ridge_readout
from li2_core.nets import TwoLayerNetwork

M, FRACTION, LR, SEEDS = 13, 0.7, 0.005, 3
# Per kind: start scale, weight decay, steps
KINDS = {
    "memoriser": (1.0, 0.0, 2000),
    "memoriser_x2": (2.0, 0.0, 3000),
    "generaliser": (1.0, 3e-4, 2500),
    "generaliser_1e-3": (1.0, 1e-3, 2000),
}
RIDGE = 1e-9
WIDTHS = 48, 64, 96, 128, 192, 384
LAZY_WIDTHS = *WIDTHS, 768, 1536
RUN_STEPS = 0, 20, 40, 60, 100, 150, 200, 300, 400, 500, 700, 1000


def settled(
    task: GroupTask, width: int, kind: str, lr: float = LR
) -> TwoLayerNetwork:
    """A network that knows its pairs; any decay is off by then."""
    scale, decay, steps = KINDS[kind]
    options: dict[str, Any] = {"every": 10_000, "device": "cpu"}
    net = TwoLayer(width, init_scale=scale).initialize(task)
    net = train(
        task, net, lr=lr, weight_decay=decay, steps=steps, **options
    ).net
    if kind == "generaliser_1e-3":
        net = train(task, net, lr=1e-3, steps=2000, **options).net
    rest = 3000 if width == 48 else 800
    net = train(task, net, lr=2e-4, steps=rest, **options).net
    assert isinstance(net, TwoLayerNetwork)
    return net


def lazy(task: GroupTask, width: int) -> TwoLayerNetwork:
    """The first hidden layer and the best readout for it."""
    net = TwoLayer(width).initialize(task, dtype=torch.float64)
    index = task.train_index[0]
    F = net.features(task.pairs[index])[0]
    V = ridge_readout(F, task.labels(index) - 1 / M, RIDGE)
    return net.with_weights(net.hidden, V[None])


def measures(net: TwoLayerNetwork, task: GroupTask) -> dict[str, float]:
    """How sharp one network is, and what it knows."""
    index, unseen = task.train_index[0], task.test_index[0]
    outputs = net.with_weights(net.hidden.double(), net.readout.double())(
        task.pairs
    )[0]
    error = outputs - task.labels() + 1 / M
    right = outputs.argmax(1) == task.targets
    still = balance(net, task)
    top, spread = top_curvature(net, task, steps=150)
    least_top, least_spread = top_curvature(still, task, steps=150)
    return {
        "train_loss": float(error[index].square().sum(1).mean()),
        "train_accuracy": float(right[index].double().mean()),
        "test_accuracy": float(right[unseen].double().mean()),
        "live_nodes": int(net.active_nodes().sum()),
        "trace": float(sum(part.sum() for part in node_traces(net, task))),
        "balanced_trace": float(balanced_trace(net, task)),
        "top": float(top),
        "top_error": float(spread),
        "balanced_top": float(least_top),
        "balanced_top_error": float(least_spread),
    }


def by_width(config: dict[str, Any]) -> list[dict[str, float]]:
    """The measures of one seed's network."""
    width, kind, seed = config.values()
    task = GroupTask(cyclic(M), FRACTION, [seed])
    if kind == "lazy":
        return [measures(lazy(task, width), task)]
    lr = 0.003 if width == 384 else LR
    return [measures(settled(task, width, kind, lr), task)]


def by_node(config: dict[str, Any]) -> list[dict[str, float]]:
    """Each node's part of the least trace, the largest first.

    The mean over the seeds of the nodes of one rank.
    """
    width, kind = config.values()
    lr, parts = 0.003 if width == 384 else LR, []
    for seed in range(SEEDS):
        task = GroupTask(cyclic(M), FRACTION, [seed])
        first, second = node_traces(settled(task, width, kind, lr), task)
        each = LEAST * (first.square() * second).pow(1 / 3)
        parts.append(each[0].sort(descending=True).values)
    mean = torch.stack(parts).mean(0).tolist()
    return [{"node": i, "part": round(x, 5)} for i, x in enumerate(mean)]


def count(config: dict[str, Any]) -> list[dict[str, float]]:
    """The rank of the Jacobian at an exact zero, at five tolerances."""
    kind, seed = config.values()
    task = GroupTask(cyclic(M), FRACTION, [seed])
    net = exact_interpolator(settled(task, 48, kind), task)
    J = residual_jacobian(net, task)[0]
    singular = torch.linalg.svdvals(J)
    alive = int(net.active_nodes().sum())
    outputs = net(task.pairs)[0] - task.labels() + 1 / M
    loss = float(outputs[task.train_index[0]].square().sum(1).mean())
    unseen = task.test_index[0]
    right = net(task.pairs)[0].argmax(1)[unseen] == task.targets[unseen]
    row: dict[str, float] = {
        "weights": J.shape[1],
        "live_nodes": alive,
        "live_weights": 3 * M * alive,
        "train_loss": loss,
        "test_accuracy": float(right.double().mean()),
    }
    for power in (4, 5, 6, 7, 8, 9):
        ranks = singular > 10.0**-power * singular[0]
        row[f"rank_{power}"] = int(ranks.sum())
    rank = row["rank_7"]
    row["last_kept"] = float(singular[int(rank) - 1] / singular[0])
    left = singular[int(rank) :]
    row["first_dropped"] = float(left[0] / singular[0]) if len(left) else 0.0
    return [row]


def along(config: dict[str, Any]) -> list[dict[str, float]]:
    """The spectrum's ends at some steps of one run with decay."""
    task = GroupTask(cyclic(M), FRACTION, [config["seed"]])
    net = TwoLayer(48).initialize(task)
    history, rows = None, []
    for step in RUN_STEPS:
        if step:
            history = train(
                task,
                TwoLayer(48),
                lr=LR,
                weight_decay=1e-3,
                steps=step,
                every=20,
                device="cpu",
                resume=history,
            )
            net = history.net
        values = torch.linalg.eigvalsh(loss_hessian(net, task)[0])
        flat = values.abs() < 1e-3 * values[-1]
        least = {"lowest": float(values[0]), "near_zero": int(flat.sum())}
        rows.append({"step": step} | measures(net, task) | least)
    return rows


def main(experiment: Experiment) -> None:
    notes = {
        "task": f"cyclic group of order {M}, p = {FRACTION}, 118 pairs",
        "kinds": {
            name: "start scale {}, weight decay {}, {} steps".format(*kind)
            for name, kind in KINDS.items()
        },
        "training": f"Adam, lr {LR} (.003 at width 384), full batch; then "
        "without decay at 2e-4, 800 steps (3000 at width 48)",
        "lazy": f"first weights, readout of ridge {RIDGE}",
        "traces": "of the Gauss-Newton matrix, exact",
        "tops": "of the Hessian, by Lanczos, with its error",
    }
    cases = [
        {"width": width, "kind": kind, "seed": seed}
        for kind, widths in (
            ("memoriser", WIDTHS),
            ("memoriser_x2", (48,)),
            ("generaliser", WIDTHS),
            ("generaliser_1e-3", (48, 128)),
            ("lazy", LAZY_WIDTHS),
        )
        for width in widths
        for seed in range(SEEDS)
    ]
    rows = experiment.rows(cases, by_width)
    experiment.write("flat_and_sharp", rows, notes)
    cases = [
        {"width": width, "kind": kind}
        for width in WIDTHS
        for kind in ("memoriser", "generaliser")
    ]
    about = {"part": "the mean of 3 seeds, of the nodes of one rank"}
    rows = experiment.rows(cases, by_node)
    experiment.write("node_traces", rows, notes | about)
    cases = [
        {"kind": kind, "seed": seed}
        for kind in ("memoriser", "memoriser_x2", "generaliser_1e-3")
        for seed in range(SEEDS)
    ]
    about = {"rank_N": "singular values of J above 10^-N times the largest"}
    rows = experiment.rows(cases, count)
    experiment.write("zero_modes", rows, notes | about)
    cases = [{"seed": seed} for seed in range(SEEDS)]
    about = {"near_zero": "eigenvalues below 1e-3 times the largest"}
    rows = experiment.rows(cases, along)
    experiment.write("sharpness_along_a_run", rows, notes | about)


if __name__ == "__main__":
    perform(__file__, main)
