"""The energy by its definition, one-hot and dense, and its gradient by autograd."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING, dense_energy, one_hots, random_nodes, renamed

from li2_core import (
    FiniteGroup,
    GroupTask,
    alternating,
    cyclic,
    dicyclic,
    dihedral,
    product,
    semidirect,
    symmetric,
)
from li2_core.energy import Landscape, energy, energy_gradient
from li2_core.energy.landscape import energy_by_representation
from li2_core.groups.fourier import cyclic_factors
from li2_core.lazy import lazy_operator
from li2_core.tasks import pairs_of

HOLOMORPHIC = ("square", "identity")


ABELIAN = [
    cyclic(2),
    cyclic(7),
    cyclic(8),
    renamed(cyclic(9)),
    product(cyclic(2), cyclic(6)),
    renamed(product(cyclic(4), cyclic(2), cyclic(3))),
    renamed(product(cyclic(2), cyclic(2), cyclic(2))),
    product(cyclic(3), cyclic(9)),
]
OTHERS = [symmetric(3), renamed(dicyclic(2)), dihedral(5), semidirect(7, 3, 2)]


def check(target, name="square", is_complex=False, seed=0, labels=None):
    group = target if isinstance(target, FiniteGroup) else target.group
    w = random_nodes(3, group, is_complex, seed).requires_grad_()
    expected = dense_energy(w, target, name, labels)
    (slope,) = torch.autograd.grad(expected.sum(), w)
    size = max(float(expected.detach().max()), 1e-3)
    found = energy(w.detach(), target, name, labels)
    gradient = energy_gradient(w.detach(), target, name, labels)
    assert found.dtype == torch.float64 and gradient.dtype == w.dtype
    assert (found - expected.detach()).abs().max() < 1e-11 * size
    assert (gradient - slope).abs().max() < 1e-11 * size


@pytest.mark.parametrize("group", ABELIAN + OTHERS, ids=repr)
@pytest.mark.parametrize("name", MEANING)
def test_energy_and_gradient_on_the_table(group, name):
    for is_complex in (False, True)[: 1 + (name in HOLOMORPHIC)]:
        for labels in (None, one_hots(group)[1]):
            check(group, name, is_complex, labels=labels)


@given(st.sampled_from(ABELIAN[1:] + OTHERS), st.floats(0.1, 0.95), st.integers(0, 999), st.data())
def test_energy_and_gradient_on_a_subset(group, fraction, seed, data):
    name = data.draw(st.sampled_from(sorted(MEANING)))
    is_complex = name in HOLOMORPHIC and data.draw(st.booleans())
    task = GroupTask(group, fraction, seeds=[seed])
    labels = one_hots(task)[1] if data.draw(st.booleans()) else None
    check(task, name, is_complex, seed, labels)


@pytest.mark.parametrize("name", MEANING)
def test_energy_and_gradient_with_any_labels(name):
    """Each pair with its own, or alike for all pairs of one product."""
    for target in (dihedral(3), GroupTask(cyclic(7), 0.5), GroupTask(symmetric(3), 0.6)):
        Y = one_hots(target)[1]
        generator = torch.Generator().manual_seed(1)
        each = torch.randn(len(Y), 4, dtype=torch.float64, generator=generator)
        alike = Y @ torch.randn(Y.shape[1], 3, dtype=torch.float64, generator=generator)
        for is_complex in (False, True)[: 1 + (name in HOLOMORPHIC)]:
            check(target, name, is_complex, labels=each)
            check(target, name, is_complex, labels=alike)
        assert Landscape(target, labels=each)._by_class is None
        assert Landscape(target, labels=alike)._by_class is not None


def test_any_shape_of_weights_and_more_nodes_than_one_block():
    group = cyclic(5)
    w = random_nodes(24, group)
    for target in (group, GroupTask(group, 0.6), dihedral(3)):
        order = Landscape(target).group.order
        w = random_nodes(24, cyclic(order))
        together = energy(w, target)
        assert torch.equal(energy(w.reshape(2, 3, 4, -1), target), together.reshape(2, 3, 4))
        one = energy(w[5], target)
        assert one.shape == () and torch.isclose(one, together[5], rtol=1e-13)
        gradient = energy_gradient(w.reshape(2, 12, -1), target)
        assert torch.allclose(gradient.flatten(0, 1), energy_gradient(w, target), rtol=1e-12)
    many = random_nodes(2 * 2**15 // 6 + 5, dihedral(3))
    few = torch.cat([energy(many[:100], dihedral(3)), energy(many[-100:], dihedral(3))])
    found = energy(many, dihedral(3))
    assert torch.allclose(torch.cat([found[:100], found[-100:]]), few, rtol=1e-13)


def test_single_precision_stays_single():
    for target in (cyclic(7), symmetric(3), GroupTask(cyclic(7), 0.5)):
        w = random_nodes(4, Landscape(target).group)
        found = energy(w.float(), target)
        assert (
            found.dtype == torch.float32 and energy_gradient(w.float(), target).dtype == found.dtype
        )
        assert torch.allclose(found.double(), energy(w, target), rtol=1e-4)


@pytest.mark.parametrize(
    "group", [cyclic(127), cyclic(128), renamed(product(cyclic(6), cyclic(18)))]
)
def test_the_matrix_of_the_transform_is_exact(group):
    w = random_nodes(4, group)
    expected = dense_energy(w, group)
    assert torch.allclose(energy(w, group), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "group", [cyclic(401), cyclic(402), product(cyclic(25), cyclic(20)), cyclic(12)], ids=repr
)
@pytest.mark.parametrize("is_complex", [False, True])
def test_the_fast_transform_agrees_with_the_sums_over_pairs(group, is_complex, monkeypatch):
    monkeypatch.setattr("li2_core.groups.fourier.MATRIX_BELOW", 0)
    w = random_nodes(3, group, is_complex)
    landscape = Landscape(group)
    found = landscape.value_and_gradient(w)
    assert landscape._fourier is not None
    landscape._fourier = None
    for quick, plain in zip(found, landscape.value_and_gradient(w), strict=True):
        assert (quick - plain).abs().max() < 1e-10 * plain.abs().max()


@pytest.mark.parametrize("group", [cyclic(1), *ABELIAN], ids=repr)
def test_an_abelian_group_is_a_product_of_cyclic_ones(group):
    sizes, labels = cyclic_factors(group.table)
    assert np.prod(sizes) == group.order and sorted(labels.flatten()) == list(range(group.order))
    assert all(one % next_one == 0 for one, next_one in itertools.pairwise(sizes))
    places = list(np.ndindex(sizes))
    for one, other in itertools.product(places, repeat=2):
        both = tuple((np.array(one) + other) % sizes)
        assert group.table[labels[one], labels[other]] == labels[both]
    with pytest.raises(ValueError, match="needs an abelian group"):
        _ = symmetric(3).fourier


@pytest.mark.parametrize("group", [*ABELIAN, *OTHERS, alternating(4), symmetric(4)], ids=repr)
def test_energy_irrep_by_irrep(group):
    for is_complex in (False, True):
        w = random_nodes(3, group, is_complex)
        expected = dense_energy(w, group)
        found = energy_by_representation(w, group)
        assert torch.allclose(found.sum(1), expected, rtol=1e-11)
        assert energy_by_representation(w[0], group).shape == (len(group.irreps()),)


@pytest.mark.parametrize("group", [cyclic(7), symmetric(3), dicyclic(2)], ids=repr)
def test_equation_20_as_printed_is_not_the_energy(group):
    w = random_nodes(5, group)
    printed = torch.zeros(5, dtype=torch.float64)
    for irrep in group.complex_irreps()[1:]:
        rho = irrep.matrices
        A, B = (
            torch.einsum("ng,gij->nij", half.to(rho.dtype), rho) for half in w.split(group.order, 1)
        )
        trace = torch.einsum("nij,nji->n", A, B)
        printed += irrep.d / (2 * group.order) * trace.abs().square()
    expected = dense_energy(w, group)
    ratio = expected / printed
    assert ratio.min() > 3.9  # uv' for 2uv': a factor of 4, even where the trace is the norm
    abelian = group.is_abelian
    assert bool(torch.allclose(ratio, torch.full_like(ratio, 4))) == abelian


def test_linear_nodes_have_energy_on_a_subset_only():
    w = random_nodes(4, cyclic(11))
    for group in (cyclic(11), product(cyclic(11))):
        assert energy(w, group, "identity").max() < 1e-24
    assert dense_energy(w, GroupTask(cyclic(11), 0.5), "identity").min() > 1
    assert energy(w, GroupTask(cyclic(11), 0.5), "identity").min() > 1


def test_a_linear_part_does_not_count_on_the_table_and_does_on_a_subset():
    """a x + b x^2 has b^2 times the energy of x^2; ReLU one quarter of |x|'s."""
    group = dihedral(3)
    w = random_nodes(4, group)
    X, Y = one_hots(group)
    Yt = Y - Y.mean(0)
    h = X @ w.T
    mixed = 0.5 * (Yt.T @ (5 * h + 3 * h * h)).square().sum(0)
    assert torch.allclose(mixed, 9 * energy(w, group), rtol=1e-10)
    both = 0.5 * (Yt.T @ h.abs()).square().sum(0)
    assert torch.allclose(energy(w, group, "relu"), both / 4, rtol=1e-10)
    task = GroupTask(group, 0.5)
    X, Y = one_hots(task)
    h, Yt = X @ w.T, Y - Y.mean(0)
    mixed = 0.5 * (Yt.T @ (5 * h + 3 * h * h)).square().sum(0)
    assert ((mixed / 9 - energy(w, task)).abs() > 0.01 * energy(w, task)).all()


def test_on_a_subset_memorising_pays():
    """Spikes [e_a; 0] have p(1 - p)M/2 on average, a wave p^2 M/4 and a little: theory II.6."""
    M = 47
    wave = torch.cos(2 * torch.pi * 3 / M * torch.arange(M, dtype=torch.float64))
    feature = torch.cat([wave, wave])
    feature /= feature.norm()
    spikes = torch.eye(2 * M, dtype=torch.float64)
    for p in (0.3, 0.5, 0.8):
        found = []
        for seed in range(4):
            task = GroupTask(cyclic(M), p, seeds=[seed])
            found.append([energy(spikes, task).mean(), energy(feature, task)])
        spike, mode = torch.tensor(found).mean(0)
        assert spike == pytest.approx(p * (1 - p) * M / 2, rel=0.05)
        # Besides the mean there is the variance of what the sampling adds to each class.
        assert mode == pytest.approx(p**2 * M / 4, rel=0.12)
        assert (spike > mode) == (p < 2 / 3)


def test_energy_is_the_gradient_that_reaches_a_node():
    """Theorem 1: X' diag(s'(X w)) Yt Yt' s(X w), on the table and on a subset."""
    for target in (dihedral(3), GroupTask(cyclic(7), 0.5)):
        X, Y = one_hots(target)
        Yt = Y - Y.mean(0)
        for name in MEANING:
            w = random_nodes(1, Landscape(target).group)[0]
            h = (X @ w).requires_grad_()
            answers = MEANING[name](h)
            (slopes,) = torch.autograd.grad(answers.sum(), h)
            G = Yt @ (Yt.T @ answers.detach())
            expected = X.T @ (slopes * G)
            found = energy_gradient(w, target, name)
            assert torch.allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_lazy_operator_of_many_random_features():
    task = GroupTask(cyclic(5), 0.6)
    X, _ = one_hots(task)
    n, K = len(X), 400_000
    generator = torch.Generator().manual_seed(0)
    for name in ("square", "relu", "tanh"):
        W = torch.randn(X.shape[1], K, dtype=torch.float64, generator=generator)
        F = MEANING[name](X @ W)
        finite = lazy_operator(task, name, eta=1.0 * K, features=F)
        P = torch.eye(n, dtype=torch.float64) - 1 / n
        Ft = P @ F
        definition = P @ torch.linalg.inv(Ft @ Ft.T + K * torch.eye(n, dtype=torch.float64)) @ P
        assert torch.allclose(finite, definition, rtol=1e-8, atol=1e-16)
        assert (K * finite - lazy_operator(task, name, eta=1.0)).abs().max() < 0.02


def test_lazy_operator_without_ridge_is_the_limit():
    task = GroupTask(cyclic(5), 0.6)
    w = random_nodes(3, task.group)
    Yt = pairs_of(task).labels()
    limit = energy(w, task, labels=lazy_operator(task, eta=1e-9) @ Yt)
    found = energy(w, task, labels=lazy_operator(task, eta=0) @ Yt)
    assert torch.allclose(found, limit, rtol=1e-7)
    ones = torch.ones(task.num_train, dtype=torch.float64)
    assert (lazy_operator(task, eta=1e-9) @ ones).abs().max() < 1e-12


@pytest.mark.parametrize("group", [cyclic(6), symmetric(3)], ids=repr)
def test_on_the_table_the_lazy_operator_is_a_number(group):
    """4 for x^2 and random Gaussian weights: E_R = E / (4 + eta)^2."""
    w = random_nodes(3, group)
    found = energy(w, group, labels=lazy_operator(group, eta=0.5) @ pairs_of(group).labels())
    assert torch.allclose(found, energy(w, group) / 4.5**2, rtol=1e-10)


def test_bad_input_is_refused():
    w = random_nodes(2, cyclic(5))
    with pytest.raises(ValueError, match=r"must be \(..., 12\).*got \(2, 10\)"):
        energy(w, cyclic(6))
    with pytest.raises(ValueError, match=r"must be \(..., 12\)"):
        energy_by_representation(w, cyclic(6))
    with pytest.raises(ValueError, match="must be"):
        energy(torch.tensor(1.0), cyclic(1))
    with pytest.raises(ValueError, match="real or complex numbers"):
        energy(torch.ones(10, dtype=torch.int64), cyclic(5))
    with pytest.raises(ValueError, match="has 2 seeds"):
        energy(w, GroupTask(cyclic(5), 0.5, seeds=2))
    with pytest.raises(ValueError, match="unknown activation 'cube'"):
        energy_gradient(w, cyclic(5), "cube")
    with pytest.raises(ValueError, match="complex weights need one of"):
        energy(w.to(torch.complex128), cyclic(5), "relu")
    for labels in (torch.eye(24), torch.ones(25), torch.ones(25, 2).cfloat(), "Y"):
        with pytest.raises(ValueError, match=r"labels must be .*\(25, C\)"):
            energy(w, cyclic(5), labels=labels)
    for function in (energy, energy_gradient):
        with pytest.raises(ValueError, match="weights must be finite"):
            function(w / 0, cyclic(5))
        with pytest.raises(ValueError, match="weights must be numbers"):
            function("w", cyclic(5))
    assert torch.equal(energy(w.numpy(), cyclic(5)), energy(w, cyclic(5)))
    with pytest.raises(TypeError, match="expected a FiniteGroup or a GroupTask"):
        energy(w, 5)
    with pytest.raises(ValueError, match="eta must be a finite number at least 0, got -1"):
        lazy_operator(cyclic(5), eta=-1.0)
    with pytest.raises(ValueError, match="unknown activation"):
        lazy_operator(cyclic(5), "cube", features=torch.ones(25, 3))
    for features in (torch.ones(24, 3), torch.ones(25), torch.ones(25, 3, dtype=torch.complex64)):
        with pytest.raises(ValueError, match="features must be real"):
            lazy_operator(cyclic(5), features=features)
    with pytest.raises(ValueError, match="singular"):
        lazy_operator(cyclic(5), eta=0, features=random_nodes(25, cyclic(2)))
    with pytest.raises(ValueError, match="has 3 seeds"):
        lazy_operator(GroupTask(cyclic(5), 0.5, seeds=3))


def test_what_is_kept_goes_with_its_task():
    task, again = (GroupTask(cyclic(5), 0.5) for _ in range(2))
    assert pairs_of(task) is pairs_of(task)
    assert pairs_of(task) is not pairs_of(again)
