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
from li2_core.groups.parts import missing_irreps, missing_projector
from li2_core.groups.representations import Irrep


def residual_energy(
    weights: Tensor, group: FiniteGroup, learned: Collection[Irrep | int]
) -> Tensor:
    """The energy E_S of x^2 that is left on the full table once some irreps are learned.

    E_S = 2M sum over missing irreps k of (1/d_k) ||A_k B_k||_F^2, by its definition
    1/2 ||Yt_S' s(X w)||^2 with the labels of the missing irreps. To climb it, or for another
    activation or set of pairs: `energy`, `ascend` with ``learned``.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    group : FiniteGroup
    learned : collection of Irrep or int
        Some of ``group.irreps()``, or their places there.

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
    >>> [round(float(residual_energy(w, cyclic(7), learned=[k])), 9) for k in (1, 2)]
    [0.0, 1.75]
    """
    return energy(weights, group, learned=learned)


def residual_labels(group: FiniteGroup, learned: Collection[Irrep | int]) -> Tensor:
    """What is left of each answer's label: row h' is for the pairs with product h'.

    Yhat(h', h) = sum over missing nontrivial complex irreps k of (d_k/M) chi_k(h'^-1 h), a
    projector of rank sum of d_k^2 (Li2, Theorem 7, corrected).

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


def product_of_characters(group: FiniteGroup, learned: Collection[Irrep | int]) -> Tensor:
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
    total = torch.zeros(group.order, group.order, dtype=torch.float64)
    members = [k for irrep in missing_irreps(group, {0, *learned}) for k in irrep.members]
    for rho in (group.complex_irreps()[k] for k in members):
        total += rho.d / group.order * torch.outer(rho.character.conj(), rho.character).real
    return total
