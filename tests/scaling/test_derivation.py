"""What sampling does to the Hessian at a wave: formulas against definitions and coins."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

from li2_core import GroupTask, cyclic, dihedral
from li2_core.energy import energy, energy_gradient, riemannian_hessian
from li2_core.scaling import derivation as derive

xi, p, t = sp.symbols("xi p t", real=True)


def test_averages_over_the_circle_are_averages_over_a_clock() -> None:
    angles = 2 * torch.pi * 3 / 11 * torch.arange(11, dtype=torch.float64)
    by_hand = (angles.cos() ** 4 + angles.sin() * angles.cos()).mean().item()
    symbolic = derive.circle_mean(sp.cos(t) ** 4 + sp.sin(t) * sp.cos(t), t)
    assert symbolic == sp.Rational(3, 8) and by_hand == pytest.approx(3 / 8)


def test_the_coin_has_variance_p_times_one_minus_p() -> None:
    variance = derive.bernoulli_mean((xi - p) ** 2, xi, p)
    assert sp.expand(variance - p * (1 - p)) == 0
    assert derive.bernoulli_mean(xi**3, xi, p) == p


def test_the_wave_is_a_maximum_of_the_full_table() -> None:
    node = derive.wave(13, 4, 0.3, -1.0)
    gradient = energy_gradient(node, cyclic(13))
    assert energy(node, cyclic(13)).item() == pytest.approx(13 / 4)
    assert (gradient - (gradient @ node) * node).norm().item() < 1e-12


@pytest.mark.parametrize(("order", "frequency"), [(12, 1), (13, 0), (13, 7)])
def test_no_wave_without_a_frequency(order: int, frequency: int) -> None:
    with pytest.raises(ValueError, match=f"got {order} and {frequency}"):
        derive.wave(order, frequency)


def test_the_parts_add_up_to_the_hessian_and_the_slope() -> None:
    task = GroupTask(cyclic(17), 0.6, [3])
    node = derive.wave(17, 2)
    scale = task.train_fraction**2 * 17
    found = derive.sampled_curvature(task, 2)
    others = derive.other_frequencies(17, 2)
    hessian = others.T @ riemannian_hessian(node, task) @ others / scale
    torch.testing.assert_close(found.eigenvalues, torch.linalg.eigvalsh(hessian))
    gradient = energy_gradient(node, task)
    tangential = gradient - (gradient @ node) * node
    assert found.slope == pytest.approx(tangential.norm().item() / scale)
    assert found.height == pytest.approx(4 * energy(node, task).item() / scale)
    assert found.diagonal == derive.sampled_diagonals(task, 2).max().item()


def test_other_frequencies_are_orthonormal_and_leave_the_wave_out() -> None:
    others = derive.other_frequencies(11, 3)
    torch.testing.assert_close(others.T @ others, torch.eye(18, dtype=torch.float64))
    assert (others.T @ derive.wave(11, 3, 0.4, 0.9)).abs().max() < 1e-12


def test_the_three_noises_have_the_predicted_sizes() -> None:
    """Block 2 sqrt 2 x, slope 2 x, squares 35 x^2 (and not 23), for M = 199."""
    fraction = 0.5
    x = ((1 - fraction) / (fraction * 199)) ** 0.5
    task = GroupTask(cyclic(199), fraction, [0])
    found = [derive.sampled_curvature(task, k) for k in (1, 2, 3)]
    for name, predicted, tolerance in (
        ("block", 8**0.5 * x, 0.05),
        ("slope", 2 * x, 0.10),
        ("diagonal", 2**0.5 * x * derive.largest_normal(398), 0.2),
        ("squares", 35 * x**2, 0.15),
    ):
        mean = sum(getattr(one, name) for one in found) / 3
        assert mean == pytest.approx(predicted, rel=tolerance), name


def test_largest_of_normal_numbers() -> None:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(20000, 50, generator=generator, dtype=torch.float64).max(1).values
    assert derive.largest_normal(50) == pytest.approx(drawn.mean().item(), abs=0.02)


def test_waves_need_a_clock() -> None:
    with pytest.raises(ValueError, match="D_5"):
        derive.sampled_curvature(GroupTask(dihedral(5), 0.5, [0]), 1)
