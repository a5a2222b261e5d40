"""Top-down modulation: what the nodes that have learned leave for the others to learn.

Once some nodes explain the irreps in S, the labels that are left are those of the missing
ones, and new nodes climb the energy of these alone (Li2, Theorem 7, corrected).
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from li2_core.energy.landscape import energy
from li2_core.groups.group import FiniteGroup
from li2_core.groups.parts import learned_parts, missing_projector
from li2_core.nets.two_layer import TwoLayer
from li2_core.tasks.group_task import pairs_of


def residual_energy(weights: Tensor, group: FiniteGroup, learned: Collection[int]) -> Tensor:
    """The energy E_S of x^2 that is left on the full table once some irreps are learned.

    E_S = 2M sum over missing irreps k of (1/d_k) ||A_k B_k||_F^2, by its definition
    1/2 ||Yt_S' s(X w)||^2 with the labels of the missing irreps. To climb it, or for another
    activation or set of pairs: `energy`, `ascend` with ``learned``.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    group : FiniteGroup
    learned : collection of int
        Places in ``group.irreps()``; conjugates go together.

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If a node has not 2M weights, or a learned irrep is none of the group's.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> wave = torch.cos(2 * torch.pi / 7 * torch.arange(7, dtype=torch.float64))
    >>> w = torch.cat([wave, wave]) / 7**0.5
    >>> [round(float(residual_energy(w, cyclic(7), learned=[k])), 9) for k in (1, 3)]
    [0.0, 1.75]
    """
    return energy(weights, group, learned=learned)


def residual_labels(group: FiniteGroup, learned: Collection[int]) -> Tensor:
    """What is left of each answer's label: row h' is for the pairs with product h'.

    Yhat(h', h) = sum over missing nontrivial irreps k of (d_k/M) chi_k(h'^-1 h), a projector
    of rank sum of d_k^2 (Li2, Theorem 7, corrected).

    Returns
    -------
    Tensor, float64, (M, M)

    Raises
    ------
    ValueError
        If a learned irrep is none of the group's.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> residual_labels(cyclic(3), learned=[]).mul(3).round()
    tensor([[ 2., -1., -1.],
            [-1.,  2., -1.],
            [-1., -1.,  2.]], dtype=torch.float64)
    """
    return missing_projector(group, {0, *learned})


def product_of_characters(group: FiniteGroup, learned: Collection[int]) -> Tensor:
    """The paper's residual: chi_k(h) conj chi_k(h') in the place of chi_k(h'^-1 h).

    The two agree where d_k = 1. Elsewhere this one is the same for all h of a conjugacy
    class, and of rank one an irrep. Arguments, result and errors as of `residual_labels`.

    Examples
    --------
    >>> from li2_core import dihedral
    >>> group = dihedral(3)  # the last irrep has d = 2
    >>> torch.linalg.matrix_rank(product_of_characters(group, [1])).item()
    1
    >>> torch.linalg.matrix_rank(residual_labels(group, [1])).item()
    4
    """
    known = learned_parts(group, {0, *learned})
    total = torch.zeros(group.order, group.order, dtype=torch.float64)
    for place, real in enumerate(group.real_irreps()):
        for irrep in (group.irreps()[member] for member in real.members):
            if place not in known:
                chi = torch.tensor(irrep.character)
                total += irrep.dim / group.order * torch.outer(chi.conj(), chi).real
    return total


def explained_fractions(net: TwoLayer, group: FiniteGroup) -> Tensor:
    """How much of each irrep's labels a network explains on the full table: (S, irreps).

    1 - ||(Yt - O) E_k||^2 / ||Yt E_k||^2 with the outputs O, centred over the pairs, and the
    projector E_k on the irrep's functions of the class. One is all of it; zero is what
    outputs of zero have, and noise makes it negative. Conjugates have the same; the trivial
    irrep, of which centred labels hold nothing, has none (nan).

    Parameters
    ----------
    net : TwoLayer
        With weights for S seeds.
    group : FiniteGroup

    Raises
    ------
    ValueError
        If the network has no weights or is for another number of classes.
    """
    M = group.order
    if net.hidden.shape[1] != 2 * M:
        raise ValueError(f"the network is for {net.hidden.shape[1] // 2} classes, not {M}")
    pairs = pairs_of(group)
    # One seed after the other: the full table's outputs are M^3 numbers.
    return torch.stack(
        [
            _fractions(net.with_weights(net.hidden[[s]], net.readout[[s]]), group, pairs.labels())
            for s in range(len(net.hidden))
        ]
    )


def _fractions(net: TwoLayer, group: FiniteGroup, labels: Tensor) -> Tensor:
    pairs = pairs_of(group)
    outputs = net(torch.stack([pairs.first, pairs.second], 1))[0].double()
    rest = labels - (outputs - outputs.mean(0))
    found = torch.full((len(group.irreps()),), torch.nan, dtype=torch.float64)
    projectors = torch.tensor(group.isotypic_projectors())
    for place, real in enumerate(group.real_irreps()[1:], start=1):
        part = projectors[place]
        share = (rest @ part).square().sum() / (labels @ part).square().sum()
        found[list(real.members)] = 1 - share
    return found


def learned_irreps(
    net: TwoLayer, group: FiniteGroup, threshold: float = 0.5
) -> list[tuple[int, ...]]:
    """For each seed the irreps that its network explains: places in ``group.irreps()``.

    Those whose fraction (see `explained_fractions`, also for what is raised) is at least the
    threshold.

    Examples
    --------
    >>> from li2_core import GroupTask, cyclic
    >>> learned_irreps(TwoLayer(4).initialize(GroupTask(cyclic(5), 0.5, seeds=2)), cyclic(5))
    [(), ()]
    """
    explained = explained_fractions(net, group) >= threshold
    return [tuple(torch.nonzero(row)[:, 0].tolist()) for row in explained]
