"""Tasks: every pair is asked, each seed's split is a split, and it depends on that seed alone."""

import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import dense_energy, random_nodes

from li2_core.energy import energy
from li2_core.groups import FiniteGroup, cyclic, product
from li2_core.tasks import GroupTask, one_hot

S3 = FiniteGroup(
    [
        [0, 1, 2, 3, 4, 5],
        [1, 2, 0, 4, 5, 3],
        [2, 0, 1, 5, 3, 4],
        [3, 5, 4, 0, 2, 1],
        [4, 3, 5, 1, 0, 2],
        [5, 4, 3, 2, 1, 0],
    ],
    name="S_3",
)
GROUPS = [cyclic(2), cyclic(3), cyclic(5), product(cyclic(2), cyclic(4)), S3]

groups = st.sampled_from(GROUPS)
fractions = st.floats(0.2, 0.8)
seed_lists = st.lists(st.integers(0, 10_000), min_size=1, max_size=4, unique=True)


@given(groups, fractions, seed_lists)
def test_a_split_shares_all_pairs_out(group, fraction, seeds):
    task = GroupTask(group, fraction, seeds)
    size = group.order**2
    assert abs(task.num_train - fraction * size) <= 0.5
    assert task.train_index.shape == (len(seeds), task.num_train)
    assert task.test_index.shape == (len(seeds), size - task.num_train)
    for train, test in zip(task.train_index.tolist(), task.test_index.tolist(), strict=True):
        assert train == sorted(train) and test == sorted(test)
        assert sorted(train + test) == list(range(size))


@given(groups, fractions, seed_lists)
def test_a_seed_has_its_own_split_whatever_stands_beside_it(group, fraction, seeds):
    together = GroupTask(group, fraction, seeds)
    for i, seed in enumerate(seeds):
        torch.rand(3)  # the global generator plays no part
        alone = GroupTask(group, fraction, [seed])
        assert torch.equal(alone.train_index[0], together.train_index[i])
        assert torch.equal(alone.test_index[0], together.test_index[i])


def test_seeds_draw_different_splits():
    """100 of the binomial(121, 60) splits are all different: a repeat has chance 1e-30."""
    task = GroupTask(cyclic(11), 0.5, 100)
    assert len({tuple(split) for split in task.train_index.tolist()}) == 100
    assert task.seeds == tuple(range(100))
    # Each pair is trained on by about half of the seeds: 50 +- 5 (standard deviation).
    counts = torch.bincount(task.train_index.flatten(), minlength=121)
    assert counts.min() > 25 and counts.max() < 75


def test_splits_differ_from_other_small_tables_only_in_their_seed():
    assert torch.equal(
        GroupTask(product(cyclic(2), cyclic(3)), 0.5, [3]).train_index,
        GroupTask(S3, 0.5, [3]).train_index,
    )


@given(groups)
def test_pairs_and_targets_read_the_table(group):
    task, M = GroupTask(group, 0.5), group.order
    assert task.pairs.dtype == task.targets.dtype == torch.int64
    for a in range(M):
        for b in range(M):
            assert task.pairs[a * M + b].tolist() == [a, b]
            assert task.targets[a * M + b] == group.table[a, b]
    assert (task.inputs.shape, task.num_classes) == ((M**2, 2 * M), M)


@given(groups, st.data())
def test_inputs_and_labels_are_one_hot(group, data):
    task, M = GroupTask(group, 0.5), group.order
    index = data.draw(st.lists(st.integers(0, M * M - 1), max_size=8))
    for given_index, pairs in ((None, range(M * M)), (torch.tensor(index, dtype=int), index)):
        X, Y = np.zeros((len(pairs), 2 * M)), np.zeros((len(pairs), M))
        for row, pair in enumerate(pairs):
            a, b = divmod(pair, M)
            X[row, a] = X[row, M + b] = Y[row, group.table[a, b]] = 1
        rows, labels = task.rows(given_index), task.labels(given_index)
        assert rows.dtype == labels.dtype == torch.float64
        assert np.array_equal(rows.numpy(), X)
        assert np.array_equal(labels.numpy(), Y)
    assert task.inputs.dtype == torch.float32 and torch.equal(task.inputs.double(), task.rows())


def test_one_hot_adds_an_axis():
    assert one_hot(torch.tensor([[1], [0]]), 2).tolist() == [[[0.0, 1.0]], [[1.0, 0.0]]]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_on_the_full_table_all_class_means_coincide(group):
    """Each class sees each element once on either side, so every mean is 1/M everywhere."""
    task = GroupTask(group, 0.5)
    X, Y = task.rows(), task.labels()
    means = (Y.T @ X) / Y.sum(0)[:, None]
    assert (means - 1 / group.order).abs().max() < 1e-15


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.2, float("nan"), float("inf")])
def test_a_fraction_outside_0_1_is_an_error(fraction):
    with pytest.raises(ValueError, match="train_fraction must be a finite number above 0"):
        GroupTask(cyclic(5), fraction)


@pytest.mark.parametrize(("fraction", "empty"), [(0.01, "training"), (0.99, "test")])
def test_a_fraction_that_leaves_nothing_is_an_error(fraction, empty):
    with pytest.raises(ValueError, match=f"of 25 pairs leaves an empty {empty} set"):
        GroupTask(cyclic(5), fraction)


def test_one_pair_is_enough_to_train_or_to_test_on():
    assert GroupTask(cyclic(5), 0.04).train_index.shape == (1, 1)
    assert GroupTask(cyclic(5), 0.96).test_index.shape == (1, 1)


def test_the_trivial_group_leaves_no_split():
    with pytest.raises(ValueError, match="empty"):
        GroupTask(cyclic(1), 0.5)


@pytest.mark.parametrize("seeds", [0, -2, [], [3, 3], [1, 2, 1], 2.0, True, "3", [0.5], None])
def test_no_seed_or_a_repeated_one_is_an_error(seeds):
    with pytest.raises(ValueError, match="seed"):
        GroupTask(cyclic(5), 0.5, seeds)


def test_seeds_may_come_from_numpy():
    task = GroupTask(cyclic(5), 0.5, np.arange(2, 4))
    assert task.seeds == (2, 3) and all(type(seed) is int for seed in task.seeds)
    assert repr(task) == "GroupTask(Z_5, 12 of 25 pairs, 2 seeds)"


# --- A task does not change


@pytest.mark.parametrize("name", ["train_index", "targets", "group", "seeds", "other"])
def test_a_task_does_not_change(name):
    task = GroupTask(cyclic(5), 0.5)
    with pytest.raises(AttributeError):
        setattr(task, name, torch.arange(3)[None])
    assert task.num_train == 12


def test_another_split_is_another_task_and_has_its_own_energy():
    task = GroupTask(cyclic(7), 0.5)
    w = random_nodes(3, task.group)
    before = energy(w, task)
    other = GroupTask.from_split(task.group, task.test_index)
    assert torch.allclose(energy(w, other), dense_energy(w, other))
    assert not torch.allclose(energy(w, other), before)
    assert torch.equal(energy(w, task), before)


def test_a_split_of_ones_own_is_sorted_and_the_rest_is_the_test_set():
    given = np.array([[7, 2, 4], [0, 1, 8]])
    task = GroupTask.from_split(cyclic(3), given)
    given[0, 0] = 6  # the task has its own copy
    assert task.train_index.tolist() == [[2, 4, 7], [0, 1, 8]]
    assert task.test_index.tolist() == [[0, 1, 3, 5, 6, 8], [2, 3, 4, 5, 6, 7]]
    assert (task.seeds, task.num_train, task.train_fraction) == ((0, 1), 3, 1 / 3)
    one = GroupTask.from_split(cyclic(3), [1, 0], test_index=[5, 3], seeds=[4])
    assert (one.train_index.tolist(), one.test_index.tolist()) == ([[0, 1]], [[3, 5]])


@pytest.mark.parametrize(
    ("train", "test", "seeds"),
    [
        ([0, 0], None, None),
        ([0, 9], None, None),
        ([-1, 2], None, None),
        ([], None, None),
        (list(range(9)), None, None),
        ([0.0, 1.0], None, None),
        ([True, False], None, None),
        (3, None, None),
        ([[[1]]], None, None),
        ([1, 2], [2, 3], None),
        ([[1, 2], [3, 4]], [0, 5], None),
        ([1, 2], None, 2),
        ([[1, 2], [3, 4]], None, [5, 5]),
    ],
)
def test_a_split_that_is_none_is_an_error(train, test, seeds):
    with pytest.raises(ValueError, match=r"train_index|test_index|seeds"):
        GroupTask.from_split(cyclic(3), train, test, seeds)


def test_the_config_tells_tasks_apart():
    task = GroupTask(cyclic(5), 0.5, seeds=[3])
    own = GroupTask.from_split(task.group, task.train_index, seeds=[3])
    other = GroupTask.from_split(task.group, task.test_index, seeds=[3])
    assert json.loads(json.dumps(own.config)) == own.config
    assert set(own.config) - set(task.config) == {"split_checksum"}
    configs = [task.config, own.config, other.config, GroupTask(cyclic(5), 0.5, 2).config]
    assert all(a != b for a, b in itertools.combinations(configs, 2))
    assert GroupTask.from_split(cyclic(5), task.train_index, seeds=[3]).config == own.config
