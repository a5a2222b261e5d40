"""The readout's flow against Runge-Kutta, autograd and its limit."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import random_problem

from li2_core import cyclic
from li2_core.lazy import centre, random_features, readout_flow, ridge_readout
from li2_core.lazy.flow import singular_directions
from li2_core.tasks import pairs_of

TIMES = (0.0, 0.1, 0.5, 1.0, 2.0)
SHAPES = [(9, 4), (6, 6), (4, 9)]  # K < n, K = n, K > n


def runge_kutta(F, Y, eta, V, times, step=2e-3):
    """V at each time by the classical method of order 4, which knows the equation only."""

    def slope(V):
        return F.mT @ (Y - F @ V) - eta * V

    now, found = 0.0, []
    for time in times:
        for _ in range(round((time - now) / step)):
            a = slope(V)
            b = slope(V + step / 2 * a)
            c = slope(V + step / 2 * b)
            V = V + step / 6 * (a + 2 * b + 2 * c + slope(V + step * c))
        now = time
        found.append(V)
    return found


def some_readout(F, Y):
    generator = torch.Generator().manual_seed(5)
    shape = (*F.shape[:-2], F.shape[-1], Y.shape[-1])
    return torch.randn(shape, dtype=F.dtype, generator=generator)


@pytest.mark.parametrize("rank", [None, 2], ids=["full rank", "rank 2"])
@pytest.mark.parametrize("from_zero", [True, False])
@pytest.mark.parametrize("eta", [0, 0.3])
@pytest.mark.parametrize(("n", "K"), SHAPES)
def test_the_flow_agrees_with_runge_kutta_and_the_gradient_with_autograd(
    n, K, eta, from_zero, rank
):
    F, Y = random_problem(n, K, rank=rank, batch=())
    start = torch.zeros(K, 3, dtype=F.dtype) if from_zero else some_readout(F, Y)
    expected = runge_kutta(F, Y, eta, start, TIMES)
    flow = readout_flow(F, Y, eta, TIMES, None if from_zero else start)
    for (V, G), right in zip(flow, expected, strict=True):
        assert (V - right).abs().max() < 1e-8
        features = F.clone().requires_grad_()
        (slope,) = torch.autograd.grad(0.5 * (Y - features @ right).square().sum(), features)
        assert (G + slope).abs().max() < 1e-8


@pytest.mark.parametrize("eta", [0, 1e-3])
@pytest.mark.parametrize("width", [30, 48, 49, 200])
def test_features_of_a_network_to_late_times(width, eta):
    """Against the exponential of [[-(F'F + eta), F'Y], [0, 0]]; n = 49, of rank 48."""
    group = cyclic(7)
    F, Y = centre(random_features(group, width)), pairs_of(group).labels()
    start = some_readout(F, Y) / math.sqrt(width)
    matrix = torch.zeros(width + 7, width + 7, dtype=F.dtype)
    matrix[:width, :width] = -F.T @ F - eta * torch.eye(width, dtype=F.dtype)
    matrix[:width, width:] = F.T @ Y
    times = [c / float(torch.linalg.svdvals(F)[0] ** 2) for c in (0.5, 20, 1e3)]
    for time, (V, G) in zip(times, readout_flow(F, Y, eta, times, start), strict=True):
        whole = torch.linalg.matrix_exp(time * matrix)
        expected = whole[:width, :width] @ start + whole[:width, width:]
        assert (V - expected).abs().max() < 1e-9
        assert (G - (Y - F @ expected) @ expected.T).abs().max() < 1e-9


sizes = st.integers(1, 10)


@given(sizes, sizes, sizes, st.booleans(), st.integers(0, 999))
def test_where_the_flow_ends(n, K, rank, has_ridge, seed):
    """The ridge readout; without a ridge what F does not see of V(0) stays for ever."""
    F, Y = random_problem(n, K, seed=seed, rank=rank)
    start = some_readout(F, Y)
    ((V, G),) = readout_flow(F, Y, 0.2 * has_ridge, [math.inf], start)
    expected = ridge_readout(F, Y, 0.2 * has_ridge)
    if not has_ridge:
        expected = expected + start - torch.linalg.pinv(F) @ F @ start
    assert (V - expected).abs().max() < 1e-12
    assert (G - (Y - F @ expected) @ expected.mT).abs().max() < 1e-12


@pytest.mark.parametrize("eta", [0, 0.1])
def test_the_flow_goes_on_from_where_it_was(eta):
    """Late times too: V(s + t) is V(t) from V(s), in any order of the times."""
    F, Y = random_problem(5, 8, rank=3)
    late, early = readout_flow(F, Y, eta, [70.0, 20.0], some_readout(F, Y))
    ((again, _),) = readout_flow(F, Y, eta, [50.0], early[0])
    assert (again - late[0]).abs().max() < 1e-13


def test_a_small_error_keeps_its_digits():
    F = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    Y = torch.tensor([[2.0]], dtype=torch.float64)
    ((_, G),) = readout_flow(F, Y, 0, [30.0])
    error = 2 * math.exp(-30)
    assert G[0, 0].item() == pytest.approx(error * (2 - error), rel=1e-13)


def test_each_of_a_stack_has_its_own_rank():
    full, Y = random_problem(6, 9)
    F = torch.stack([full[0], random_problem(6, 9, rank=2)[0][1]])
    for eta in (0, 0.4):
        stacked = list(readout_flow(F, Y, eta, [0.7, math.inf]))
        for s in range(2):
            alone = readout_flow(F[s], Y[s], eta, [0.7, math.inf])
            for (V, G), (V_all, G_all) in zip(alone, stacked, strict=True):
                assert (V - V_all[s]).abs().max() < 1e-13
                assert (G - G_all[s]).abs().max() < 1e-13


@given(sizes, sizes, sizes, st.integers(0, 999))
def test_singular_directions_rebuild_the_features(n, K, rank, seed):
    F, _ = random_problem(n, K, seed=seed, rank=rank)
    left, values, right = singular_directions(F)
    assert ((values > 0).sum((-2, -1)) == min(n, K, rank)).all()
    assert (left * values.mT @ right.mT - F).abs().max() < 1e-13
    for directions in (left, right):
        inner = directions.mT @ directions
        assert (inner - torch.diag_embed((values[..., 0] > 0).double())).abs().max() < 1e-13


def test_features_that_are_all_zero_learn_nothing():
    F, Y = torch.zeros(3, 2, dtype=torch.float64), torch.ones(3, 1, dtype=torch.float64)
    V0 = torch.ones(2, 1, dtype=torch.float64)
    (V, G), (gone, _) = readout_flow(F, Y, 0.5, [2.0, math.inf], V0)
    assert torch.allclose(V, math.exp(-1) * V0) and torch.allclose(G, Y @ V.mT)
    assert (gone == 0).all()


def test_what_is_wrong_is_said_at_once():
    F, Y = random_problem(4, 3, batch=())
    with pytest.raises(ValueError, match="eta must be finite and not negative, got -1"):
        readout_flow(F, Y, -1, [1.0])
    with pytest.raises(ValueError, match="features must be finite"):
        readout_flow(F * torch.nan, Y, 1, [1.0])
    with pytest.raises(ValueError, match="4 samples of features but 2 of targets"):
        readout_flow(F, Y[:2], 1, [1.0])
    for time in (-1.0, math.nan):
        with pytest.raises(ValueError, match=f"times must not be negative, got {time}"):
            readout_flow(F, Y, 1, [0.0, time])
    for bad in (torch.ones(3, 2), torch.full((3, 3), torch.nan)):
        with pytest.raises(ValueError, match=r"readout0 must be finite, \(3, 3\)"):
            readout_flow(F, Y, 1, [1.0], bad.double())
