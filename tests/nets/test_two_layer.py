"""The network against its dense formula, and its first weights."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING, dense_outputs, largest_error

from li2_core.groups import cyclic, product
from li2_core.nets import TwoLayer
from li2_core.tasks import GroupTask

GROUPS = [cyclic(2), cyclic(5), product(cyclic(2), cyclic(4)), cyclic(13)]


def initialized(task, **description):
    return TwoLayer(**description).initialize(task, dtype=torch.float64)


# 1e-13 below: sums of at most 20 terms in float64, some hundred rounding errors at most.


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
@pytest.mark.parametrize("name", sorted(MEANING))
def test_outputs_are_the_row_centred_scaled_product(group, name):
    """Z_13 has 169 pairs: more than one block of rows."""
    task = GroupTask(group, 0.5, seeds=[4, 9])
    net = initialized(task, width=20, activation=name, output_scale=0.7, init_scale=3)
    X = task.rows()
    outputs = net(task.pairs)
    for s in range(2):
        expected = dense_outputs(X, net.hidden[s], net.readout[s], name, 0.7)
        assert largest_error(outputs[s], expected) < 1e-13
    assert outputs.mean(-1).abs().max() < 1e-13 * outputs.abs().max()


@given(st.sampled_from(GROUPS), st.integers(1, 3), st.integers(0, 1000))
def test_each_seed_may_be_asked_its_own_pairs(group, num_seeds, seed):
    task = GroupTask(group, 0.5, seeds=num_seeds)
    net = initialized(task, width=6, activation="silu")
    generator = torch.Generator().manual_seed(seed)
    index = torch.randint(len(task.pairs), (num_seeds, 7), generator=generator)
    outputs, features = net(task.pairs[index]), net.features(task.pairs[index])
    inner = net.preactivations(task.pairs[index])
    assert features.shape == inner.shape == (num_seeds, 7, 6)
    for s in range(num_seeds):
        X = task.rows(index[s])
        assert largest_error(inner[s], X @ net.hidden[s]) < 1e-13
        assert largest_error(features[s], MEANING["silu"](X @ net.hidden[s])) < 1e-13
        expected = dense_outputs(X, net.hidden[s], net.readout[s], "silu")
        assert largest_error(outputs[s], expected) < 1e-13


def test_features_of_shared_pairs_have_a_seed_axis():
    task = GroupTask(cyclic(5), 0.5, seeds=3)
    net = TwoLayer(width=4).initialize(task)
    assert net.features(task.pairs).shape == (3, 25, 4)
    assert net(task.pairs).shape == (3, 25, 5)
    assert net(task.pairs).dtype == torch.float32


def test_a_constant_added_to_all_classes_changes_no_output():
    task = GroupTask(cyclic(5), 0.5)
    net = initialized(task, width=8)
    shifted = net.with_weights(net.hidden, net.readout + torch.arange(8.0)[:, None])
    assert largest_error(shifted(task.pairs), net(task.pairs)) < 1e-12


def test_first_weights_are_uniform_up_to_one_over_the_root_of_the_fan_in():
    """12,288 numbers a layer: the standard error of a standard deviation is half a percent."""
    task = GroupTask(cyclic(12), 0.5, seeds=2)
    net = initialized(task, width=256)
    for weights, fan_in in ((net.hidden, 24), (net.readout, 256)):
        bound = fan_in**-0.5
        assert 0.999 * bound < weights.abs().max() <= bound
        assert abs(weights.std() * 3**0.5 / bound - 1) < 0.02
        assert abs(weights.mean()) < 0.03 * bound


def test_init_scale_multiplies_both_layers():
    task = GroupTask(cyclic(5), 0.5, seeds=2)
    plain, scaled = initialized(task, width=8), initialized(task, width=8, init_scale=4)
    assert torch.equal(scaled.hidden, 4 * plain.hidden)
    assert torch.equal(scaled.readout, 4 * plain.readout)


def test_zero_readout_changes_the_readout_alone():
    task = GroupTask(cyclic(5), 0.5, seeds=2)
    plain, silent = initialized(task, width=8), initialized(task, width=8, zero_readout=True)
    assert torch.equal(silent.hidden, plain.hidden)
    assert not silent.readout.any() and plain.readout.all()


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=4, unique=True))
def test_a_seed_has_its_own_weights_whatever_stands_beside_it(seeds):
    together = TwoLayer(width=5).initialize(GroupTask(cyclic(5), 0.5, seeds))
    for i, seed in enumerate(seeds):
        torch.rand(3)  # the global generator plays no part
        alone = TwoLayer(width=5).initialize(GroupTask(cyclic(5), 0.5, [seed]))
        assert torch.equal(alone.hidden[0], together.hidden[i])
        assert torch.equal(alone.readout[0], together.readout[i])
    assert len({float(first) for first in together.hidden[:, 0, 0]}) == len(seeds)


def test_weights_and_split_of_a_seed_come_from_different_streams():
    """5,000 independent numbers correlate by .014 (standard deviation), equal ones by 1."""
    for seed in (0, 1, 12345):
        net = initialized(GroupTask(cyclic(25), 0.5, [seed]), width=100)
        generator = torch.Generator().manual_seed(seed)  # what draws the split
        stream = torch.rand(50, 100, generator=generator, dtype=torch.float64)
        both = torch.stack([net.hidden[0].flatten(), stream.flatten()])
        assert abs(torch.corrcoef(both)[0, 1]) < 0.07


def test_with_weights_holds_these_weights_and_leaves_the_description_alone():
    description = TwoLayer(width=3, activation="relu", output_scale=2, init_scale=0.5)
    hidden, readout = torch.rand(2, 8, 3), torch.rand(2, 3, 4)
    net = description.with_weights(hidden, readout)
    assert torch.equal(net.hidden, hidden) and torch.equal(net.readout, readout)
    assert torch.equal(net.parameters["readout"], readout.mT)
    assert net.recipe is description
    assert description.config == {
        "width": 3,
        "activation": "relu",
        "init_scale": 0.5,
        "zero_readout": False,
        "output_scale": 2.0,
        "complex_weights": False,
    }


@pytest.mark.parametrize(
    ("hidden", "readout"),
    [
        ((2, 8, 4), (2, 4, 4)),  # another width
        ((2, 7, 3), (2, 3, 4)),  # an odd number of rows
        ((2, 8, 3), (2, 3, 5)),  # another number of classes
        ((2, 8, 3), (1, 3, 4)),  # another number of seeds
        ((2, 8, 3), (2, 4, 3)),  # the readout transposed
        ((8, 3), (3, 4)),  # no seed axis
    ],
)
def test_weights_that_do_not_fit_are_an_error(hidden, readout):
    with pytest.raises(ValueError, match=r"expected hidden \(S, 2M, 3\) and readout \(S, 3, M\)"):
        TwoLayer(width=3).with_weights(torch.zeros(hidden), torch.zeros(readout))


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"width": 0}, "width must be a whole number at least 1, got 0"),
        ({"width": 3.7}, "width must be a whole number at least 1, got 3.7"),
        ({"width": -5}, "width must be a whole number at least 1, got -5"),
        ({"width": 4, "init_scale": 0}, "init_scale must be a finite number above 0, got 0"),
        (
            {"width": 4, "init_scale": float("nan")},
            "init_scale must be a finite number above 0, got nan",
        ),
        ({"width": 4, "output_scale": -1}, "output_scale must be a finite number above 0, got -1"),
        ({"width": 4, "activation": "cube"}, "unknown activation 'cube', allowed: gelu, id"),
    ],
)
def test_a_wrong_description_is_an_error(description, message):
    with pytest.raises(ValueError, match=message):
        TwoLayer(**description)


def test_a_width_from_numpy_is_a_plain_integer():
    """So that the description can be written as JSON."""
    assert type(TwoLayer(width=np.int64(4)).config["width"]) is int
