"""The kernel of infinitely many random nodes on the table of a group: three numbers.

Two pairs of elements share 0, 1 or 2 of them, and only that counts. So the kernel has three
eigenspaces: the constant, the main effects (functions of one element, added) and the
interaction, in which the centred labels lie.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from li2_core.activations import AnyActivation
from li2_core.activations import activation as _activation
from li2_core.lazy.hermite import arc_kernel, hermite_coefficients, normal_quadrature
from li2_core.tasks.group_task import Target, pairs_of

ENOUGH = 64  # the kernel of pairs that share one element is a series in powers of 1/2


class TableSpectrum(NamedTuple):
    """Eigenvalues of the kernel on a full table; the last two are those of its centred form."""

    constant: float
    main_effects: float
    interaction: float


def kernel_on_table(activation: AnyActivation = "square") -> tuple[float, float, float]:
    """(k_0, k_1, k_2): the kernel of two pairs that share 0, 1 or both elements.

    The mean of s(x.w) s(x'.w) over w from N(0, 1), as x.x = 2 and x.x' = 0, 1, 2, where s
    is the ``activation``.

    Examples
    --------
    >>> [round(value, 9) for value in kernel_on_table("square")]
    [4.0, 6.0, 12.0]
    """
    coefficients = hermite_coefficients(activation, ENOUGH, scale=math.sqrt(2))
    z, weights = normal_quadrature(0)
    both = weights @ _activation(activation).value(math.sqrt(2) * z).square()
    none, one = (arc_kernel(coefficients, cosine) for cosine in (0.0, 0.5))
    return float(none), float(one), float(both)


def table_eigenvalues(activation: AnyActivation, order: int) -> TableSpectrum:
    """The kernel's eigenvalues on the full table of a group of this order M.

    Their multiplicities are 1, 2 (M - 1) and (M - 1)^2. The arguments are the
    ``activation``, by its name or itself, and the ``order``.

    Examples
    --------
    >>> [round(value, 9) for value in table_eigenvalues("square", 23)]
    [2212.0, 50.0, 4.0]
    """
    none, one, both = kernel_on_table(activation)
    interaction = both - 2 * one + none
    main_effects = interaction + order * (one - none)
    return TableSpectrum(
        2 * main_effects - interaction + order**2 * none, main_effects, interaction
    )


def infinite_width_kernel(target: Target, activation: AnyActivation = "square") -> Tensor:
    """The mean of s(x.w) s(x'.w) over w from N(0, 1), uncentred.

    Parameters
    ----------
    target : FiniteGroup or GroupTask
        Whose n pairs: the group's full table, or the training set of a task of one seed.
    activation : str, Activation or function
        s.

    Returns
    -------
    Tensor, float64, (n, n)
    """
    return torch.tensor(kernel_on_table(activation), dtype=torch.float64)[shared_elements(target)]


def shared_elements(target: Target) -> Tensor:
    """How many of its two elements each pair shares with each other one.

    Returns
    -------
    Tensor, int64, (n, n)
    """
    pairs = pairs_of(target)
    first = pairs.first[:, None] == pairs.first
    second = pairs.second[:, None] == pairs.second
    return first.long() + second.long()
