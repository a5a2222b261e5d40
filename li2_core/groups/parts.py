"""The isotypic parts of the functions on a group, some of them learned, the rest missing."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup


def learned_parts(group: FiniteGroup, learned: Iterable[int]) -> set[int]:
    """The places in ``group.real_irreps()`` of some of ``group.irreps()``.

    A conjugate pair is one real irrep: naming one of the two names both.

    Raises
    ------
    ValueError
        If a number is not that of an irrep of the group.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> learned_parts(cyclic(5), [3]) == learned_parts(cyclic(5), [3, 4]) == {2}
    True
    """
    named = set(learned)
    count = len(group.irreps())
    for number in named:
        if number not in range(count):
            raise ValueError(f"{group.name} has the irreps 0 to {count - 1}, got {number}")
    return {
        place for place, real in enumerate(group.real_irreps()) if named.intersection(real.members)
    }


def missing_projector(group: FiniteGroup, learned: Iterable[int]) -> Tensor:
    """The projector on all isotypic parts but the learned ones, float64 (M, M).

    Entry (h', h) is the sum over the missing irreps of (d_k/M) chi_k(h'^-1 h); its rank is
    the sum of their d_k^2. ``learned`` are places in ``group.irreps()``; conjugates go
    together. For errors see `learned_parts`.

    Examples
    --------
    >>> from li2_core import dihedral
    >>> group = dihedral(3)  # d = 1, 1, 2
    >>> [round(float(missing_projector(group, [k]).trace())) for k in range(3)]
    [5, 5, 2]
    """
    projectors = torch.tensor(group.isotypic_projectors())
    known = learned_parts(group, learned)
    missing = [place for place in range(len(projectors)) if place not in known]
    return projectors[missing].sum(0)
