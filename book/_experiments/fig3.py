"""Li2's Fig. 3: a run on Z_71 with its diagnostics, decay on and off."""

from __future__ import annotations

from functools import partial

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.lazy import alignment, backprop_gradient, centre, signal
from li2_core.training import BASIC_PROBES, Snapshot

WATCHED = (
    "hidden_cosine",
    "readout_cosine",
    "hidden_norm",
    "readout_norm",
    "backprop_gradient_norm",
    "logged_gradient_norm",
    "signal_alignment",
    "sample_gram_rms",
    "feature_gram_rms",
)
RUNS = {2e-4: 260, 0.0: 400}  # weight decay and steps
SEEDS = 5


def at_rest(moment: Snapshot, decay: float) -> torch.Tensor:
    """cos(G(inf), T), were the readout to come to rest on these features."""
    if not decay:  # more features than pairs: G(inf) = 0 has no direction
        return torch.tensor([torch.nan])
    F = centre(moment.train_features[0].double())
    Y = centre(moment.task.labels(moment.task.train_index[0]))
    G = backprop_gradient(F, Y, eta=len(F) * decay / 2)
    return alignment(G, signal(F, Y)).reshape(1)


def run(config: dict[str, float]) -> list[dict[str, float]]:
    """One row a recorded step."""
    decay = config["weight_decay"]
    task = GroupTask(cyclic(71), train_fraction=0.4, seeds=[config["seed"]])
    probes = dict(zip(WATCHED, WATCHED, strict=True))
    probes["rest_alignment"] = partial(at_rest, decay=decay)
    history = train(
        task,
        TwoLayer(width=2048),
        lr=0.0005,
        weight_decay=decay,
        steps=RUNS[decay],
        every=10,
        probes=probes,
        device="cpu",
    )
    columns = (*BASIC_PROBES, *probes)
    return [
        {"step": int(step)}
        | {name: float(history[name][0, place]) for name in columns}
        for place, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"seed": seed, "weight_decay": decay}
        for decay in RUNS
        for seed in range(SEEDS)
    ]
    notes = {
        "task": "Z_71, p = 0.4: 2016 training pairs",
        "net": "width 2048, square, PyTorch's initial scale",
        "optimizer": "Adam, lr 0.0005, full batch",
        "seeds": list(range(SEEDS)),
        "rest_alignment": "cos(G(inf), T) at the present features, "
        "eta = n weight_decay / 2",
    }
    experiment.write("fig3", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
