"""The tests of the claims can fail: each of these planted wrong formulas is noticed.

Where a test asks the library, a planted error in a copy of the library is in
`tests/test_mutations.py`; here are those that read stored runs or check a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from oracles import centred_squares, draw
from test_claims_interaction import (
    check_collector,
    check_equation_9,
    check_sign_rule,
)
from test_claims_lazy import check_dip
from test_claims_memorization import check_spikes, semi_grokking
from test_claims_scaling import check_bernstein, check_theorem_4_is_open, survival_by
from test_muon_data import AHEAD, LOSS_ERRORS, check_higher_loss, check_not_ahead, seeds_of

from li2_core import cyclic
from li2_core.interaction import expected_draws
from li2_core.scaling import stability_boundary


@pytest.mark.parametrize(
    "wrong",
    [
        lambda r: 1 - math.sqrt(min(r, 1 / r)),
        lambda r: (1 - min(r, 1 / r)) ** 2,
        lambda r: 1 - min(r, 1 / r) ** 2,
        lambda r: 0.0,
    ],
    ids=["root", "square", "of squares", "zero"],
)
def test_another_dip_with_its_zero_at_the_same_place(wrong: Callable[[float], float]) -> None:
    with pytest.raises(AssertionError):
        check_dip(wrong)


def open_theorem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    found = survival_by("plain")
    orders = np.array(sorted(found), dtype=float)
    return orders, np.array([found[int(M)] for M in orders]), stability_boundary(orders)


def test_theorem_4_where_the_logarithm_holds_or_where_both_constants_do_alike() -> None:
    orders, climbed, derived = open_theorem()
    odds = 13 * np.log(orders) / orders
    for wrong in (odds / (1 + odds), derived, climbed[::-1]):
        with pytest.raises(AssertionError):
            check_theorem_4_is_open(orders, wrong, derived)
    with pytest.raises(AssertionError):
        check_theorem_4_is_open(orders, climbed, climbed)


def test_runs_of_which_none_or_all_succeed_say_nothing_of_learning_rates() -> None:
    blind = {0.17: [0, 0, 0], 0.2: [5, 5, 5], 0.24: [5, 5, 5]}
    assert semi_grokking(blind, 5) == "not tested"
    assert semi_grokking(blind | {0.18: [1, 3, 5]}, 5) == "not seen"
    assert semi_grokking(blind | {0.18: [5, 3, 0]}, 5) == "seen"
    assert semi_grokking({0.18: [10, 4, 3]}, 10) == "seen"
    assert semi_grokking({0.18: [3, 2, 3]}, 10) == "not seen"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda n, p, t: t**2 / 4 / (n * p * (1 - p) + t / 3),
        lambda n, p, t: t**2 / 2 / (n * p + t / 3),
        lambda n, p, t: t**2 / 2 / (n * p * (1 - p) + t),
        lambda n, p, t: t**2 / 2 / (n * p * (1 - p) + t / 4),
        lambda n, p, t: t**2 / 2 / (n * p * (1 - p)),
    ],
    ids=["half the exponent", "another variance", "t", "t/4", "no t"],
)
def test_another_bernstein_bound(wrong: Callable[[int, float, float], float]) -> None:
    with pytest.raises(AssertionError):
        check_bernstein(wrong)


def test_another_matrix_in_the_place_of_b() -> None:
    Ft, eye = centred_squares(draw(5, 14), cyclic(7)), torch.eye(5, dtype=torch.float64)
    random = draw(5, 5, seed=1)
    for wrong in (
        random @ random.T,  # symmetric and positive
        eye,
        torch.linalg.inv(Ft.T @ Ft + eye),  # another ridge
        2 * torch.linalg.inv(Ft.T @ Ft + 0.5 * eye),
    ):
        with pytest.raises(AssertionError):
            check_equation_9(wrong, Ft, 0.5)


def test_the_raw_similarity_in_the_place_of_theorem_6s() -> None:
    Ft, eye = centred_squares(draw(12, 14), cyclic(7)), torch.eye(12, dtype=torch.float64)
    B = torch.linalg.inv(Ft.T @ Ft + 0.5 * eye)
    for wrong in (-Ft.T @ Ft, B.abs(), -B, torch.linalg.inv(Ft.T @ Ft + 500 * eye)):
        with pytest.raises(AssertionError):
            check_sign_rule(wrong, Ft, 0.5)


def test_muon_data_with_noise_with_a_gain_and_with_the_lower_loss() -> None:
    """Ten times the scatter around the same mean used to pass for "not ahead"."""
    columns = {"covered": 32, "test_accuracy": 48}
    for column, width in columns.items():
        muon, adam = (seeds_of("fresh", name, width, column) for name in ("muon", "adam"))
        check_not_ahead(muon, adam, AHEAD[column])
        noisy = adam.mean() + 10 * (muon - muon.mean())
        for wrong in (noisy, muon + 2 * AHEAD[column], muon[:5]):
            with pytest.raises(AssertionError):
                check_not_ahead(wrong, adam, AHEAD[column])
    for width in LOSS_ERRORS:
        muon, adam = (seeds_of("fresh", name, width, "test_loss") for name in ("muon", "adam"))
        noisy = muon + 10 * (muon - muon.mean())
        for wrong, other in ((adam, muon), (noisy, adam), (adam, adam)):
            with pytest.raises(AssertionError):
                check_higher_loss(wrong, other, LOSS_ERRORS[width])


@pytest.mark.parametrize(
    "wrong",
    [lambda M: 0.6, lambda M: 0.65, lambda M: 0.7, lambda M: 0.75, lambda M: 2 / 3 + 3 / M],
    ids=["three fifths", ".65", ".70", "three quarters", "with another M"],
)
def test_another_share_at_which_spikes_and_waves_are_level(wrong: Callable[[int], float]) -> None:
    with pytest.raises(AssertionError):
        check_spikes(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        # Right for equal chances alone.
        lambda p, a: (
            2.0**-a * len(p) * sum(1 / k for k in range(1, len(p) + 1)) + (1 - 2.0**-a) * len(p)
        ),
        lambda p, a: 2.0**-a * float(1 / p.min()) + (1 - 2.0**-a) * len(p),
        lambda p, a: 2.0**-a * expected_draws(p),
        lambda p, a: expected_draws(p),
    ],
    ids=["equal chances", "the rarest alone", "without L", "without Muon"],
)
def test_another_time_of_the_collector(wrong: Callable[[torch.Tensor, float], float]) -> None:
    with pytest.raises(AssertionError):
        check_collector(wrong)
