"""The claims of stage III: Theorems 6, 7, 8 and Lemmas 2, 7, 8, 9, 10 of Li2.

The lemmas are told apart by what they say; their numbers are those of the project's notes.
"""

import math

import pytest
import torch

from li2_core import cyclic, dihedral, symmetric
from li2_core.energy import ascend, energy, energy_gradient, reconstruction_nodes
from li2_core.interaction import (
    climb_together,
    collect_times,
    expected_draws,
    frechet_race,
    leader_flow,
    product_of_characters,
    residual_labels,
    residual_similarity,
)
from li2_core.interaction.repulsion import repulsion
from li2_core.lazy import ridge_readout
from li2_core.tasks import pairs_of
from li2_core.training import Muon, polar_factor
from li2_core.training.muon import appended_polar


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def cosine(a, b):
    return float((a * b).sum() / (a.norm() * b.norm()))


def features_of(nodes, group):
    F = pairs_of(group).answers(nodes.T).square()
    return F - F.mean(0)


# --- Theorem 6: repulsion


def test_theorem_6_the_sign_rule():
    """Similar features have a negative b, for every pair, by the definition of similarity."""
    Ft = features_of(draw(12, 14), cyclic(7))
    B = repulsion(Ft, 0.5).B
    for j in range(12):
        for k in set(range(12)) - {j}:
            assert B[j, k] * residual_similarity(Ft, 0.5, j, k) < 0


def test_theorem_6_fails_for_the_raw_correlation():
    Ft = features_of(draw(40, 22), cyclic(11))
    off = ~torch.eye(40, dtype=torch.bool)
    wrong = repulsion(Ft, 1.0).B.sign() == (Ft.T @ Ft).sign()
    assert 0.2 < wrong[off].double().mean() < 0.5


def test_equation_9_counts_a_nodes_own_feature_twice():
    Ft = features_of(draw(5, 14), cyclic(7))
    B = repulsion(Ft, 0.5).B
    column = (Ft @ B)[:, 2]
    own, others = B[2, 2] * Ft[:, 2], [B[2, k] * Ft[:, k] for k in (0, 1, 3, 4)]
    assert (column - own - sum(others)).norm() < 1e-12 * column.norm()
    printed = own + own + sum(others)
    assert (column - printed).norm() > 0.1 * column.norm()


def test_theorem_6_parts_two_nodes():
    """Z_11, K = 2, eta = 1, 0.014 apart."""
    group, (w, aside) = cyclic(11), draw(2, 22)
    aside = aside - (aside @ w) / (w @ w) * w
    start = torch.stack([w / w.norm(), w / w.norm() + 0.014 * aside / aside.norm()])
    for repel, ends in ((True, lambda c: abs(c) < 0.02), (False, lambda c: c > 0.99)):
        first, second = features_of(climb_together(start, group, repel=repel)[-1], group).T
        assert ends(cosine(first, second))


# --- Theorem 7: top-down modulation

PARTLY = [(cyclic(7), (1,)), (dihedral(5), (1,)), (dihedral(5), (2,)), (symmetric(4), (1, 2))]
NAMES = ["Z_7", "D_5 sign", "D_5 plane", "S_4"]


def nodes_that_make(learned, group):
    nodes = reconstruction_nodes(group)
    left = energy(nodes, group, learned=learned) / energy(nodes, group)
    return 3 * nodes[left < 1e-9]


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_new_nodes_are_pushed_by_the_missing_irreps(group, learned):
    """Readouts that have just begun to grow, beside nodes at their own ridge optimum."""
    old, new = nodes_that_make(learned, group), draw(4, 2 * group.order)
    labels, Ft = pairs_of(group).labels(), features_of(old, group)
    residual = labels - Ft @ ridge_readout(Ft, labels, 1e-3)
    fresh = features_of(new, group)
    G = residual @ (fresh.T @ residual).T  # the readouts grow along Ft'(Yt - F V)
    left = residual_labels(group, learned)[pairs_of(group).products]
    assert cosine(G, left @ left.T @ fresh) > 1 - 1e-6
    assert cosine(G, labels @ labels.T @ fresh) < 0.97


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_with_one_ridge_readout_for_all(group, learned):
    """The whole G_F at the joint optimum: nearer to the corrected E_S than to E and the paper's."""
    old, new = nodes_that_make(learned, group), draw(4, 2 * group.order)
    new = new / new.norm(dim=1, keepdim=True)
    labels, Ft = pairs_of(group).labels(), features_of(torch.cat([old, new]), group)
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


def test_theorem_7_the_character_formula_fails_above_dimension_one():
    for group, same in ((cyclic(7), True), (dihedral(5), False), (symmetric(4), False)):
        error = residual_labels(group, (1,)) - product_of_characters(group, (1,))
        assert (error.norm() < 1e-10) == same


@pytest.mark.parametrize(("group", "learned"), PARTLY, ids=NAMES)
def test_theorem_7_starts_end_on_missing_irreps(group, learned):
    found = ascend(group, num_starts=100, learned=learned)
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


@pytest.mark.parametrize(("exponent", "time"), [(0, 29.29), (1, 19.64), (2, 14.82), (4, 11.21)])
def test_theorem_8_muons_collector(exponent, time):
    """L = 10, equal chances: T_a = 2^-a T_0 + (1 - 2^-a) L, exactly and by simulation."""
    found = collect_times(torch.full((10,), 0.1), exponent, collections=20_000)
    assert round(found.exact, 2) == time
    assert abs(found.simulated - found.exact) < 4 * found.error


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
