"""Tangent kernels: of any function, and of the committee machine in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import jacrev

from li2_core._input import real, tensor, whole

State = dict[str, Tensor]
Answers = Callable[[State, Tensor], Tensor]


def tangent_kernel(
    answers: Answers, parameters: State, inputs: Tensor, others: Tensor | None = None
) -> Tensor:
    """The empirical tangent kernel, summed over the outputs.

    K(x, x') = sum over outputs c of <grad f_c(x), grad f_c(x')>, gradients by all parameters.

    Parameters
    ----------
    answers : function
        Of parameters and inputs: f(x), one row or one number a sample.
    parameters : dict of Tensor
    inputs : Tensor, (n, ...)
    others : Tensor, (m, ...), optional
        By default the inputs.

    Returns
    -------
    Tensor, (n, m)

    Raises
    ------
    ValueError
        If ``answers`` does not give one row a sample.

    References
    ----------
    Jacot et al. (2018); Kumar et al., eq. 2.

    Examples
    --------
    >>> line = {"w": torch.tensor([2.0, 1.0])}
    >>> tangent_kernel(lambda p, x: x @ p["w"], line, torch.eye(2)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rows = _gradients(answers, parameters, inputs)
    columns = rows if others is None else _gradients(answers, parameters, others)
    return rows @ columns.mT


def _gradients(answers: Answers, parameters: State, inputs: Tensor) -> Tensor:
    slopes = jacrev(answers)(parameters, inputs)
    n = len(inputs)
    for slope, values in zip(slopes.values(), parameters.values(), strict=True):
        outputs = slope.shape[: slope.ndim - values.ndim]
        if outputs[:1] != (n,) or len(outputs) > 2:
            raise ValueError(f"answers must give (n, M) or (n,) with n = {n}, got {outputs}")
    return torch.cat([slope.reshape(n, -1) for slope in slopes.values()], 1)


def committee_kernel(
    inputs: Tensor, others: Tensor, mean: Tensor, second: Tensor, epsilon: float
) -> Tensor:
    """The tangent kernel of the committee machine, without the factor beta^2 / N.

    K(x, x') = (x.x') (1 + epsilon wbar.(x + x') + epsilon^2 x'M x').

    Parameters
    ----------
    inputs : Tensor, (..., n, D)
    others : Tensor, (..., m, D)
    mean : Tensor, (..., D)
        wbar.
    second : Tensor, (..., D, D)
        M.

    Returns
    -------
    Tensor, (..., n, m)

    References
    ----------
    Kumar et al., eq. 5.
    """
    first = (inputs @ mean.unsqueeze(-1)) + (others @ mean.unsqueeze(-1)).mT
    slopes = 1 + epsilon * first + epsilon**2 * (inputs @ second @ others.mT)
    return (inputs @ others.mT) * slopes


class Eigenspace(NamedTuple):
    """The functions of ``name`` have this eigenvalue, ``dimension`` of them independent."""

    name: str
    eigenvalue: float
    dimension: int


def committee_spectrum(dimension: int, epsilon: float) -> list[Eigenspace]:
    """The eigenspaces of the committee's first tangent kernel over x ~ N(0, I/D).

    K = x.x' + epsilon^2 (x.x')^2, that of infinitely many nodes with wbar = 0 and M = I. The
    eigenvalues are those of f -> <K(x, .) f>; on n samples a Gram matrix has n times as much.

    Raises
    ------
    ValueError
        If D is no whole number of at least 2 or ``epsilon`` is negative.

    References
    ----------
    Kumar et al., Appendix 11.1. Its main text has 2 epsilon / D^2 for the harmonic quadratics,
    and its eq. 16 leaves the epsilon^2 of ``|x|^2`` out.

    Examples
    --------
    >>> [(space.name, space.dimension) for space in committee_spectrum(3, 0.1)]
    [('linear', 3), ('|x|^2', 1), ('harmonic quadratics', 5)]
    """
    D = whole("dimension", dimension, least=2)
    square = real("epsilon", epsilon, least=0) ** 2
    return [
        Eigenspace("linear", 1 / D, D),
        Eigenspace("|x|^2", square / D * (1 + 2 / D), 1),
        Eigenspace("harmonic quadratics", 2 * square / D**2, D * (D + 1) // 2 - 1),
    ]


def kernel_coefficients(gram: Tensor, targets: Tensor, ridge: float = 0.0) -> Tensor:
    """c of kernel regression f(x) = sum_i c_i K(x, x_i), (K + ridge)^-1 y.

    Parameters
    ----------
    gram : Tensor, (..., n, n)
    targets : Tensor, (..., n)
    ridge : float
        0 is what gradient descent on the linearised network ends in, from a start of no output.

    Returns
    -------
    Tensor, (..., n)

    Raises
    ------
    ValueError
        If ``ridge`` is negative, or the matrix has no inverse.

    Examples
    --------
    >>> kernel_coefficients(2 * torch.eye(2), torch.tensor([2.0, 4.0]))
    tensor([1., 2.])
    """
    gram = tensor("gram", gram, "(..., n, n)")
    held = gram + real("ridge", ridge, least=0) * torch.eye(gram.shape[-1], dtype=gram.dtype)
    try:
        return torch.linalg.solve(held, targets.unsqueeze(-1)).squeeze(-1)
    except RuntimeError as error:
        raise ValueError("the Gram matrix has no inverse: give a ridge") from error


def committee_regression(
    inputs: Tensor, targets: Tensor, mean: Tensor, second: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Where the committee machine ends if its tangent kernel stays: a and B of a.x + x'Bx / 2.

    Parameters
    ----------
    inputs : Tensor, (..., P, D)
    targets : Tensor, (..., P)
    mean : Tensor, (..., D)
        The wbar whose kernel it is.
    second : Tensor, (..., D, D)
        The M whose kernel it is.
    epsilon : float
        The share of the square in the activation.

    Returns
    -------
    linear : Tensor, (..., D)
    quadratic : Tensor, (..., D, D)

    Raises
    ------
    ValueError
        If there are more inputs than functions the kernel has.
    """
    gram = committee_kernel(inputs, inputs, mean, second, epsilon)
    c = kernel_coefficients(gram, targets).unsqueeze(-1)
    tilted = c * (1 + epsilon * (inputs @ mean.unsqueeze(-1)))
    pulled = (c * inputs).sum(-2)
    half = epsilon * pulled.unsqueeze(-1) * mean.unsqueeze(-2)
    half = half + epsilon**2 * (inputs.mT @ (c * inputs)) @ second
    return (tilted * inputs).sum(-2), half + half.mT
