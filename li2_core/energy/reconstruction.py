"""How few nodes are enough: the labels as a combination of the energy's maxima.

Li2, Theorem 3 and Corollary 2, corrected. For a real irrep rho of dimension D and an
orthonormal basis q_i, the nodes p'rho(a)q_i + q_i'rho(b)r have squares that add up to
2 + 2 p'rho(ab)r, a function of the product alone. So D nodes make one coefficient of rho,
and sum over nontrivial real irreps of D^3/c nodes make the labels: 2M - 2 on odd Z_M.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from li2_core.activations import AnyActivation
from li2_core.activations import activation as _activation
from li2_core.energy.maxima import maximizer
from li2_core.groups.group import FiniteGroup
from li2_core.groups.representations import Irrep
from li2_core.tasks.group_task import Target, pairs_of

Variant = Literal["real", "printed", "conjugate"]


def reconstruction_nodes(group: FiniteGroup) -> Tensor:
    """Real unit nodes whose squares reconstruct the labels of a group's full table exactly.

    Returns
    -------
    Tensor, float64, (N, 2M)
        N is the sum of D^3/c over the nontrivial irreps, irrep by irrep; each D nodes
        in a row share p and r while q runs through a basis.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> reconstruction_nodes(cyclic(7)).shape
    torch.Size([12, 14])
    """
    nodes = [torch.zeros(0, 2 * group.order, dtype=torch.float64)]
    for rho in group.irreps()[1:]:
        basis = torch.eye(rho.D, dtype=torch.float64)
        for i, j in _independent_coefficients(rho):
            row = [maximizer(group, rho, basis[i], q, basis[j]) for q in basis]
            nodes.append(torch.stack(row))
    return torch.cat(nodes)


def _independent_coefficients(rho: Irrep) -> list[tuple[int, int]]:
    """Places (i, j) of D^2/c matrix entries rho(g)_ij that span all of them."""
    D = rho.D
    left = rho.matrices.flatten(1).numpy().copy()
    chosen = []
    for _ in range(D * D // rho.c):
        lengths = np.linalg.norm(left, axis=0)
        # The first of the longest, so that rounding does not choose.
        best = int(np.argmax(lengths > 0.999 * lengths.max()))
        direction = left[:, best] / lengths[best]
        left -= np.outer(direction, direction @ left)
        chosen.append(divmod(best, D))
    return sorted(chosen)


def reconstruction_residual(
    nodes: Tensor, target: Target, activation: AnyActivation = "square"
) -> float:
    """How much of the centred labels a linear readout of these nodes cannot make.

    ||Yt - Ft V||^2 / ||Yt||^2 at the least-squares V, with Ft = P s(X W): between 0 and 1.

    Parameters
    ----------
    nodes : Tensor, (N, 2M), real or complex
        Their lengths do not matter (for x^2); complex nodes have a complex readout.
    target : FiniteGroup or GroupTask
        The full table, or the training pairs of a task of one seed.
    activation : str, Activation or function
        s.

    Raises
    ------
    ValueError
        If a node has not 2M weights, the activation is unknown, the task has several seeds,
        or all its pairs have the same product.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> reconstruction_residual(reconstruction_nodes(cyclic(7)), cyclic(7)) < 1e-25
    True
    """
    pairs = pairs_of(target)
    if nodes.ndim != 2 or nodes.shape[1] != 2 * pairs.order:
        raise ValueError(f"nodes must be (N, {2 * pairs.order}), got {tuple(nodes.shape)}")
    labels = pairs.labels()
    if not labels.any():
        raise ValueError("all pairs have the same product: there is nothing to reconstruct")
    kind = torch.complex128 if nodes.is_complex() else torch.float64
    features = _activation(activation).value(pairs.answers(nodes.T.to(kind)))
    features = features - features.mean(0)
    lengths = features.norm(dim=0)
    # Columns of one length: a small node counts as much as a large one.
    kept = lengths > 1e-150
    left, values, _ = torch.linalg.svd(features[:, kept] / lengths[kept], full_matrices=False)
    if len(values):
        left = left[:, values > 1e-14 * len(pairs) * values[0]]
    rest = labels.to(kind)
    for _ in range(2):  # the second time takes away what rounding left
        rest = rest - left @ (left.mH @ rest)
    return float(rest.abs().square().sum() / labels.square().sum())


def paper_slice_nodes(
    group: FiniteGroup, num: int, seed: int = 0, variant: Variant = "real"
) -> Tensor:
    """Maxima on the slice v(g) = +-u(g^-1) that the paper keeps to.

    The nodes come in pairs, one with each sign, and go through the nontrivial irreps in
    turn, with random vectors p and q of length one in u(g) = scale p'rho(g)q.

    Parameters
    ----------
    group : FiniteGroup
    num : int
        How many nodes.
    seed : int
        Of the vectors p and q.
    variant : "real", "printed" or "conjugate"
        Real irreps with v(g) = +-u(g^-1); complex irreps with the same, as the paper prints
        it; or complex irreps with v(g) = +-conj(u(g^-1)).

    Returns
    -------
    Tensor, (num, 2M), float64 or complex128
        Unit vectors.

    Raises
    ------
    ValueError
        If the variant is unknown, ``num`` negative, or the group trivial.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> nodes = paper_slice_nodes(cyclic(7), 200)
    >>> round(reconstruction_residual(nodes, cyclic(7)), 9)
    0.5
    """
    if variant not in ("real", "printed", "conjugate"):
        raise ValueError(f"variant must be real, printed or conjugate, got {variant!r}")
    if num < 0 or group.order == 1:
        raise ValueError(f"no {num} nodes on the slice of {group.name}")
    generator = torch.Generator().manual_seed(seed)
    kind = torch.float64 if variant == "real" else torch.complex128
    irreps = group.irreps() if variant == "real" else group.complex_irreps()
    inverse = group.quotients[:, group.identity]
    nodes = torch.zeros(num, 2 * group.order, dtype=kind)
    for first in range(0, num, 2):
        rho = irreps[1 + first // 2 % (len(irreps) - 1)].matrices
        p, q = torch.randn(2, rho.shape[1], dtype=kind, generator=generator)
        u = rho @ (q / q.norm()) @ (p / p.norm()).conj()
        u = u / (2**0.5 * u.norm())
        flipped = u.conj()[inverse] if variant == "conjugate" else u[inverse]
        for sign, row in zip((1, -1), nodes[first : first + 2], strict=False):
            row.copy_(torch.cat([u, sign * flipped]))
    return nodes
