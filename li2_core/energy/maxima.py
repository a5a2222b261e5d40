"""All local maxima of the energy of x^2 on the unit sphere, for any finite group.

Li2, Theorem 2, corrected. Each nontrivial real irrep rho, of real dimension D and commutant
dimension c, has the maxima u(g) = a p'rho(g)q, v(g) = a q'rho(g)r with unit vectors p, q, r:
one value E* = M/(2D), on one connected manifold of dimension 3(D - 1) - (c - 1), or, for
D = 1, at isolated points. There are no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup
from li2_core.groups.representations import Kind


@dataclass(frozen=True)
class PredictedMaximum:
    """The maxima of one real irrep: what the theorem says of them.

    ``irrep`` is its place in ``group.real_irreps()``; ``d`` the dimension of a complex irrep
    in it, ``D`` its own, ``c`` of its commutant; ``energy`` is E* and ``flat`` the dimension
    of the manifold.
    """

    irrep: int
    kind: Kind
    d: int
    D: int
    c: int
    energy: float
    flat: int


def predicted_maxima(group: FiniteGroup) -> list[PredictedMaximum]:
    """The local maxima of the energy on the full table: a row a nontrivial real irrep.

    Examples
    --------
    >>> from li2_core import dihedral
    >>> [(row.D, row.energy, row.flat) for row in predicted_maxima(dihedral(5))]
    [(1, 5.0, 0), (2, 2.5, 3), (2, 2.5, 3)]
    """
    rows = []
    for number, rho in enumerate(group.real_irreps()[1:], start=1):
        D, c = rho.dim, rho.commutant
        energy, flat = group.order / (2 * D), 3 * (D - 1) - (c - 1)
        rows.append(PredictedMaximum(number, rho.kind, rho.complex_dim, D, c, energy, flat))
    return rows


def maximizer(group: FiniteGroup, irrep: int, p: Tensor, q: Tensor, r: Tensor) -> Tensor:
    """A local maximum of the energy: u(g) = a p'rho(g)q, v(g) = a q'rho(g)r, of length one.

    Parameters
    ----------
    group : FiniteGroup
    irrep : int
        The place of rho in ``group.real_irreps()``, 1 or more: 0 is the trivial one.
    p, q, r : Tensor, (D,)
        Real vectors of length one.

    Returns
    -------
    Tensor, float64, (2M,)

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
    irreps = group.real_irreps()
    if not 1 <= irrep < len(irreps):
        what = "is the trivial irrep, which has no maxima" if irrep == 0 else "is none of them"
        raise ValueError(
            f"{group.name} has the nontrivial real irreps 1 to {len(irreps) - 1}; {irrep} {what}"
        )
    rho = irreps[irrep]
    for name, vector in (("p", p), ("q", q), ("r", r)):
        is_unit = vector.shape == (rho.dim,) and abs(float(vector.norm()) - 1) < 1e-9
        if not is_unit or vector.is_complex():
            raise ValueError(f"{name} must be a real unit vector in R^{rho.dim}, got {vector}")
    matrices = torch.tensor(rho.matrices)
    p, q, r = p.double(), q.double(), r.double()
    # sum_g (p'rho(g)q)^2 = M/D, by Schur's lemma, for each of the halves.
    scale = (rho.dim / (2 * group.order)) ** 0.5
    return scale * torch.cat([matrices @ q @ p, matrices @ r @ q])
