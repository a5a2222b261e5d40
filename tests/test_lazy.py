"""Stage I in closed form, against its definition."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from li2_core.lazy import ridge_readout


@given(st.integers(1, 12), st.integers(1, 12), st.floats(1e-3, 10), st.integers(0, 999))
def test_ridge_readout_is_where_the_penalised_loss_stands_still(n, K, eta, seed):
    generator = torch.Generator().manual_seed(seed)
    F = torch.randn(2, n, K, dtype=torch.float64, generator=generator)
    Y = torch.randn(2, n, 3, dtype=torch.float64, generator=generator)
    V = ridge_readout(F, Y, eta).requires_grad_()
    loss = 0.5 * (Y - F @ V).square().sum() + eta / 2 * V.square().sum()
    (slope,) = torch.autograd.grad(loss, V)
    # Conditioned no worse than 1e5.
    assert slope.abs().max() < 1e-10


def test_ridge_readout_says_what_is_wrong():
    F, Y = torch.ones(4, 2), torch.ones(3, 2)
    with pytest.raises(ValueError, match="4 samples of features but 3 of targets"):
        ridge_readout(F, Y, 1.0)
    for eta in (-1, float("nan")):
        with pytest.raises(ValueError, match="eta must not be negative"):
            ridge_readout(F, Y, eta)
