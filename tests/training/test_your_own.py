"""Things that were written outside of the library: they work wherever a name does."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from li2_core import GroupTask, History, Module, TwoLayer, cyclic, train
from li2_core.activations import Activation
from li2_core.training import Loss, Muon, loss_function

TASK = GroupTask(cyclic(7), 0.6, seeds=[1, 4])


def run(net=None, **options):
    options = {"steps": 30, "lr": 0.01, "device": "cpu"} | options
    return train(TASK, net or TwoLayer(12), **options)


def deep():
    return nn.Sequential(nn.Linear(14, 12), nn.Tanh(), nn.Linear(12, 7))


class Counting(torch.optim.Optimizer):
    """Gradient descent whose rate falls with a count that is a number of Python's."""

    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for weights in group["params"]:
                state = self.state[weights]
                state["count"] = state.get("count", 0) + 1
                weights.sub_(
                    weights.grad + group["decay"] * weights, alpha=group["lr"] / state["count"]
                )


# --- Optimizers


@pytest.mark.parametrize("net", [TwoLayer(12), Module(deep)], ids=["two-layer", "module"])
def test_an_optimizer_of_ones_own_steps_and_resumes_bit_for_bit(tmp_path, net):
    whole, half = (run(net, optimizer=Counting, steps=steps, lr=0.5) for steps in (30, 15))
    assert (whole["train_loss"][:, -1] < whole["train_loss"][:, 0]).all()
    assert whole.config["optimizer"] == "own Counting"
    half.save(tmp_path / "half.npz")
    half = History.load(tmp_path / "half.npz", net=net)
    resumed = run(net, optimizer=Counting, steps=30, lr=0.5, resume=half)
    for name, values in whole.net.parameters.items():
        assert torch.equal(resumed.net.parameters[name], values)


def test_a_named_optimizer_given_as_a_function_does_the_same():
    def adam(parameters, lr, weight_decay):
        return torch.optim.Adam(parameters, lr=lr, weight_decay=weight_decay, fused=True)

    named, own = run(optimizer="adam", readout_lr=0.1), run(optimizer=adam, readout_lr=0.1)
    assert torch.equal(named.net.hidden, own.net.hidden)
    assert torch.equal(named.net.readout, own.net.readout)
    both = run(optimizer=Muon)  # the readout too, which the name leaves to adam
    assert set(both.optimizer_state) == {"hidden/momentum", "readout/momentum"}


def test_a_function_that_makes_no_optimizer_is_refused():
    with pytest.raises(ValueError, match="must make an Optimizer, got None"):
        run(optimizer=lambda parameters, lr, weight_decay: None)


# --- Losses


@pytest.mark.parametrize("net", [TwoLayer(12), Module(deep)], ids=["two-layer", "module"])
@pytest.mark.parametrize("name", ["mse", "cross_entropy"])
def test_a_named_loss_given_as_a_function_does_the_same(net, name):
    def own(outputs, targets):
        if name == "cross_entropy":
            return nn.functional.cross_entropy(outputs.mT, targets, reduction="none")
        return (outputs - nn.functional.one_hot(targets, 7) + 1 / 7).square().sum(-1)

    for loss in (own, Loss("whatever", own, loss_function(own).residual)):
        named, found = run(net, loss=name), run(net, loss=loss)
        for record in ("train_loss", "test_loss"):
            assert np.allclose(found[record], named[record], rtol=1e-4)
    assert found.config["loss"] == "own whatever"


def test_a_loss_that_sees_the_mean_of_the_outputs_has_the_gradient_of_centred_ones():
    """Rows of its derivative do not sum to zero, so the readout's gradient must be centred."""

    def uncentred(outputs, targets):
        return (outputs - nn.functional.one_hot(targets, 7)).pow(4).sum(-1)

    net = TwoLayer(12).initialize(TASK, dtype=torch.float64)
    residual = loss_function(uncentred).residual_for(net.centred)
    pairs, targets = TASK.pairs[TASK.train_index], TASK.targets[TASK.train_index]
    gradient = net.gradient(pairs, targets, residual)
    gradient()
    W, V = net.hidden.clone().requires_grad_(), net.readout.clone().requires_grad_()
    outputs = (TASK.rows(TASK.train_index) @ W).square() @ V
    outputs = outputs - outputs.mean(-1, keepdim=True)
    uncentred(outputs, targets).mean(1).sum().backward()
    assert torch.allclose(gradient.grads["hidden"], W.grad, rtol=0, atol=1e-12)
    assert torch.allclose(gradient.grads["readout"].mT, V.grad, rtol=0, atol=1e-12)


def test_a_loss_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"a number a sample, \(2, 29\), got \(\)"):
        run(loss=lambda outputs, targets: outputs.square().mean())


def test_numbers_are_answers_too():
    """A regression on a Module whose outputs are not centred: no accuracies."""

    class Heights:
        inputs = torch.linspace(-1, 1, 20)[:, None]
        targets = torch.sin(3 * inputs)
        train_index = torch.arange(20).reshape(2, 10)
        test_index = train_index.flip(0)
        seeds, num_seeds, num_train, num_classes = (0, 1), 2, 10, 1
        config = {"name": "heights"}  # noqa: RUF012

    def squares(outputs, targets):
        return (outputs - targets).square().sum(-1)

    net = Module(
        lambda: nn.Sequential(nn.Linear(1, 30), nn.Tanh(), nn.Linear(30, 1)), centred=False
    )
    found = train(Heights(), net, loss=squares, steps=200, lr=0.02)
    assert list(found.records) == ["train_loss", "test_loss"]
    assert (found["train_loss"][:, -1] < 0.01).all()
    assert repr(found).startswith("History(another task, 2 seeds")
    with pytest.raises(ValueError, match=r"TwoLayer reads task.pairs, which a Heights has not"):
        train(Heights(), TwoLayer(4), loss=squares)


# --- Probes


def mean_row(moment):
    return moment.parameters["hidden"].mean(1)


def test_probes_may_be_functions_under_their_own_name_or_a_key():
    found = run(probes=(mean_row, "spectrum"))
    assert found["mean_row"].shape == (2, 4, 12) and found.config["probes"][-2] == "mean_row"
    assert np.allclose(found["mean_row"][:, -1], found.net.hidden.mean(1))
    alone = run(probes=mean_row)
    keyed = run(probes={"row": mean_row, "size": "hidden_norm"})
    assert np.array_equal(alone["mean_row"], found["mean_row"])
    assert np.array_equal(keyed["row"], found["mean_row"])
    assert np.allclose(keyed["size"][:, -1], keyed.net.hidden.flatten(1).norm(dim=1))


def test_a_probe_that_gives_the_weights_themselves_records_them_as_they_were():
    found = run(probes={"weights": lambda moment: moment.net.hidden})
    start = TwoLayer(12).initialize(TASK).hidden
    assert np.array_equal(found["weights"][:, 0], start)
    assert np.array_equal(found["weights"][:, -1], found.net.hidden)


def test_every_parameter_has_its_norm_movement_and_cosines():
    names = ("0.weight_norm", "2.bias_movement", "0.weight_cosine", "2.weight_change_cosine")
    found = run(Module(deep), probes=names)
    start, end = (net.parameters["2.bias"] for net in (Module(deep).initialize(TASK), found.net))
    assert np.allclose(
        found["2.bias_movement"][:, -1], (end - start).norm(dim=1) / start.norm(dim=1)
    )
    with pytest.raises(ValueError, match=r"unknown probe 'hidden_norm', allowed: 0.bias_change"):
        run(Module(deep), probes="hidden_norm")


@pytest.mark.parametrize(
    ("probes", "message"),
    [
        (
            lambda m: m.train_outputs.mean(),
            r"<lambda> must give a tensor \(2, ...\), got \(\)",
        ),
        (lambda m: m.net.hidden[0], r"must give a tensor \(2, ...\), got \(14, 12\)"),
        ([lambda m: m.net.hidden, lambda m: m.net.readout], "two probes are called '<lambda>'"),
        ({"x": "mood"}, "unknown probe 'mood', allowed: active_nodes, "),
        ((3,), "unknown probe 3, allowed"),
    ],
)
def test_probes_that_cannot_be_are_refused(probes, message):
    with pytest.raises(ValueError, match=message):
        run(probes=probes)


# --- Activations


def sine(h):
    return torch.sin(h)


def test_an_activation_of_ones_own_is_saved_by_name_and_loaded_with_its_recipe(tmp_path):
    own = TwoLayer(12, activation=sine)
    found = run(own, probes="backprop_gradient_norm")
    assert found.config["net"]["activation"] == "own sine"
    found.save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"give the recipe: History.load\(path, net=...\)"):
        History.load(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"the network was {.*'own sine'.*}, not {.*'square'"):
        History.load(tmp_path / "run.npz", net=TwoLayer(12))
    again = History.load(tmp_path / "run.npz", net=own)
    assert torch.equal(again.net(TASK.pairs), found.net(TASK.pairs))
    by_hand = Activation("sine", torch.sin, lambda h, f: torch.cos(h))
    same = run(TwoLayer(12, activation=by_hand))
    assert torch.allclose(same.net.hidden, found.net.hidden, atol=1e-5)


def test_an_own_square_is_not_taken_for_ours(tmp_path):
    def square(h):
        return 3 * h * h

    run(TwoLayer(12, activation=square)).save(tmp_path / "run.npz")
    with pytest.raises(ValueError, match="give the recipe"):
        History.load(tmp_path / "run.npz")


def test_a_module_is_saved_without_pickle_and_loaded_with_its_recipe(tmp_path):
    whole, half = (run(Module(deep), steps=steps, probes="0.weight_norm") for steps in (30, 20))
    half.save(tmp_path / "half.npz")
    with pytest.raises(ValueError, match=r"Module with {'module': 'Sequential.*give the recipe"):
        History.load(tmp_path / "half.npz")
    half = History.load(tmp_path / "half.npz", net=Module(deep))
    resumed = run(Module(deep), resume=half, probes="0.weight_norm")
    for name, values in whole.net.parameters.items():
        assert torch.equal(resumed.net.parameters[name], values)
    assert np.array_equal(resumed["0.weight_norm"], whole["0.weight_norm"])
    with pytest.raises(ValueError, match="cannot resume: the earlier run had net="):
        run(Module(lambda: nn.Linear(14, 7)), resume=half)


# --- What stays, and what kind of numbers


@pytest.mark.parametrize(
    ("net", "frozen", "moving"),
    [
        (TwoLayer(12), "readout", "hidden"),
        (TwoLayer(12), "hidden", "readout"),
        (Module(deep), "0", "2.weight"),
        (Module(deep), "2.bias", "2.weight"),
    ],
)
@pytest.mark.parametrize("optimizer", ["adam", "adamw", Counting])
def test_frozen_weights_keep_their_bits(net, frozen, moving, optimizer):
    start = net.initialize(TASK)
    found = run(net, freeze=(frozen,), weight_decay=0.1, optimizer=optimizer)
    for name, values in start.parameters.items():
        is_frozen = name == frozen or name.startswith(f"{frozen}.")
        assert torch.equal(found.net.parameters[name], values) or not is_frozen
    assert not torch.equal(found.net.parameters[moving], start.parameters[moving])
    assert not any(name.startswith(frozen) for name in found.optimizer_state)


def test_a_frozen_readout_may_stand_beside_muon():
    start = TwoLayer(12).initialize(TASK)
    assert torch.equal(run(freeze=("readout",), optimizer="muon").net.readout, start.readout)


@pytest.mark.parametrize("net", [TwoLayer(12), Module(deep)], ids=["two-layer", "module"])
def test_the_kind_of_numbers_is_asked_for_or_the_networks_own(net):
    kinds = {
        "default": run(net),
        "asked": run(net, dtype=torch.float64),
        "own": run(net.initialize(TASK, dtype=torch.float64)),
        "changed": run(net.initialize(TASK, dtype=torch.float64), dtype=torch.float32),
    }
    found = {name: next(iter(k.net.parameters.values())).dtype for name, k in kinds.items()}
    assert found["default"] == found["changed"] == torch.float32
    assert found["asked"] == found["own"] == torch.float64
    assert np.allclose(kinds["asked"]["test_loss"], kinds["default"]["test_loss"], rtol=1e-3)
    assert kinds["asked"]["test_loss"].dtype == np.float64


# --- Any every


@pytest.mark.parametrize(
    ("steps", "every", "expected"),
    [(15, 10, [0, 10, 15]), (3, 10, [0, 3]), (20, 10, [0, 10, 20]), (1, 1, [0, 1])],
)
def test_the_last_step_is_recorded_whatever_every_is(steps, every, expected):
    found = run(steps=steps, every=every)
    assert found.steps.tolist() == expected and found.step == steps
    again = run(steps=steps, every=every, resume=found)
    assert np.array_equal(again["test_loss"], found["test_loss"])


def test_a_run_that_goes_on_drops_the_record_between_two_times():
    options = {"every": 10, "probes": ("hidden_change_cosine", "hidden_movement")}
    whole, part = run(steps=40, **options), run(steps=25, **options)
    assert part.steps.tolist() == [0, 10, 20, 25]
    resumed = run(steps=40, resume=part, **options)
    assert resumed.steps.tolist() == [0, 10, 20, 30, 40]
    for name, values in whole.records.items():
        assert np.array_equal(resumed[name], values, equal_nan=True), name
    assert math.isfinite(resumed["hidden_change_cosine"][0, -1])
