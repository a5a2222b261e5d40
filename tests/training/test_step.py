"""The training step beyond the plain one: ridge readout, other losses and weights, CUDA graphs."""

import pytest
import torch
from oracles import MEANING

import li2_core.training.step as step_module
from li2_core.groups import cyclic
from li2_core.nets import TwoLayer
from li2_core.tasks import GroupTask
from li2_core.training import History, train
from li2_core.training.step import TrainingStep, captured


def ridge_step(net, task, weight_decay=0.02):
    return TrainingStep(
        task, net, optimizer="sgd", lr=0.1, weight_decay=weight_decay, readout="ridge"
    )


@pytest.mark.parametrize("complex_weights", [False, True])
@pytest.mark.parametrize("width", [6, 40])
def test_a_ridge_readout_minimises_the_training_loss_and_its_decay(width, complex_weights):
    """Fewer nodes than samples, and more: the slope by V of loss + decay vanishes."""
    task = GroupTask(cyclic(5), 0.6, seeds=2)
    net = TwoLayer(width, init_scale=2, output_scale=1.5, complex_weights=complex_weights)
    net = net.initialize(task, dtype=torch.float64)
    step = ridge_step(net, task)
    step.gradient()
    by_decay = 0.02 * net.parameters["readout"]
    assert by_decay.abs().max() > 1e-4
    assert (step.gradient.grads["readout"] + by_decay).abs().max() < 1e-12


def test_a_ridge_step_moves_the_hidden_layer_down_the_loss_with_the_readout_solved_away():
    """By finite differences of min over V of loss + decay: the envelope theorem."""
    task = GroupTask(cyclic(5), 0.6, seeds=1)
    net = TwoLayer(6, activation="tanh", init_scale=2).initialize(task, dtype=torch.float64)
    step = ridge_step(net, task)
    step.gradient()
    by_hand = step.gradient.grads["hidden"][0, 3, 2].item()
    X, Y = task.rows(task.train_index[0]), task.labels(task.train_index[0]) - 1 / 5

    def solved(shift):
        W = net.hidden[0].clone()
        W[3, 2] += shift
        F = MEANING["tanh"](X @ W)
        A = F.T @ F + 0.01 * task.num_train * torch.eye(6, dtype=F.dtype)
        V = torch.linalg.solve(A, F.T @ Y)
        return ((Y - F @ V).square().sum() / task.num_train + 0.01 * V.square().sum()).item()

    by_difference = (solved(1e-5) - solved(-1e-5)) / 2e-5
    assert abs(by_hand / by_difference - 1) < 1e-7


def test_a_ridge_readout_groks_and_resumes_bit_for_bit(tmp_path):
    task = GroupTask(cyclic(11), 0.8, seeds=2)
    options = {"weight_decay": 2e-3, "lr": 0.02, "readout": "ridge", "every": 20}
    whole = train(task, TwoLayer(64), steps=200, **options)
    assert (whole["test_accuracy"][:, -1] > 0.99).all()
    assert not any(name.startswith("readout/") for name in whole.optimizer_state)
    part = train(task, TwoLayer(64), steps=100, **options)
    part.save(tmp_path / "part.npz")
    again = History.load(tmp_path / "part.npz")
    resumed = train(task, TwoLayer(64), steps=200, resume=again, **options)
    assert torch.equal(resumed.net.hidden, whole.net.hidden)
    assert torch.equal(resumed.net.readout, whole.net.readout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"readout": "frozen"}, "unknown readout 'frozen', allowed: trained, ridge"),
        ({"readout": "ridge"}, "needs loss='mse' and a positive weight_decay"),
        (
            {"readout": "ridge", "weight_decay": 1e-3, "loss": "cross_entropy"},
            "needs loss='mse' and a positive weight_decay, got loss='cross_entropy'",
        ),
    ],
)
def test_a_readout_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        train(GroupTask(cyclic(5), 0.6), TwoLayer(4), steps=1, every=1, **options)


def test_complex_weights_need_a_complex_function():
    with pytest.raises(
        ValueError, match="complex weights need one of square, identity, got 'relu'"
    ):
        TwoLayer(4, activation="relu", complex_weights=True)


@pytest.mark.parametrize(
    ("net", "options"),
    [
        (TwoLayer(96), {"loss": "cross_entropy", "weight_decay": 1e-4}),
        (TwoLayer(64, complex_weights=True), {"weight_decay": 1e-3}),
    ],
    ids=["cross-entropy", "complex"],
)
def test_other_losses_and_weights_grok_save_and_resume(net, options, tmp_path):
    task = GroupTask(cyclic(17), 0.8, seeds=2)
    options = {"lr": 0.02, "every": 50, "probes": ("spectrum", "hidden_change_cosine"), **options}
    whole = train(task, net, steps=400, **options)
    assert (whole["test_accuracy"][:, -1] > 0.9).all()
    train(task, net, steps=200, **options).save(tmp_path / "part.npz")
    again = History.load(tmp_path / "part.npz")
    resumed = train(task, net, steps=400, resume=again, **options)
    assert torch.equal(resumed.net.hidden, whole.net.hidden)
    for seeds_at_once in (1, 2):
        close = train(task, net, steps=50, seeds_at_once=seeds_at_once, **options)
        assert torch.allclose(close.net.hidden, train(task, net, steps=50, **options).net.hidden)


def test_complex_weights_start_with_the_mean_square_of_real_ones():
    task = GroupTask(cyclic(7), 0.5, seeds=3)
    real = TwoLayer(400).initialize(task).hidden.square().mean().item()
    both = TwoLayer(400, complex_weights=True).initialize(task).hidden.abs().square().mean().item()
    assert abs(real * 3 * 14 - 1) < 0.03 and abs(both / real - 1) < 0.03


def test_too_much_decay_is_named_a_collapse():
    task = GroupTask(cyclic(11), 0.8, seeds=2)
    fine = train(task, TwoLayer(48), weight_decay=1e-3, lr=0.02, steps=400)
    dead = train(task, TwoLayer(48), weight_decay=0.3, lr=0.02, steps=400, probes=("active_nodes",))
    short = train(task, TwoLayer(48), steps=1, every=1)
    assert fine.outcomes == ["generalised"] * 2
    assert dead.outcomes == ["collapsed"] * 2
    assert short.outcomes == ["undecided"] * 2
    assert dead["active_nodes"][:, 0].tolist() == [48, 48]
    assert dead["active_nodes"][:, -1].tolist() == [0, 0]
    assert (abs(dead["train_loss"][:, -1] - 10 / 11) < 1e-5).all()


def test_a_wide_network_without_decay_is_named_memorised():
    run = train(GroupTask(cyclic(11), 0.5, 2), TwoLayer(128), steps=200)
    assert run.outcomes == ["memorised"] * 2


def test_active_nodes_follow_the_initial_scale():
    task = GroupTask(cyclic(7), 0.5, seeds=2)
    net = TwoLayer(8, init_scale=1e-3).initialize(task)
    assert net.active_nodes().all()
    net.hidden[1, :, :3] *= 0.01
    assert net.active_nodes().sum(1).tolist() == [8, 5]


class FakeCuda:
    """Lets the code that surrounds a capture run where there is no CUDA."""

    def __init__(self, monkeypatch, capture):
        monkeypatch.setattr(step_module, "_capture", capture)

    type = "cuda"


def capture_by_calling(function):
    """What a capture does to the weights: some warm-up calls; what it returns: a replay."""
    for _ in range(3):
        function()
    return function


@pytest.mark.parametrize("name", ["adam", "muon", "sgd"])
def test_capturing_leaves_weights_and_optimizer_as_they_were(monkeypatch, name):
    """Also in the middle of a run: the optimizer's memory is put back."""
    task = GroupTask(cyclic(5), 0.6, seeds=2)

    def trajectory(capture):
        net = TwoLayer(8).initialize(task, dtype=torch.float64)
        step = TrainingStep(task, net, optimizer=name, lr=0.01, weight_decay=1e-3)
        for stage in range(2):
            if capture:
                step.device = FakeCuda(monkeypatch, capture_by_calling)
            gradient, update = captured(step)
            for _ in range(5 + stage):
                gradient()
                update()
        return net.hidden

    assert torch.equal(trajectory(True), trajectory(False))


def test_a_failed_capture_warns_and_goes_on(monkeypatch):
    task = GroupTask(cyclic(5), 0.6, seeds=1)
    net = TwoLayer(8).initialize(task)
    step = TrainingStep(task, net, lr=0.01)

    def fail(function):
        function()
        raise RuntimeError("operation not permitted when stream is capturing")

    before = net.hidden.clone()
    step.device = FakeCuda(monkeypatch, fail)
    with pytest.warns(UserWarning, match="no CUDA graph, steps run kernel by kernel: operation"):
        gradient, update = captured(step)
    assert torch.equal(net.hidden, before)
    gradient()
    update()
    assert not torch.equal(net.hidden, before)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: captures a real graph")
@pytest.mark.parametrize("name", ["adam", "adamw", "muon", "sgd"])
def test_a_gpu_trains_as_a_cpu_does(name):
    task = GroupTask(cyclic(23), 0.8, seeds=3)
    options = {"optimizer": name, "lr": 0.01, "weight_decay": 1e-3, "steps": 40}
    here = train(task, TwoLayer(64), device="cpu", **options)
    there = train(task, TwoLayer(64), device="cuda", **options)
    assert abs(here["train_loss"] - there["train_loss"]).max() < 1e-3


def test_tf32_is_allowed_only_when_asked_and_only_for_the_run(monkeypatch):
    seen = []
    whole = TrainingStep.update

    def update(self):
        seen.append(torch.backends.cuda.matmul.allow_tf32)
        whole(self)

    monkeypatch.setattr(TrainingStep, "update", update)
    task = GroupTask(cyclic(5), 0.6)
    for tf32 in (False, True):
        train(task, TwoLayer(4), steps=1, every=1, tf32=tf32)
    assert seen == [False, True] and not torch.backends.cuda.matmul.allow_tf32
