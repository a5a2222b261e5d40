"""Hermite coefficients, exact against numeric, and the kernels that they give."""

import math

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING

from li2_core.lazy import hermite_coefficients
from li2_core.lazy.hermite import arc_kernel, hermite_coefficients_symbolic

x = sympy.Symbol("x")


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=7), st.sampled_from([1, 2]))
def test_exact_and_numeric_coefficients_of_a_polynomial_agree(powers, scale):
    if not any(powers[1:]):
        return
    polynomial = sum(c * x**k for k, c in enumerate(powers))
    exact = hermite_coefficients_symbolic(polynomial, scale)
    numeric = hermite_coefficients(sympy.lambdify(x, polynomial), len(exact) + 1, scale)
    expected = torch.tensor([float(a) for a in exact] + [0.0, 0.0], dtype=torch.float64)
    assert torch.allclose(numeric, expected, rtol=1e-11, atol=1e-10)


def test_exact_coefficients_rebuild_the_polynomial():
    """Against sympy's own Hermite polynomials, He_l(x) = 2^(-l/2) H_l(x / sqrt 2)."""
    polynomial = 3 * x**5 - x**4 + 7 * x - 2
    rebuilt = sum(
        a * sympy.hermite(k, x / sympy.sqrt(2)) / sympy.sqrt(2**k * sympy.factorial(k))
        for k, a in enumerate(hermite_coefficients_symbolic(polynomial))
    )
    assert sympy.expand(rebuilt - polynomial) == 0


def test_coefficients_of_relu():
    """Its known values: the kink at zero does no harm."""
    found = hermite_coefficients("relu", 7)
    z = [math.factorial(k) for k in range(8)]
    expected = [1 / math.sqrt(2 * math.pi), 0.5]
    for k in range(2, 8):
        double = math.prod(range(k - 3, 0, -2))  # (k - 3)!!
        even = (-1) ** (k // 2 - 1) * double / math.sqrt(2 * math.pi * z[k])
        expected.append(even if k % 2 == 0 else 0.0)
    assert found.numpy() == pytest.approx(np.array(expected), abs=1e-13)


@pytest.mark.parametrize("scale", [1.0, math.sqrt(2)])
@pytest.mark.parametrize("name", ["square", "silu", "tanh", "gelu", "identity"])
def test_the_kernel_is_the_mean_over_random_nodes(name, scale):
    """At two angles, by Gauss-Hermite in the plane, which needs smooth functions."""
    s, coefficients = MEANING[name], hermite_coefficients(name, 80, scale)
    points, weights = np.polynomial.hermite_e.hermegauss(120)
    points, weights = torch.from_numpy(points), torch.from_numpy(weights / weights.sum())
    for cosine in (-0.3, 0.6):
        other = cosine * points[:, None] + math.sqrt(1 - cosine**2) * points
        products = s(scale * points)[:, None] * s(scale * other)
        mean = weights @ products @ weights
        assert abs(arc_kernel(coefficients, cosine) - mean) < 1e-7


def test_the_kernel_of_relu_is_the_arc_cosine_kernel():
    cosine = torch.tensor([-0.5, 0.0, 0.5, 0.8], dtype=torch.float64)
    angle = cosine.acos()
    expected = (angle.sin() + (math.pi - angle) * cosine) / (2 * math.pi)
    found = arc_kernel(hermite_coefficients("relu", 200), cosine)
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)


def test_high_degrees_stay_orthonormal():
    """he_150 as the activation has one coefficient, 1."""

    def he_150(z):
        unit = np.zeros(151)
        unit[150] = 1
        values = np.polynomial.hermite_e.hermeval(z.numpy(), unit)
        return torch.from_numpy(values / math.exp(math.lgamma(151) / 2))

    expected = torch.zeros(156, dtype=torch.float64)
    expected[150] = 1
    assert (hermite_coefficients(he_150, 155) - expected).abs().max() < 1e-10


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="degree must not be negative, got -1"):
        hermite_coefficients("relu", -1)
    with pytest.raises(ValueError, match="unknown activation 'cube'"):
        hermite_coefficients("cube", 2)
    for bad in (sympy.exp(x), x * sympy.Symbol("y"), sympy.Integer(3)):
        with pytest.raises(ValueError, match="expected a polynomial in one symbol"):
            hermite_coefficients_symbolic(bad)
