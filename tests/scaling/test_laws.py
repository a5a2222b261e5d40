"""Laws for thresholds by brute force."""

import numpy as np
import pytest

from li2_core.scaling import fit_laws

M = np.array([11.0, 17, 23, 31, 41, 71, 97])
LAWS = {
    "C log M / M": 2.5 * np.log(M) / M,
    "C / M": 6 / M,
    "C M^-a": 2.2 * M**-0.6,
}


@pytest.mark.parametrize("name", LAWS)
def test_each_law_is_found_again(name):
    noise = 1 + 0.005 * np.random.default_rng(0).standard_normal(len(M))
    best = fit_laws(M, LAWS[name] * noise)[0]
    assert best.name == name
    assert np.allclose(best.predict(M), LAWS[name], rtol=0.01)
    assert (abs(best.exponent - 0.6) < 0.01) if name == "C M^-a" else np.isnan(best.exponent)


@pytest.mark.parametrize("errors", [None, 0.02 + 0.001 * M])
def test_the_criterion_by_its_definition(errors):
    p = LAWS["C M^-a"] * (1 + 0.05 * np.cos(M))
    for law in fit_laws(M, p, errors):
        weights = np.ones(7) if errors is None else (p / errors) ** 2
        rss = (weights * np.log(p / law.predict(M)) ** 2).sum()
        assert abs(law.rss - rss) < 1e-9 * rss
        for factor in (0.99, 1.01):  # the least squares
            assert (weights * np.log(p / law.predict(M) / factor) ** 2).sum() > rss
        k = (2 if law.name == "C M^-a" else 1) + (errors is None)
        misfit = 7 * np.log(rss / 7) if errors is None else rss
        assert abs(law.aicc - (misfit + 2 * k * 7 / (7 - k - 1))) < 1e-9
    values = [law.aicc for law in fit_laws(M, p, errors)]
    assert values == sorted(values) and len(values) == 3


def test_what_has_large_errors_counts_little():
    p, errors = LAWS["C / M"].copy(), np.full(7, 1e-3)
    p[3], errors[3] = 3 * p[3], 100
    best = fit_laws(M, p, errors)[0]
    assert best.name == "C / M" and abs(best.C - 6) < 1e-3


def test_the_thresholds_of_training_do_not_measure_a_logarithm():
    """Theory IV.4: a power fits better there, 4% against 9%, and C drifts from 2.4 to 3.1."""
    p_c = np.array([0.558, 0.409, 0.321, 0.268, 0.224, 0.168, 0.145])
    laws = {law.name: law for law in fit_laws(M, p_c)}
    assert abs(laws["C M^-a"].exponent - 0.6) < 0.05
    rms = {name: (law.rss / 7) ** 0.5 for name, law in laws.items()}
    assert rms["C M^-a"] < 0.06 and 0.07 < rms["C log M / M"] < 0.11 < rms["C / M"]
    C = p_c * M / np.log(M)
    assert 2.3 < C.min() < 2.4 and 3 < C.max() < 3.15
    assert (np.diff(C[2:]) > 0).all()


@pytest.mark.parametrize(
    ("orders", "thresholds", "errors", "message"),
    [
        ([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], None, "above 1"),
        ([2, 3, 4, 5, 6], [1, 1, 1, 1, 0], None, "positive"),
        ([2, 3, 4, 5, 6], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0], "positive"),
        ([2, 3, 4, 5], [1, 1, 1, 1], None, "five"),
        ([2, 3, 4, 5, 6], [1, 1, 1, 1], None, "five"),
        ([2, 3, 4, 5, 6], [1, 1, 1, 1, 1], [1, 1], "five"),
    ],
)
def test_laws_need_points(orders, thresholds, errors, message):
    with pytest.raises(ValueError, match=message):
        fit_laws(orders, thresholds, errors)
