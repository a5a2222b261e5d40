"""Ascent ends on the local maxima that the theorem names, with its flat directions."""

import warnings

import pytest
import torch
from oracles import SMALL, dense_energy, draw, renamed

from li2_core import GroupTask, cyclic, dicyclic, dihedral, product, semidirect, symmetric
from li2_core.energy import (
    ascend,
    energy,
    energy_gradient,
    flat_directions,
    maximizer,
    predicted_maxima,
    riemannian_hessian,
)
from li2_core.groups import irrep_shares
from li2_core.lazy import lazy_operator
from li2_core.tasks import pairs_of

GROUPS = [g for g in SMALL if g.order > 1]
RENAMED = [renamed(g, seed=g.order) for g in GROUPS[::7]]


def check_ends(group, ended):
    """Every start on a predicted energy, that of its own irrep, with its flat directions."""
    predicted = {row.irrep.place: row for row in predicted_maxima(group)}
    assert ended.converged.all() and ended.gradient_norms.max() <= 1e-9
    assert torch.allclose(ended.weights.norm(dim=1), torch.ones(1, dtype=torch.float64))
    expected = torch.tensor([predicted[k].energy for k in ended.irreps.tolist()])
    measured = dense_energy(ended.weights, group)
    assert ((measured - expected) / expected).abs().max() < 1e-6
    assert torch.allclose(measured, ended.energies, rtol=1e-10)
    assert ended.purity.min() > 1 - 1e-9
    for irrep in ended.irreps.unique().tolist():
        some = torch.nonzero(ended.irreps == irrep)[:2, 0]
        for w in ended.weights[some]:
            assert flat_directions(w, group) == predicted[irrep].flat
    return set(ended.irreps.tolist())


@pytest.mark.parametrize("group", GROUPS + RENAMED, ids=repr)
def test_two_hundred_starts_end_where_the_theorem_says(group):
    reached = check_ends(group, ascend(group))
    if group.order <= 12:  # with 200 starts no irrep is missed
        assert reached == {row.irrep.place for row in predicted_maxima(group)}


def brute_hessian(w, group, name="square"):
    """Second derivatives by autograd of the dense energy of w / |w|, at |w| = 1.

    On the sphere's tangent space they are the Riemannian Hessian's.
    """

    def on_rays(x):
        return dense_energy((x / x.norm())[None], group, name)[0]

    H = torch.autograd.functional.hessian(on_rays, w)
    off = torch.eye(len(w), dtype=w.dtype) - torch.outer(w, w)
    return off @ H @ off


@pytest.mark.parametrize("name", ["square", "silu", "gelu", "tanh", "relu", "identity"])
def test_riemannian_hessian(name):
    generator = torch.Generator().manual_seed(0)
    for target in (cyclic(5), symmetric(3), GroupTask(cyclic(5), 0.6)):
        order = getattr(target, "group", target).order
        w = torch.randn(2 * order, dtype=torch.float64, generator=generator)
        w /= w.norm()
        found = riemannian_hessian(w, target, name)
        expected = brute_hessian(w, target, name)
        assert torch.allclose(found, expected, atol=1e-11)
        assert (found @ w).abs().max() < 1e-12
        assert torch.allclose(found, found.T, atol=1e-13)


def test_the_table_of_maxima():
    """Theory II.4: E*/M and flat directions, by the dense definition and by autograd."""
    expected = {
        cyclic(7): {(0.25, 2)},
        cyclic(8): {(0.25, 2), (0.5, 0)},
        symmetric(3): {(0.5, 0), (0.25, 3)},
        dihedral(5): {(0.5, 0), (0.25, 3)},
        dicyclic(2): {(0.5, 0), (0.125, 6)},
        symmetric(4): {(0.5, 0), (0.25, 3), (1 / 6, 6)},
        semidirect(7, 3, 2): {(0.25, 2), (1 / 12, 14)},
    }
    for group, rows in expected.items():
        ended = ascend(group, seed=1)
        seen = set()
        for irrep in ended.irreps.unique().tolist():
            w = ended.weights[ended.irreps == irrep][0]
            values = torch.linalg.eigvalsh(brute_hessian(w, group)) / energy(w, group)
            flat = int((values.abs() < 1e-6).sum()) - 1
            assert values.max() < 1e-6
            # All that is not flat falls off at -4 E* at least.
            assert values[: len(values) - flat - 1].max() == pytest.approx(-4, abs=1e-5)
            seen.add((round(float(dense_energy(w[None], group)) / group.order, 6), flat))
        assert seen == {(round(value, 6), flat) for value, flat in rows}


@pytest.mark.parametrize("group", GROUPS[::3], ids=repr)
def test_the_whole_spectrum_at_a_maximum(group):
    """In units of E*: 0 as often as predicted, -8 D - (c - 1) times, and -4 for the rest."""
    generator = torch.Generator().manual_seed(0)
    for row in predicted_maxima(group):
        p, q, r = torch.randn(3, row.irrep.D, dtype=torch.float64, generator=generator)
        w = maximizer(group, row.irrep, p / p.norm(), q / q.norm(), r / r.norm())
        values = torch.linalg.eigvalsh(riemannian_hessian(w, group)) / row.energy
        steep = row.irrep.D - (row.irrep.c - 1)
        expected = torch.full((2 * group.order,), -4, dtype=torch.float64)
        expected[:steep] = -8
        expected[len(values) - row.flat - 1 :] = 0  # and along w
        assert (values - expected).abs().max() < 1e-8


@pytest.mark.parametrize("group", [cyclic(9), product(cyclic(2), cyclic(2)), dicyclic(3)], ids=repr)
def test_only_real_irreps_of_dimension_one_are_isolated(group):
    """Corollary 1: flat directions there are unless D = 1; Z_2^m has none at all."""
    for row in predicted_maxima(group):
        basis = torch.eye(row.irrep.D, dtype=torch.float64)
        w = maximizer(group, row.irrep, basis[0], basis[-1], basis[0])
        assert (flat_directions(w, group) > 0) == (row.irrep.D > 1)


def test_free_phases_on_a_cyclic_group():
    """cos(k g + phi) and cos(k g + psi) have E = M/4 whatever phi and psi."""
    M = 11
    angles = 2 * torch.pi * 3 / M * torch.arange(M, dtype=torch.float64)
    for phi, psi in ((0.0, 0.0), (0.4, -0.4), (1.1, 2.9)):
        w = torch.cat([torch.cos(angles + phi), torch.cos(angles + psi)])
        w /= w.norm()
        assert dense_energy(w[None], cyclic(M))[0] == pytest.approx(M / 4, rel=1e-12)
        assert torch.linalg.eigvalsh(brute_hessian(w, cyclic(M))).max() < 1e-10


def test_a_generic_wave_on_the_slice_of_a_larger_irrep_is_not_critical():
    """u a random function of the irrep of S_3 with d = 2, v(g) = u(g^-1): the gradient tilts."""
    group = symmetric(3)
    rho = group.irrep(2).matrices
    A = draw(2, 2)
    u = torch.einsum("gij,ij->g", rho, A)
    w = torch.cat([u, u[torch.tensor(group.inverse)]])
    w /= w.norm()
    gradient = energy_gradient(w, group)
    assert (gradient - (gradient @ w) * w).norm() > 0.01 * gradient.norm()


def test_uncentred_everything_goes_to_the_constant_vector():
    for group in (cyclic(7), symmetric(3)):
        ended = ascend(group, 50, labels=pairs_of(group).labels(centred=False))
        assert (ended.irreps == 0).all() and ended.converged.all()
        constant = torch.full((2 * group.order,), (2 * group.order) ** -0.5, dtype=torch.float64)
        assert ((ended.weights @ constant).abs() > 1 - 1e-12).all()


def test_saddles_are_left():
    """From exact saddles: a mix of two frequencies, and of one with the constant vector."""
    group = cyclic(7)
    angles = 2 * torch.pi / 7 * torch.arange(7, dtype=torch.float64)
    both = torch.cos(angles) + torch.cos(2 * angles)
    starts = torch.cat([both, both]).expand(4, -1)
    slope = energy_gradient(starts[0] / starts[0].norm(), group)
    w = starts[0] / starts[0].norm()
    assert (slope - (slope @ w) * w).norm() < 1e-12 * slope.norm()
    ended = ascend(group, starts=starts)
    check_ends(group, ended)
    # Rank two in one irrep is critical, too, and a saddle.
    group = symmetric(3)
    rho = group.irrep(2).matrices
    character = torch.einsum("gii->g", rho)
    ended = ascend(group, starts=torch.cat([character, character])[None])
    check_ends(group, ended)


def test_a_linear_node_has_nowhere_to_go():
    ended = ascend(cyclic(7), 10, activation="identity")
    assert ended.converged.all() and ended.energies.max() < 1e-25


@pytest.mark.parametrize("name", ["silu", "gelu"])
@pytest.mark.parametrize("M", [7, 11])
def test_smooth_activations_settle_on_one_frequency(name, M):
    ended = ascend(cyclic(M), 20, activation=name)
    assert ended.converged.all() and ended.purity.min() > 0.999
    assert torch.allclose(
        dense_energy(ended.weights, cyclic(M), name), ended.energies, rtol=1e-10, atol=0
    )


def test_relu_adds_odd_harmonics_and_tanh_is_no_single_frequency():
    M = 11
    with pytest.warns(UserWarning, match="of 10 starts did not converge"):
        ended = ascend(cyclic(M), 10, activation="relu")  # its maxima lie on kinks
    shares = irrep_shares(ended.weights, cyclic(M))
    found = []
    for row in shares:
        k = int(row.argmax())
        odd = [min(j * k % M, M - j * k % M) for j in (1, 3, 5)]
        found.append([float(row[f]) for f in odd])
    first, third, fifth = torch.tensor(found).median(0).values.tolist()
    assert first == pytest.approx(0.92, abs=0.03)
    assert third == pytest.approx(0.06, abs=0.02)
    assert fifth == pytest.approx(0.01, abs=0.008)
    ended = ascend(cyclic(M), 20, activation="tanh")
    assert ended.converged.all() and ended.purity.max() < 0.7


def test_on_a_subset_the_plain_energy_memorises_and_the_lazy_one_does_not():
    M = 47
    task = GroupTask(cyclic(M), 0.4)
    plain = ascend(task, 30)
    assert plain.converged.all() and plain.purity.max() < 0.5
    assert plain.weights.abs().max(1).values.min() > 0.9  # one operand's spike
    lazy = ascend(task, 30, labels=lazy_operator(task) @ pairs_of(task).labels(), tol=1e-7)
    assert lazy.converged.all() and lazy.purity.min() > 0.8


def test_what_did_not_converge_is_reported():
    with pytest.warns(
        UserWarning, match="ascend: 5 of 5 starts did not converge.*1e-09 in 2 steps"
    ):
        ended = ascend(cyclic(7), 5, max_steps=2)
    assert not ended.converged.any() and ended.gradient_norms.min() > 1e-9
    assert "0 converged" in repr(ended)


def test_the_path_is_recorded():
    ended = ascend(cyclic(7), 5, record_every=4)
    assert ended.path.shape == (len(ended.path_steps), 5, 14)
    assert ended.path_steps[:3].tolist() == [0, 4, 8]
    assert torch.equal(ended.path[-1], ended.weights)
    climbed = dense_energy(ended.path.flatten(0, 1), cyclic(7)).reshape(len(ended.path), 5)
    assert (climbed.diff(dim=0) > -1e-12).all()
    assert ascend(cyclic(7), 5).path is None


def test_the_same_seed_ends_on_the_same_bits():
    one, same, other = (ascend(symmetric(3), 9, seed=s) for s in (3, 3, 4))
    assert torch.equal(one.weights, same.weights)
    assert not torch.equal(one.weights, other.weights)


def test_starts_may_be_given():
    starts = draw(6, 14)
    ended, shifted = ascend(cyclic(7), starts=starts), ascend(cyclic(7), starts=3 * starts)
    assert len(ended.weights) == 6
    assert torch.allclose(ended.weights, shifted.weights, atol=1e-6)


def test_bad_input_is_refused():
    unit = torch.eye(10, dtype=torch.float64)[0]
    for options in ({"num_starts": 0}, {"max_steps": 0}, {"record_every": 0}):
        with pytest.raises(ValueError, match="must be a whole number at least 1, got 0"):
            ascend(cyclic(5), **options)
    with pytest.raises(ValueError, match="tol must be a finite number above 0"):
        ascend(cyclic(5), tol=0)
    with pytest.raises(ValueError, match="has 2 seeds"):
        ascend(GroupTask(cyclic(5), 0.5, seeds=2))
    with pytest.raises(ValueError, match="unknown activation"):
        ascend(cyclic(5), activation="cube")
    with pytest.raises(ValueError, match=r"must be \(..., 10\)"):
        ascend(cyclic(5), starts=torch.ones(3, 9))
    for starts in (torch.zeros(1, 10), torch.ones(1, 10, dtype=torch.complex128)):
        with pytest.raises(ValueError, match="starts must be real and not zero"):
            ascend(cyclic(5), starts=starts)
    for function in (riemannian_hessian, flat_directions):
        with pytest.raises(ValueError, match="length one, got 2"):
            function(2 * unit, cyclic(5))
        with pytest.raises(ValueError, match=r"must be \(..., 12\)"):
            function(unit, cyclic(6))
        for several in (unit[None], unit + 0j):
            with pytest.raises(ValueError, match="one node with real weights"):
                function(several, cyclic(5))


def test_no_warning_when_all_is_well():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ascend(dicyclic(3), 20)
    assert found.converged.all()
