"""The boundary's terms by the noise that sampling makes."""

import numpy as np
import pytest

from li2_core.scaling import hessian_terms, predicted_boundary, stability_boundary
from li2_core.scaling.boundary import SQUARES

M = np.array([11.0, 17, 23, 31, 41, 71, 97])


def test_the_predicted_boundary_solves_its_condition():
    p = predicted_boundary(M, C=3.0)
    assert np.allclose(p * M / (1 - p), 3 * np.log(M))
    with pytest.raises(ValueError, match="C must be positive"):
        predicted_boundary(M, C=0)


def test_at_the_stability_boundary_the_terms_add_up_to_one():
    for delta in (1.0, 0.01):
        p = stability_boundary(M, delta)
        assert np.allclose(hessian_terms(M, p, delta).total, 1)
        assert (hessian_terms(M, p * 1.01, delta).total < 1).all()
    assert (np.diff(stability_boundary(M)) < 0).all()
    assert (stability_boundary(M, 0.01) > stability_boundary(M)).all()
    # For large M the logarithm leads: p M / (1 - p) is 4 log 2M, 8 sqrt(2 log 2M) and less.
    huge = 1e200
    log = np.log(2) + np.log(huge)
    p = stability_boundary([huge])[0]
    assert abs(p * huge / (4 * log + 8 * (2 * log) ** 0.5) - 1) < 0.05


@pytest.mark.parametrize(
    "call",
    [
        lambda: stability_boundary([1]),
        lambda: stability_boundary([5], delta=0),
        lambda: hessian_terms([5], 0),
        lambda: hessian_terms([5], 1.1),
        lambda: hessian_terms([5], 0.5, delta=2),
        lambda: predicted_boundary([1]),
    ],
)
def test_arguments_out_of_range(call):
    with pytest.raises(ValueError, match=r"must (be|lie)"):
        call()


def sampling_noise(order, p, seed):
    """The three parts of the Hessian's noise at u = v = cos/sqrt(M), over p^2 M = 4E.

    From their definition: pair (a, b) is there or not, xi = 1 or 0; s = x^2, z_h = p cos(h).
    """
    generator = np.random.default_rng(seed)
    xi = (generator.random((order, order)) < p) - p
    angle = 2 * np.pi * np.arange(order) / order
    u = np.cos(angle) / order**0.5
    total = np.add.outer(np.arange(order), np.arange(order)) % order
    block = 2 * xi * p * np.cos(angle)[total]
    diagonal = np.concatenate([block.sum(1), block.sum(0)])
    jacobian = np.zeros((2 * order, order))
    for a in range(order):
        b = np.arange(order)
        slopes = 2 * xi[a] * (u[a] + u[b])
        np.add.at(jacobian, (a, total[a]), slopes)
        np.add.at(jacobian, (order + b, total[a]), slopes)
    scale = p**2 * order
    parts = (
        np.linalg.norm(block, 2),
        np.abs(diagonal).max(),
        np.linalg.norm(jacobian, 2) ** 2,
    )
    return np.array(parts) / scale


@pytest.mark.parametrize(("order", "p"), [(97, 0.5), (151, 0.3)])
def test_the_terms_are_the_noise_that_sampling_makes(order, p):
    measured = np.mean([sampling_noise(order, p, seed) for seed in range(10)], axis=0)
    terms = hessian_terms([order], p)
    expected = np.array([terms.block[0], terms.diagonal[0], terms.squares[0]])
    # All three tend to the terms for large M; the diagonal, a maximum, does so slowly.
    block, diagonal, squares = measured / expected
    assert 0.95 < block < 1.02
    assert 0.85 < diagonal < 1.05
    assert 0.9 < squares < 1.03


def test_the_edge_of_the_squares_spectrum():
    """35.3 x^2: beyond the edge, and only there, the resolvent's equations have a solution.

    For random entries with the variances 4 x^2 (cos a + cos(h - a))^2 / M, rows a twice.
    """
    angle = 2 * np.pi * np.arange(40) / 40
    variance = 4 * (np.cos(angle + 0.05)[:, None] + np.cos(angle - angle[:, None] - 0.05)) ** 2

    def solvable(z):
        rows = np.full(40, 1 / z)
        for _ in range(2000):
            columns = 1 / (1 - 2 * (variance * rows[:, None]).mean(axis=0))
            before, rows = rows, 1 / (z - (variance * columns).mean(axis=1))
            if columns.min() <= 0 or rows.min() <= 0:
                return False
        return abs(rows - before).max() < 1e-9

    assert solvable(SQUARES + 0.2) and not solvable(SQUARES - 0.2)


def test_the_curvature_is_bounded_by_minus_one_and_the_noise():
    terms = hessian_terms([199], stability_boundary([199]))
    assert terms.bound == pytest.approx([0])
    assert hessian_terms([50], 1.0).bound == pytest.approx([-1])
