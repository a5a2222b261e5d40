"""The hand-written gradient against autograd through a dense one-hot network, in float64."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING, dense_loss, largest_error

from li2_core.groups import FiniteGroup, cyclic, product
from li2_core.nets import LossGradient, TwoLayer
from li2_core.nets.rows import blocks, seeds_that_fit
from li2_core.tasks import GroupTask
from li2_core.training import loss_function

# Sums of some hundred terms of like size, each rounded at 1e-16.
TOLERANCE = 1e-12


def written_gradient(task, net, seeds_at_once, loss="mse"):
    pairs, targets = task.pairs[task.train_index], task.targets[task.train_index]
    return LossGradient(net, pairs, targets, loss_function(loss).residual, seeds_at_once)


def autograd_gradient(task, net, s, loss):
    """Seed s's gradient by W and by V."""
    W, V = (weights[s].clone().requires_grad_() for weights in (net.hidden, net.readout))
    X, Y = task.rows(task.train_index[s]), task.labels(task.train_index[s])
    value = dense_loss(X.to(W.dtype), Y, W, V, net.recipe.activation, net.recipe.output_scale, loss)
    return torch.autograd.grad(value, (W, V))


def assert_gradient_is_right(task, net, seeds_at_once, loss="mse"):
    gradient = written_gradient(task, net, seeds_at_once, loss)
    gradient()
    for s in range(task.num_seeds):
        by_hidden, by_readout = autograd_gradient(task, net, s, loss)
        assert largest_error(gradient.grads["hidden"][s], by_hidden) < TOLERANCE
        assert largest_error(gradient.grads["readout"][s].T, by_readout) < TOLERANCE
    outputs = net(task.pairs[task.train_index])
    assert torch.allclose(gradient.outputs, outputs, rtol=0, atol=1e-13)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("name", ["square", "identity"])
def test_gradient_by_complex_weights(name, loss):
    """Autograd's convention: the derivative by the conjugate weights, times two."""
    task = GroupTask(product(cyclic(2), cyclic(3)), 0.6, seeds=[1, 4])
    for seeds_at_once in (1, 2):
        net = TwoLayer(7, activation=name, output_scale=0.7, init_scale=2, complex_weights=True)
        net = net.initialize(task, dtype=torch.float64)
        assert net.hidden.dtype == net.readout.dtype == torch.complex128
        assert_gradient_is_right(task, net, seeds_at_once, loss)


@pytest.mark.parametrize("name", sorted(MEANING))
def test_gradient_of_the_cross_entropy(name):
    task = GroupTask(cyclic(5), 0.6, seeds=[3, 5, 8])
    for seeds_at_once in (1, 2):
        net = TwoLayer(width=11, activation=name, output_scale=1.7, init_scale=2)
        net = net.initialize(task, dtype=torch.float64)
        assert_gradient_is_right(task, net, seeds_at_once, "cross_entropy")


@pytest.mark.parametrize("name", sorted(MEANING))
@pytest.mark.parametrize("output_scale", [1.0, 0.3])
@pytest.mark.parametrize("group", [cyclic(5), product(cyclic(2), cyclic(4))], ids=repr)
def test_gradient_for_every_activation_scale_and_stack(group, output_scale, name):
    task = GroupTask(group, 0.6, seeds=[3, 5, 8])
    for seeds_at_once in (1, 2, 3, 7):
        net = TwoLayer(width=11, activation=name, output_scale=output_scale, init_scale=2)
        assert_gradient_is_right(task, net.initialize(task, dtype=torch.float64), seeds_at_once)


@pytest.mark.parametrize("seeds_at_once", [1, 2])
@pytest.mark.parametrize(("fraction", "count"), [(0.5, 7), (128 / 841, 2), (0.9, 12)])
def test_gradient_over_several_blocks_of_rows(fraction, count, seeds_at_once):
    """Z_29 has 841 pairs; with so many nodes a block holds 64: a last short one, and none."""
    task = GroupTask(cyclic(29), fraction, seeds=2)
    assert len(blocks(task.num_train, 4096, on_gpu=False)) == count
    net = TwoLayer(width=4096, activation="silu").initialize(task, dtype=torch.float64)
    assert_gradient_is_right(task, net, seeds_at_once)


def test_blocks_cover_all_samples_once():
    for n, width in ((1, 1), (64, 10**6), (65, 10**6), (1000, 2048), (529, 256)):
        covered = [i for block in blocks(n, width, False) for i in range(n)[block]]
        assert covered == list(range(n)) and blocks(n, width, True) == [slice(0, n)]


@given(st.integers(2, 7), st.data())
def test_gradient_when_some_elements_are_never_seen(order, data):
    """A few pairs only, of a group with its elements renamed: many rows of W have no reader."""
    table = cyclic(order).table
    rename = torch.tensor(data.draw(st.permutations(range(order)))).numpy()
    back = rename.argsort()
    count = data.draw(st.integers(1, order**2 - 1))
    seeds = data.draw(st.lists(st.integers(0, 999), min_size=1, max_size=4, unique=True))
    task = GroupTask(FiniteGroup(rename[table[back][:, back]]), count / order**2, seeds)
    assert task.num_train == count
    net = TwoLayer(width=3, activation="tanh").initialize(task, dtype=torch.float64)
    assert_gradient_is_right(task, net, data.draw(st.integers(1, len(seeds))))


def test_gradient_starts_afresh_at_each_call_and_sees_the_weights_as_they_are():
    task = GroupTask(cyclic(5), 0.6, seeds=2)
    net = TwoLayer(width=6).initialize(task, dtype=torch.float64)
    gradient = written_gradient(task, net, 1)
    gradient()
    first = gradient.grads["hidden"].clone(), gradient.grads["readout"].clone()
    gradient()
    assert torch.equal(gradient.grads["hidden"], first[0])
    assert torch.equal(gradient.grads["readout"], first[1])
    for weights in net.parameters.values():
        weights.mul_(1.5)
    gradient()
    for s in range(2):
        by_hidden, by_readout = autograd_gradient(task, net, s, "mse")
        assert largest_error(gradient.grads["hidden"][s], by_hidden) < TOLERANCE
        assert largest_error(gradient.grads["readout"][s].T, by_readout) < TOLERANCE


@pytest.mark.parametrize("complex_weights", [False, True])
@pytest.mark.parametrize(("order", "width"), [(7, 12), (11, 64), (13, 96)])
def test_seeds_are_stacked_while_they_fit_the_cache_and_have_the_bits_of_one_by_one(
    order, width, complex_weights
):
    task = GroupTask(cyclic(order), 0.7, seeds=15)
    net = TwoLayer(width, complex_weights=complex_weights).initialize(task)
    pairs, targets = task.pairs[task.train_index], task.targets[task.train_index]
    residual = loss_function("mse").residual
    chosen, single = (net.gradient(pairs, targets, residual, count) for count in (None, 1))
    assert len(chosen.stacks) == 1 and len(single.stacks) == 15
    chosen()
    single()
    same = torch.allclose if complex_weights else torch.equal
    assert same(chosen.outputs, single.outputs)
    assert all(same(chosen.grads[name], grad) for name, grad in single.grads.items())


@pytest.mark.parametrize(
    ("seeds", "features", "on_gpu", "stacked"),
    [(15, 2**10, False, 15), (15, 2**16, False, 4), (15, 2**19, False, 1), (15, 2**19, True, 15)],
)
def test_the_size_of_a_stack(seeds, features, on_gpu, stacked):
    assert seeds_that_fit(seeds, features, on_gpu) == stacked
