"""Addition modulo 23 by plain gradient descent, without weight decay.

Kumar et al., Fig. 2 and 16, for five output scales; and what moves when: the
features, the tangent kernel, the signal in the gradient of the features.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import GroupTask, Module, cyclic, train
from li2_core.groups.parts import wave_power
from li2_core.lazy import alignment, centre, signal
from li2_core.nets import OutputScale
from li2_core.rich import cka, kernel_alignment
from li2_core.rich.two_layer import mean_features, two_layer_kernel
from torch import Tensor, nn

M, SHARE, WIDTH, LR = 23, 0.9, 100, 100.0
# Output scale: steps, and steps between records
SCALES = {0.5: (900, 15), 1.0: (2000, 25), 2.0: (4000, 50), 4.0: (8000, 100)}
SCALES |= {16.0: (50000, 500)}  # three minutes
SEEDS = {0.5: 3, 1.0: 3, 2.0: 3, 4.0: 2, 16.0: 1}
RECORDS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


class MeanField(nn.Module):
    """V's(W'x / sqrt(2M)) / K with s the square, weights from N(0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.randn(2 * M, WIDTH))
        self.readout = nn.Parameter(torch.randn(WIDTH, M))

    def forward(self, rows: Tensor) -> Tensor:
        return mean_features(rows, self.hidden) @ self.readout / WIDTH


def lazy_loss(task: GroupTask, W: Tensor, V: Tensor) -> float:
    """The test loss of regression with the first kernel."""
    K, Y = two_layer_kernel(task.rows(), W, V), task.labels() - 1 / M
    shown, unseen = task.train_index[0], task.test_index[0]
    tiny = 1e-9 * K.diagonal().mean() * torch.eye(len(shown)).double()
    c = torch.linalg.solve(K[shown][:, shown] + tiny, Y[shown])
    return (
        (K[unseen][:, shown] @ c - Y[unseen]).square().sum(1).mean().item()
    )


def moment(
    task: GroupTask,
    scale: float,
    now: tuple[Tensor, ...],
    first: tuple[Tensor, ...],
    last: tuple[Tensor, ...],
) -> dict[str, float]:
    """What the weights are like, beside the first and the last."""
    X, Y, shown = task.rows(), task.labels(), task.train_index[0]
    (W, V), (_, V0) = now, first
    F, F0, F1 = (mean_features(X, w) for w, _ in (now, first, last))
    E = Y - scale / WIDTH * (F @ V - F0 @ V0)
    E = (E - E.mean(1, keepdim=True))[shown]
    G = scale / WIDTH * E @ (V - V.mean(1, keepdim=True)).mT
    K, K0 = (two_layer_kernel(X, *weights) for weights in (now, first))
    power = wave_power(W.mT)
    return {
        "gradient_norm": G.norm().item(),
        "signal_alignment": alignment(
            G, signal(F[shown], centre(Y[shown]))
        ).item(),
        "purity": (power[:, 1:].amax(1) / power.sum(1)).mean().item(),
        "like_the_start": cka(F, F0).item(),
        "like_the_end": cka(F, F1).item(),
        "kernel_movement": ((K - K0).norm() / K0.norm()).item(),
        "kernel_alignment": kernel_alignment(K, Y).item(),
        "weight_norm": (W.square().sum() + V.square().sum()).sqrt().item(),
    }


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    scale = config["scale"]
    steps, every = SCALES[scale]
    task = GroupTask(cyclic(M), SHARE, [config["seed"]])
    history = train(
        task,
        Module(lambda: OutputScale(MeanField(), scale)),
        optimizer="sgd",
        lr=LR / scale**2,
        steps=steps,
        every=every,
        probes={
            "W": lambda m: m.parameters["module.hidden"],
            "V": lambda m: m.parameters["module.readout"],
        },
        device="cpu",
    )
    moments = [
        tuple(
            torch.from_numpy(history[name][0, t]).double() for name in "WV"
        )
        for t in range(len(history.steps))
    ]
    line = lazy_loss(task, *moments[0])
    return [
        {"step": int(step), "kernel_line": line}
        | {name: float(history[name][0, t]) for name in RECORDS}
        | moment(task, scale, moments[t], moments[0], moments[-1])
        for t, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"scale": scale, "seed": seed}
        for scale in SCALES
        for seed in range(SEEDS[scale])
    ]
    notes = {
        "net": f"Z_{M}, {SHARE} of the pairs, width {WIDTH}, square, "
        "N(0, 1) weights; scale/width V's(W'x / sqrt(2M)) - start",
        "optimizer": f"gradient descent, lr {LR:g} / scale^2, no decay",
        "signal_alignment": "cosine of G_F and T on the training pairs",
        "purity": "mean over nodes of the share of the top frequency in W",
        "like_the_start, like_the_end": "linear CKA of F on the whole table",
        "kernel_movement, kernel_alignment": "of the tangent kernel summed "
        "over the outputs, on the whole table; alignment centred",
        "kernel_line": "test loss of regression with the first kernel",
    }
    experiment.write(
        "modular_without_decay", experiment.rows(cases, run), notes
    )


if __name__ == "__main__":
    perform(__file__, main)
