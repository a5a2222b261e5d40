"""A lazy network of infinite width is a linear rule on the pairs that it has not seen."""

import pytest
import torch

from li2_core import GroupTask, cyclic, symmetric
from li2_core.lazy import infinite_width_kernel


def ridge_scores(task, activation, eta):
    """Scores for all pairs, (M^2, M): ridge regression with features whose kernel is exact."""
    values, vectors = torch.linalg.eigh(infinite_width_kernel(task.group, activation))
    features = vectors * values.clamp_min(0).sqrt()
    shown, Y = task.train_index[0], task.labels()
    mean = features[shown].mean(0)
    F, answers = features[shown] - mean, Y[shown] - Y[shown].mean(0)
    gram = F.T @ F + eta * torch.eye(F.shape[1], dtype=F.dtype)
    return (features - mean) @ torch.linalg.solve(gram, F.T @ answers)


@pytest.mark.parametrize("activation", ["square", "relu", "tanh"])
@pytest.mark.parametrize("group", [cyclic(11), symmetric(4)], ids=repr)
@pytest.mark.parametrize("fraction", [0.3, 0.7])
def test_unseen_scores_are_a_sum_of_two_functions_of_one_element(group, activation, fraction):
    task = GroupTask(group, fraction, [3])
    scores = ridge_scores(task, activation, eta=0.1)
    for index, linear in ((task.test_index[0], True), (task.train_index[0], False)):
        X = task.rows(index)
        rule = X @ torch.linalg.pinv(X) @ scores[index]
        error = (scores[index] - rule).norm() / scores[index].norm()
        assert error < 1e-9 if linear else error > 0.1


@pytest.mark.parametrize("fraction", [0.2, 0.4, 0.8])
def test_all_shown_pairs_are_right_and_all_unseen_ones_wrong(fraction):
    task = GroupTask(cyclic(23), fraction, [0])
    scores = ridge_scores(task, "square", eta=1e-3)
    right = scores.argmax(1) == task.targets
    assert right[task.train_index[0]].all() and not right[task.test_index[0]].any()
