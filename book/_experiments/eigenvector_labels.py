"""Eigenvectors of the first tangent kernel as labels, with more data.

Kumar et al., Fig. 5 and 19: a committee machine whose readouts are trained
too, and beside it the same network if it were lazy for ever, exactly.
"""

from __future__ import annotations

from typing import Any

import torch
from experiment import Experiment, perform
from li2_core import Module, train
from li2_core.nets import OutputScale
from li2_core.rich import kernel_alignment, tangent_kernel
from li2_core.tasks import SampledTask, eigenvector_task
from torch import Tensor, nn

D, POOL, WIDTH, EPSILON, SCALE = 20, 450, 100, 0.2, 2.0
LR, STEPS, EVERY, SEEDS = 0.5, 1500, 25, 2
PLACES, SIZES = (1, 70, 160), (100, 150, 300)


def wide_kernel(x: Tensor) -> Tensor:
    """The first kernel of infinitely many nodes (Kumar et al., eq. 23)."""
    gram, square = x @ x.mT, x.square().sum(1)
    both = 1.5 * gram.square() + torch.outer(square, square) / 4
    return 2 * gram + EPSILON**2 * both


class Committee(nn.Module):
    """v's(Wx) / K with s(h) = h + epsilon h^2 / 2 and v of random signs."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Parameter(torch.randn(D, WIDTH))
        self.readout = nn.Parameter(torch.randn(WIDTH, 1).sign())

    def forward(self, rows: Tensor) -> Tensor:
        h = rows @ self.hidden
        return (h + EPSILON / 2 * h.square()) @ self.readout / WIDTH


def lazy_losses(
    task: SampledTask, gram: Tensor, steps: list[int]
) -> list[tuple[float, float]]:
    """Train and test loss after so many steps if the kernel never moved."""
    y = task.targets[:, 0].double()
    shown, unseen = task.train_index[0], task.test_index[0]
    values, vectors = torch.linalg.eigh(gram[shown][:, shown])
    inside, found = vectors.mT @ y[shown], []
    for step in steps:
        kept = (1 - 2 * LR * WIDTH / len(shown) * values) ** step
        c = vectors @ ((1 - kept) / values.clamp_min(1e-12) * inside)
        off = gram[unseen][:, shown] @ c - y[unseen]
        train_loss = (kept * inside).square().sum() / len(shown)
        found.append((train_loss.item(), off.square().mean().item()))
    return found


def kernel_line(task: SampledTask, gram: Tensor) -> float:
    """Test loss of regression with the first kernel: lazy without end."""
    y = task.targets[:, 0].double()
    shown, unseen = task.train_index[0], task.test_index[0]
    c = torch.linalg.pinv(gram[shown][:, shown], hermitian=True) @ y[shown]
    return (gram[unseen][:, shown] @ c - y[unseen]).square().mean().item()


def run(config: dict[str, Any]) -> list[dict[str, float]]:
    """A row for each recorded step."""
    place, n, seed = config.values()
    task = eigenvector_task(wide_kernel, D, n, POOL - n, place, [seed])
    net = Module(lambda: OutputScale(Committee(), SCALE), centred=False)
    history = train(
        task,
        net,
        optimizer="sgd",
        lr=LR * WIDTH / SCALE**2,
        loss="squared_error",
        steps=STEPS,
        every=EVERY,
        device="cpu",
    )
    first = net.initialize(task, dtype=torch.float64).parameters
    weights = {
        name: first[f"module.{name}"][0] for name in ("hidden", "readout")
    }
    inner = Committee().double()
    x = task.inputs.double()
    gram = tangent_kernel(
        lambda state, rows: torch.func.functional_call(
            inner, state, (rows,)
        ),
        weights,
        x,
    )
    match = kernel_alignment(gram, task.targets[:, 0].double()).item()
    line = kernel_line(task, gram)
    lazy = lazy_losses(task, gram, history.steps.tolist())
    return [
        {
            "step": int(step),
            "first_alignment": match,
            "kernel_line": line,
            "train_loss": float(history["train_loss"][0, t]),
            "test_loss": float(history["test_loss"][0, t]),
            "lazy_train_loss": lazy[t][0],
            "lazy_test_loss": lazy[t][1],
        }
        for t, step in enumerate(history.steps)
    ]


def main(experiment: Experiment) -> None:
    cases = [
        {"place": place, "num_train": n, "seed": seed}
        for place in PLACES
        for n in SIZES
        for seed in range(SEEDS)
    ]
    notes = {
        "net": f"D {D}, {WIDTH} nodes h + epsilon h^2 / 2, epsilon "
        f"{EPSILON}, W from N(0, 1), trained readouts of random signs, "
        f"scale {SCALE:g}, less the start",
        "data": f"x of N(0, I/D), {POOL} in all; labels: eigenvector number "
        "`place` of the first kernel at infinite width over all of them",
        "optimizer": f"gradient descent, lr {LR} width/scale^2, no decay",
        "kernel_line": "test loss of regression with that kernel",
        "lazy": "the same steps with the first kernel of these weights, the "
        "limit of a large scale, in closed form",
    }
    experiment.write(
        "eigenvector_labels", experiment.rows(cases, run), notes
    )


if __name__ == "__main__":
    perform(__file__, main)
