"""Races and collectors against sums over all subsets, Markov chains and integrated flows."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import by_markov_chain

from li2_core.interaction import collect_times, expected_draws, frechet_race, leader_flow

positive = st.floats(0.05, 1)


def shares(weights):
    weights = torch.tensor(weights, dtype=torch.float64)
    return weights / weights.sum()


def by_inclusion_exclusion(p):
    """The mean of the largest of L exponential times: sum over subsets of +- 1/p(subset)."""
    return sum(
        (-1) ** (size + 1) / sum(subset)
        for size in range(1, len(p) + 1)
        for subset in itertools.combinations(p.tolist(), size)
    )


@given(st.lists(positive, min_size=1, max_size=7))
def test_the_integral_is_the_sum_over_subsets(weights):
    p = shares(weights)
    found = expected_draws(p)
    assert abs(found / by_inclusion_exclusion(p) - 1) < 1e-10
    L = len(p)
    bound = max(1 / p.min().item(), L * sum(1 / k for k in range(1, L + 1)))
    assert found >= bound * (1 - 1e-12)
    assert abs(collect_times(p, collections=2).lower_bound / bound - 1) < 1e-12


@pytest.mark.parametrize("L", [1, 2, 10, 300])
def test_equal_chances_need_l_times_the_harmonic_number(L):
    expected = L * math.fsum(1 / k for k in range(1, L + 1))
    assert abs(expected_draws(torch.full((L,), 1 / L)) / expected - 1) < 1e-12


def test_one_rare_feature_is_waited_for():
    p = shares([1e-9, 0.5, 0.5])
    assert abs(expected_draws(p) * p[0] - 1) < 1e-8


@given(st.lists(positive, min_size=1, max_size=5), st.floats(0, 8, allow_subnormal=False))
def test_the_time_with_suppression_is_the_markov_chains(weights, exponent):
    p = shares(weights)
    found = collect_times(p, exponent, collections=2)
    assert abs(found.exact / by_markov_chain(p, 2**-exponent) - 1) < 1e-10
    assert found.exact >= found.lower_bound * (1 - 1e-12)


@pytest.mark.parametrize("weights", [[1.0] * 10, [1, 2, 3, 4, 5, 10]])
@pytest.mark.parametrize("exponent", [0, 1, 4])
def test_simulated_collections_agree(weights, exponent):
    """Within four standard errors, which a mean leaves once in ten thousand."""
    found = collect_times(shares(weights), exponent, collections=20_000)
    assert 0 < found.error < 0.01 * found.exact
    assert abs(found.simulated - found.exact) < 4 * found.error


def test_a_simulation_repeats_by_its_seed():
    p = shares([1, 2, 3])
    first, again, other = (collect_times(p, 1, 50, seed) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("shape", [0.5, 2, 8])
def test_the_race_is_won_as_predicted(shape):
    gains = torch.tensor([0.3, 0.7, 0.7, 1.0], dtype=torch.float64)
    found = frechet_race(gains, shape, races=40_000)
    weights = [0.3**shape, 0.7**shape, 0.7**shape, 1.0]
    assert (found.probabilities - shares(weights)).abs().max() < 1e-14
    error = (found.probabilities * (1 - found.probabilities) / 40_000).sqrt()
    assert ((found.shares - found.probabilities).abs() < 4 * error + 1e-3 / 40).all()
    assert abs(found.shares.sum() - 1) < 1e-12


def test_a_large_shape_does_not_overflow():
    found = frechet_race(torch.tensor([1.0, 3.0]), 1000.0, races=10)
    assert found.probabilities.tolist() == [0, 1] and found.shares.tolist() == [0, 1]


@settings(max_examples=8)
@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=5))
def test_the_leader_flow_is_the_flow_on_the_sphere(pairs):
    """Integrated by Runge and Kutta until the closed form's time; directions compared."""
    alpha, mu = torch.tensor(pairs, dtype=torch.float64).T
    share = torch.tensor([0.0, 0.3, 0.8], dtype=torch.float64)
    expected = leader_flow(alpha, mu, share)

    def slope(state):
        # The sphere's clock runs slower by the length r of the free flow: dt = dtau / r,
        # r' = r <a, mu a^2> along the way.
        a, r = state[:-2], state[-2]
        push = mu * a * a
        radial = a @ push
        return torch.cat([push - radial * a, torch.stack([r * radial, 1 / r])])

    length = alpha.norm()
    zero = torch.zeros((), dtype=torch.float64)
    state = torch.cat([alpha / length, torch.stack([length, zero])])
    assert (expected[0] - state[:-2]).abs().max() < 1e-14
    end = 1 / (mu * alpha).max()
    for row, stop in zip(expected[1:], share[1:] * end, strict=True):
        for _ in range(150):
            h = (stop - state[-1]) * state[-2] / 8
            a = slope(state)
            b = slope(state + h / 2 * a)
            c = slope(state + h / 2 * b)
            state = state + h / 6 * (a + 2 * b + 2 * c + slope(state + h * c))
        assert abs(state[-1] / stop - 1) < 1e-6
        assert (row - state[:-2]).abs().max() < 1e-4


def test_the_leader_by_gain_times_amplitude_wins():
    alpha, mu = torch.tensor([0.9, 0.4, 0.1]), torch.tensor([1.0, 3.0, 5.0])
    end = leader_flow(alpha, mu, torch.tensor([1 - 1e-9], dtype=torch.float64))[0]
    assert abs(end - torch.tensor([0.0, 1.0, 0.0])).max() < 1e-7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_draws(torch.tensor([0.5, 0.4])), "positive with sum one"),
        (lambda: expected_draws(torch.tensor([1.0, 0.0])), "positive with sum one"),
        (lambda: expected_draws(torch.ones(1, 1)), "positive with sum one"),
        (lambda: collect_times(torch.ones(1), -1), "exponent must not be negative, got -1"),
        (lambda: collect_times(torch.ones(1), 0, 1), "collections must be at least 2, got 1"),
        (lambda: frechet_race(torch.tensor([1.0, 0.0]), 2), "gains must be positive"),
        (lambda: frechet_race(torch.ones(2), 0), "shape must be positive, got 0"),
        (lambda: frechet_race(torch.ones(2), 1, 0), "races must be at least 1, got 0"),
        (lambda: leader_flow(-torch.ones(2), torch.ones(2), torch.zeros(1)), "must be positive"),
        (lambda: leader_flow(torch.ones(2), torch.zeros(2), torch.zeros(1)), "must be positive"),
        (lambda: leader_flow(torch.ones(2), torch.ones(2), torch.ones(1)), r"in \[0, 1\)"),
    ],
)
def test_what_cannot_be_is_an_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
