"""Tasks of any data: what each constructor promises, and what a pool must not be."""

import sys

import numpy as np
import pytest
import torch

from li2_core import GroupTask, Module, cyclic, train
from li2_core.nets import MLP
from li2_core.tasks import (
    SampledTask,
    digits_task,
    eigenvector_task,
    polynomial_task,
    teacher_task,
)


def gram(x):
    return x @ x.T + 0.1 * (x @ x.T).square()


MAKERS = {
    "polynomial": lambda seeds: polynomial_task(4, 6, 5, seeds=seeds),
    "eigenvector": lambda seeds: eigenvector_task(gram, 4, 6, 5, place=2, seeds=seeds),
    "teacher": lambda seeds: teacher_task((3, 4, 2), 6, 5, seeds=seeds),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_each_seed_has_its_own_questions_whatever_stands_beside_it(make):
    together = make([3, 7])
    assert together.seeds == (3, 7) and together.config["seeds"] == [3, 7]
    assert together.train_index.shape == (2, 6) and together.test_index.shape == (2, 5)
    places = torch.cat([together.train_index, together.test_index], 1).flatten()
    assert sorted(places.tolist()) == list(range(22)) == list(range(len(together.inputs)))
    torch.rand(3)  # the global generator plays no part
    state = torch.get_rng_state()
    alone = make([7])
    assert torch.equal(torch.get_rng_state(), state)
    for index in ("train_index", "test_index"):
        ours, theirs = getattr(alone, index)[0], getattr(together, index)[1]
        assert torch.equal(alone.inputs[ours], together.inputs[theirs])
        assert torch.equal(alone.targets[ours], together.targets[theirs])
    assert not torch.equal(together.inputs[:11], together.inputs[11:])


def test_a_polynomial_has_the_moments_of_its_kind():
    """Half a square: mean 1/2, variance 1/2. Hermite polynomials: 0 and 1, orthogonal."""
    half = polynomial_task(3, 200_000, 1)
    assert half.inputs.var().item() == pytest.approx(1 / 3, rel=0.01)
    assert half.targets.mean().item() == pytest.approx(0.5, abs=0.01)
    assert half.targets.var().item() == pytest.approx(0.5, rel=0.05)
    values = torch.cat([polynomial_task(3, 200_000, 1, degree=k).targets for k in (1, 3, 4)], 1)
    second_moments = (values.mT @ values / len(values)).numpy()
    assert values.mean(0).abs().max() < 0.02
    assert np.allclose(second_moments, np.eye(3), atol=0.1)


def test_the_answer_is_a_function_of_one_direction():
    task = polynomial_task(5, 60, 40)
    x, y = task.inputs.double(), task.targets.double()
    pairs = torch.stack([x[:, i] * x[:, j] for i in range(5) for j in range(i + 1)], 1)
    fit = torch.linalg.lstsq(pairs, y).solution[:, 0]
    assert (pairs @ fit - y[:, 0]).abs().max() < 1e-5
    square = torch.zeros(5, 5).double()
    square[torch.tril_indices(5, 5).unbind()] = fit
    values = torch.linalg.eigvalsh((square + square.mT) / 2)
    assert values[:-1].abs().max() < 1e-4 and values[-1].item() == pytest.approx(5 / 2, rel=1e-4)


@pytest.mark.parametrize("place", [1, 4])
def test_eigenvector_labels_are_one_over_the_whole_pool(place):
    task = eigenvector_task(gram, 6, 20, 12, place=place)
    order = torch.cat([task.train_index[0], task.test_index[0]])
    x, y = task.inputs[order].double(), task.targets[order, 0].double()
    K = gram(x)
    value = y @ K @ y / (y @ y)
    assert (K @ y - value * y).norm() < 1e-4 * value * y.norm()
    assert value.item() == pytest.approx(torch.linalg.eigvalsh(K)[-place].item(), rel=1e-5)


def test_a_student_with_the_teachers_weights_knows_everything():
    task = teacher_task((3, 8, 8, 2), 20, 10, seeds=[5])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        torch.randn(30, 3)
        student = MLP((3, 8, 8, 2), "tanh")  # it makes its layers in the teacher's order
    assert torch.allclose(student(task.inputs), task.targets, atol=1e-6)


def test_digits_are_the_digits():
    task = digits_task(100, seeds=[0, 4])
    assert task.inputs.shape == (1797, 64) and task.num_classes == 10 and task.num_train == 100
    assert task.inputs.min() == 0 and task.inputs.max() == 1
    assert sorted(task.targets.unique().tolist()) == list(range(10))
    assert not torch.equal(task.train_index[0], task.train_index[1])
    for train_set, test_set in zip(task.train_index, task.test_index, strict=True):
        assert sorted(torch.cat([train_set, test_set]).tolist()) == list(range(1797))
    with pytest.raises(ValueError, match=r"num_train must be .* at most 1796"):
        digits_task(1797)
    history = train(task, Module(lambda: MLP((64, 30, 10))), lr=0.01, steps=60, every=60)
    assert (history["test_accuracy"][:, -1] > 0.7).all()


def test_without_scikit_learn_the_digits_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        digits_task(10)


X, TRAIN, TEST = torch.zeros(4, 2), torch.tensor([[0, 1]]), torch.tensor([[2, 3]])
CLASSES, NUMBERS = torch.tensor([0, 1, 2, 0]), torch.zeros(4, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, CLASSES, TRAIN, TEST, 1, 2), "classes 0 to 1"),
        ((X, CLASSES - 1, TRAIN, TEST, 1, 3), "classes 0 to 2"),
        ((X, CLASSES.int(), TRAIN, TEST, 1, 3), "int64"),
        ((X, NUMBERS, TRAIN, TEST, 1, 2), r"numbers \(4, 2\)"),
        ((X, NUMBERS / 0, TRAIN, TEST, 1, 1), "finite"),
        ((X / 0, NUMBERS, TRAIN, TEST, 1, 1), "inputs must be finite"),
        ((X[:3], NUMBERS, TRAIN, TEST, 1, 1), r"numbers \(3, 1\)"),
        ((X, NUMBERS, TRAIN[0], TEST, 1, 1), r"train_index must be int64 \(1, n\)"),
        ((X, NUMBERS, TRAIN, TEST, 2, 1), r"train_index must be int64 \(2, n\) for 2 seeds"),
        ((X, NUMBERS, TRAIN, TEST[:, :0], 1, 1), "test_index must be int64"),
        ((X, NUMBERS, TRAIN, TEST + 1, 1, 1), "test_index must be places from 0 to 3"),
        ((X, NUMBERS, TRAIN, TRAIN, 1, 1), "a question twice, or in both sets"),
        ((X, NUMBERS, TRAIN, TEST, [2, 2], 1), "different integers"),
    ],
)
def test_a_pool_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SampledTask(*arguments, {})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: polynomial_task(4, 0, 5), "num_train must be a whole number at least 1"),
        (lambda: polynomial_task(4, 3, 5, degree=0), "degree must be a whole number at least 1"),
        (lambda: eigenvector_task(gram, 4, 3, 5, place=9), "place must be .* at most 8"),
        (lambda: eigenvector_task(lambda x: x, 4, 3, 5, place=1), r"kernel must give \(8, 8\)"),
        (lambda: teacher_task((3,)), "sizes must be at least two"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_pool_is_a_task_as_a_groups_is():
    """The pool of a group's pairs trains exactly as the group's own task does."""
    group = GroupTask(cyclic(5), 0.6, seeds=2)
    pool = SampledTask(
        group.inputs, group.targets, group.train_index, group.test_index, 2, 5, {"name": "Z_5"}
    )
    net = Module(lambda: MLP((10, 12, 5), "square"))
    runs = [train(task, net, steps=20) for task in (group, pool)]
    assert np.array_equal(runs[0]["test_loss"], runs[1]["test_loss"])
    assert repr(pool) == "SampledTask(Z_5, 15 questions, 2 seeds)"
