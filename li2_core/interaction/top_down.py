"""Top-down modulation: what the nodes that have learned leave for the others to learn.

Once some nodes explain the irreps in S, the labels that are left are those of the missing
ones, and new nodes climb the energy of these alone (Li2, Theorem 7, corrected).
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup
from li2_core.groups.parts import missing_irreps, missing_projector
from li2_core.groups.representations import Irrep
from li2_core.tasks.group_task import Target, pairs_of


def missing_labels(target: Target, learned: Collection[Irrep | int]) -> Tensor:
    """The centred labels without the irreps that other nodes explain already.

    As ``labels`` of `energy` or `ascend` they give E_S of Li2, Theorem 7 (corrected): for x^2
    on the full table 2M sum over missing irreps k of (1/d_k) ||A_k B_k||_F^2.

    Parameters
    ----------
    target : FiniteGroup or GroupTask
    learned : collection of Irrep or int
        Some of ``group.irreps()``, or their places there.

    Returns
    -------
    Tensor, float64, (n, M)

    Raises
    ------
    ValueError
        If the task has several seeds, or a learned irrep is none of the group's.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> from li2_core.energy import energy
    >>> wave = torch.cos(2 * torch.pi / 7 * torch.arange(7, dtype=torch.float64))
    >>> w = torch.cat([wave, wave]) / 7**0.5
    >>> Z = [missing_labels(cyclic(7), learned=[k]) for k in (1, 2)]
    >>> [round(float(energy(w, cyclic(7), labels=labels)), 9) for labels in Z]
    [0.0, 1.75]
    """
    pairs = pairs_of(target)
    return pairs.labels() @ missing_projector(pairs.group, learned)


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
    class, and of rank one an irrep. Arguments and errors as of `residual_labels`.

    Returns
    -------
    Tensor, float64, (M, M)

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
