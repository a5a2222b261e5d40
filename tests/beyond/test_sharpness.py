"""Hessians of trained networks against autograd; what no rescaling may move."""

import math

import pytest
import torch
from oracles import MEANING, dense_loss, draw, largest_error

from li2_core import GroupTask, TwoLayer, cyclic, dihedral, train
from li2_core.beyond import balanced_trace, exact_interpolator, loss_hessian
from li2_core.beyond.balance import balance, node_traces
from li2_core.beyond.estimates import curvature_trace, top_curvature
from li2_core.beyond.phases import rotate_frequency
from li2_core.beyond.sharpness import gauss_newton, residual_jacobian

TASK = GroupTask(cyclic(5), 0.6, seeds=2)
SEARCH = "strong_wolfe"


def network(task=TASK, width=6, **recipe):
    return TwoLayer(width, init_scale=2.0, **recipe).initialize(task, dtype=torch.float64)


def dense(task, net, place):
    """The loss as a function of one row of weights, and the weights."""
    X, Y = (make(task.train_index[place]) for make in (task.rows, task.labels))
    W, V = net.hidden[place], net.readout[place]
    name, scale = net.recipe.activation, net.recipe.output_scale

    def loss(weights):
        parts = weights.split([W.numel(), V.numel()])
        return dense_loss(X, Y, parts[0].view(W.shape), parts[1].view(V.shape), name, scale)

    return loss, torch.cat([W.flatten(), V.flatten()])


def interpolating(width=30):
    return exact_interpolator(network(width=width), TASK), TASK


@pytest.mark.parametrize("name", [*MEANING])
@pytest.mark.parametrize("scale", [1.0, 1.7])
def test_the_hessian_is_autograds(name, scale):
    net = network(activation=name, output_scale=scale)
    found = loss_hessian(net, TASK)
    for place in range(2):
        expected = torch.autograd.functional.hessian(*dense(TASK, net, place))
        assert largest_error(found[place], expected) < 1e-10


def test_the_hessian_of_a_trained_network_is_autograds():
    task = GroupTask(dihedral(3), 0.6)
    history = train(task, TwoLayer(12), steps=100, device="cpu", dtype=torch.float64)
    expected = torch.autograd.functional.hessian(*dense(task, history.net, 0))
    assert largest_error(loss_hessian(history.net, task)[0], expected) < 1e-10


@pytest.mark.parametrize("name", ["square", "silu"])
def test_gauss_newton_is_the_jacobians_square_and_the_jacobian_is_autograds(name):
    net = network(activation=name, output_scale=1.7)
    J = residual_jacobian(net, TASK)
    X = TASK.rows(TASK.train_index[1])

    def outputs(weights):
        W, V = weights.split([60, 30])
        scores = 1.7 * MEANING[name](X @ W.view(10, 6)) @ V.view(6, 5)
        return (scores - scores.mean(1, keepdim=True)).flatten()

    expected = torch.autograd.functional.jacobian(outputs, dense(TASK, net, 1)[1])
    assert largest_error(J[1], expected) < 1e-10
    assert largest_error(gauss_newton(net, TASK), 2 / TASK.num_train * J.mT @ J) < 1e-12


def test_at_an_exact_interpolator_the_hessian_is_gauss_newton():
    net, task = interpolating()
    assert largest_error(loss_hessian(net, task), gauss_newton(net, task)) < 1e-10


def test_an_exact_interpolator_keeps_dead_nodes_dead_and_is_close_by():
    task = GroupTask(cyclic(5), 0.6, seeds=2)
    start = train(task, TwoLayer(30), steps=600, lr=0.02, device="cpu").net
    start.hidden[1, :, 3] *= 1e-6
    net = exact_interpolator(start, task)
    assert dense(task, net, 0)[0](dense(task, net, 0)[1]) < 1e-26
    assert dense(task, net, 1)[0](dense(task, net, 1)[1]) < 1e-26
    assert not net.hidden[1, :, 3].any() and not net.readout[1, 3].any()
    assert net.active_nodes().sum() == start.active_nodes().sum() == 59
    kept = [n for n in range(30) if n != 3]
    assert (net.hidden - start.hidden)[:, :, kept].norm() < 0.2 * start.hidden.norm()


def test_the_node_traces_are_the_trace_of_gauss_newton_node_by_node():
    net = network(output_scale=1.7)
    by_hidden, by_readout = node_traces(net, TASK)
    diagonal = gauss_newton(net, TASK).diagonal(dim1=1, dim2=2)
    assert largest_error(by_hidden, diagonal[:, :60].unflatten(1, (10, 6)).sum(1)) < 1e-12
    assert largest_error(by_readout, diagonal[:, 60:].unflatten(1, (6, 5)).sum(2)) < 1e-12


def test_no_rescaling_of_nodes_moves_the_balanced_trace():
    net, task = interpolating()
    expected, plain = balanced_trace(net, task), gauss_newton(net, task)
    moved = []
    for seed in range(100):
        c = draw(2, 30, seed=seed).exp()
        other = net.with_weights(net.hidden * c[:, None], net.readout / c[..., None] ** 2)
        assert largest_error(balanced_trace(other, task), expected) < 1e-8
        moved.append(sum(part.sum() for part in node_traces(other, task)))
    assert min(moved) > 1.1 * plain.diagonal(dim1=1, dim2=2).sum()


def test_the_balanced_trace_is_what_a_minimiser_finds():
    net, task = interpolating(width=12)
    logs = torch.zeros(2, 12, dtype=torch.float64, requires_grad=True)
    lbfgs = torch.optim.LBFGS([logs], max_iter=500, line_search_fn=SEARCH)

    def closure():
        lbfgs.zero_grad()
        by_hidden, by_readout = node_traces(net, task)
        total = (by_hidden * (-2 * logs).exp() + by_readout * (4 * logs).exp()).sum()
        total.backward()
        return total

    lbfgs.step(closure)
    # The minimiser's own objective once more from whole matrices.
    c = logs.detach().exp()
    found = net.with_weights(net.hidden * c[:, None], net.readout / c[..., None] ** 2)
    trace = gauss_newton(found, task).diagonal(dim1=1, dim2=2).sum(1)
    assert largest_error(trace, balanced_trace(net, task)) < 1e-8
    assert largest_error(balance(net, task).hidden, found.hidden) < 1e-3


def test_the_balanced_network_says_the_same_and_has_the_least_trace():
    net, task = interpolating()
    net.readout[0, 4] = net.hidden[0, :, 4] = 0  # a dead node stays as it is
    other = balance(net, task)
    assert largest_error(other(task.pairs), net(task.pairs)) < 1e-12
    trace = gauss_newton(other, task).diagonal(dim1=1, dim2=2).sum(1)
    assert largest_error(trace, balanced_trace(net, task)) < 1e-12
    assert not other.hidden[0, :, 4].any()


@pytest.mark.parametrize("name", ["square", "relu"])
def test_the_estimates_are_those_of_the_whole_matrix(name):
    net = network(activation=name)
    values = torch.linalg.eigvalsh(loss_hessian(net, TASK))
    top, error = top_curvature(net, TASK)
    assert largest_error(top, values[:, -1]) < 1e-8 and (error < 1e-6 * top).all()
    short, bound = top_curvature(net, TASK, steps=8)
    assert (short < top).all()
    distance = (short[:, None] - values).abs().amin(1)
    assert (distance <= bound).all() and (bound < top / 2).all()
    trace, spread = curvature_trace(net, TASK, probes=2000)
    assert ((trace - values.sum(1)).abs() < 4 * spread).all()
    exact = loss_hessian(net, TASK)
    off = (2 * (exact.square().sum((1, 2)) - exact.diagonal(dim1=1, dim2=2).square().sum(1))).sqrt()
    assert largest_error(spread, off / math.sqrt(2000)) < 0.1


def test_a_turned_wave_has_the_turned_phase():
    hour = 2 * torch.pi * torch.arange(7, dtype=torch.float64) / 7
    u, v = (2 * hour + 0.2).cos() + (3 * hour).cos(), (2 * hour - 0.4).cos()
    net = TwoLayer(2).with_weights(
        torch.cat([u, v])[None, :, None].repeat(1, 1, 2), (2 * hour + 1).sin().repeat(1, 2, 1)
    )
    turned = rotate_frequency(net, 2, 0.5, 0.1, nodes=torch.tensor([1]))
    expected = torch.cat([(2 * hour + 0.7).cos() + (3 * hour).cos(), (2 * hour - 0.3).cos()])
    assert largest_error(turned.hidden[0, :, 1], expected) < 1e-12
    assert largest_error(turned.readout[0, 1], (2 * hour + 1.6).sin()) < 1e-12
    assert largest_error(turned.hidden[0, :, 0], net.hidden[0, :, 0]) < 1e-12
    assert largest_error(turned.readout[0, 0], net.readout[0, 0]) < 1e-12
    alone = rotate_frequency(net, 2, 0.5, -0.5)
    assert largest_error(alone.readout, net.readout) < 1e-12


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="at most 2500 weights, the network has 3000"):
        loss_hessian(network(width=200), TASK)
    with pytest.raises(ValueError, match="at most 2500 weights"):
        exact_interpolator(network(width=200), TASK)
    with pytest.raises(ValueError, match="real weights"):
        loss_hessian(TwoLayer(4, complex_weights=True).initialize(TASK), TASK)
    with pytest.raises(ValueError, match=r"only a node of the activation 'square'.*got 'relu'"):
        balanced_trace(network(activation="relu"), TASK)
    with pytest.raises(ValueError, match="steps must be a whole number at least 1, got 0"):
        top_curvature(network(), TASK, steps=0)
    with pytest.raises(ValueError, match="probes must be a whole number at least 2, got 1"):
        curvature_trace(network(), TASK, probes=1)
    with pytest.raises(ValueError, match="k must be a whole number at least 1 and at most 2"):
        rotate_frequency(network(), 3, 0.1, 0.1)
    with pytest.raises(ValueError, match="tol must be"):
        exact_interpolator(network(), TASK, tol=0)
    with pytest.raises(TypeError, match="net must be a TwoLayerNetwork"):
        loss_hessian(TwoLayer(4), TASK)
