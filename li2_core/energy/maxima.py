"""All local maxima of the energy of x^2 on the unit sphere, for any finite group.

Li2, Theorem 2, corrected. Each nontrivial real irrep rho, of real dimension D and commutant
dimension c, has maxima of one value E* = M/(2D), made of three unit vectors p, q, r: u(g) is
p'rho(g)q and v(g) is q'rho(g)r, scaled to length one together. They form one connected manifold
of dimension 3(D - 1) - (c - 1), or, for D = 1, isolated points. There are no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup
from li2_core.groups.representations import Irrep


@dataclass(frozen=True)
class PredictedMaximum:
    """The maxima of one irrep: what the theorem says of them.

    ``energy`` is E*, and ``flat`` the dimension of the manifold.
    """

    irrep: Irrep
    energy: float
    flat: int


def predicted_maxima(group: FiniteGroup) -> list[PredictedMaximum]:
    """The local maxima of the energy on a group's full table: a row a nontrivial irrep.

    Examples
    --------
    >>> from li2_core import dihedral
    >>> [(row.irrep, row.energy, row.flat) for row in predicted_maxima(dihedral(3))]
    [(Irrep(D=1), 3.0, 0), (Irrep(D=2), 1.5, 3)]
    """
    return [
        PredictedMaximum(rho, group.order / (2 * rho.D), 3 * (rho.D - 1) - (rho.c - 1))
        for rho in group.irreps()[1:]
    ]


def maximizer(group: FiniteGroup, irrep: Irrep | int, p: Tensor, q: Tensor, r: Tensor) -> Tensor:
    """A local maximum of the energy: u(g) is p'rho(g)q and v(g) is q'rho(g)r, up to a scale.

    Parameters
    ----------
    group : FiniteGroup
    irrep : Irrep or int
        One of ``group.irreps()``, or its place there, but the trivial one.
    p, q, r : Tensor, (D,)
        Real vectors of length one.

    Returns
    -------
    Tensor, float64, (2M,)
        A unit vector, which sets the scale, sqrt(D/2M).

    Raises
    ------
    ValueError
        If there is no such irrep, it is the trivial one, or p, q, r are not unit vectors of
        its dimension.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> from li2_core.energy.landscape import energy
    >>> e1, e2 = torch.eye(2, dtype=torch.float64)
    >>> round(float(energy(maximizer(cyclic(9), 2, e1, e1, e2), cyclic(9))), 12)
    2.25
    """
    rho = group.irrep(irrep)
    if not rho.place:
        raise ValueError(f"the trivial irrep of {group.name} has no maxima")
    for name, vector in (("p", p), ("q", q), ("r", r)):
        is_unit = vector.shape == (rho.D,) and abs(float(vector.norm()) - 1) < 1e-9
        if not is_unit or vector.is_complex():
            raise ValueError(f"{name} must be a real unit vector in R^{rho.D}, got {vector}")
    p, q, r = p.double(), q.double(), r.double()
    # sum_g (p'rho(g)q)^2 = M/D, by Schur's lemma, for each of the halves.
    scale = (rho.D / (2 * group.order)) ** 0.5
    return scale * torch.cat([rho.matrices @ q @ p, rho.matrices @ r @ q])
