"""Deep networks: against the two-layer one, and against plain modules trained one by one."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.nets import DeepNet, Net, Network

TASK = GroupTask(cyclic(7), 0.6, seeds=[3, 8])


def test_the_protocol_is_kept():
    recipe = DeepNet(4)
    network = recipe.initialize(TASK)
    assert isinstance(recipe, Net) and isinstance(network, Network)
    assert network.recipe.config["width"] == [4, 4]


@pytest.mark.parametrize("activation", ["square", "silu"])
def test_one_hidden_layer_is_the_two_layer_network(activation):
    options = {"steps": 60, "weight_decay": 1e-3, "device": "cpu", "dtype": torch.float64}
    deep = train(TASK, DeepNet(16, 1, activation, init_scale=2.0), **options)
    ours = train(TASK, TwoLayer(16, activation, init_scale=2.0), **options)
    for name, values in ours.net.parameters.items():
        assert torch.allclose(deep.net.parameters[name], values, rtol=0, atol=1e-10), name


class Plain(nn.Module):
    """The definition, matrix by matrix."""

    def __init__(self, parameters, seed, residual):
        super().__init__()
        self.weights = nn.ParameterList(values[seed].clone() for values in parameters.values())
        self.residual = residual

    def layers(self, X):
        hidden, *between, _ = self.weights
        found = [torch.relu(X @ hidden)]
        for weights in between:
            new = torch.relu(found[-1] @ weights)
            found.append(found[-1] + new if self.residual else new)
        return found

    def forward(self, X):
        outputs = self.layers(X)[-1] @ self.weights[-1].T
        return outputs - outputs.mean(1, keepdim=True)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("freeze", [(), ("layers.2",), ("readout", "hidden")])
@pytest.mark.parametrize("seeds_at_once", [1, None])
def test_it_trains_as_the_definition_does(residual, freeze, seeds_at_once):
    net = DeepNet(9, 3, residual=residual).initialize(TASK, dtype=torch.float64)
    options = {"lr": 0.01, "weight_decay": 1e-3, "steps": 20, "device": "cpu"}
    run = train(TASK, net, freeze=freeze, seeds_at_once=seeds_at_once, **options)
    for seed in range(2):
        module = Plain(net.parameters, seed, residual)
        X = TASK.rows()
        for layer, features in enumerate(module.layers(X), 1):
            assert torch.allclose(net.features(TASK.pairs, layer)[seed], features, atol=1e-12)
        names = list(net.parameters)
        moved = [w for n, w in zip(names, module.weights, strict=True) if n not in freeze]
        adam = torch.optim.Adam(moved, lr=0.01, weight_decay=1e-3)
        rows, labels = X[TASK.train_index[seed]], TASK.labels(TASK.train_index[seed]) - 1 / 7
        for _ in range(20):
            adam.zero_grad()
            (module(rows) - labels).square().sum(1).mean().backward()
            adam.step()
        for name, values in zip(names, module.weights, strict=True):
            assert torch.allclose(run.net.parameters[name][seed], values, atol=1e-12), name


def test_first_weights_are_each_seeds_own_whatever_stands_beside_it():
    recipe = DeepNet((40, 30, 20), depth=3, init_scale=2.0)
    pair, alone = recipe.initialize(TASK), recipe.initialize(GroupTask(cyclic(7), 0.6, [8]))
    for name, values in pair.parameters.items():
        assert torch.equal(values[1:], alone.parameters[name])
        assert not torch.equal(values[0], values[1])
    square = DeepNet(40, 3).initialize(TASK).parameters
    assert not torch.allclose(square["layers.2"], square["layers.3"])
    for layer, (fan_in, _) in enumerate(pairwise(recipe.widths), 2):
        weights = pair.parameters[f"layers.{layer}"]
        assert weights.abs().max() <= 2 / fan_in**0.5
        assert weights.std().item() == pytest.approx(2 / (3 * fan_in) ** 0.5, rel=0.05)
    assert not DeepNet(4, 2, zero_readout=True).initialize(TASK).parameters["readout"].any()


def test_a_run_goes_on_where_it_stopped():
    options = {"weight_decay": 1e-3, "device": "cpu"}
    half = train(TASK, DeepNet(9, 3), steps=10, **options)
    whole = train(TASK, DeepNet(9, 3), steps=25, **options)
    again = train(TASK, DeepNet(9, 3), steps=25, resume=half, **options)
    assert np.array_equal(again["train_loss"], whole["train_loss"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DeepNet(0), "width must be a whole number at least 1, got 0"),
        (lambda: DeepNet((4, 0)), "one of the widths must be a whole number at least 1"),
        (lambda: DeepNet(4, depth=0), "depth must be a whole number at least 1"),
        (lambda: DeepNet((4, 4), depth=3), "depth 3 needs as many widths, got .4, 4."),
        (lambda: DeepNet((4, 5), residual=True), "needs equal widths, as it is residual"),
        (lambda: DeepNet(4, init_scale=0), "init_scale must be a finite number above 0"),
        (lambda: DeepNet(4, activation="cube"), "unknown activation 'cube'"),
        (lambda: DeepNet(4).initialize(TASK).features(TASK.pairs, 3), "at most 2, got 3"),
        (lambda: DeepNet(4).with_parameters({}), "expected parameters .*'layers.2'.*got {}"),
        (lambda: train(GroupTask(cyclic(5), 0.6, [3, 8]), DeepNet(4).initialize(TASK)), "needs"),
        (lambda: train(TASK, DeepNet(4), freeze=("layers.3",)), "allowed: hidden, layers.2, read"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_task_without_pairs_is_refused():
    class Other:
        num_seeds, num_classes = 2, 7

    with pytest.raises(ValueError, match="which a Other has not"):
        DeepNet(4).initialize(TASK).read(Other())
