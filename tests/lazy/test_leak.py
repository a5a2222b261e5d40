"""How much of the leaked gradient is signal, against the table of the checked theory."""

import math

import numpy as np
import pytest
import torch
from oracles import MEANING, draw

from li2_core import GroupTask, cyclic, dihedral
from li2_core.lazy import alignment, centre, random_features
from li2_core.lazy.leak import alignment_grid, infinite_width_alignment, one_element_share

RATIOS = (1 / 8, 1 / 2, 1, 2, 4, 16, 64)
SMALL_RIDGE = (0.75, 0.45, 0.00, 0.46, 0.72, 0.93, 0.98)
LARGE_RIDGE = (0.79, 0.77, 0.82, 0.88, 0.93, 0.98, 1.00)


def test_one_call_remakes_the_table():
    """M = 23, x^2, the full table: cos(G(inf), T) over K/n, eta/(4K) = 1e-6 and 1."""
    found = alignment_grid(cyclic(23), 1, RATIOS, (1e-6, 1))
    assert np.abs(found[0] - [SMALL_RIDGE, LARGE_RIDGE]).max() < 0.05


def test_without_ridge_it_is_one_minus_the_smaller_ratio():
    found = alignment_grid(cyclic(23), 1, RATIOS[:-1], [1e-6], seeds=[0, 1]).mean(0)[0]
    assert np.abs(found - [1 - min(r, 1 / r) for r in RATIOS[:-1]]).max() < 0.12
    assert found[2] < 0.01


@pytest.mark.parametrize("fraction", [1, 0.6])
def test_the_grid_is_the_cosine_of_eq_4_with_its_definition(fraction):
    group, width = cyclic(5), 9
    grid = alignment_grid(group, fraction, [width / round(25 * fraction)], [0.3], "relu", [3])
    task = GroupTask(group, fraction, [3]) if fraction < 1 else None
    index = torch.arange(25) if task is None else task.train_index[0]
    whole = task or GroupTask(group, 0.5)
    W = draw(10, width, seed=3)
    Ft, Yt = centre(MEANING["relu"](whole.rows(index) @ W)), centre(whole.labels(index))
    third = (math.sin(math.pi / 3) + math.pi / 3) / math.pi
    eta = 0.3 * width * (1 - 2 * third + 1 / math.pi)
    R = torch.linalg.inv(Ft @ Ft.T + eta * torch.eye(len(Ft), dtype=torch.float64))
    expected = alignment(R @ Yt @ Yt.T @ R @ Ft, Yt @ Yt.T @ Ft)
    assert grid.shape == (1, 1, 1)
    assert grid.item() == pytest.approx(expected.item(), rel=1e-9)


def test_infinitely_many_nodes_on_a_part_of_the_table():
    """1 / sqrt(2 - p) at small ridge, 1 on the full table; wide nets come near it."""
    for fraction in (0.4, 0.7):
        found = infinite_width_alignment(GroupTask(cyclic(31), fraction), eta=1e-6)
        assert abs(found - 1 / math.sqrt(2 - fraction)) < 0.02
    assert infinite_width_alignment(cyclic(7), "relu") == pytest.approx(1, abs=1e-12)
    limit = infinite_width_alignment(GroupTask(cyclic(7), 0.6), eta=4.0)
    wide = alignment_grid(cyclic(7), 0.6, [2000], [1.0]).item()
    assert wide == pytest.approx(limit, abs=0.005)


def test_the_same_seed_gives_the_group_and_the_task_the_same_nodes():
    group = cyclic(6)
    task = GroupTask(group, 0.5, [4])
    whole = random_features(group, 5, "tanh", seed=2)
    assert torch.equal(random_features(task, 5, "tanh", seed=2), whole[task.train_index[0]])
    assert whole.dtype == torch.float64 and whole.shape == (36, 5)
    assert not torch.equal(random_features(group, 5, "tanh", seed=3), whole)
    moments = random_features(cyclic(9), 20_000, "identity")
    assert abs(moments.mean()) < 0.01 and abs(moments.square().mean() - 2) < 0.02


def test_the_share_of_one_element_by_least_squares():
    """Against a fit with an intercept and one number an element, column by column."""
    task = GroupTask(dihedral(4), 0.6, [1])
    X = task.rows(task.train_index[0])
    matrix = torch.randn(len(X), 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    design = torch.cat([torch.ones(len(X), 1), X], 1).numpy()
    fitted = design @ np.linalg.lstsq(design, matrix.numpy(), rcond=None)[0]
    left, whole = matrix.numpy() - fitted, matrix - matrix.mean(0)
    expected = 1 - (left**2).sum() / float(whole.square().sum())
    assert one_element_share(matrix, task) == pytest.approx(expected, abs=1e-12)
    with pytest.raises(ValueError, match=r"matrix must be \(38, K\)"):
        one_element_share(matrix[1:], task)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"K/n = 0\.01 leaves no node for 25 pairs"):
        alignment_grid(cyclic(5), 1, [1, 0.01], [1.0])
    with pytest.raises(ValueError, match="eta must be finite and not negative"):
        alignment_grid(cyclic(5), 1, [1], [-1.0])
    with pytest.raises(ValueError, match=r"train_fraction must be .* got 1\.2"):
        alignment_grid(cyclic(5), 1.2, [1], [1.0])
    with pytest.raises(ValueError, match="unknown activation 'cube'"):
        alignment_grid(cyclic(5), 1, [1], [1.0], "cube")
