"""How the energy bends on the unit sphere: its Hessian, and how many directions are flat."""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core.activations import Activation, AnyActivation
from li2_core.energy.landscape import Landscape, as_nodes
from li2_core.tasks.group_task import Target


def riemannian_hessian(
    weights: Tensor,
    target: Target,
    activation: AnyActivation = "square",
    labels: Tensor | None = None,
) -> Tensor:
    """The Hessian of the energy on the unit sphere at one node: a symmetric matrix.

    With the projector Q off w it is Q (H - (w . grad E)) Q, where H is the Hessian in the
    plane space: it acts on the tangent directions, and gives zero along w.

    Parameters
    ----------
    weights : Tensor, (2M,)
        Real, of length one.
    target, activation, labels
        As of `energy`.

    Returns
    -------
    Tensor, float64, (2M, 2M)

    Raises
    ------
    ValueError
        As `energy`, and if ``weights`` is not one real vector of length one.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> w = torch.zeros(10, dtype=torch.float64)
    >>> w[0] = w[5] = 0.5**0.5
    >>> riemannian_hessian(w, cyclic(5)).shape
    torch.Size([10, 10])
    """
    landscape = Landscape(target, activation, labels)
    node = as_nodes(weights, landscape.group.order)
    if node.ndim != 1 or node.is_complex():
        raise ValueError("the Hessian is that of one node with real weights (2M,)")
    if abs(float(node.norm()) - 1) > 1e-6:
        raise ValueError(f"weights must have length one, got {float(node.norm()):.6g}")
    return sphere_hessian(landscape, node.double())


def flat_directions(
    weights: Tensor,
    target: Target,
    tol: float = 1e-6,
    activation: AnyActivation = "square",
    labels: Tensor | None = None,
) -> int:
    """How many tangent directions have no second derivative.

    Counted are the eigenvalues of `riemannian_hessian` below ``tol`` times the largest, in
    absolute value, less the one along w. All other arguments are as of `riemannian_hessian`.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> angles = 2 * torch.pi / 5 * torch.arange(5, dtype=torch.float64)
    >>> w = torch.cat([angles.cos(), (angles + 0.3).sin()])
    >>> flat_directions(w / w.norm(), cyclic(5))  # two phases
    2
    """
    values = torch.linalg.eigvalsh(riemannian_hessian(weights, target, activation, labels)).abs()
    return int((values <= tol * values.max()).sum()) - 1


def sphere_hessian(landscape: Landscape, w: Tensor) -> Tensor:
    """`riemannian_hessian` of any landscape at a real unit vector.

    Parameters
    ----------
    landscape : Landscape
    w : Tensor, float64, (2M,)

    Returns
    -------
    Tensor, float64, (2M, 2M)
    """
    radial = landscape.gradient(w) @ w
    eye = torch.eye(len(w), dtype=w.dtype)
    off = eye - torch.outer(w, w)
    return off @ (_hessian(landscape, w) - radial * eye) @ off


def _hessian(landscape: Landscape, w: Tensor) -> Tensor:
    """The second derivatives of E = 1/2 ||z||^2, z = Z' s(X w): J'J + X' diag(s'' Z z) X."""
    pairs, M = landscape.pairs, landscape.group.order
    answers = pairs.answers(w[:, None])[:, 0]
    labels = landscape.labels()
    slopes, bends = two_derivatives(landscape.activation, answers)
    jacobian = torch.zeros(2 * M, M, dtype=w.dtype)
    jacobian.index_add_(0, pairs.first, labels * slopes[:, None])
    jacobian.index_add_(0, M + pairs.second, labels * slopes[:, None])
    z = labels.T @ landscape.activation.value(answers)
    mixed = torch.zeros(M, M, dtype=w.dtype)
    mixed[pairs.first, pairs.second] = bends * (labels @ z)
    by_first = torch.cat([torch.diag(mixed.sum(1)), mixed], 1)
    by_second = torch.cat([mixed.T, torch.diag(mixed.sum(0))], 1)
    return jacobian @ jacobian.T + torch.cat([by_first, by_second])


def two_derivatives(nonlinearity: Activation, answers: Tensor) -> tuple[Tensor, Tensor]:
    """s' and s'' at each answer; the second by differentiating the first.

    Parameters
    ----------
    nonlinearity : Activation
    answers : Tensor, (...)

    Returns
    -------
    slopes : Tensor, (...)
    bends : Tensor, (...)
    """
    h = answers.detach().clone().requires_grad_()
    slopes = nonlinearity.derivative(h)
    if not slopes.requires_grad:  # constant on each side of a kink
        return slopes, torch.zeros_like(answers)
    (bends,) = torch.autograd.grad(slopes.sum(), h)
    return slopes.detach(), bends
