"""Any `torch.nn.Module`: against the two-layer network, and against modules trained one by one."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from li2_core import GroupTask, Module, TwoLayer, cyclic, train
from li2_core.nets import Net, Network
from li2_core.nets.net import of_seed


class Square(nn.Module):
    def forward(self, h):
        return h.square()


class Embedded(nn.Module):
    """Reads whole numbers, adds a vector that it never trains."""

    def __init__(self):
        super().__init__()
        self.embed, self.readout = nn.Embedding(7, 12), nn.Linear(24, 7)
        self.register_buffer("shift", torch.rand(24))

    def forward(self, pairs):
        return self.readout(torch.tanh(self.embed(pairs).flatten(-2) + self.shift))


def two_layers(order, width):
    return nn.Sequential(
        nn.Linear(2 * order, width, bias=False), Square(), nn.Linear(width, order, bias=False)
    )


def deep():
    return nn.Sequential(
        nn.Linear(14, 12), nn.Tanh(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 7)
    )


def test_both_kinds_keep_the_protocol():
    task = GroupTask(cyclic(7), 0.5)
    for recipe in (TwoLayer(4), Module(deep)):
        assert isinstance(recipe, Net) and not isinstance(recipe, Network)
        network = recipe.initialize(task)
        assert isinstance(network, Network) and not isinstance(network, Net)
        assert network.recipe is recipe


def twins(order, width, seeds):
    task = GroupTask(cyclic(order), 0.8, seeds)
    net = TwoLayer(width).initialize(task)
    recipe = Module(lambda: two_layers(order, width), features="1")
    weights = {"0.weight": net.hidden.mT.clone(), "2.weight": net.parameters["readout"].clone()}
    return task, net, recipe.with_parameters(weights)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_a_twin_of_the_two_layer_network_has_its_losses(loss):
    task, net, twin = twins(23, 128, 2)
    options = {"steps": 100, "weight_decay": 1e-3, "loss": loss, "device": "cpu"}
    ours = train(task, net, probes=("sample_gram_rms", "explained_fractions"), **options)
    theirs = train(task, twin, probes=("sample_gram_rms", "explained_fractions"), **options)
    for name in ours.records:
        if "accuracy" not in name:
            assert np.allclose(ours[name], theirs[name], rtol=1e-5, atol=1e-5, equal_nan=True), name
    assert torch.allclose(twin.features(task.inputs), net.features(task.pairs), atol=1e-5)


@pytest.mark.parametrize("factory", [deep, Embedded])
@pytest.mark.parametrize("seeds_at_once", [1, 2, None])
def test_stacked_seeds_train_as_single_modules_do(factory, seeds_at_once):
    """In float64, each seed's module in the plain way; the buffer stays as it was."""
    task = GroupTask(cyclic(7), 0.6, seeds=[3, 8, 9])
    name = "pairs" if factory is Embedded else "inputs"
    net = Module(factory, inputs=name).initialize(task, dtype=torch.float64)
    options = {"lr": 0.01, "weight_decay": 1e-3, "steps": 20, "device": "cpu"}
    run = train(task, net, seeds_at_once=seeds_at_once, **options)
    for seed in range(3):
        module = factory().double()
        module.load_state_dict({name: values[seed] for name, values in net.parameters.items()})
        adam = torch.optim.Adam(module.parameters(), lr=0.01, weight_decay=1e-3)
        rows = getattr(task, name)[task.train_index[seed]]
        rows = rows.double() if rows.is_floating_point() else rows
        for _ in range(20):
            adam.zero_grad()
            outputs = module(rows)
            outputs = outputs - outputs.mean(-1, keepdim=True)
            labels = task.labels(task.train_index[seed]) - 1 / 7
            (outputs - labels).square().sum(-1).mean().backward()
            adam.step()
        for key, values in module.state_dict().items():
            assert torch.allclose(run.net.parameters[key][seed], values, rtol=0, atol=1e-12), key
    if factory is Embedded:
        assert torch.equal(run.net.parameters["shift"], net.parameters["shift"])


def test_each_seed_has_a_module_of_its_own_whatever_stands_beside_it():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    together = Module(deep).initialize(GroupTask(cyclic(7), 0.5, [4, 2]))
    assert torch.equal(torch.random.get_rng_state(), before)
    alone = Module(deep).initialize(GroupTask(cyclic(7), 0.5, [2]))
    for name, values in together.parameters.items():
        assert torch.equal(values[1:], alone.parameters[name])
        assert not torch.equal(values[0], values[1])
    generator = torch.Generator().manual_seed(2)  # what draws the split
    stream = torch.rand(12, 14, generator=generator) * 2 - 1
    assert not torch.allclose(alone.parameters["0.weight"][0] * 14**0.5, stream, atol=1e-3)


def test_inputs_may_be_shared_or_each_seeds_own():
    task = GroupTask(cyclic(7), 0.5, seeds=2)
    net = Module(deep).initialize(task)
    shared, own = net(task.inputs), net(task.inputs[task.train_index])
    assert shared.shape == (2, 49, 7) and shared.mean(-1).abs().max() < 1e-6
    for seed in range(2):
        assert torch.allclose(own[seed], shared[seed, task.train_index[seed]], atol=1e-6)
        assert torch.allclose(of_seed(net, seed)(task.inputs)[0], shared[seed], atol=1e-6)
    raw = Module(deep, centred=False).initialize(task)(task.inputs)
    assert torch.allclose(raw - raw.mean(-1, keepdim=True), shared, atol=1e-6)


ONE = deep()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Module(deep()), "factory must be a function .*, got a Sequential"),
        (lambda: Module(3), "factory must be a function .*, got a int"),
        (lambda: Module(deep, features="9"), "no submodule '9', allowed as features: 0, 1"),
        (lambda: Module(deep, sample_axes=1.5), "sample_axes must be a whole number"),
        (lambda: Module(lambda: ONE), "must make a new module at each call"),
        (lambda: Module(lambda: 3), "must make an nn.Module with parameters, got 3"),
        (lambda: Module(Square), "must make an nn.Module with parameters, got Square"),
        (lambda: Module(lambda: nn.Linear(15, 7)), r"cannot read \(3, 14\): mat1 and mat2"),
        (lambda: Module(lambda: nn.Linear(14, 6)), r"with \(3, 7\) numbers, got \(3, 6\)"),
        (lambda: Module(deep, inputs="images"), "reads task.images, which a GroupTask has not"),
        (lambda: Module(deep, sample_axes=2), "have sample_axes=1, not 2"),
        (
            lambda: Module(lambda: nn.Sequential(deep(), nn.BatchNorm1d(7))),
            "changes its buffers 1.running_mean, .* as batch norm does",
        ),
        (
            lambda: Module(lambda: nn.Sequential(nn.Dropout(), deep())),
            "answers the same questions differently each time, as dropout does",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        train(GroupTask(cyclic(7), 0.5, seeds=2), make(), steps=1)


def test_batch_norm_and_dropout_at_rest_are_taken():
    net = Module(lambda: nn.Sequential(nn.Dropout(), deep(), nn.BatchNorm1d(7)).eval())
    run = train(GroupTask(cyclic(7), 0.8, seeds=2), net, lr=0.02, steps=100)
    assert (run["train_loss"][:, -1] < 0.5 * run["train_loss"][:, 0]).all()


def test_parameters_that_do_not_fit_are_refused():
    task = GroupTask(cyclic(7), 0.5, seeds=2)
    net = Module(deep).initialize(task)
    fewer = {name: values for name, values in net.parameters.items() if name != "0.bias"}
    cut = copy.copy(net.parameters) | {"0.bias": net.parameters["0.bias"][:1]}
    for wrong in (fewer, cut, net.parameters | {"0.bias": torch.zeros(2, 3)}):
        with pytest.raises(ValueError, match=r"expected \(S, ...\) parameters .*'0.bias': \(12,\)"):
            net.recipe.with_parameters(wrong)
    with pytest.raises(ValueError, match="the task has 3 seeds, the network 2"):
        train(GroupTask(cyclic(7), 0.5, seeds=3), net, steps=1)


def test_features_that_are_not_named_are_asked_for_by_name():
    with pytest.raises(ValueError, match=r"sample_gram_rms: .*Module\(..., features='NAME'\)"):
        train(GroupTask(cyclic(7), 0.5), Module(deep), steps=1, probes="sample_gram_rms")


@pytest.mark.parametrize("probe", ["backprop_gradient_norm", "spectrum", "active_nodes"])
def test_a_probe_of_two_layers_says_so(probe):
    with pytest.raises(ValueError, match=f"probe {probe}: this probe needs the layers of a TwoLay"):
        train(GroupTask(cyclic(7), 0.5), Module(deep), steps=1, probes=probe)


def test_a_ridge_readout_needs_a_two_layer_network():
    with pytest.raises(ValueError, match=r"readout='ridge' needs features .* is a ModuleNetwork"):
        train(GroupTask(cyclic(7), 0.5), Module(deep), readout="ridge", weight_decay=0.1)


def test_muon_leaves_the_readout_and_biases_to_adam():
    """Steps of lr sqrt(outputs / inputs) times an orthogonal matrix; of lr elsewhere."""

    def named():
        return nn.ModuleDict({"up": nn.Linear(14, 40), "readout": nn.Linear(40, 7)})

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.up, self.readout = named().values()

        def forward(self, x):
            return self.readout(torch.tanh(self.up(x)))

    task = GroupTask(cyclic(7), 0.8, seeds=2)
    start = Module(Named).initialize(task)
    end = train(task, start, optimizer="muon", lr=0.01, readout_lr=0.001, steps=1).net
    moved = {name: end.parameters[name] - values for name, values in start.parameters.items()}
    values = torch.linalg.svdvals(moved["up.weight"]) / (0.01 * (40 / 14) ** 0.5)
    assert values[:, 0].max() < 1.2 and values[:, :12].min() > 0.6
    assert torch.allclose(moved["up.bias"].abs(), torch.tensor(0.01), rtol=1e-2)
    assert torch.allclose(moved["readout.weight"].abs(), torch.tensor(0.001), rtol=1e-2)
    for options in ({"optimizer": "muon"}, {"readout_lr": 0.1}):
        with pytest.raises(ValueError, match=r"need to know the readout.*there are 0.weight"):
            train(task, Module(deep), steps=1, **options)
