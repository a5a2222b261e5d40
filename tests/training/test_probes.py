"""Each probe against its definition, written densely in float64."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import MEANING, dense_loss, dense_outputs, draw, largest_error

from li2_core.groups import FiniteGroup, cyclic, product
from li2_core.nets import TwoLayer
from li2_core.tasks import GroupTask
from li2_core.training import PROBES, Snapshot, loss_function
from li2_core.training.probes import probe_functions
from li2_core.training.recorder import Recorder
from li2_core.training.snapshot import gram_off_diagonal

MSE = loss_function("mse")


def task_and_net(group=None, num_seeds=2, fraction=0.6, **description):
    task = GroupTask(group or cyclic(5), fraction, seeds=num_seeds)
    description = {"width": 7, "activation": "silu", "output_scale": 1.4} | description
    return task, TwoLayer(**description).initialize(task, dtype=torch.float64)


def ask(name, task, net):
    return probe_functions(name, net.parameters)[name](Snapshot(task, net, MSE))


def recorder_of(task, net, names):
    return Recorder(task, net, MSE, probe_functions(names, net.parameters))


def train_rows(task, s):
    return task.rows(task.train_index[s]), task.labels(task.train_index[s])


def test_the_names_are_these():
    basic = {f"{split}_{what}" for split in ("train", "test") for what in ("loss", "accuracy")}
    assert set(PROBES) >= basic | {
        "backprop_gradient_norm",
        "spectrum",
        "sample_gram_rms",
        "feature_gram_rms",
        "logged_gradient_norm",
        "signal_alignment",
        "explained_fractions",
    }


@pytest.mark.parametrize("split", ["train", "test"])
def test_losses_and_accuracies_are_means_over_the_split(split):
    task, net = task_and_net(num_seeds=3)
    losses, accuracies = (ask(f"{split}_{what}", task, net) for what in ("loss", "accuracy"))
    index = task.train_index if split == "train" else task.test_index
    for s in range(3):
        X, Y = task.rows(index[s]), task.labels(index[s])
        W, V = net.hidden[s], net.readout[s]
        assert abs(losses[s] / dense_loss(X, Y, W, V, "silu", 1.4) - 1) < 1e-13
        answers = dense_outputs(X, W, V, "silu", 1.4).argmax(1)
        right = sum(int(a) == int(t) for a, t in zip(answers, task.targets[index[s]], strict=True))
        assert abs(accuracies[s] - right / len(answers)) < 1e-7  # a float32
    assert len(set(losses.tolist())) == 3


@pytest.mark.parametrize("group", [cyclic(5), product(cyclic(2), cyclic(4))], ids=repr)
def test_backprop_gradient_norm_is_the_norm_of_residual_times_readout(group):
    task, net = task_and_net(group, num_seeds=3)
    found = ask("backprop_gradient_norm", task, net)
    for s in range(3):
        X, Y = train_rows(task, s)
        V = net.readout[s] - net.readout[s].mean(1, keepdim=True)
        residual = Y - Y.mean(1, keepdim=True)
        residual = residual - dense_outputs(X, net.hidden[s], net.readout[s], "silu", 1.4)
        dense = torch.linalg.norm(residual @ (1.4 * V).T)

        F = MEANING["silu"](X @ net.hidden[s]).requires_grad_()
        outputs = 1.4 * F @ net.readout[s]
        error = outputs - outputs.mean(1, keepdim=True) - (Y - Y.mean(1, keepdim=True))
        (by_features,) = torch.autograd.grad(error.square().sum(1).mean(), F)
        assert abs(found[s] / dense - 1) < 1e-12
        assert abs(found[s] / torch.linalg.norm(by_features * task.num_train / 2) - 1) < 1e-12


def gradient_and_signal(task, net, s):
    """G_F = R V' and T = Yt Yt'F of one seed, as n x K matrices."""
    X, Y = train_rows(task, s)
    outputs = dense_outputs(
        X.to(net.hidden.dtype),
        net.hidden[s],
        net.readout[s],
        net.recipe.activation,
        net.recipe.output_scale,
    )
    V = net.recipe.output_scale * (net.readout[s] - net.readout[s].mean(1, keepdim=True))
    Yt = (Y - Y.mean(0)).to(V.dtype)
    G = (Y - 1 / Y.shape[1] - outputs).to(V.dtype) @ V.conj().T
    return G, Yt @ (Yt.T @ MEANING[net.recipe.activation](X.to(V.dtype) @ net.hidden[s]))


@pytest.mark.parametrize(("activation", "complex_weights"), [("silu", False), ("square", True)])
def test_signal_alignment_is_the_cosine_of_gradient_and_signal(activation, complex_weights):
    task = GroupTask(product(cyclic(2), cyclic(3)), 0.6, seeds=3)
    net = TwoLayer(7, activation, output_scale=1.4, complex_weights=complex_weights)
    net = net.initialize(task, dtype=torch.float64)
    found = ask("signal_alignment", task, net)
    for s in range(3):
        G, T = gradient_and_signal(task, net, s)
        expected = (G.conj() * T).sum().real / (G.norm() * T.norm())
        assert abs(found[s] - expected) < 1e-13
    # A readout that is a small multiple of F'Y passes the signal on, but for the two centrings.
    features = net.features(task.pairs[task.train_index])
    labels = torch.stack([train_rows(task, s)[1] for s in range(3)])
    readout = 1e-9 * features.mH @ (labels - labels.mean(1, keepdim=True)).to(features.dtype)
    along = net.with_weights(net.hidden, readout)
    assert (ask("signal_alignment", task, along) > 0.95).all()


def test_the_logged_norm_keeps_the_means_over_classes():
    task, net = task_and_net(num_seeds=3)
    found = ask("logged_gradient_norm", task, net)
    for s in range(3):
        X, Y = train_rows(task, s)
        V = 1.4 * net.readout[s]
        logged = torch.linalg.norm((Y - 1 / 5 - MEANING["silu"](X @ net.hidden[s]) @ V) @ V.T)
        assert abs(found[s] / logged - 1) < 1e-12
    without = net.with_weights(net.hidden, net.readout - net.readout.mean(2, keepdim=True))
    expected = ask("backprop_gradient_norm", task, without)
    assert largest_error(ask("logged_gradient_norm", task, without), expected) < 1e-12


def test_norms_are_those_of_each_seed():
    task, net = task_and_net()
    for name, weights in (("hidden_norm", net.hidden), ("readout_norm", net.readout)):
        expected = [math.sqrt(sum(x * x for x in w.flatten().tolist())) for w in weights]
        assert np.allclose(ask(name, task, net), expected, rtol=1e-14, atol=0)


# --- The spectrum


@given(st.integers(2, 12), st.integers(1, 3))
def test_a_spectrum_adds_up_to_the_squared_norm(order, num_seeds):
    task, net = task_and_net(cyclic(order), num_seeds)
    spectrum = ask("spectrum", task, net)
    assert spectrum.shape == (num_seeds, 7, order // 2 + 1)
    assert spectrum.min() >= 0
    assert largest_error(spectrum.sum(2), net.hidden.square().sum(1)) < 1e-13


@pytest.mark.parametrize("order", [7, 8])
def test_a_cosine_sits_on_its_frequency(order):
    """Node k has frequency k on the first half only, with any phase, and half k on the second."""
    frequencies = order // 2 + 1
    angle = 2 * math.pi / order * torch.arange(order, dtype=torch.float64)[:, None]
    k = torch.arange(frequencies)
    first, second = torch.cos(k * angle + 0.4), 2 * torch.cos(k * angle - 1.1)
    hidden = torch.cat([first, second])[None]
    task = GroupTask(cyclic(order), 0.5)
    net = TwoLayer(width=frequencies).with_weights(
        hidden, torch.zeros(1, frequencies, order, dtype=torch.float64)
    )
    expected = torch.diag(hidden[0].square().sum(0))
    assert (ask("spectrum", task, net)[0] - expected).abs().max() < 1e-13


@pytest.mark.parametrize("order", [5, 6])
def test_a_spectrum_is_the_power_of_the_discrete_fourier_transform(order):
    task, net = task_and_net(cyclic(order))
    found = ask("spectrum", task, net)
    grid = np.outer(np.arange(order), np.arange(order))
    power = 0
    for half in (net.hidden[:, :order], net.hidden[:, order:]):
        transformed = np.exp(-2j * np.pi * grid / order) @ half.numpy()
        power = power + abs(transformed) ** 2 / order
    for frequency in range(order // 2 + 1):
        conjugate = -frequency % order
        expected = power[:, frequency] + (power[:, conjugate] if conjugate != frequency else 0)
        assert np.allclose(found[:, :, frequency], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "group",
    [product(cyclic(2), cyclic(2)), FiniteGroup([[1, 0], [0, 1]], name="Z_2 renamed")],
    ids=repr,
)
def test_a_spectrum_needs_the_standard_cyclic_group(group):
    task, net = task_and_net(group)
    with pytest.raises(ValueError, match=f"needs a cyclic group, got {group.name}"):
        ask("spectrum", task, net)


# --- Gram matrices


def off_diagonal_by_definition(centred):
    """Root mean square off-diagonal entry of A A' over its mean diagonal entry."""
    gram = centred @ centred.T
    outside = ~torch.eye(len(gram), dtype=bool)
    return gram[outside].square().mean().sqrt() / gram.diagonal().mean()


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 1000))
def test_gram_off_diagonal_is_its_definition_whichever_side_is_longer(n, K, seed):
    features = 3 + draw(2, n, K, seed=seed)
    by_sample, by_feature = gram_off_diagonal(features)
    for s in range(2):
        centred = features[s] - features[s].mean(0)
        # Both sides take the square root of a difference, so 1e-16 may show as 1e-8.
        assert abs(by_sample[s] ** 2 - off_diagonal_by_definition(centred) ** 2) < 1e-12
        assert abs(by_feature[s] ** 2 - off_diagonal_by_definition(centred.T) ** 2) < 1e-12


def test_gram_probes_look_at_the_training_features():
    for width in (4, 40):
        task, net = task_and_net(width=width)
        for name, transposed in (("sample_gram_rms", False), ("feature_gram_rms", True)):
            found = ask(name, task, net)
            for s in range(2):
                F = MEANING["silu"](train_rows(task, s)[0] @ net.hidden[s])
                centred = F - F.mean(0)
                expected = off_diagonal_by_definition(centred.T if transposed else centred)
                assert abs(found[s] / expected - 1) < 1e-10


def test_features_of_one_node_have_no_off_diagonal():
    assert gram_off_diagonal(torch.tensor([[[1.0], [2.0], [4.0]]]))[1].tolist() == [0.0]


# --- What needs a memory


def test_change_cosines_compare_the_last_two_changes():
    """Moves east, north, then north-west: no cosine twice, then 0, then cos 45 degrees."""
    task = GroupTask(cyclic(2), 0.5, seeds=2)
    hidden = torch.zeros(2, 4, 1, dtype=torch.float64)
    net = TwoLayer(width=1).with_weights(hidden, torch.zeros(2, 1, 2, dtype=torch.float64))
    names = ("hidden_change_cosine", "readout_change_cosine")
    recorder = recorder_of(task, net, names)
    recorder.record(0)
    for step, (east, north) in enumerate([(3, 0), (0, 2), (-5, 5)], start=1):
        net.hidden[:, 1, 0] += east
        net.hidden[:, 2, 0] += north
        net.readout[0, 0, 0] += north  # seed 0 moves along one axis
        net.readout[1, 0] += torch.tensor([north, east])  # seed 1 moves as W does
        recorder.record(step)
    times, records = recorder.arrays()
    nan = math.nan
    assert times.tolist() == [0, 1, 2, 3]
    turn = [nan, nan, 0, 0.5**0.5]
    assert np.allclose(records[names[0]], [turn, turn], atol=1e-15, equal_nan=True)
    # Seed 0's readout does not move at first: the cosine with no change is 0.
    assert np.allclose(records[names[1]], [[nan, nan, 0, 1], turn], atol=1e-15, equal_nan=True)


def test_movement_and_cosine_look_back_to_the_first_record():
    """W: east, then as far north, then half of it. V starts at zero."""
    task = GroupTask(cyclic(2), 0.5, seeds=2)
    hidden = torch.zeros(2, 4, 1, dtype=torch.float64)
    hidden[:, 0] = 3
    net = TwoLayer(width=1).with_weights(hidden, torch.zeros(2, 1, 2, dtype=torch.float64))
    names = [
        f"{layer}_{what}" for layer in ("hidden", "readout") for what in ("movement", "cosine")
    ]
    recorder = recorder_of(task, net, names)
    recorder.record(0)
    net.hidden[:, 1] += 3
    net.readout.add_(1)
    recorder.record(1)
    net.hidden.mul_(0.5)
    recorder.record(2)
    _, records = recorder.arrays()
    half, nan, inf = 0.5**0.5, math.nan, math.inf
    for name, expected in zip(
        names, ([0, 1, half], [1, half, half], [nan, inf, inf], [nan] * 3), strict=True
    ):
        assert np.allclose(records[name], [expected] * 2, atol=1e-15, equal_nan=True), name


def test_a_recorder_stacks_seeds_first_and_times_second():
    task, net = task_and_net(num_seeds=3)
    recorder = recorder_of(task, net, ("hidden_norm", "spectrum"))
    recorder.record(0)
    net.hidden.mul_(2)
    recorder.record(5)
    times, records = recorder.arrays()
    assert times.tolist() == [0, 5] and times.dtype == np.int64
    assert records["hidden_norm"].shape == (3, 2)
    assert records["spectrum"].shape == (3, 2, 7, 3)
    assert np.allclose(records["hidden_norm"][:, 1], 2 * records["hidden_norm"][:, 0], rtol=1e-14)
    assert np.allclose(records["spectrum"][:, 1], 4 * records["spectrum"][:, 0], rtol=1e-12)


def test_an_unknown_probe_is_told_the_names():
    task, net = task_and_net()
    with pytest.raises(ValueError, match="unknown probe 'mood', allowed: active_nodes,"):
        recorder_of(task, net, ("train_loss", "mood"))
