"""One-element effects in the gradient of real runs, and who clears them.

Three clocks, the width of chapter 13 and as many nodes as pairs, weight
decay on and off, all weights learning or one layer only. Beside it: which
Fourier features are maxima of the energy of the error. From the top of the
repository.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.energy import Landscape
from li2_core.energy.climb import climb_from
from li2_core.groups import irrep_shares
from li2_core.lazy import centre, signal
from li2_core.lazy.leak import one_element_share
from li2_core.scaling.survival import MAX_STEPS, TOL, pure_features
from li2_core.training import Snapshot

# Order of the group: a share of the table well above the threshold of
# training, and one a little above it
SHARES = {23: (0.4, 0.36), 47: (0.4, 0.25), 71: (0.3, 0.2)}
WIDTHS, DECAY, SEEDS, STEPS, EVERY = ("512", "n"), 5e-4, 5, 150, 10
NUM_FEATURES = 20


def error_share(moment: Snapshot) -> torch.Tensor:
    """Of the row-centred error E."""
    E = moment.row_centred_error[0]
    return torch.tensor([one_element_share(E, moment.task)])


def gradient_share(moment: Snapshot) -> torch.Tensor:
    """Of G_F = E V'."""
    G = moment.row_centred_error[0] @ moment.parameters["readout"][0]
    return torch.tensor([one_element_share(G, moment.task)])


def signal_share(moment: Snapshot) -> torch.Tensor:
    """Of T at the present features."""
    F = centre(moment.train_features[0].double())
    Y = centre(moment.task.labels(moment.task.train_index[0]))
    return torch.tensor([one_element_share(signal(F, Y), moment.task)])


def survived(moment: Snapshot) -> torch.Tensor:
    """Fourier features that are maxima of 1/2 ||E' s(Xw)||^2: a share."""
    task = moment.task
    E = centre(moment.row_centred_error[0].double())
    irreps, start = pure_features(task.group, NUM_FEATURES, task.seeds[0])
    landscape = Landscape(task, labels=E)
    end, _ = climb_from(landscape, start, TOL, MAX_STEPS)
    own = irrep_shares(end, task.group)[torch.arange(len(irreps)), irreps]
    return (own > 0.5).double().mean()[None]


PROBES = (error_share, gradient_share, signal_share, survived)


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    group, frozen = cyclic(config["order"]), config["frozen"]
    task = GroupTask(group, config["train_fraction"], [config["seed"]])
    width = config["width"]
    history = train(
        task,
        TwoLayer(task.num_train if width == "n" else int(width)),
        lr=0.002,
        weight_decay=config["weight_decay"],
        freeze=() if frozen == "nothing" else (frozen,),
        steps=STEPS,
        every=EVERY,
        probes=PROBES,
        device="cpu",
    )
    columns = [probe.__name__ for probe in PROBES]
    columns += ["train_loss", "train_accuracy", "test_accuracy"]
    return [
        {"step": int(step)}
        | {name: float(history[name][0, place]) for name in columns}
        for place, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = []
    for order, (ample, scarce) in SHARES.items():
        kinds = [(ample, DECAY, frozen) for frozen in ("hidden", "readout")]
        kinds += [(ample, decay, "nothing") for decay in (DECAY, 0.0)]
        kinds += [(scarce, DECAY, "nothing")]
        cases += [
            {"order": order, "train_fraction": p, "width": width}
            | {"weight_decay": decay, "frozen": frozen, "seed": seed}
            for p, decay, frozen in kinds
            for width in WIDTHS
            for seed in range(SEEDS)
        ]
    notes = {
        "optimizer": "Adam, lr 0.002, full batch",
        "shares": "of the squared norm, what f(a) + g(b) explains by least "
        "squares on the training pairs, after the mean",
        "survived": f"of {NUM_FEATURES} Fourier features, those that keep "
        "more than half of their squared norm on their irrep when they "
        "climb 1/2 ||E' s(Xw)||^2, E the error of that step",
    }
    experiment.write("clearing", experiment.rows(cases, run), notes)


if __name__ == "__main__":
    perform(__file__, main)
