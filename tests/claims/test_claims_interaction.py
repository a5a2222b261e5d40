"""The claims of stage III: Theorems 6, 7, 8 and Lemmas 2, 7, 8, 9, 10 of Li2, as numbered there."""

import math

import pytest
import torch
from oracles import by_markov_chain, centred_squares, draw

from li2_core import cyclic, dihedral, symmetric
from li2_core.energy import ascend, energy, energy_gradient, reconstruction_nodes
from li2_core.interaction import (
    climb_together,
    collect_times,
    expected_draws,
    frechet_race,
    leader_flow,
    missing_labels,
    product_of_characters,
    residual_labels,
    residual_similarity,
    twins,
)
from li2_core.interaction.repulsion import appended_polar, node_repulsion
from li2_core.lazy import ridge_readout
from li2_core.tasks import pairs_of
from li2_core.training import Muon, polar_factor


def cosine(a, b):
    return float((a * b).sum() / (a.norm() * b.norm()))


# --- Theorem 6: repulsion


def check_sign_rule(B, Ft, eta):
    """sign(b_jl) = -sign(f_j' P f_l), for every pair, by the definition of similarity."""
    for j in range(len(B)):
        for k in set(range(len(B))) - {j}:
            assert B[j, k] * residual_similarity(Ft, eta, j, k) < 0


@pytest.mark.parametrize("group", [cyclic(7), dihedral(4)], ids=["Z_7", "D_4"])
@pytest.mark.parametrize("eta", [0.05, 0.5, 20.0])
def test_theorem_6_the_sign_rule(group, eta):
    """More nodes than the interaction has dimensions, and fewer; small ridges and large."""
    for num_nodes in (6, 12, 60):
        Ft = centred_squares(draw(num_nodes, 2 * group.order, seed=num_nodes), group)
        check_sign_rule(node_repulsion(Ft, eta).B, Ft, eta)


def test_theorem_6_fails_for_the_raw_correlation():
    Ft = centred_squares(draw(40, 22), cyclic(11))
    off = ~torch.eye(40, dtype=torch.bool)
    wrong = node_repulsion(Ft, 1.0).B.sign() == (Ft.T @ Ft).sign()
    assert 0.2 < wrong[off].double().mean() < 0.5


def check_equation_9(B, Ft, eta):
    """Column j is b_jj f_j plus the others, and what ridge regression leaves of f_j, times b_jj."""
    K = len(B)
    for j in range(K):
        others = [k for k in range(K) if k != j]
        own, rest = B[j, j] * Ft[:, j], Ft[:, others] @ B[others, j]
        column = (Ft @ B)[:, j]
        assert (column - own - rest).norm() < 1e-12 * column.norm()
        assert (column - own - own - rest).norm() > 0.1 * column.norm()  # as printed
        left = Ft[:, j] - Ft[:, others] @ ridge_readout(Ft[:, others], Ft[:, [j]], eta)[:, 0]
        assert (column - B[j, j] * left).norm() < 1e-9 * column.norm()
        # b_jj is not free either: 1 / (eta + f_j' times what is left of f_j).
        assert abs(B[j, j] * (eta + Ft[:, j] @ left) - 1) < 1e-9


def test_equation_9_counts_a_nodes_own_feature_twice():
    Ft = centred_squares(draw(5, 14), cyclic(7))
    check_equation_9(node_repulsion(Ft, 0.5).B, Ft, 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_theorem_6_parts_two_nodes(seed):
    """Z_11, K = 2, eta = 1, 0.014 apart, in five random places and directions."""
    group, start = cyclic(11), twins(11, 0.014, seed)
    for repel, ends in ((True, lambda c: abs(c) < 0.02), (False, lambda c: c > 0.99)):
        first, second = centred_squares(climb_together(start, group, repel=repel)[-1], group).T
        assert ends(cosine(first, second))


# --- Theorem 7: top-down modulation

PARTLY = [(cyclic(7), (1,)), (dihedral(5), (1,)), (dihedral(5), (2,)), (symmetric(4), (1, 2))]
NAMES = ["Z_7", "D_5 sign", "D_5 plane", "S_4"]


def nodes_that_make(learned, group):
    nodes = reconstruction_nodes(group)
    left = energy(nodes, group, labels=missing_labels(group, learned)) / energy(nodes, group)
    return 3 * nodes[left < 1e-9]


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_new_nodes_are_pushed_by_the_missing_irreps(group, learned):
    """Readouts that have just begun to grow, beside nodes at their own ridge optimum."""
    old, new = nodes_that_make(learned, group), draw(4, 2 * group.order)
    labels, Ft = pairs_of(group).labels(), centred_squares(old, group)
    residual = labels - Ft @ ridge_readout(Ft, labels, 1e-3)
    fresh = centred_squares(new, group)
    G = residual @ (fresh.T @ residual).T  # the readouts grow along Ft'(Yt - F V)
    left = residual_labels(group, learned)[pairs_of(group).products]
    assert cosine(G, left @ left.T @ fresh) > 1 - 1e-6
    assert cosine(G, labels @ labels.T @ fresh) < 0.97


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_with_one_ridge_readout_for_all(group, learned):
    """The whole G_F at the joint optimum: nearer to the corrected E_S than to E and the paper's."""
    old, new = nodes_that_make(learned, group), draw(4, 2 * group.order)
    new = new / new.norm(dim=1, keepdim=True)
    labels, Ft = pairs_of(group).labels(), centred_squares(torch.cat([old, new]), group)
    V = ridge_readout(Ft, labels, 10.0)
    G = ((labels - Ft @ V) @ V.T)[:, len(old) :]
    fresh = Ft[:, len(old) :]
    left, paper = (
        formula(group, learned)[pairs_of(group).products]
        for formula in (residual_labels, product_of_characters)
    )
    corrected = cosine(G, left @ left.T @ fresh)
    assert corrected > 0.95
    assert corrected > cosine(G, labels @ labels.T @ fresh) + 0.02
    if not group.is_abelian:
        assert cosine(G, paper @ paper.T @ fresh) < 0.7


@pytest.mark.parametrize("group", [cyclic(6), dihedral(5), symmetric(4)], ids=repr)
def test_equation_35_the_projector_by_characters(group):
    """Pi_k = (d_k/M) sum over g of conj chi_k(g) R_g, with R_g e_h = e_gh, of rank d_k^2."""
    M, regular = group.order, torch.zeros(group.order, group.order, group.order).cdouble()
    g, h = torch.meshgrid(torch.arange(M), torch.arange(M), indexing="ij")
    regular[g, torch.tensor(group.table), h] = 1
    parts = []
    for irrep in group.complex_irreps():
        chi = irrep.character
        parts.append(irrep.d / M * torch.einsum("g,gij->ij", chi.conj(), regular))
        assert (parts[-1] @ parts[-1] - parts[-1]).abs().max() < 1e-12
        assert abs(parts[-1].trace() - irrep.d**2) < 1e-10
    for irrep, own in zip(group.irreps(), group.isotypic_projectors(), strict=True):
        found = sum(parts[member] for member in irrep.members)
        assert (found - own).abs().max() < 1e-10


def test_theorem_7_the_character_formula_fails_above_dimension_one():
    for group, same in ((cyclic(7), True), (dihedral(5), False), (symmetric(4), False)):
        error = residual_labels(group, (1,)) - product_of_characters(group, (1,))
        assert (error.norm() < 1e-10) == same


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_starts_end_on_missing_irreps(group, learned):
    found = ascend(group, num_starts=100, labels=missing_labels(group, learned))
    assert found.converged.all() and not {0, *learned} & set(found.irreps.tolist())
    dims = torch.tensor([group.irrep(place).D for place in found.irreps.tolist()])
    assert (found.energies * 2 * dims / group.order - 1).abs().max() < 1e-10


# --- Muon


def test_lemma_2_the_inner_product_with_the_polar_factor_is_the_nuclear_norm():
    """And no other matrix of spectral norm one has a larger one."""
    G = draw(9, 5)
    best = (G * polar_factor(G)).sum()
    assert abs(best / torch.linalg.svdvals(G).sum() - 1) < 1e-12
    for other in draw(50, 9, 5, seed=1):
        assert (G * other).sum() / torch.linalg.matrix_norm(other, 2) < best


def wave_pair(phase, group):
    """Two maxima of one frequency, the second with both its phases shifted."""
    angles = 2 * torch.pi / group.order * torch.arange(group.order, dtype=torch.float64)
    rows = [torch.cat([(angles + a).cos(), (angles + a + 0.3).cos()]) for a in (0.0, phase)]
    return torch.stack([row / row.norm() for row in rows])


def test_lemma_2_fails_along_the_sphere():
    """Where the gradient has no tangential part, Muon's step has: it moves copies apart."""
    group, angle = cyclic(11), torch.pi / 4
    w = wave_pair(angle, group)
    gradient = energy_gradient(w, group)
    radial = (gradient * w).sum(1, keepdim=True)
    assert (gradient - radial * w).norm() < 1e-10 * gradient.norm()
    step = polar_factor(gradient.T).T
    tangential = step - (step * w).sum(1, keepdim=True) * w
    # Two unit vectors at an angle are turned until they are orthogonal, each by half.
    assert (tangential.norm(dim=1) - math.sin(math.pi / 8)).abs().max() < 1e-9
    assert round(float(tangential.norm(dim=1)[0]), 2) == 0.38
    moved = w + 0.1 * step
    assert cosine(*moved) < cosine(*w) - 0.05


def test_lemma_9_the_polar_factor_of_orthonormal_columns_and_one_more():
    Q, v = torch.linalg.qr(draw(12, 5))[0], draw(12, seed=1)
    whole = torch.cat([Q, v[:, None]], 1)
    assert (appended_polar(Q, v) - polar_factor(whole)[:, -1]).abs().max() < 1e-12


def test_lemma_9_the_error_without_the_root_is_of_second_order_inside_the_span():
    """Halving v_par quarters it; halving v_perp, the paper's variable, does not."""
    Q, v = torch.linalg.qr(draw(12, 5))[0], draw(12, seed=1)
    par = Q @ (Q.T @ v)
    perp = v - par
    par, perp = par / par.norm(), perp / perp.norm()

    def error(inside, outside):
        size = torch.tensor(outside).double()
        first_order = perp + inside * par / (1 + size)
        return float((appended_polar(Q, inside * par + size * perp) - first_order).norm())

    assert abs(error(2e-3, 1.0) / error(1e-3, 1.0) - 4) < 1e-3
    assert error(1.0, 1e-3) > 0.9 * error(1.0, 2e-3) > 0.1


def test_equations_42_to_46_suppression_by_a_half_needs_a_short_new_part():
    """Old to new is x : y before, x : (1 + y) after: a factor y/(1 + y), up to 1/2 for y <= 1."""
    Q, v = torch.linalg.qr(draw(12, 5))[0], draw(12, seed=1)
    par = Q @ (Q.T @ v)
    perp = v - par
    par, perp = par / par.norm(), perp / perp.norm()
    for y in (0.1, 0.5, 1.0, 3.0):
        after = appended_polar(Q, 0.2 * par + y * perp)
        factor = float((after @ par) / (after @ perp) / (0.2 / y))
        assert abs(factor - y / (1 + y)) < 1e-12
        assert (factor <= 0.5 + 1e-12) == (y <= 1)
    # Eqs. 44 to 46: where it is exactly 1/2, a chain of any chances takes exactly this long.
    p = torch.tensor([0.5, 0.3, 0.15, 0.05]).double()
    for exponent in (1, 3):
        kept = 2.0**-exponent
        expected = by_markov_chain(p, kept)
        assert abs(expected - (kept * by_markov_chain(p, 1.0) + (1 - kept) * 4)) < 1e-10
        assert abs(collect_times(p, exponent, collections=2).exact - expected) < 1e-10


def test_equation_38_holds_but_not_the_identity_that_leads_to_it():
    """A (A'A)^(-1/c) for A = [Q, v]: its last column to first order in v_par, by eigenvectors."""
    Q, v = torch.linalg.qr(draw(12, 5))[0], draw(12, seed=1)
    par = Q @ (Q.T @ v)
    perp = v - par
    par, perp = par / par.norm(), perp / perp.norm()
    for c in (2.0, 3.0, 5.0):
        for size in (0.25, 0.5, 2.0):  # of v_perp; lambda is its square
            A = torch.cat([Q, (1e-5 * par + size * perp)[:, None]], 1)
            values, vectors = torch.linalg.eigh(A.T @ A)
            power = (vectors * values ** (-1 / c)) @ vectors.T
            last = (A @ power)[:, -1]
            lam = size**2
            beside = (Q.T @ par) @ power[:-1, -1] / 1e-5
            assert abs(beside - (1 - lam ** (-1 / c)) / (1 - lam)) < 1e-5
            assert abs(beside + lam**-1 / c) > 0.01  # which eq. 37 prints
            printed = (1 - lam ** (1 - 1 / c)) / (1 - lam)
            identity = lam ** (-1 / c) - lam**-1 / c
            assert abs(last @ par / 1e-5 - printed) < 1e-6
            assert abs(last @ perp - size * lam ** (-1 / c)) < 1e-6
            assert abs(identity - printed) > 0.01
            if c == 2:
                assert (last - polar_factor(A)[:, -1]).abs().max() < 1e-9
    assert 0.25 ** (-1 / 2) - 0.25**-1 / 2 == 0 != (1 - 0.25**0.5) / (1 - 0.25)


def test_muons_step_halves_what_has_been_found():
    """Orthonormal gradients and one more of length one, nearly outside their span."""
    Q, new = torch.linalg.qr(draw(12, 6))[0].split((5, 1), 1)
    v = 1e-3 * Q[:, 0] + new[:, 0]
    assert abs((appended_polar(Q, v) @ Q[:, 0]) / (v @ Q[:, 0]) - 0.5) < 1e-6
    w = torch.zeros(1, 12, 6, dtype=torch.float64)
    w.grad = torch.cat([Q, v[:, None]], 1)[None]
    Muon([w], lr=1.0, orthogonalise=polar_factor).step()
    assert (-w[0, :, -1] - appended_polar(Q, v)).abs().max() < 1e-12


# --- Races and collectors


def test_lemma_7_the_race_of_frechet_amplitudes():
    gains = torch.linspace(0.3, 1, 10, dtype=torch.float64)
    found = frechet_race(gains, 3.0, races=50_000)
    assert (found.probabilities - gains**3 / (gains**3).sum()).abs().max() < 1e-14
    assert (found.shares - found.probabilities).abs().max() < 4 * (0.25 / 50_000) ** 0.5


def test_lemma_8_the_leader_wins():
    """Once ahead in mu alpha always ahead, and in the end alone; whoever has most mu or alpha."""
    times = torch.tensor([0, 0.5, 0.9, 1 - 1e-12], dtype=torch.float64)
    for seed in range(20):
        alpha, mu = draw(2, 6, seed=seed).abs() + 0.01
        path = leader_flow(alpha, mu, times)
        leader = (mu * alpha).argmax()
        assert ((mu * path).argmax(1) == leader).all()
        assert (path[1:, leader] > path[:-1, leader]).all()
        assert path[-1, leader] > 1 - 1e-6


def test_lemma_10_a_collector_needs_at_least_the_rarest_and_l_h_l():
    for seed in range(20):
        weights = draw(8, seed=seed).exp()
        p = weights / weights.sum()
        harmonic = sum(1 / k for k in range(1, 9))
        assert expected_draws(p) > max(1 / float(p.min()), 8 * harmonic)
    fair = expected_draws(torch.full((8,), 0.125))
    assert abs(fair / (8 * harmonic) - 1) < 1e-12 and fair > 8 * harmonic / 2 > harmonic


def check_collector(time):
    """T_a(p) for equal chances and for very unequal ones, against the chain of all states."""
    equal = torch.full((8,), 0.125, dtype=torch.float64)
    unequal = torch.tensor([0.4, 0.25, 0.2, 0.1, 0.04, 0.01], dtype=torch.float64)
    for p in (equal, unequal):
        for exponent in (0, 1, 2, 4):
            assert abs(time(p, exponent) / by_markov_chain(p, 2.0**-exponent) - 1) < 1e-9


def test_theorem_8_muons_collector():
    """T_a = 2^-a T_0 + (1 - 2^-a) L for any chances, exactly and by simulation."""
    check_collector(lambda p, exponent: collect_times(p, exponent, collections=2).exact)
    check_collector(lambda p, a: 2.0**-a * expected_draws(p) + (1 - 2.0**-a) * len(p))
    for p in (torch.full((10,), 0.1), torch.tensor([0.5, 0.3, 0.15, 0.05])):
        for exponent in (0, 1, 4):
            found = collect_times(p, exponent, collections=20_000)
            assert abs(found.simulated - found.exact) < 4 * found.error
    times = [collect_times(torch.full((10,), 0.1), a, collections=2).exact for a in (0, 1, 2, 4)]
    assert [round(time, 2) for time in times] == [29.29, 19.64, 14.82, 11.21]


def test_theorem_8_the_chances_come_from_a_race_with_halved_gains():
    gains, found = torch.tensor([0.4, 0.7, 1.0]).double(), torch.tensor([True, False, True])
    p = frechet_race(gains, 2.0, 1).probabilities
    suppressed = frechet_race(torch.where(found, gains / 2, gains), 2.0, 1).probabilities
    kept = torch.where(found, p / 4, p)
    assert (suppressed - kept / kept.sum()).abs().max() < 1e-14


def test_theorem_8_t_a_goes_to_l_only_for_gains_within_a_factor_of_two():
    def time(lowest, shape):
        gains = torch.linspace(lowest, 1, 10, dtype=torch.float64)
        chances = frechet_race(gains, shape, 1).probabilities
        return collect_times(chances, shape, collections=2).exact

    assert round(time(0.3, 8.0)) == 130
    assert time(0.3, 8.0) > time(0.3, 4.0) > time(0.3, 2.0)
    assert time(0.6, 40.0) < 10.02
