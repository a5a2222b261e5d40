"""Li2's Fig. 3: a run on Z_71 with its diagnostics, decay on and off."""

from __future__ import annotations

import torch
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.lazy import alignment, backprop_gradient, centre, signal
from li2_core.runs.experiment import Experiment
from li2_core.training import BASIC_PROBES, PROBES, Snapshot

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


def at_rest(moment: Snapshot, decay: float) -> float:
    """cos(G(inf), T), were the readout to come to rest on these features."""
    F = centre(moment.net.features(moment.train_pairs)[0].double())
    Y = centre(moment.task.labels(moment.task.train_index[0]))
    G = backprop_gradient(F, Y, eta=len(F) * decay / 2)
    return float(alignment(G, signal(F, Y)))


def run(config: dict[str, float]) -> list[dict[str, float]]:
    """One row a recorded step."""
    decay = config["weight_decay"]
    task = GroupTask(cyclic(71), train_fraction=0.4, seeds=[config["seed"]])
    if decay:
        PROBES["rest_alignment"] = lambda m: torch.tensor(
            [at_rest(m, decay)]
        )
    else:  # more features than pairs: G(inf) = 0, which has no direction
        PROBES["rest_alignment"] = lambda m: torch.tensor([torch.nan])
    names = (*BASIC_PROBES, *WATCHED, "rest_alignment")
    history = train(
        task,
        TwoLayer(width=2048),
        lr=0.0005,
        weight_decay=decay,
        steps=RUNS[decay],
        every=10,
        probes=names,
        device="cpu",
    )
    return [
        {"step": int(step)}
        | {name: float(history[name][0, place]) for name in names}
        for place, step in enumerate(history.steps)
    ]


def main() -> None:
    torch.set_num_threads(1)
    experiment = Experiment(__file__)
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
    main()
