"""The claims on scaling and memorisation: Theorems 4 and 5, and what they stand on."""

import math

import mpmath
import numpy as np
import pytest
import sympy
import torch
from oracles import DATA, PROBABILITIES, memory_ascent, memory_starts

from li2_core import GroupTask, cyclic
from li2_core.activations import activation
from li2_core.energy import Landscape, energy
from li2_core.energy.landscape import weighted_labels
from li2_core.energy.memorization import memorize
from li2_core.runs import read_provenance, read_table
from li2_core.scaling import fit_laws, hessian_terms, random_starts, stability, stability_boundary
from li2_core.scaling.derivation import bernoulli_mean, wave
from li2_core.scaling.survival import pure_features, surviving_features
from li2_core.tasks import pairs_of

# Theory IV.3: 50% survival, by order
SURVIVAL = {23: 0.58, 47: 0.51, 97: 0.41, 149: 0.335, 199: 0.29}


@pytest.mark.parametrize("order", [23, 47, 97])
def test_theorem_4_on_enough_pairs_every_feature_survives(order):
    """What holds: p M/(1 - p) of some log M is enough, and far fewer pairs are not."""
    p = float(stability_boundary([order])[0])
    assert (stability(cyclic(order), p, [0, 1], 5) < 0).all()
    ends = surviving_features(cyclic(order), p, [0, 1], 10)
    assert ends.converged.all() and (ends.above() == 1).all()
    few = surviving_features(cyclic(order), 0.5 * p, [0, 1], 10)
    assert few.converged.all() and few.above().mean() < 0.1


def test_theorem_4_is_not_why_training_generalises():
    """At M = 47, p = .3 training groks (its threshold is about .22); this energy forgets."""
    group, p = cyclic(47), 0.3
    plain, lazy = (
        surviving_features(group, p, [0, 1], 20, operator) for operator in ("plain", "lazy")
    )
    assert plain.above().max() == 0 and lazy.above().min() > 0.9
    plain, lazy = (random_starts(group, p, [0, 1], 20, operator) for operator in ("plain", "lazy"))
    assert plain.converged.all() and plain.above(0.5).max() == 0
    assert lazy.converged.all() and lazy.above(0.5).min() > 0.9


def test_theorem_4_the_feature_slides_away_before_its_hessian_gives_way():
    """What the proof leaves out: on a part the feature is not a critical point."""
    group, p = cyclic(97), 0.36
    assert np.median(stability(group, p, [0, 1], 6)) < -0.1
    ends = surviving_features(group, p, [0, 1], 20)
    assert ends.converged.all() and ends.above().mean() < 0.3


@pytest.mark.parametrize(("order", "p"), [(47, 0.6), (97, 0.4), (97, 0.8)])
def test_theorem_4_the_gradient_at_the_feature(order, p):
    """Theory IV.2: tangential gradient over 4E about 1.4 sqrt(2 (1 - p)/(p M))."""
    sizes = []
    for split in range(4):
        landscape = Landscape(GroupTask(cyclic(order), p, [split]))
        weights = pure_features(cyclic(order), 10, split)[1]
        gradient = landscape.gradient(weights)
        radial = (gradient * weights).sum(1, keepdim=True)
        sizes.append(((gradient - radial * weights).norm(dim=1) / radial[:, 0]).mean())
    expected = 1.4 * (2 * (1 - p) / (p * order)) ** 0.5
    assert abs(float(torch.stack(sizes).mean()) / expected - 1) < 0.1


def survival_by(operator, by="ascent"):
    table = read_table(DATA / "survival_thresholds")
    rows = (table["operator"] == operator) & (table["by"] == by)
    return dict(zip(table["order"][rows].tolist(), table["p_s"][rows].tolist(), strict=True))


def test_the_survival_table():
    found = survival_by("plain")
    for order, expected in SURVIVAL.items():
        assert abs(found[order] - expected) < 0.04, order
    assert "tangential gradient" in read_provenance(DATA / "survival")["notes"]["criterion"]
    raw = read_table(DATA / "survival")
    assert (raw["converged"] == 1).mean() > 0.99
    assert min(len(set(raw["split"][raw["order"] == order].tolist())) for order in found) >= 5


def test_the_maximum_itself_vanishes():
    """Followed while the other pairs fade out, it is gone at nearly the same p."""
    climbed, followed = survival_by("plain"), survival_by("plain", "continuation")
    assert len(followed) >= 2
    for order, p_s in followed.items():
        assert abs(p_s - climbed[order]) < 0.03


def test_with_hardly_any_ridge_much_less_is_needed():
    plain, lazy = survival_by("plain"), survival_by("lazy")
    assert {47, 71, 97} <= set(lazy)
    for order in lazy:
        assert lazy[order] < 0.8 * plain[order]
    assert all(lazy[order] < 0.55 * plain[order] for order in (47, 71, 97))


def constants(orders, fractions):
    """C in p M/(1 - p) = C log M, which Theorem 4 would have the same for all M."""
    orders, p = np.asarray(orders, dtype=float), np.asarray(fractions)
    return p / (1 - p) * orders / np.log(orders)


def check_theorem_4_is_open(orders, climbed, derived):
    """Along the climbs C rises where the derivation's falls, and a power describes them better."""
    assert len(orders) >= 10 and (np.diff(orders) > 0).all()
    rising, falling = constants(orders, climbed), constants(orders, derived)
    assert (np.diff(rising) > 0).all() and rising[-1] > 2.5 * rising[0]
    assert (np.diff(falling) < 0).all() and falling[-1] < 0.6 * falling[0]
    assert 5.5 < rising[0] < 6.5 and 16 < rising[-1] < 17.5
    odds = np.asarray(climbed) / (1 - np.asarray(climbed))
    large = np.asarray(orders) >= 23
    laws = {law.name: law for law in fit_laws(orders[large], odds[large])}
    log, power = laws["C log M / M"], laws["C M^-a"]
    assert power.rss < log.rss / 8 and log.aicc - power.aicc > 10
    last = np.asarray(orders) >= 97
    slope = np.polyfit(np.log(orders[last]), np.log(odds[last] * orders[last]), 1)[0]
    assert 0.28 < slope < 0.36  # a logarithm has 1 / log M: .20 at these orders


def test_theorem_4_the_climbs_do_not_support_a_log_law():
    found = survival_by("plain")
    orders = np.array(sorted(found), dtype=float)
    climbed = [found[int(order)] for order in orders]
    check_theorem_4_is_open(orders, climbed, stability_boundary(orders))
    # The sum of the terms, a bound, lies above where features die.
    assert (hessian_terms(orders, np.array(climbed)).total > 1).all()


def test_random_starts_on_two_fifths_of_the_table():
    """At M = 23 the share with hardly any ridge depends on what "on one frequency" means."""
    table = read_table(DATA / "random_starts")

    def share(order, operator, level):
        rows = (table["order"] == order) & (table["operator"] == operator)
        rows &= table["train_fraction"] == 0.4
        assert rows.sum() >= 5 and (table["converged"][rows] > 0.95).all()
        return table[level][rows].mean()

    for order in (23, 47, 71):
        assert share(order, "plain", "above_half") == 0
    for order in (47, 71):
        assert share(order, "lazy", "above_four_fifths") >= 0.9
    assert share(23, "lazy", "above_half") >= 0.9 > 0.8 > share(23, "lazy", "above_four_fifths")


def cramers_rate(share, probability, deviation):
    """Per coin the exponent of P(share of heads >= p + d), from the library's coin."""
    slope, xi = sympy.symbols("s xi", real=True)
    mean = bernoulli_mean(sympy.exp(slope * (xi - share)), xi, share)
    cumulant = sympy.lambdify((slope, share), sympy.log(mean), "mpmath")
    start = deviation / (probability * (1 - probability))
    at = mpmath.findroot(
        lambda x: mpmath.diff(lambda y: cumulant(y, probability), x) - deviation, start
    )
    return float(at * deviation - cumulant(at, probability))


def check_bernstein(exponent):
    """P(|kept - np| >= t) <= 2 exp(-exponent(n, p, t)), and no more is given away than need be.

    Small deviations fix the variance, a rare coin's larger ones the term t/3.
    """
    for n, p in ((50, 0.1), (200, 0.4), (997, 0.03)):
        k = np.arange(n + 1)
        log_choose = [math.lgamma(n + 1) - math.lgamma(j + 1) - math.lgamma(n - j + 1) for j in k]
        exact = np.exp(log_choose + k * math.log(p) + (n - k) * math.log(1 - p))
        assert abs(exact.sum() - 1) < 1e-9
        for t in np.linspace(1, 5 * math.sqrt(n * p), 20):
            tail = exact[np.abs(k - n * p) >= t].sum()
            assert tail <= 2 * math.exp(-exponent(n, p, t))
    share = sympy.Symbol("p", positive=True)
    for p, relative, most in ((0.4, 1e-3, 2e-3), (1e-4, 0.1, 2e-3), (1e-4, 0.3, 1e-2)):
        n, rate = 10**9, cramers_rate(share, mpmath.mpf(p), mpmath.mpf(relative * p))
        assert 0 <= 1 - exponent(n, p, relative * n * p) / (n * rate) < most


def test_bernsteins_inequality_for_the_sampling_indicators():
    check_bernstein(lambda n, p, t: t**2 / 2 / (n * p * (1 - p) + t / 3))


def test_the_union_bound_over_the_diagonal():
    """In at least 1 - delta of the parts no number of the 2M is larger than the term says."""
    order, p, delta = 61, 0.5, 0.3
    angle = 2 * np.pi * np.arange(order) / order
    wave = np.cos(angle[np.add.outer(np.arange(order), np.arange(order)) % order])
    generator = np.random.default_rng(0)
    largest = []
    for _ in range(2000):
        block = 2 * p * ((generator.random((order, order)) < p) - p) * wave
        numbers = np.concatenate([block.sum(0), block.sum(1)])
        largest.append(np.abs(numbers).max() / (p**2 * order))
    largest = np.array(largest)
    assert (largest > hessian_terms([order], p, delta).diagonal[0]).mean() <= delta
    # Without the logarithm, at three standard deviations, far more exceed it.
    assert (largest > 3 * math.sqrt(2 * (1 - p) / (p * order))).mean() > delta / 2


def test_the_papers_bounds_exceed_the_signal_at_every_share():
    """Eqs. 29 to 32 at a wave of Z_101: the noise as it is, and as the proof bounds it.

    s_hj is the node's answer to the j-th pair with product h; every pair is kept by a coin and
    counts 1/p times. The bounds are taken with all their constants 1 and delta = 1.
    """
    order, generator = 101, np.random.default_rng(0)
    w = wave(order, 3).numpy()
    first, second = np.meshgrid(np.arange(order), np.arange(order), indexing="ij")
    products = (first + second) % order
    answers = 2 * w[first] * w[order + second]  # what of the square is not main effect
    sums = np.bincount(products.ravel(), answers.ravel())
    signal = (sums**2).sum()
    height = energy(torch.from_numpy(w), cyclic(order)).item()
    assert signal == pytest.approx(2 * height)
    for p in (0.2, 0.5, 0.9):
        noise, deviations = [], []
        for _ in range(30):
            kept = generator.random((order, order)) < p
            counts = np.bincount(products.ravel(), kept.ravel()) / (p * order)
            left = np.bincount(products.ravel(), (kept / p * answers).ravel()) - counts * sums
            noise.append((left**2).sum())
            deviations.append(np.abs(np.fft.fft(counts - 1) / order).max())
        # The third: half of ||S||^2 = 1 lies within the classes, so the noise is (1 - p)/2p;
        # the bound has a factor of 2 M log M more.
        assert np.mean(noise) == pytest.approx((1 - p) / (2 * p), rel=0.1)
        bound = order * math.log(order) / p
        assert bound > signal > np.mean(noise) and bound > 800 * np.mean(noise)
        # The first: (1/M) sum (w_h - 1) B_h is of size sqrt(log M/p)/M; the root of M is lost.
        first_bound = math.sqrt(math.log(order) / (p * order))
        assert first_bound > 0.5 * math.sqrt(order) * np.mean(deviations)


def test_theorem_5_needs_the_uncentred_energy():
    """With one target all labels are equal, and what centring leaves of them is nothing."""
    labels = torch.zeros(6, 6, dtype=torch.float64)
    labels[:, 4] = 1
    assert (labels - labels.mean(0)).abs().max() == 0
    nodes = torch.ones(3, 14, dtype=torch.float64) + torch.eye(3, 14)
    nodes = nodes / nodes.norm(dim=1, keepdim=True)
    one_target = (torch.arange(49) // 7 + torch.arange(49) % 7) % 7 == 3
    centred = weighted_labels(cyclic(7), one_target.double())
    raw = one_target[:, None] * pairs_of(cyclic(7)).labels(centred=False)
    assert energy(nodes, cyclic(7), labels=centred).abs().max() < 1e-25
    assert energy(nodes, cyclic(7), labels=raw).min() > 1e-3


@pytest.mark.parametrize("name", ["square", "silu", "tanh", "relu"])
def test_theorem_5_focused_and_spreading(name):
    """And Lemma 6: which of the two is decided by s'(x)/x."""
    _, sums = memory_ascent(name, memory_starts(6, positive=True))
    assert np.abs(sums - memorize(PROBABILITIES, name)).max() < 2e-5
    assert (sums[:, 1:].max() < 1e-4) == (name == "square")


@pytest.mark.parametrize("name", ["silu", "tanh", "relu"])
def test_lemma_5_what_is_equal_at_the_optimum(name):
    """p_g s'(x_g)/x_g is the same wherever x_g > 0, and the budget sum x_g^2 = 2 is used up."""
    x = torch.tensor(memorize(PROBABILITIES, name), dtype=torch.float64)
    assert float(x.square().sum()) == pytest.approx(2, abs=1e-9)
    assert (x > 0).all()
    balance = torch.tensor(PROBABILITIES) * activation(name).derivative(x) / x
    assert float(balance.max() / balance.min()) == pytest.approx(1, abs=1e-6)
