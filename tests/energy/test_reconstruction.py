"""How many nodes make the labels: by a dense least-squares fit of one-hot labels."""

import dataclasses

import numpy as np
import pytest
import torch
from oracles import MEANING, SMALL, dense_energy, draw, one_hots

from li2_core import (
    GroupTask,
    cyclic,
    dicyclic,
    dihedral,
    product,
    semidirect,
    symmetric,
)
from li2_core.energy import maximizer, reconstruction_nodes, reconstruction_residual
from li2_core.energy.reconstruction import _independent_coefficients, paper_slice_nodes


def dense_residual(nodes, target, name="square"):
    """||Yt - Ft V||^2 / ||Yt||^2 with numpy's least squares."""
    X, Y = one_hots(target)
    F = MEANING[name](X.to(nodes.dtype) @ nodes.mT)
    F, Y = ((part - part.mean(0)).numpy() for part in (F, Y))
    V = np.linalg.lstsq(F, Y.astype(F.dtype), rcond=1e-10)[0]
    return float((abs(Y - F @ V) ** 2).sum() / (Y**2).sum())


@pytest.mark.parametrize("group", [g for g in SMALL if g.order > 1], ids=repr)
def test_the_designed_nodes_make_the_labels(group):
    nodes = reconstruction_nodes(group)
    rows = group.irreps()[1:]
    assert nodes.shape == (sum(rho.D**3 // rho.c for rho in rows), 2 * group.order)
    assert torch.allclose(nodes.norm(dim=1), torch.ones(len(nodes), dtype=torch.float64))
    assert dense_residual(nodes, group) < 1e-20
    assert reconstruction_residual(nodes, group) < 1e-20
    # None is there for nothing.
    if group.order < 13:
        assert min(reconstruction_residual(some, group) for some in (nodes[1:], nodes[:-1])) > 1e-3


@pytest.mark.parametrize("group", [cyclic(7), dicyclic(2), semidirect(7, 3, 2)], ids=repr)
def test_the_chosen_coefficients_are_independent_in_any_basis(group):
    rho = group.irreps()[-1]
    halves = np.arange(rho.D).reshape(2, -1).T.flatten()  # a plane's two axes side by side
    for matrices in (rho.matrices, rho.matrices[:, halves][:, :, halves]):
        chosen = _independent_coefficients(dataclasses.replace(rho, matrices=matrices))
        entries = np.stack([matrices[:, i, j] for i, j in chosen])
        assert len(entries) == rho.D**2 // rho.c
        assert np.linalg.cond(entries) < 50


@pytest.mark.parametrize(
    ("group", "count"),
    [(cyclic(7), 12), (symmetric(3), 9), (dicyclic(2), 19), (symmetric(4), 63)],
    ids=repr,
)
def test_the_numbers_of_the_theory(group, count):
    assert len(reconstruction_nodes(group)) == count


@pytest.mark.parametrize("M", [3, 5, 9, 13])
def test_two_m_minus_two_nodes_and_no_fewer_on_odd_cyclic_groups(M):
    group = cyclic(M)
    nodes = reconstruction_nodes(group)
    assert len(nodes) == 2 * M - 2
    assert dense_residual(nodes, group) < 1e-20
    for i in range(len(nodes)):
        assert dense_residual(nodes[torch.arange(len(nodes)) != i], group) > 1e-3


def random_waves(group, frequency, count, seed):
    rows = draw(count, 3, 2, seed=seed)
    rows /= rows.norm(dim=2, keepdim=True)
    return torch.stack([maximizer(group, frequency, *row) for row in rows])


def test_three_nodes_a_frequency_cannot_and_random_phases_need_eight():
    """One frequency's share of the labels is 1/3 on Z_7: left is 2/3 once it is made."""
    group = cyclic(7)
    for seed in range(20):
        three, seven, eight = (random_waves(group, 1, count, seed) for count in (3, 7, 8))
        assert dense_residual(three, group) > 2 / 3 + 1e-3
        assert dense_residual(seven, group) > 2 / 3 + 1e-9
        assert dense_residual(eight, group) == pytest.approx(2 / 3, abs=1e-8)
    designed = reconstruction_nodes(group)[:4]
    assert dense_residual(designed, group) == pytest.approx(2 / 3, abs=1e-12)


@pytest.mark.parametrize("degrees", [0, 7, 20, 60])
def test_two_triples_at_any_angle_make_a_frequency(degrees):
    third, hour = 2 * np.pi * np.arange(3) / 3, 2 * np.pi * np.arange(11) / 11

    def left_over(angle, jump):
        theta = np.concatenate([third, third + np.deg2rad(angle)])
        delta = 0.3 + np.repeat([0, jump], 3)
        phases = np.stack([theta + delta, theta - delta], 1) / 2
        waves = np.cos(np.arange(1, 6)[:, None, None, None] * hour + phases[..., None])
        return dense_residual(torch.from_numpy(waves.reshape(30, 22)), cyclic(11))

    assert left_over(degrees, np.pi) < 1e-20
    # Without the half turn between their differences nothing cancels the two.
    assert left_over(degrees, np.pi / 2) > 1e-3


@pytest.mark.parametrize(
    "group",
    [cyclic(7), cyclic(8), symmetric(3), dihedral(5), dicyclic(2), semidirect(7, 3, 2)],
    ids=repr,
)
def test_the_papers_slice_cannot(group):
    """Its residual is #{g: g^2 != e} / (2 (M - 1)), however many nodes."""
    M = group.order
    unequal = sum(int(group.table[g, g]) != group.identity for g in range(M))
    for count in (2 * M * M, 2 * M * M + 2 * M):
        nodes = paper_slice_nodes(group, count, seed=count)
        assert dense_residual(nodes, group) == pytest.approx(unequal / (2 * (M - 1)), abs=1e-7)
    u, v = nodes.split(M, dim=1)
    signs = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(len(u) // 2)[:, None]
    assert torch.allclose(v, signs * u[:, torch.tensor(group.inverse)])


def test_it_is_half_on_odd_cyclic_groups_also_off_the_maxima():
    group = cyclic(9)
    u = draw(300, 9)
    nodes = torch.cat([u, u[:, torch.tensor(group.inverse)]], dim=1)
    nodes[::2, 9:] *= -1
    assert dense_residual(nodes, group) == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize("M", [5, 7, 11])
def test_complex_nodes_work_with_the_conjugate_only(M):
    group = cyclic(M)
    nodes = paper_slice_nodes(group, 2 * M - 2, variant="conjugate")
    assert nodes.dtype == torch.complex128
    assert torch.allclose(nodes.norm(dim=1), torch.ones(2 * M - 2, dtype=torch.float64))
    assert dense_residual(nodes, group) < 1e-20
    assert reconstruction_residual(nodes, group) < 1e-20
    assert dense_residual(nodes[1:], group) > 1e-3
    printed = paper_slice_nodes(group, 40, variant="printed")
    assert dense_energy(printed, group).max() < 1e-25
    assert reconstruction_residual(printed, group) == pytest.approx(1)
    u, v = nodes[0].split(M)
    back = torch.tensor(group.inverse)
    assert torch.allclose(v, u.conj()[back])
    u, v = printed[1].split(M)
    assert torch.allclose(v, -u[back])


@pytest.mark.parametrize("name", ["square", "silu", "tanh"])
def test_residual_of_any_nodes(name):
    generator = torch.Generator().manual_seed(0)
    task = GroupTask(cyclic(5), 0.8)
    for target, kind in ((task, torch.float64), (dihedral(3), torch.float64)):
        order = getattr(target, "group", target).order
        nodes = torch.randn(6, 2 * order, dtype=kind, generator=generator)
        nodes[2] = nodes[1]
        found = reconstruction_residual(nodes, target, name)
        assert found == pytest.approx(dense_residual(nodes, target, name), abs=1e-9)
        assert 0 < found < 1
    nodes = torch.randn(4, 12, dtype=torch.complex128, generator=generator)
    found = reconstruction_residual(nodes, symmetric(3))
    assert found == pytest.approx(dense_residual(nodes, symmetric(3)), abs=1e-9)


def test_small_and_dead_nodes_do_not_matter():
    nodes = reconstruction_nodes(cyclic(7))
    nodes = torch.cat([nodes, torch.zeros(2, 14, dtype=torch.float64)])
    nodes[0] *= 1e-6
    assert reconstruction_residual(nodes, cyclic(7)) < 1e-20
    assert reconstruction_residual(nodes[:0], cyclic(7)) == 1
    assert reconstruction_residual(nodes[-2:], cyclic(7)) == 1


def test_a_group_with_isolated_maxima_alone():
    group = product(cyclic(2), cyclic(2))
    assert len(reconstruction_nodes(group)) == 3
    assert dense_residual(reconstruction_nodes(group), group) < 1e-20
    assert reconstruction_nodes(cyclic(1)).shape == (0, 2)


def test_bad_input_is_refused():
    nodes = reconstruction_nodes(cyclic(5))
    with pytest.raises(ValueError, match=r"nodes must be \(N, 12\)"):
        reconstruction_residual(nodes, cyclic(6))
    with pytest.raises(ValueError, match=r"nodes must be \(N, 10\)"):
        reconstruction_residual(nodes[0], cyclic(5))
    with pytest.raises(ValueError, match="unknown activation"):
        reconstruction_residual(nodes, cyclic(5), "cube")
    with pytest.raises(ValueError, match="has 2 seeds"):
        reconstruction_residual(nodes, GroupTask(cyclic(5), 0.5, seeds=2))
    with pytest.raises(ValueError, match="nothing to reconstruct"):
        reconstruction_residual(torch.ones(1, 2), cyclic(1))
    with pytest.raises(ValueError, match="variant must be"):
        paper_slice_nodes(cyclic(5), 4, variant="complex")
    for group, count in ((cyclic(5), -1), (cyclic(1), 4)):
        with pytest.raises(ValueError, match=f"no {count} nodes"):
            paper_slice_nodes(group, count)
