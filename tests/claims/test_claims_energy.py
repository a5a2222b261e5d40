"""Stage II: the energy's equations in Li2, how many nodes its theorems ask for, and its sphere."""

import pytest
import torch
from oracles import SMALL

from li2_core import FiniteGroup, cyclic, dicyclic, semidirect, symmetric
from li2_core.energy import (
    ascend,
    energy,
    energy_gradient,
    maximizer,
    predicted_maxima,
    random_nodes,
    reconstruction_nodes,
    reconstruction_residual,
)

GROUPS = [cyclic(7), symmetric(3), dicyclic(2), semidirect(7, 3, 2)]


def parts(w: torch.Tensor, group: FiniteGroup) -> list[torch.Tensor]:
    """What each complex irrep contributes: 2M/d ||A B||^2, A = sqrt(d/M) sum u(g) rho(g)."""
    M, found = group.order, []
    for irrep in group.complex_irreps():
        rho = irrep.matrices
        A, B = (torch.einsum("ng,gij->nij", half.cdouble(), rho) for half in w.split(M, 1))
        found.append(2 * irrep.d / M * (A @ B).abs().square().sum((1, 2)))
    return found


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_equation_25_conjugate_irreps_contribute_alike(group):
    """So one of a pair counts twice, in energies four times the printed ones."""
    w = random_nodes(5, group.order)
    terms = parts(w, group)
    total = torch.zeros(5, dtype=torch.float64)
    for real in group.irreps()[1:]:
        first, *others = (terms[member] for member in real.members)
        for other in others:
            assert torch.allclose(first, other, rtol=1e-10)
        total += first * (1 + len(others))
    assert torch.allclose(total, energy(w, group), rtol=1e-10)


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_equations_22_and_23_mixing_two_irreps_never_pays(group):
    """In the shares c of the squared length E is sum e_k c_k^2: the vertices are the maxima.

    And the height there is M/2D, not the printed M/8d or half of it.
    """
    rows = predicted_maxima(group)
    axes = torch.eye(8, dtype=torch.float64)
    peaks = [maximizer(group, r.irrep, *axes[:1, : r.irrep.D].expand(3, -1)) for r in rows]
    for first, one in zip(rows, peaks, strict=True):
        assert float(energy(one, group)) == pytest.approx(group.order / (2 * first.irrep.D))
        for second, other in zip(rows, peaks, strict=True):
            if first is not second:
                for c in (0.1, 0.5, 0.8):
                    mixed = c**0.5 * one + (1 - c) ** 0.5 * other
                    expected = first.energy * c**2 + second.energy * (1 - c) ** 2
                    assert float(energy(mixed, group)) == pytest.approx(expected)
                    assert expected < max(first.energy, second.energy)
                # From the vertex every leak goes down, at the rate 2 e_k.
                leak = (1 - 1e-6) ** 0.5 * one + 1e-3 * other
                fall = (first.energy - float(energy(leak, group))) / 1e-6
                assert fall == pytest.approx(2 * first.energy, rel=1e-3)


def test_weight_decay_does_not_hold_the_length():
    """r' = 4 E r^3 - lambda r: a hundredth above the balance it grows for ever, below it dies."""
    for group in GROUPS:
        w = random_nodes(4, group.order)
        for r in (0.5, 2.0):
            assert torch.allclose(energy(r * w, group), r**4 * energy(w, group), rtol=1e-12)
            slope = (energy_gradient(r * w, group) * w).sum(1)
            assert torch.allclose(slope, 4 * energy(w, group) * r**3, rtol=1e-12)
    height, decay = float(energy(random_nodes(1, 7), cyclic(7))), 0.1
    balance = (decay / (4 * height)) ** 0.5
    for start, ends in ((0.99, lambda r: r < 0.05 * balance), (1.01, lambda r: r > 20 * balance)):
        r = start * balance
        for _ in range(200_000):
            r += 0.001 * (4 * height * r**3 - decay * r)
            if ends(r):
                break
        assert ends(r)


def test_theorem_3s_number_of_nodes_is_bounded_and_larger_than_need_be():
    """2 sum d^4 <= 2 [(M - kappa)^2 + kappa - 1], with equality for abelian groups: 2M - 2."""
    for group in (g for g in SMALL if g.order > 1):
        M, dims = group.order, [irrep.d for irrep in group.complex_irreps()[1:]]
        printed, bound = 2 * sum(d**4 for d in dims), 2 * ((M - len(dims)) ** 2 + len(dims) - 1)
        assert printed <= bound
        needed = len(reconstruction_nodes(group))
        assert needed <= printed
        if group.is_abelian:
            assert printed == bound == 2 * M - 2
            assert (needed == printed) == all(r.D == 2 for r in group.irreps()[1:])
        else:
            assert needed < printed / 1.5


def test_random_starts_do_not_span_with_as_many_nodes_as_theorem_3_names():
    """2M - 2 of them leave some of the labels on Z_7; eight a frequency leave nothing."""
    group = cyclic(7)
    for seed in range(10):
        few = ascend(group, 12, seed=seed)
        assert few.converged.all() and reconstruction_residual(few.weights, group) > 0.01
    many = ascend(group, 60)
    counts = torch.bincount(many.irreps, minlength=4)[1:]
    assert counts.min() >= 8
    assert reconstruction_residual(many.weights, group) < 1e-15
