"""What is left to learn: against dense labels, closed forms, least squares and ascents."""

import pytest
import torch
from oracles import largest_error, one_hots, random_nodes

from li2_core import GroupTask, cyclic, dicyclic, dihedral, semidirect, symmetric
from li2_core.energy import (
    Landscape,
    ascend,
    energy,
    predicted_maxima,
    reconstruction_nodes,
)
from li2_core.energy.hessian import sphere_hessian
from li2_core.energy.landscape import energy_by_representation
from li2_core.groups.parts import missing_irreps, missing_projector
from li2_core.interaction import missing_labels, product_of_characters, residual_labels
from li2_core.tasks import pairs_of

GROUPS = {
    "Z_7": cyclic(7), "D_5": dihedral(5), "Q_8": dicyclic(2), "S_4": symmetric(4),
    "Z_7:Z_3": semidirect(7, 3, 2),
}  # fmt: skip
# Some irreps by their places, of every dimension and kind the group has.
KNOWN = {
    "Z_7": [(1,), (1, 2), (3,)], "D_5": [(1,), (2,), (1, 3)], "Q_8": [(1,), (4,), (1, 2, 3)],
    "S_4": [(1,), (2,), (3, 4), (1, 3)], "Z_7:Z_3": [(1,), (2,)],
}  # fmt: skip
CASES = [
    pytest.param(GROUPS[name], learned, id=f"{name}-{'-'.join(map(str, learned))}")
    for name, known in KNOWN.items()
    for learned in known
]


def residual_energy(w, group, learned):
    return energy(w, group, labels=missing_labels(group, learned))


def missing_places(group, learned):
    """Places of the nontrivial irreps that are not learned."""
    return set(range(1, len(group.irreps()))) - set(learned)


def missing_complex(group, learned):
    """The complex irreps in them."""
    places = missing_places(group, learned)
    return [group.complex_irreps()[k] for place in places for k in group.irrep(place).members]


def projector_by_characters(group, learned):
    """sum over missing k of (d_k/M) chi_k(h'^-1 h), the trivial irrep among the learned."""
    total = torch.zeros(group.order, group.order, dtype=torch.complex128)
    for a in range(group.order):
        for b in range(group.order):
            quotient = group.table[group.inverse[a], b]
            for rho in missing_complex(group, learned):
                total[a, b] += rho.d / group.order * rho.character[quotient]
    assert total.imag.abs().max() < 1e-12
    return total.real


# --- The energy


@pytest.mark.parametrize(("group", "learned"), CASES)
def test_the_energy_that_is_left_is_the_closed_form(group, learned):
    w = random_nodes(5, group)
    left = residual_energy(w, group, learned)
    by_irrep = energy_by_representation(w, group)
    assert largest_error(left, by_irrep[:, sorted(missing_places(group, learned))].sum(1)) < 1e-10
    # By the irreps' matrices, written again.
    total = torch.zeros(5, dtype=torch.float64)
    for rho in missing_complex(group, learned):
        halves = w.split(group.order, 1)
        A, B = (torch.einsum("sg,gij->sij", half + 0j, rho.matrices) for half in halves)
        total += 2 * rho.d / group.order * (A @ B).abs().square().sum((1, 2))
    assert largest_error(left, total) < 1e-10


@pytest.mark.parametrize("fraction", [None, 0.6])
def test_the_labels_that_are_left_are_projected(fraction):
    group, learned = dihedral(5), (2,)
    target = group if fraction is None else GroupTask(group, fraction)
    _, Y = one_hots(target)
    expected = (Y - Y.mean(0)) @ projector_by_characters(group, learned)
    assert (missing_labels(target, learned) - expected).abs().max() < 1e-12


def test_the_climb_bends_with_the_same_landscape():
    """The Hessian that helps the climb, by differences of the gradient."""
    group = dihedral(5)
    landscape = Landscape(group, labels=missing_labels(group, (1, 2)))
    w = random_nodes(1, group)[0]
    w = w / w.norm()
    basis = torch.eye(20, dtype=w.dtype)
    columns = [
        (landscape.gradient(w + 1e-5 * e) - landscape.gradient(w - 1e-5 * e)) / 2e-5 for e in basis
    ]
    off = basis - torch.outer(w, w)
    radial = landscape.gradient(w) @ w
    expected = off @ (torch.stack(columns, 1) - radial * basis) @ off
    assert largest_error(sphere_hessian(landscape, w), expected) < 1e-7


@pytest.mark.parametrize(("group", "learned"), [case for case in CASES if case.id[:4] != "Z_7:"])
def test_two_hundred_starts_end_on_missing_irreps_at_the_predicted_energies(group, learned):
    predicted = {row.irrep.place: row.energy for row in predicted_maxima(group)}
    found = ascend(group, num_starts=200, labels=missing_labels(group, learned))
    missing = missing_places(group, learned)
    assert found.converged.all() and found.purity.min() > 1 - 1e-12
    assert set(found.irreps.tolist()) == missing
    energies = torch.tensor([predicted[place] for place in found.irreps.tolist()])
    assert (found.energies / energies - 1).abs().max() < 1e-10


def test_nothing_learned_is_the_energy_and_all_learned_leaves_nothing():
    group = symmetric(3)
    w = random_nodes(4, group)
    assert largest_error(residual_energy(w, group, ()), energy(w, group)) < 1e-12
    assert largest_error(residual_energy(w, group, (0,)), energy(w, group)) < 1e-12
    assert residual_energy(w, group, (1, 2)).max() < 1e-25 * energy(w, group).max()


def test_an_irrep_or_its_place_is_the_same():
    """On Z_8 frequency 4 stands at place 1."""
    group = cyclic(8)
    half = group.irrep(1)
    w = random_nodes(3, group)
    assert half.frequency == 4
    assert torch.equal(residual_energy(w, group, [half]), residual_energy(w, group, [1]))
    left = missing_irreps(cyclic(8), [half, 3])  # the same table, so the same irreps
    assert [irrep.frequency for irrep in left] == [0, 1, 3]


# --- The labels


@pytest.mark.parametrize(("group", "learned"), CASES)
def test_the_labels_that_are_left_are_what_least_squares_leaves(group, learned):
    """Nodes that make the learned irreps exactly; all they cannot make is the prediction."""
    w = reconstruction_nodes(group)
    shares = torch.stack([residual_energy(w, group, learned), energy(w, group)])
    w = w[shares[0] < 1e-9 * shares[1]]  # the nodes of the learned irreps
    pairs = pairs_of(group)
    F = pairs.answers(w.T).square()
    Ft, Yt = F - F.mean(0), pairs.labels()
    left, values, _ = torch.linalg.svd(Ft, full_matrices=False)
    left = left[:, values > 1e-10 * values[0]]
    rest = Yt - left @ (left.T @ Yt)
    assert (rest - residual_labels(group, learned)[pairs.products]).abs().max() < 1e-10


@pytest.mark.parametrize(("group", "learned"), CASES)
def test_it_is_a_projector_of_the_stated_rank(group, learned):
    found = residual_labels(group, learned)
    assert (found - projector_by_characters(group, learned)).abs().max() < 1e-12
    assert (found @ found - found).abs().max() < 1e-12
    rank = sum(rho.d**2 for rho in missing_complex(group, learned))
    assert torch.linalg.matrix_rank(found) == rank
    whole = missing_projector(group, learned)
    assert (whole - found - 1 / group.order).abs().max() < 1e-12


@pytest.mark.parametrize("group", [cyclic(7), cyclic(8)], ids=["Z_7", "Z_8"])
def test_the_papers_formula_is_right_where_all_irreps_have_one_dimension(group):
    for learned in ((), (1,), (2, 3)):
        right = residual_labels(group, learned)
        assert (product_of_characters(group, learned) - right).abs().max() < 1e-12


@pytest.mark.parametrize(
    ("group", "learned"), [(dihedral(5), (1,)), (dicyclic(2), (1, 2, 3)), (symmetric(4), (1,))]
)
def test_the_papers_formula_fails_where_one_has_more(group, learned):
    """Whatever its scale: it has one column an irrep, the truth d^2."""
    right, paper = residual_labels(group, learned), product_of_characters(group, learned)
    scale = (right * paper).sum() / paper.square().sum()
    assert (right - scale * paper).norm() > 0.5 * right.norm()
    assert torch.linalg.matrix_rank(paper) == len(missing_complex(group, learned))


@pytest.mark.parametrize("learned", [(9,), (-1,), (2, 4), (1.0,), (cyclic(8).irrep(2),)])
def test_an_irrep_that_is_none_is_an_error(learned):
    group = cyclic(7)
    for call in (
        lambda: missing_labels(group, learned),
        lambda: residual_labels(group, learned),
        lambda: product_of_characters(group, learned),
    ):
        with pytest.raises(ValueError, match=r"irrep .*Z_7"):
            call()
