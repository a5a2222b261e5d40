"""The kernel of the table: its three values and its three eigenspaces, to 1e-12."""

import numpy as np
import pytest
import torch

from li2_core import GroupTask, cyclic, symmetric
from li2_core.lazy import (
    centre,
    infinite_width_kernel,
    kernel_on_table,
    lazy_operator,
    table_eigenvalues,
)

NAMES = ["square", "relu", "silu", "gelu", "tanh", "identity"]
GROUPS = [cyclic(7), symmetric(3)]


def test_kernel_values():
    assert kernel_on_table("square") == pytest.approx((4, 6, 12), abs=1e-12)
    assert kernel_on_table("identity") == pytest.approx((0, 1, 2), abs=1e-12)
    # The arc-cosine kernel at angles pi/2, pi/3 and 0, for vectors of squared length 2.
    thirds = (np.sin(np.pi / 3) + 2 * np.pi / 3 * np.cos(np.pi / 3)) / np.pi
    assert kernel_on_table("relu") == pytest.approx((1 / np.pi, thirds, 1), abs=1e-12)


@pytest.mark.parametrize("group", GROUPS, ids=repr)
@pytest.mark.parametrize("name", NAMES)
def test_the_eigenvalues_are_those_of_the_matrix(group, name):
    M = group.order
    kernel = infinite_width_kernel(group, name)
    centred = centre(centre(kernel).mT)
    constant, main_effects, interaction = table_eigenvalues(name, M)
    for matrix, first in ((kernel, constant), (centred, 0.0)):
        expected = [first] + [main_effects] * (2 * M - 2) + [interaction] * (M - 1) ** 2
        found = torch.linalg.eigvalsh(matrix).numpy()
        assert np.allclose(found, np.sort(expected), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_the_closed_form_of_the_operator_inverts_the_kernel(group):
    for name in NAMES:
        kernel = centre(centre(infinite_width_kernel(group, name)).mT)
        n = len(kernel)
        eye = torch.eye(n, dtype=torch.float64)
        R = lazy_operator(group, name, eta=0.5)
        assert ((kernel + 0.5 * eye) @ R - (eye - 1 / n)).abs().max() < 1e-12


def test_the_closed_form_is_the_limit_of_what_is_solved_on_nearly_all_pairs():
    """With all but one pair the numeric way runs, and differs by one pair's share."""
    group = cyclic(9)
    task = GroupTask(group, 80 / 81)
    kept = task.train_index[0]
    whole = lazy_operator(group, eta=2.0)[kept][:, kept]
    assert (whole - lazy_operator(task, eta=2.0)).abs().max() < 0.01 * whole.abs().max()


def test_on_the_table_a_linear_kernel_needs_a_ridge():
    with pytest.raises(ValueError, match="singular for eta = 0"):
        lazy_operator(cyclic(5), "identity", eta=0)
    assert lazy_operator(cyclic(5), "square", eta=0).isfinite().all()
    with pytest.raises(ValueError, match="unknown activation 'cube'"):
        lazy_operator(cyclic(5), "cube")
