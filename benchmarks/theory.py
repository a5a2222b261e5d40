"""Formulas of the theory, as the library computes them and as they stand."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.gates import GateFailed
from benchmarks.timing import Row, interleaved, ratio, row
from li2_core import cyclic
from li2_core.energy import Landscape
from li2_core.lazy import backprop_gradient, centre

NODES = 1024
AT_ONCE = 64  # nodes by the definition: at M = 127 an n x 64 array has 8 MB
CLASSES = 71
ETA = 0.2  # n weight_decay / 2 at n = 2016 and a weight decay of 2e-4


def energy_rows(rounds: int = 5, order: int = 127) -> list[Row]:
    """The definition's time over ours: by Fourier transform (x^2), by sums over classes (SiLU)."""
    group = cyclic(order)
    generator = torch.Generator().manual_seed(0)
    nodes = torch.randn(NODES, 2 * order, dtype=torch.float64, generator=generator)
    rows = []
    for way, name in (("transform", "square"), ("sums over classes", "silu")):
        landscape = Landscape(group, name)
        calls: dict[str, Callable[[], Tensor]] = {
            "plain": _by_definition(landscape, nodes),
            "ours": lambda landscape=landscape: landscape.value(nodes),  # type: ignore[misc]
        }
        _same(f"energy by {way}", calls["ours"](), calls["plain"]())
        rows.append(_over_ours("energy", f"M={order}", f"definition over {way}", calls, rounds))
    return rows


def lazy_rows(rounds: int = 5, n: int = 2016, width: int = 2048) -> list[Row]:
    """The gradient at the readout's fixed point at the size of Li2's Fig. 3, against eq. 4."""
    generator = torch.Generator().manual_seed(0)
    F = centre(torch.randn(n, width, dtype=torch.float64, generator=generator))
    answers = torch.randint(CLASSES, (n,), generator=generator)
    Y = centre(torch.nn.functional.one_hot(answers, CLASSES).double())
    rows = []
    for inverses, plain in (("two inverses", _two_inverses), ("one inverse", _one_inverse)):
        calls: dict[str, Callable[[], Tensor]] = {
            "plain": lambda plain=plain: plain(F, Y),  # type: ignore[misc]
            "ours": lambda: backprop_gradient(F, Y, ETA),
        }
        _same(f"eq. 4, {inverses}", calls["ours"](), calls["plain"]())
        rows.append(_over_ours("lazy", f"n={n}", f"eq. 4, {inverses}", calls, rounds))
    return rows


def _over_ours(
    section: str, place: str, name: str, calls: dict[str, Callable[[], Tensor]], rounds: int
) -> Row:
    ready = {way: (lambda call=call: call) for way, call in calls.items()}
    times = interleaved(ready, rounds)
    return row(section, place, name, ratio(times["plain"], times["ours"]), "ratio")


def _same(what: str, found: Tensor, expected: Tensor) -> None:
    error = float((found - expected).norm() / expected.norm())
    if not error < 1e-9:
        raise GateFailed(f"{what}: off by {error:.2g}")


def _by_definition(landscape: Landscape, nodes: Tensor) -> Callable[[], Tensor]:
    """1/2 ||Yt' s(X w)||^2 with X and Yt in full, made before the clock starts."""
    pairs, s = landscape.pairs, landscape.activation.value
    one_hot = torch.nn.functional.one_hot
    X = torch.cat([one_hot(which, pairs.order) for which in (pairs.first, pairs.second)], 1)
    inputs, labels, blocks = X.double(), pairs.labels(), nodes.split(AT_ONCE)

    def call() -> Tensor:
        found = [(labels.T @ s(inputs @ block.T)).square().sum(0) for block in blocks]
        return torch.cat(found) / 2

    return call


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
