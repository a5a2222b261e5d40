"""How much of the leaked gradient is signal, and how much about one element alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.activations import AnyActivation
from li2_core.activations import activation as _activation
from li2_core.groups.group import FiniteGroup
from li2_core.lazy.kernel import infinite_width_kernel, table_eigenvalues
from li2_core.lazy.resolvent import lazy_operator
from li2_core.lazy.ridge import alignment, backprop_gradient, centre, signal
from li2_core.tasks.group_task import GroupTask, Target, pairs_of
from li2_core.tasks.pairs import one_hot


def random_features(
    target: Target, width: int, activation: AnyActivation = "square", seed: int = 0
) -> Tensor:
    """F = s(X W) of the target's pairs with W from N(0, 1).

    The ``activation`` is s. The weights depend on the order of the group, the width and the
    seed alone: on the group itself the rows of the training and the test pairs stand side by
    side.

    Returns
    -------
    Tensor, float64, (n, width)
    """
    pairs, width = pairs_of(target), whole("width", width, least=1)
    generator = torch.Generator().manual_seed(seed)
    W = torch.randn(2 * pairs.order, width, dtype=torch.float64, generator=generator)
    return _activation(activation).value(pairs.answers(W))


def infinite_width_alignment(
    target: Target, activation: AnyActivation = "square", eta: float = 1e-6
) -> float:
    """cos(G(inf), T) in the limit of infinitely many nodes, for a ridge of eta a node.

    G = eta R Yt Yt' R Ft and T are products of n x n matrices with Ft, so that only the
    kernel Ft Ft'/K enters the cosine.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> round(infinite_width_alignment(cyclic(5)), 9)  # on the full table R is a number
    1.0
    """
    kernel, Yt = infinite_width_kernel(target, activation), pairs_of(target).labels()
    A = lazy_operator(target, activation, eta) @ Yt

    def inner(left: Tensor, right: Tensor) -> Tensor:
        """<left left'Ft, right right'Ft> / K, from M x M matrices."""
        return ((left.mT @ right) * (left.mT @ kernel @ right)).sum()

    return float(inner(A, Yt) / (inner(A, A) * inner(Yt, Yt)).sqrt())


def one_element_share(matrix: Tensor, target: Target) -> float:
    """How much of a matrix over pairs is about one element at a time: a share from 0 to 1.

    Of each column the mean over the pairs is taken off. What sums f(a) + g(b) can say of the
    rest, by least squares on the pairs, is put over the whole: squared norms, all columns
    together. What is left is interaction, and noise that is nobody's.

    Parameters
    ----------
    matrix : Tensor, (n, K)
        One row a pair, such as G_F or T.
    target : FiniteGroup or GroupTask
        Whose n pairs these are.

    Raises
    ------
    ValueError
        If the matrix has not n rows.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> pairs = pairs_of(cyclic(5))
    >>> round(one_element_share(pairs.first[:, None].double(), cyclic(5)), 9)
    1.0
    >>> one_element_share(pairs.labels(), cyclic(5)) < 1e-12  # on the full table all interaction
    True
    """
    pairs = pairs_of(target)
    if matrix.ndim != 2 or len(matrix) != len(pairs):
        raise ValueError(f"matrix must be ({len(pairs)}, K), got {tuple(matrix.shape)}")
    elements = [one_hot(which, pairs.order) for which in (pairs.first, pairs.second)]
    basis, sizes, _ = torch.linalg.svd(centre(torch.cat(elements, 1)), full_matrices=False)
    basis, columns = basis[:, sizes > 1e-9 * sizes[0]], centre(matrix.double())
    return float((basis.mT @ columns).square().sum() / columns.square().sum())


def alignment_grid(
    group: FiniteGroup,
    train_fraction: float,
    ratios: Sequence[float],
    etas: Sequence[float],
    activation: AnyActivation = "square",
    seeds: Sequence[int] = (0,),
) -> npt.NDArray[np.float64]:
    """cos(G(inf), T) of fresh random features, by seed, ridge and width.

    Parameters
    ----------
    group : FiniteGroup
    train_fraction : float
        The share of the table that is trained on; 1 is the whole of it.
    ratios : sequence of float
        K/n, the number of nodes over that of samples.
    etas : sequence of float
        eta over K times the kernel's eigenvalue on the labels: for x^2, eta / (4 K).
    activation : str, Activation or function
    seeds : sequence of int
        Each has its own split and its own features.

    Returns
    -------
    ndarray, float64, (seeds, etas, ratios)

    Raises
    ------
    ValueError
        If a ratio leaves no node, a ridge is negative, the fraction does not lie in (0, 1],
        or the activation is unknown.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> alignment_grid(cyclic(5), 1, ratios=[1, 8], etas=[1.0]).shape
    (1, 1, 2)
    """
    eigenvalue = table_eigenvalues(activation, group.order).interaction
    found = np.empty((len(seeds), len(etas), len(ratios)))
    for s, seed in enumerate(seeds):
        target = group if train_fraction == 1 else GroupTask(group, train_fraction, [seed])
        Yt = pairs_of(target).labels()
        for r, ratio in enumerate(ratios):
            width = round(ratio * len(Yt))
            if width < 1:
                raise ValueError(f"K/n = {ratio:g} leaves no node for {len(Yt)} pairs")
            Ft = centre(random_features(target, width, activation, seed))
            T = signal(Ft, Yt)
            for e, eta in enumerate(etas):
                G = backprop_gradient(Ft, Yt, eta * eigenvalue * width)
                found[s, e, r] = alignment(G, T)
    return found
