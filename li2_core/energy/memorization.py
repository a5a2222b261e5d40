"""What a node memorises: one pair (focused), or all pairs of a target at once (spreading).

Li2, Theorem 5, corrected. With training pairs of one single target h the labels are constant,
so that the centred energy vanishes; take it uncentred. Of a node only the pair sums
x_g = u_g + v_{g^-1 h} count, their squares add up to at most 2 ||w||^2, and the node climbs
sum p_g s(x_g). In q_g = x_g^2 that is convex where s'(x)/x rises: one vertex wins (x^2); and
concave where s'(x)/x falls: one inner point wins (ReLU, SiLU, tanh).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.activations import Activation, AnyActivation, activation
from li2_core.groups.group import FiniteGroup

Array = npt.NDArray[np.float64]
RADIUS = 2**0.5  # the longest vector of pair sums of a node of length one
BISECTIONS = 60
SIGMOID = Activation("sigmoid", torch.sigmoid, lambda h, f: f * (1 - f))


def power(q: float) -> Activation:
    """The activation x^q."""
    return Activation(f"x^{q:g}", lambda h: h**q, lambda h, f: h ** (q - 1), factor=q)


def spike_energy(order: int, train_fraction: float) -> float:
    """Of w = [e_a; 0] on a random part p of the table, for x^2: p (1 - p) M/2.

    To leading order: the mean over random parts has M - 2 for M.

    Raises
    ------
    ValueError
        If p is not in [0, 1] or the order is below 1.
    """
    _check_part(order, train_fraction)
    return train_fraction * (1 - train_fraction) * order / 2


def mode_energy(order: int, train_fraction: float) -> float:
    """Of a Fourier mode of Z_M, M odd, on a part p of the table, for x^2: p^2 M/4.

    To leading order: what sampling adds to it is of relative size 1/(p M).

    Raises
    ------
    ValueError
        As `spike_energy`.
    """
    _check_part(order, train_fraction)
    return train_fraction**2 * order / 4


def memorization_kind(name: AnyActivation) -> str:
    """``focused`` if s'(x)/x never falls on (0, sqrt 2], ``spreading`` if it always does.

    Judged on 2000 points.

    Raises
    ------
    ValueError
        If it does neither, or the activation is unknown.

    Examples
    --------
    >>> memorization_kind("square"), memorization_kind("silu")
    ('focused', 'spreading')
    """
    grid = torch.linspace(0, RADIUS, 2001, dtype=torch.float64)[1:]
    change = _ratio(activation(name), grid).diff()
    if (change >= -1e-12).all():
        return "focused"
    if (change < 0).all():
        return "spreading"
    raise ValueError("s'(x)/x neither rises nor falls on all of (0, sqrt 2]")


def memorize(probabilities: Sequence[float] | Array, name: AnyActivation) -> Array:
    """The pair sums x_g that maximise sum p_g s(x_g), sum x_g^2 <= 2 (Theorem 5, corrected).

    Parameters
    ----------
    probabilities : array_like, (M,)
        How often the pair (g, g^-1 h) is seen; at least 0, they sum to 1.
    name : str, Activation or function
        s; s'(x) is positive for x > 0.

    Returns
    -------
    ndarray, float64, (M,)
        Focused: sqrt 2 at the most frequent g (the first of equals), else 0. Spreading: the
        solution of p_g s'(x_g) = 2 lam x_g with the lam that makes sum x_g^2 = 2. The node
        u_g = v_{g^-1 h} = x_g/2 has it and has length one.

    Raises
    ------
    ValueError
        If the probabilities are not such, or s'(x)/x neither rises nor falls.

    Examples
    --------
    >>> memorize([0.5, 0.25, 0.25], "relu").round(6)  # in proportion to p
    array([1.154701, 0.57735 , 0.57735 ])
    """
    p = torch.as_tensor(np.asarray(probabilities, dtype=float))
    if p.ndim != 1 or not len(p) or not (p >= 0).all() or abs(float(p.sum()) - 1) > 1e-9:
        raise ValueError(f"probabilities must be at least 0 and sum to 1, got {probabilities}")
    s = activation(name)
    if memorization_kind(s) == "focused":
        sums = torch.zeros_like(p)
        sums[p.argmax()] = RADIUS
        return sums.numpy()
    # Both the sums at a given lam and their length fall: two bisections, one in the other,
    # in log lam because p_g may differ by orders of magnitude.
    low, high = -60.0, 60.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        sums = _at_multiplier(s, p, middle)
        low, high = (middle, high) if sums.square().sum() > 2 else (low, middle)
    return sums.numpy()


def single_target_energy(
    weights: Tensor,
    probabilities: Sequence[float] | Array,
    group: FiniteGroup,
    target: int,
    name: AnyActivation,
) -> Tensor:
    """E = 1/2 (sum over g of p_g s(u_g + v_{g^-1 h}))^2, uncentred.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    probabilities : array_like, (M,)
    group : FiniteGroup
    target : int
        h.
    name : str, Activation or function
        s.

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If the nodes have not 2M weights, the probabilities are not M or h is no element.
    """
    p = torch.as_tensor(np.asarray(probabilities, dtype=float))
    sums = pair_sums(weights, group, target)
    if p.shape != sums.shape[-1:]:
        raise ValueError(f"probabilities must be {sums.shape[-1]}, got {tuple(p.shape)}")
    return 0.5 * (activation(name).value(sums) @ p.to(sums.dtype)).square()


def pair_sums(weights: Tensor, group: FiniteGroup, target: int) -> Tensor:
    """x_g = u_g + v_{g^-1 h} for h = ``target``.

    Parameters
    ----------
    weights : Tensor, (..., 2M)
    group : FiniteGroup
    target : int

    Returns
    -------
    Tensor, (..., M)

    Raises
    ------
    ValueError
        If the nodes have not 2M weights or h is no element.
    """
    M = group.order
    if weights.ndim < 1 or weights.shape[-1] != 2 * M:
        raise ValueError(f"weights must be (..., {2 * M}), got {tuple(weights.shape)}")
    if not 0 <= target < M:
        raise ValueError(f"target must be an element, 0 to {M - 1}, got {target}")
    return weights[..., :M] + weights[..., M + group.quotients[:, target]]


def _at_multiplier(s: Activation, p: Tensor, log_multiplier: float) -> Tensor:
    """x_g with phi(x_g) = 2 lam / p_g, phi(x) = s'(x)/x falling, within (0, sqrt 2]."""
    wanted = 2 * np.exp(log_multiplier) / p
    low, high = torch.zeros_like(p), torch.full_like(p, RADIUS)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        further = _ratio(s, middle) > wanted
        low, high = torch.where(further, middle, low), torch.where(further, high, middle)
    return torch.where(p > 0, low, 0)


def _ratio(s: Activation, x: Tensor) -> Tensor:
    return s.derivative(x) / x


def _check_part(order: int, train_fraction: float) -> None:
    if order < 1 or not 0 <= train_fraction <= 1:
        raise ValueError(
            f"an order of at least 1 and p in [0, 1] are needed, got {order} and {train_fraction}"
        )
