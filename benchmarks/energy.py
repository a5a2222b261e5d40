"""The energy of many nodes, by Fourier transform and by shifted rows, against plain ways."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks.report import Row, row
from benchmarks.timing import Call, interleaved, interval, ratio
from li2_core.activations import activation
from li2_core.energy import Landscape
from li2_core.groups import FiniteGroup, cyclic
from li2_core.tasks import pairs_of

NODES = 1024
AT_ONCE = 64  # nodes of the plain ways: at M = 251 an n x 64 array has 32 MB
ORDERS = (127, 251)
GROWTH = (127, 251, 397, 409, 509, 757, 1009)  # primes on both sides of `MATRIX_BELOW`
ACTIVATIONS = ("square", "relu", "silu")


def energy_rows(rounds: int = 5, orders: tuple[int, ...] = ORDERS) -> list[Row]:
    """Ratios to the definition and to gather and index_add, and how the time grows with M.

    The definition takes seconds a call at M = 251: few rounds are enough.
    """
    rows = []
    for M in orders:
        rows += _transform_rows(cyclic(M), rounds)
        for name in ACTIVATIONS:
            rows += _shifted_rows(cyclic(M), name, rounds)
    candidates: dict[str, Callable[[], Call]] = {
        str(M): partial(_by_transform, cyclic(M), _random_nodes(M)) for M in GROWTH
    }
    for order, times in interleaved(candidates, rounds).items():
        taken = interval(1e3 * times.process)
        rows.append(row("energy", f"M={order}", "by transform", taken, "ms"))
    return rows


def _transform_rows(group: FiniteGroup, rounds: int) -> list[Row]:
    nodes, place = _random_nodes(group.order), f"M={group.order}"
    plain, quick = _by_definition(group, nodes), _by_transform(group, nodes)
    expected = plain()
    error = float(((quick() - expected) / expected).abs().max())
    times = interleaved({"plain": lambda: plain, "quick": lambda: quick}, rounds)
    plain_over_quick = ratio(times["plain"], times["quick"])
    return [
        row("energy", place, "transform against definition", error, "relative error"),
        row("energy", place, "by definition", interval(1e3 * times["plain"].process), "ms"),
        row("energy", place, "definition over transform", plain_over_quick, "ratio"),
    ]


def _shifted_rows(group: FiniteGroup, name: str, rounds: int) -> list[Row]:
    nodes, place = _random_nodes(group.order), f"M={group.order}"
    quick = _by_shifted_rows(group, nodes, name)
    whole, blocks = (_by_index_add(group, nodes, name, size) for size in (NODES, AT_ONCE))
    candidates = {"quick": lambda: quick, "whole": lambda: whole, "blocks": lambda: blocks}
    times = interleaved(candidates, rounds)
    labels = {
        "whole": "index_add over shifted rows",
        "blocks": f"the same, {AT_ONCE} nodes at once",
    }
    return [
        row("energy", place, f"{label}, {name}", ratio(times[way], times["quick"]), "ratio")
        for way, label in labels.items()
    ]


def _random_nodes(order: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(NODES, 2 * order, dtype=torch.float64, generator=generator)


def _by_transform(group: FiniteGroup, nodes: Tensor) -> Callable[[], Tensor]:
    landscape = Landscape(group)
    return lambda: landscape.value(nodes)


def _by_shifted_rows(group: FiniteGroup, nodes: Tensor, name: str) -> Callable[[], Tensor]:
    """Centring left out on both sides, so that x^2 too goes pair by pair."""
    landscape = Landscape(group, name, pairs_of(group).labels(centred=False))
    return lambda: landscape.value(nodes)


def _by_definition(group: FiniteGroup, nodes: Tensor) -> Callable[[], Tensor]:
    """1/2 ||Yt' (X w)^2||^2 with X and Yt in full, made before the clock starts."""
    pairs, M = pairs_of(group), group.order
    one_hot = torch.nn.functional.one_hot
    X = torch.cat([one_hot(pairs.first, M), one_hot(pairs.second, M)], 1).double()
    labels, blocks = pairs.labels(), nodes.split(AT_ONCE)

    def call() -> Tensor:
        found = [(labels.T @ (X @ block.T).square()).square().sum(0) for block in blocks]
        return torch.cat(found) / 2

    return call


def _by_index_add(
    group: FiniteGroup, nodes: Tensor, name: str, at_once: int
) -> Callable[[], Tensor]:
    pairs, M, s = pairs_of(group), group.order, activation(name)

    def of_block(block: Tensor) -> Tensor:
        u, v = block[:, :M].T.contiguous(), block[:, M:].T.contiguous()
        answers = s.value(u[pairs.first] + v[pairs.second])
        return torch.zeros_like(u).index_add_(0, pairs.products, answers).square().sum(0) / 2

    return lambda: torch.cat([of_block(block) for block in nodes.split(at_once)])
