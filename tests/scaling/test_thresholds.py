"""Thresholds by brute force, and out of a table of runs."""

import numpy as np
import pytest

from li2_core.scaling import Threshold, boundaries, fit_threshold
from li2_core.scaling.thresholds import LEAST, success_curve

P = np.linspace(0.1, 0.7, 13)


def logistic(p, p_c, width):
    return 1 / (1 + np.exp(-(p - p_c) / width))


def test_a_logistic_curve_is_found_again():
    p = np.linspace(0.25, 0.45, 9)
    found = fit_threshold(p, logistic(p, 0.35, 0.04))
    assert abs(found.p_c - 0.35) < 1e-9 and abs(found.width - 0.04) < 1e-9
    assert np.isnan(found.low) and np.isnan(found.high)


def test_the_fit_is_the_most_likely_curve():
    y = np.clip(np.random.default_rng(0).random(13) * 0.3 + (P > 0.37) * 0.6, 0, 1)
    found = fit_threshold(P, y)

    def likelihood(p_c, width):
        f, drawn_in = logistic(P, p_c, width), np.clip(y, LEAST, 1 - LEAST)
        return (drawn_in * np.log(f) + (1 - drawn_in) * np.log(1 - f)).sum()

    best = likelihood(found.p_c, found.width)
    for factor in (0.99, 0.999, 1.001, 1.01):
        assert likelihood(found.p_c * factor, found.width) < best
        assert likelihood(found.p_c, found.width * factor) < best


def test_a_jump_is_put_between_its_fractions():
    found = fit_threshold([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1])
    assert abs(found.p_c - 0.25) < 1e-12 and 0 < found.width < 0.05
    # A plateau further off does not pull on it.
    long = fit_threshold(np.arange(0.1, 1, 0.1), [0, 0, 1, 1, 1, 1, 1, 1, 1])
    assert 0.2 < long.p_c < 0.3


def test_the_interval_is_that_of_the_mean_over_seeds():
    generator = np.random.default_rng(1)
    covered, widths = 0, []
    for repeat in range(60):
        p_c = 0.4 + 0.03 * generator.standard_normal(12)
        found = fit_threshold(P, logistic(P[:, None], p_c, 0.02), num_resamples=200, seed=repeat)
        covered += found.low <= 0.4 <= found.high
        widths.append(found.high - found.low)
    expected = 2 * 1.96 * 0.03 / 12**0.5
    assert abs(np.mean(widths) / expected - 1) < 0.15  # percentiles of 12 seeds are a bit short
    assert 50 <= covered <= 60


def test_the_interval_repeats_with_its_seed():
    y = logistic(P[:, None], np.array([0.3, 0.4, 0.45]), 0.02)
    one, same, other = (fit_threshold(P, y, 100, seed) for seed in (0, 0, 1))
    assert one == same
    assert (one.low, one.high) != (other.low, other.high) and one.p_c == other.p_c


@pytest.mark.parametrize(
    ("fractions", "successes", "message"),
    [
        ([0.1, 0.2, 0.3], [0, 0.2, 0.4], "do not rise through 1/2"),
        ([0.1, 0.2, 0.3], [0.6, 0.7, 1], "do not rise through 1/2"),
        ([0.1, 0.2, 0.3], [1, 0.5, 0], "do not rise through 1/2"),
        ([0.1, 0.2, 0.3, 0.4], [0.9, 0.4, 0.55, 0.1], "do not rise through 1/2"),
        ([0.1, 0.2], [[0, 1], [0, 0.5]], "do not rise through 1/2"),
        ([0.3, 0.2], [0, 1], "increasing"),
        ([0.3], [1], "increasing"),
        ([0.1, 0.2], [0, 1, 1], "2 rows"),
        ([0.1, 0.2], [0, 1.1], "between 0 and 1"),
        ([0.1, 0.2], [0, np.nan], "between 0 and 1"),
        ([0.1, 0.2], np.zeros((2, 0)), "2 rows"),
    ],
)
def test_there_may_be_no_threshold(fractions, successes, message):
    with pytest.raises(ValueError, match=message):
        fit_threshold(fractions, successes)


def test_a_threshold_predicts_the_curve_that_was_fitted():
    found = Threshold(p_c=0.4, width=0.05, low=0.3, high=0.5)
    curve = found.predict([0.4 - 0.05 * np.log(3), 0.4, 0.4 + 0.05 * np.log(3)])
    assert curve == pytest.approx([0.25, 0.5, 0.75])


# --- A table of runs


def small_table() -> dict[str, np.ndarray]:
    """Two seeds at three fractions of one group, not in order."""
    return {
        "group": np.array(["Z_5"] * 6),
        "weight_decay": np.full(6, 0.1),
        "train_fraction": np.array([0.4, 0.2, 0.6, 0.2, 0.6, 0.4]),
        "seed": np.array([1, 0, 0, 1, 1, 0]),
        "test_accuracy": np.array([0.7, 0.0, 0.9, 0.1, 1.0, 0.3]),
        "steps_50": np.array([80, np.nan, 60, np.nan, 40, np.nan]),
        "outcome": np.array(["memorised"] * 6),
    }


def test_a_curve_is_sorted_by_fraction_and_seed() -> None:
    fractions, accuracies = success_curve(small_table(), "Z_5", 0.1)
    assert fractions.tolist() == [0.2, 0.4, 0.6]
    assert accuracies.tolist() == [[0.0, 0.1], [0.3, 0.7], [0.9, 1.0]]
    _, by_60 = success_curve(small_table(), "Z_5", 0.1, steps=60)
    assert by_60.tolist() == [[0, 0], [0, 0], [1, 1]]


def test_a_curve_refuses_what_is_not_there_and_what_collapsed() -> None:
    with pytest.raises(ValueError, match="no run of Z_7"):
        success_curve(small_table(), "Z_7", 0.1)
    table = small_table()
    table["outcome"][2] = "collapsed"
    with pytest.raises(ValueError, match="collapsed"):
        success_curve(table, "Z_5", 0.1)


def test_boundaries_leave_out_what_never_crosses() -> None:
    found = boundaries(small_table(), ["Z_5"], 0.1)
    assert 0.3 < found["Z_5"].p_c < 0.5
    assert boundaries(small_table(), ["Z_5"], 0.1, steps=30) == {}


def test_a_jump_between_two_fractions_is_known_no_better_than_their_gap() -> None:
    table = small_table()
    table["test_accuracy"] = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0])
    found = boundaries(table, ["Z_5"], 0.1)["Z_5"]
    assert (found.low, found.high) == (0.4, 0.6)
    assert 0.4 < found.p_c < 0.6
