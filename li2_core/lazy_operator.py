"""What training's first stage multiplies the energy's signal by: R = (Ft Ft' + eta)^-1.

With the readout at its ridge optimum the gradient at the features is eta R Yt Yt' R Ft
(Li2, eq. 4). On the full table R acts on Yt as a number, on a part of it R removes what
one operand alone can explain; `energy` takes it as ``operator``.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from li2_core.activations import activation as _activation
from li2_core.pairs import Pairs, Target, pairs_of


def lazy_operator(
    target: Target,
    activation: str = "square",
    eta: float = 1e-6,
    features: Tensor | None = None,
) -> Tensor:
    """R = (Ft Ft' + eta)^-1 for random features of a given or of infinite number.

    Parameters
    ----------
    target : FiniteGroup or GroupTask
        The full table, or the training pairs of a task of one seed: n pairs.
    activation : str
        The name of s.
    eta : float
        The ridge.
    features : Tensor, (n, K), optional
        F, in the order of the pairs. Without it, Ft Ft'/K in the limit of infinitely many
        nodes with weights from N(0, 1); ``eta`` then is the ridge a node.

    Returns
    -------
    Tensor, float64, (n, n)
        R on vectors without mean, and zero on the constant one, which the energy never sees.

    Raises
    ------
    ValueError
        If ``eta`` is negative, the features are complex or not (n, K), the task has several
        seeds, the activation is unknown, or Ft Ft' + eta is singular.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> R = lazy_operator(cyclic(3), eta=1.0)
    >>> labels = pairs_of(cyclic(3)).labels()
    >>> bool(torch.allclose(R @ labels, labels / (4 + 1)))  # on the labels R is a number
    True
    """
    if not eta >= 0:
        raise ValueError(f"eta must not be negative, got {eta}")
    pairs = pairs_of(target)
    n = len(pairs)
    if features is None:
        kernel = infinite_width_kernel(target, activation)
        kernel = kernel - kernel.mean(0)
        gram = kernel - kernel.mean(1, keepdim=True)
    else:
        _activation(activation)
        if features.ndim != 2 or len(features) != n or features.is_complex():
            raise ValueError(f"features must be real, ({n}, K), got {tuple(features.shape)}")
        centred = features.double() - features.double().mean(0)
        gram = centred @ centred.T
    size = float(gram.diagonal().mean())
    gram.diagonal().add_(eta)
    # The constant vector, on which Ft Ft' is zero, gets an eigenvalue of the usual size
    # and loses it afterwards: 1/eta there would drown the rest.
    gram += size / n
    factor, failed = torch.linalg.cholesky_ex(gram)
    if failed or not factor.diagonal().min().square() > 1e-13 * size:
        raise ValueError(f"Ft Ft' + eta is singular for eta = {eta:g}: take a larger eta")
    return torch.cholesky_inverse(factor) - 1 / (n * (size + eta))


def infinite_width_kernel(target: Target, activation: str = "square") -> Tensor:
    """The mean of s(x.w) s(x'.w) over w from N(0, 1), uncentred, float64 (n, n).

    It depends on how many of its two elements a pair shares with the other:
    see `shared_element_kernel`.
    """
    pairs = pairs_of(target)
    shared = _shared_elements(pairs)
    return torch.tensor(shared_element_kernel(activation), dtype=torch.float64)[shared]


def shared_element_kernel(activation: str = "square") -> tuple[float, float, float]:
    """(k_0, k_1, k_2): the kernel of two pairs that share 0, 1 or both elements.

    With independent a, b, c from N(0, 1): E[s(a + b)]^2, E[s(a + b) s(a + c)], E[s(a + b)^2].

    Examples
    --------
    >>> [round(value, 9) for value in shared_element_kernel("square")]
    [4.0, 6.0, 12.0]
    """
    s = _activation(activation)
    # Gauss-Legendre on both sides of zero, where an activation may have its kink.
    nodes, weights = np.polynomial.legendre.leggauss(200)
    half = 10.0  # in units of a + b's standard deviation
    positive = (nodes + 1) / 2 * half * math.sqrt(2)
    grid = torch.from_numpy(np.concatenate([-positive[::-1], positive]))
    measure = torch.from_numpy(np.tile(weights, 2) / 2 * half * math.sqrt(2))
    values = s.value(grid)
    density = torch.exp(-grid.square() / 4) / math.sqrt(4 * math.pi)
    mean, square = measure @ (density * values), measure @ (density * values.square())
    # E[s(a + b) | a] is smooth in a, so that one more quadrature over a does.
    shift = torch.from_numpy(half * nodes)
    given = torch.exp(-(grid - shift[:, None]).square() / 2) / math.sqrt(2 * math.pi)
    inner = given @ (measure * values)
    normal = torch.exp(-shift.square() / 2) / math.sqrt(2 * math.pi)
    both = torch.from_numpy(half * weights) @ (normal * inner.square())
    return float(mean**2), float(both), float(square)


def _shared_elements(pairs: Pairs) -> Tensor:
    first = pairs.first[:, None] == pairs.first
    second = pairs.second[:, None] == pairs.second
    return first.long() + second.long()
