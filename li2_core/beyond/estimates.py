"""Of a Hessian too large to be written down: its top eigenvalue and its trace, with their error.

Both need only products with vectors, which cost as much as two steps of training.
"""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.beyond.expansion import Expansion, expansions
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.group_task import GroupTask


def top_curvature(
    net: TwoLayerNetwork, task: GroupTask, steps: int = 60, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """The largest eigenvalue of the training loss's Hessian, by Lanczos' method.

    Parameters
    ----------
    net, task
        As of `loss_hessian`, with any number of weights.
    steps : int
        How many products with a vector to spend at most.
    seed : int
        Of the first vector.

    Returns
    -------
    value : Tensor, float64, (S,)
        From below, as every Rayleigh quotient.
    error : Tensor, float64, (S,)
        Within this distance of ``value`` there is an eigenvalue.

    Raises
    ------
    ValueError
        If the weights are complex, the network is not one for this task, or ``steps`` no whole
        number above 0.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> value, error = top_curvature(TwoLayer(width=300).initialize(task), task)
    >>> value.shape, bool(error < 1e-6)
    (torch.Size([1]), True)
    """
    steps = whole("steps", steps, least=1)
    found = [_lanczos(near, steps, seed) for near in expansions(net, task)]
    value, error = zip(*found, strict=True)
    return torch.stack(value), torch.stack(error)


def curvature_trace(
    net: TwoLayerNetwork, task: GroupTask, probes: int = 100, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """The trace of the training loss's Hessian, by Hutchinson's method.

    For a vector z of random signs the mean of z'Hz is the trace.

    Parameters
    ----------
    net, task
        As of `loss_hessian`, with any number of weights.
    probes : int
        How many random vectors, at least 2.
    seed : int
        Of these.

    Returns
    -------
    value : Tensor, float64, (S,)
    error : Tensor, float64, (S,)
        The standard error of ``value``.

    Raises
    ------
    ValueError
        If the weights are complex, the network is not one for this task, or ``probes`` no whole
        number above 1.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> value, error = curvature_trace(TwoLayer(width=300).initialize(task), task)
    >>> bool(error < value / 20)
    True
    """
    probes = whole("probes", probes, least=2)
    found = []
    for near in expansions(net, task):
        draws = torch.Generator().manual_seed(seed)
        signs = torch.randint(2, (probes, near.num_weights), generator=draws).double() * 2 - 1
        parts = [(part * near.bend(part)).sum(-1) for part in near.batches(signs)]
        found.append(torch.cat(parts))
    values = torch.stack(found)
    return values.mean(1), values.std(1) / probes**0.5


def _lanczos(near: Expansion, steps: int, seed: int) -> tuple[Tensor, Tensor]:
    """The top eigenvalue of the tridiagonal matrix, and the residual of its vector."""
    draws = torch.Generator().manual_seed(seed)
    vector = torch.randn(near.num_weights, generator=draws, dtype=torch.float64)
    basis = (vector / vector.norm())[None]
    entries: list[tuple[Tensor, Tensor]] = []
    while True:
        product = near.bend(basis[-1])
        entries.append((basis[-1] @ product, product))
        for _ in range(2):  # twice: rounding spoils what one pass makes orthogonal
            product = product - basis.mT @ (basis @ product)
        length = product.norm()
        entries[-1] = (entries[-1][0], length)
        diagonal, beside = (torch.stack(part) for part in zip(*entries, strict=True))
        values, vectors = torch.linalg.eigh(
            diagonal.diag() + beside[:-1].diag(1) + beside[:-1].diag(-1)
        )
        error = length * vectors[-1, -1].abs()
        if len(entries) == min(steps, near.num_weights) or error < 1e-9 * values.abs().max():
            return values[-1], error
        basis = torch.cat([basis, (product / length)[None]])
