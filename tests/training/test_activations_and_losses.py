"""Every hand-written derivative against autograd in float64, and the loss at known points."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING

from li2_core.activations import ACTIVATIONS, activation
from li2_core.training import loss_function


def test_the_names_are_these():
    assert sorted(ACTIVATIONS) == sorted(MEANING)


@pytest.mark.parametrize("name", sorted(MEANING))
def test_value_and_slope_are_the_function_and_its_derivative(name):
    # An even number of points over a symmetric range: none at 0, where relu has no slope.
    h = torch.linspace(-8, 8, 1000, dtype=torch.float64, requires_grad=True)
    expected = MEANING[name](h)
    (derivative,) = torch.autograd.grad(expected.sum(), h)
    s = activation(name)
    value = s.value(h.detach())
    slope = s.factor * s.slope(h.detach(), value)
    # The largest value is 64 (square): 1e-12 is 70 rounding errors of it.
    assert (value - expected.detach()).abs().max() < 1e-12
    assert (slope - derivative).abs().max() < 1e-12


@pytest.mark.parametrize("name", sorted(MEANING))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_slope_keep_shape_and_dtype(name, dtype):
    h = torch.linspace(-1, 1, 24, dtype=dtype).reshape(2, 3, 4)
    value = activation(name).value(h)
    slope = activation(name).slope(h, value)
    assert value.shape == slope.shape == h.shape
    assert value.dtype == slope.dtype == dtype


def test_an_unknown_activation_is_told_the_names():
    with pytest.raises(
        ValueError,
        match="unknown activation 'cube', allowed: gelu, identity, relu, silu, square, tanh",
    ):
        activation("cube")


orders = st.integers(2, 9)


def centred_one_hot(targets: torch.Tensor, order: int) -> torch.Tensor:
    return torch.eye(order, dtype=torch.float64)[targets] - 1 / order


@given(orders)
def test_mse_is_0_for_a_perfect_answer_and_1_minus_1_over_M_for_silence(order):
    targets = torch.arange(order)
    mse = loss_function("mse")
    perfect = centred_one_hot(targets, order)
    assert mse.per_sample(perfect, targets).abs().max() < 1e-30
    assert mse.residual(perfect, targets).abs().max() < 1e-15
    silence = mse.per_sample(torch.zeros_like(perfect), targets)
    assert (silence - (1 - 1 / order)).abs().max() < 1e-15


@given(orders, st.integers(0, 2**31))
def test_mse_is_the_squared_distance_to_the_centred_one_hot_vector(order, seed):
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(2, 6, order, dtype=torch.float64, generator=generator)
    outputs -= outputs.mean(-1, keepdim=True)
    targets = torch.randint(order, (2, 6), generator=generator)
    given_outputs = outputs.clone().requires_grad_()
    expected = ((given_outputs - centred_one_hot(targets, order)) ** 2).sum(-1)
    (derivative,) = torch.autograd.grad(expected.sum(), given_outputs)

    mse = loss_function("mse")
    per_sample, residual = mse.per_sample(outputs, targets), mse.residual(outputs, targets)
    assert per_sample.shape == (2, 6) and residual.shape == (2, 6, order)
    # Entries are of order 10: 1e-13 is about fifty rounding errors.
    assert (per_sample - expected.detach()).abs().max() < 1e-13
    assert (residual + derivative).abs().max() < 1e-13
    assert residual.sum(-1).abs().max() < 1e-13


def test_a_loss_leaves_the_outputs_alone():
    outputs = torch.ones(1, 3)
    mse = loss_function("mse")
    mse.per_sample(outputs, torch.tensor([1]))
    mse.residual(outputs, torch.tensor([1]))
    assert outputs.tolist() == [[1.0, 1.0, 1.0]]


def test_an_unknown_loss_is_told_the_names():
    with pytest.raises(ValueError, match="unknown loss 'hinge', allowed: cross_entropy, mse"):
        loss_function("hinge")
