"""The gradient at the readout's fixed point: one Cholesky factor against eq. 4 as it stands."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.report import Row, row
from benchmarks.timing import interleaved, interval, ratio
from li2_core.lazy import backprop_gradient, centre

CLASSES = 71
ETA = 0.2  # n weight_decay / 2 at n = 2016 and a weight decay of 2e-4


def lazy_rows(rounds: int = 5, n: int = 2016, width: int = 2048) -> list[Row]:
    """At the paper's Fig. 3: 71 classes, 2016 samples, 2048 nodes; both answers compared."""
    generator = torch.Generator().manual_seed(0)
    F = centre(torch.randn(n, width, dtype=torch.float64, generator=generator))
    answers = torch.randint(CLASSES, (n,), generator=generator)
    Y = centre(torch.nn.functional.one_hot(answers, CLASSES).double())
    expected = _one_inverse(F, Y)
    error = max(
        float((found - expected).norm() / expected.norm())
        for found in (backprop_gradient(F, Y, ETA), _two_inverses(F, Y))
    )
    candidates = {
        "ours": lambda: lambda: backprop_gradient(F, Y, ETA),
        "one": lambda: lambda: _one_inverse(F, Y),
        "two": lambda: lambda: _two_inverses(F, Y),
    }
    times, place = interleaved(candidates, rounds), f"n={n}"
    return [
        row("lazy", place, "eq. 4 against one Cholesky factor", error, "relative error"),
        row("lazy", place, "by one Cholesky factor", interval(1e3 * times["ours"].process), "ms"),
        row("lazy", place, "eq. 4, two inverses", ratio(times["two"], times["ours"]), "ratio"),
        row("lazy", place, "eq. 4, one inverse", ratio(times["one"], times["ours"]), "ratio"),
    ]


def _two_inverses(F: Tensor, Y: Tensor) -> Tensor:
    """eta (F F' + eta)^-1 Y Y' F (F'F + eta)^-1, from left to right."""
    n, K = F.shape
    left = torch.linalg.inv(F @ F.T + ETA * torch.eye(n, dtype=F.dtype))
    right = torch.linalg.inv(F.T @ F + ETA * torch.eye(K, dtype=F.dtype))
    return ETA * left @ Y @ Y.T @ F @ right


def _one_inverse(F: Tensor, Y: Tensor) -> Tensor:
    """eta R Y Y' R F with R = (F F' + eta)^-1, from left to right."""
    R = torch.linalg.inv(F @ F.T + ETA * torch.eye(len(F), dtype=F.dtype))
    return ETA * R @ Y @ Y.T @ R @ F
