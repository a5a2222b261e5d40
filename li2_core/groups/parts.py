"""The isotypic parts of the functions on a group, and how a node's weights divide among them."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from li2_core._input import tensor
from li2_core.groups.group import FiniteGroup
from li2_core.groups.representations import Irrep


def missing_irreps(group: FiniteGroup, learned: Iterable[Irrep | int]) -> list[Irrep]:
    """The irreps of a group that are none of the learned ones (irreps or their places).

    Raises
    ------
    ValueError
        If a learned irrep is none of the group's.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> missing_irreps(cyclic(7), [0, 2])
    [Irrep(frequency 1), Irrep(frequency 3)]
    """
    places = {group.irrep(which).place for which in learned}
    return [irrep for irrep in group.irreps() if irrep.place not in places]


def missing_projector(group: FiniteGroup, learned: Iterable[Irrep | int]) -> Tensor:
    """The projector on all isotypic parts but the learned ones.

    Entry (h', h) is the sum over the missing complex irreps of (d_k/M) chi_k(h'^-1 h); its
    rank is the sum of their d_k^2. Arguments and errors as of `missing_irreps`.

    Returns
    -------
    Tensor, float64, (M, M)

    Examples
    --------
    >>> from li2_core import dihedral
    >>> group = dihedral(3)  # d = 1, 1, 2
    >>> [round(float(missing_projector(group, [k]).trace())) for k in range(3)]
    [5, 5, 2]
    """
    places = [irrep.place for irrep in missing_irreps(group, learned)]
    return group.isotypic_projectors()[places].sum(0)


def irrep_shares(weights: Tensor, group: FiniteGroup) -> Tensor:
    """How a node's squared norm divides among the irreps.

    Both halves are projected on the isotypic parts of the functions on the group.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    group : FiniteGroup

    Returns
    -------
    Tensor, (..., irreps)
        In the order of ``group.irreps()``; they add up to one.

    Raises
    ------
    ValueError
        If a node has not 2M weights, or is zero.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> irrep_shares(torch.tensor([1.0, 0, 0, 0, 0, 0]), cyclic(3))
    tensor([0.3333, 0.6667])
    """
    M = group.order
    halves = tensor("weights", weights, f"(..., {2 * M})", last=2 * M).unflatten(-1, (2, M))
    projectors = group.isotypic_projectors()
    if halves.is_floating_point() or halves.is_complex():
        projectors = projectors.to(halves.dtype)
    parts = torch.einsum("kgh,...sh->...ksg", projectors, halves.to(projectors.dtype))
    return _shares(parts.abs().square().sum((-1, -2)))


def wave_shares(weights: Tensor) -> Tensor:
    """How a node's squared norm divides among the frequencies of a clock.

    The shares add up to one. On Z_M with M odd they are the `irrep_shares`.

    Parameters
    ----------
    weights : Tensor, (..., 2M)

    Returns
    -------
    Tensor, (..., M // 2 + 1)

    Raises
    ------
    ValueError
        If a node is zero or its length is odd.

    Examples
    --------
    >>> wave_shares(torch.ones(1, 6))
    tensor([[1., 0.]])
    """
    weights = tensor("weights", weights, "(..., 2M)")
    if weights.shape[-1] % 2:
        raise ValueError(f"weights must be (..., 2M), got {tuple(weights.shape)}")
    return _shares(wave_power(weights))


def wave_power(weights: Tensor) -> Tensor:
    """A node's squared norm on every frequency of a clock.

    Both halves are Fourier transformed, and a frequency is counted with its mirror image.

    Parameters
    ----------
    weights : Tensor, (..., 2M)

    Returns
    -------
    Tensor, (..., M // 2 + 1)

    Examples
    --------
    >>> wave_power(torch.ones(1, 6))
    tensor([[6., 0.]])
    """
    M = weights.shape[-1] // 2
    first, second = torch.fft.fft(weights.unflatten(-1, (2, M))).abs().square().unbind(-2)
    power = (first + second) / M
    folded = power[..., : M // 2 + 1].clone()
    folded[..., 1 : (M + 1) // 2] += power[..., M // 2 + 1 :].flip(-1)
    return folded


def _shares(squares: Tensor) -> Tensor:
    total = squares.sum(-1, keepdim=True)
    if not total.all():
        raise ValueError("a node of length zero has no shares")
    return squares / total
