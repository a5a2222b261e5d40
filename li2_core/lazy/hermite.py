"""An activation in Hermite polynomials, and the kernel that random nodes then give.

The polynomials are the probabilists' ones, normalised: E[he_k(z) he_l(z)] is 1 for k = l and
0 otherwise, for z from N(0, 1). If s(scale z) = sum_l a_l he_l(z), then for unit vectors x, y
and w from N(0, 1), E[s(scale w.x) s(scale w.y)] = sum_l a_l^2 (x.y)^l.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import sympy
import torch
from torch import Tensor

from li2_core.activations import AnyActivation
from li2_core.activations import activation as _activation


def hermite_coefficients(activation: AnyActivation, degree: int, scale: float = 1.0) -> Tensor:
    """a_l = E[s(scale z) he_l(z)] for l = 0 .. degree, by quadrature.

    Parameters
    ----------
    activation : str, Activation or function
        s; it may have a kink at zero, and only there.
    degree : int
        The last l.
    scale : float
        The length of the vectors x that the nodes read.

    Returns
    -------
    Tensor, float64, (degree + 1,)

    Raises
    ------
    ValueError
        If the degree is negative or the activation unknown.

    Examples
    --------
    >>> a = hermite_coefficients("square", 2, scale=2.0)  # 4 z^2 = 4 + 4 sqrt(2) he_2(z)
    >>> a[[0, 2]]
    tensor([4.0000, 5.6569], dtype=torch.float64)
    """
    if degree < 0:
        raise ValueError(f"degree must not be negative, got {degree}")
    s = _activation(activation).value
    z, weights = normal_quadrature(degree)
    values = weights * s(scale * z)
    return torch.stack([values @ he for he in _polynomials(z, degree)])


def hermite_coefficients_symbolic(
    polynomial: sympy.Expr, scale: sympy.Expr | int = 1
) -> list[sympy.Expr]:
    """The same for a polynomial in one symbol, exactly: a_0 .. a_degree.

    Raises
    ------
    ValueError
        If it is not a polynomial in one symbol.

    Examples
    --------
    >>> hermite_coefficients_symbolic(sympy.Symbol("x") ** 2, scale=sympy.sqrt(2))
    [2, 0, 2*sqrt(2)]
    """
    symbols = sympy.sympify(polynomial).free_symbols
    if len(symbols) != 1 or not polynomial.is_polynomial(x := symbols.pop()):
        raise ValueError(f"expected a polynomial in one symbol, got {polynomial}")
    powers = sympy.Poly(polynomial, x).all_coeffs()[::-1]
    coefficients = []
    for order in range(len(powers)):
        # E[z^k he_l(z)] = k! / (2^j j! sqrt(l!)) where k = l + 2 j.
        terms = [
            powers[k] * scale**k * sympy.factorial(k) / (2**j * sympy.factorial(j))
            for j, k in enumerate(range(order, len(powers), 2))
        ]
        coefficients.append(sympy.simplify(sum(terms) / sympy.sqrt(sympy.factorial(order))))
    return coefficients


def arc_kernel(coefficients: Tensor, cosine: Tensor | float) -> Tensor:
    """sum_l a_l^2 cosine^l: the kernel of random nodes at an angle of this cosine.

    Parameters
    ----------
    coefficients : Tensor, (L,)
    cosine : Tensor, (...), or float

    Returns
    -------
    Tensor, float64, (...)

    Examples
    --------
    >>> arc_kernel(hermite_coefficients("square", 2), 0.5)  # 1 + 2/4
    tensor(1.5000, dtype=torch.float64)
    """
    cosine = torch.as_tensor(cosine, dtype=torch.float64)
    total = torch.zeros_like(cosine)
    for coefficient in coefficients.flip(0):
        total = total * cosine + coefficient.square()
    return total


def normal_quadrature(degree: int) -> tuple[Tensor, Tensor]:
    """Points z and weights of E[f(z)], z from N(0, 1), for f up to he_degree times s.

    Gauss-Legendre on either side of zero, where an activation may have its kink.

    Returns
    -------
    z : Tensor, float64, (points,)
    weights : Tensor, float64, (points,)
    """
    end = 12 + 2 * math.sqrt(degree)  # he_l^2 times the density ends near 2 sqrt(l)
    nodes, weights = np.polynomial.legendre.leggauss(200 + degree)
    positive = torch.from_numpy((nodes + 1) / 2 * end)
    density = torch.exp(-positive.square() / 2) / math.sqrt(2 * math.pi)
    half = torch.from_numpy(weights) / 2 * end * density
    return torch.cat([-positive.flip(0), positive]), torch.cat([half.flip(0), half])


def _polynomials(z: Tensor, degree: int) -> Iterator[Tensor]:
    """he_0 .. he_degree at z."""
    before, now = torch.zeros_like(z), torch.ones_like(z)
    for order in range(degree + 1):
        yield now
        step = (z * now - math.sqrt(order) * before) / math.sqrt(order + 1)
        before, now = now, step
