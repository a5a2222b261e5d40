"""The readout's fixed point and the gradient there, against their definitions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import random_problem

from li2_core.lazy import alignment, backprop_gradient, centre, ridge_readout, signal
from li2_core.lazy import ridge as lazy


def eq_4(F, Y, eta):
    """eta R Y Y' R F with an explicit inverse."""
    R = torch.linalg.inv(F @ F.mT + eta * torch.eye(F.shape[-2], dtype=F.dtype))
    return eta * R @ Y @ Y.mT @ R @ F


sizes = st.integers(1, 12)


@given(sizes, sizes, st.floats(1e-3, 10), st.integers(0, 999))
def test_ridge_readout_is_where_the_penalised_loss_stands_still(n, K, eta, seed):
    generator = torch.Generator().manual_seed(seed)
    F = torch.randn(2, n, K, dtype=torch.float64, generator=generator)
    Y = torch.randn(2, n, 3, dtype=torch.float64, generator=generator)
    V = ridge_readout(F, Y, eta).requires_grad_()
    loss = 0.5 * (Y - F @ V).square().sum() + eta / 2 * V.square().sum()
    (slope,) = torch.autograd.grad(loss, V)
    # Conditioned no worse than 1e5.
    assert slope.abs().max() < 1e-10


@given(sizes, sizes, sizes, st.integers(0, 999))
def test_without_ridge_it_is_the_shortest_least_squares_solution(n, K, rank, seed):
    F, Y = random_problem(n, K, seed=seed, rank=rank)
    V = ridge_readout(F, Y, 0)
    assert (F.mT @ (Y - F @ V)).abs().max() < 1e-12
    # Shortest: nothing of it lies where F sees nothing, so that F'z = V has a solution z.
    z = torch.linalg.lstsq(F.mT, V, driver="gelsd").solution
    assert (F.mT @ z - V).abs().max() < 1e-12
    # The limit of a small ridge: it takes eta / sigma^2 < 4e-6 of each part away.
    assert (V - ridge_readout(F, Y, 1e-6)).abs().max() < 1e-5 * V.norm()


def test_a_gram_matrix_of_several_blocks(monkeypatch):
    monkeypatch.setattr(lazy, "BLOCK", 3)
    for n, K in ((7, 9), (9, 7)):
        F, Y = random_problem(n, K)
        eye = torch.eye(K, dtype=F.dtype)
        expected = torch.linalg.solve(F.mT @ F + 0.1 * eye, F.mT @ Y)
        assert torch.allclose(ridge_readout(F, Y, 0.1), expected, rtol=1e-12, atol=1e-14)


@given(sizes, sizes, st.floats(1e-6, 10), st.integers(0, 999))
def test_backprop_gradient_is_eq_4(n, K, eta, seed):
    F, Y = random_problem(n, K, seed=seed)
    expected = eq_4(F, Y, eta)
    # R of fewer features than samples is as large as 1/eta.
    atol = 1e-14 / eta * expected.abs().max() + 1e-13
    assert (backprop_gradient(F, Y, eta) - expected).abs().max() < atol


@pytest.mark.parametrize(("n", "K"), [(9, 4), (6, 6), (4, 9)])
@pytest.mark.parametrize("eta", [0, 1e-9, 0.3])
def test_backprop_gradient_is_that_of_autograd_at_the_ridge_readout(n, K, eta):
    F, Y = random_problem(n, K)
    F.requires_grad_()
    V = ridge_readout(F.detach(), Y, eta)
    (slope,) = torch.autograd.grad(0.5 * (Y - F @ V).square().sum(), F)
    assert (backprop_gradient(F.detach(), Y, eta) + slope).abs().max() < 1e-13


def test_without_ridge_only_too_few_features_leave_a_gradient():
    for n, K in ((6, 6), (6, 15)):
        assert backprop_gradient(*random_problem(n, K), 0).abs().max() < 1e-13
    F, Y = random_problem(15, 6)
    projector = F @ torch.linalg.pinv(F)
    expected = (Y - projector @ Y) @ Y.mT @ torch.linalg.pinv(F).mT
    found = backprop_gradient(F, Y, 0)
    assert found.abs().max() > 0.1
    assert (found - expected).abs().max() < 1e-12


def test_a_tiny_gradient_keeps_its_digits():
    """eta A, not Y - F V, which would be nothing but rounding."""
    F, Y = random_problem(5, 20)
    gram = F @ F.mT
    limit = torch.linalg.solve(gram, Y @ (torch.linalg.solve(gram, Y).mT @ F))
    assert torch.allclose(backprop_gradient(F, Y, 1e-15) / 1e-15, limit, rtol=1e-9, atol=1e-9)


def test_signal_and_alignment():
    F, Y = random_problem(6, 4, M=2)
    T = signal(F, Y)
    assert torch.allclose(T, torch.einsum("bim,bjm,bjk->bik", Y, Y, F))
    G = torch.zeros_like(T)
    G[0] = -3 * T[0]
    G[1, 0], T[1, 1:] = T[1, 0], 0
    assert torch.allclose(alignment(G, T), torch.tensor([-1.0, 1.0], dtype=T.dtype))
    G[1], T[1] = torch.eye(6, 4), torch.eye(6, 4).flip(0)
    assert alignment(G, T)[1] == 0


def test_centring_is_the_projection_off_the_constant_vector():
    F, _ = random_problem(5, 4)
    P = torch.eye(5, dtype=F.dtype) - 1 / 5
    assert torch.allclose(centre(F), P @ F, rtol=0, atol=1e-15)


@pytest.mark.parametrize("solve", [ridge_readout, backprop_gradient])
def test_what_is_wrong_is_said(solve):
    F, Y = random_problem(4, 2, batch=())
    with pytest.raises(ValueError, match="4 samples of features but 3 of targets"):
        solve(F, Y[:3], 1.0)
    for eta in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"eta must be finite and not negative, got {eta}"):
            solve(F, Y, eta)
    with pytest.raises(ValueError, match=r"\(\.\.\., n, M\), got \(4, 2\) and \(4,\)"):
        solve(F, Y[:, 0], 1.0)
    for bad in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match="features must be finite"):
            solve(F.fill_diagonal_(bad), Y, 1.0)
        with pytest.raises(ValueError, match="targets must be finite"):
            solve(F.fill_diagonal_(1), Y * bad, 1.0)
    with pytest.raises(ValueError, match="eta = 1e-30 is lost in rounding"):
        solve(torch.ones(3, 2, dtype=torch.float64), Y[:3], 1e-30)
