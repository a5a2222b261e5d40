"""Scaled outputs that count from the start, and multilayer perceptrons."""

import pytest
import torch
from torch import nn

from li2_core import GroupTask, Module, cyclic, train
from li2_core.nets import MLP, OutputScale


def test_an_mlp_is_its_layers_in_a_row():
    torch.manual_seed(0)
    net = MLP((3, 5, 4, 2), activation="square", init_scale=2.0)
    first, second = net.layers
    x = torch.randn(7, 3)
    by_hand = net.readout((second((first(x)) ** 2)) ** 2)
    assert torch.allclose(net(x), by_hand)
    torch.manual_seed(0)
    plain = MLP((3, 5, 4, 2), activation="square")
    for big, small in zip(net.parameters(), plain.parameters(), strict=True):
        assert torch.equal(big, 2 * small)
    assert "activation=square, init_scale=2.0" in repr(net)
    assert MLP((3, 2), bias=False).readout.bias is None and not len(MLP((3, 2)).layers)


def test_scaled_outputs_count_from_the_start():
    torch.manual_seed(0)
    inner, x = MLP((3, 4, 2)), torch.randn(5, 3)
    before = inner(x)
    net = OutputScale(inner, 7.0)
    assert not net(x).any()
    with torch.no_grad():
        inner.readout.weight += 1
    assert torch.allclose(net(x), 7 * (inner(x) - before))
    assert torch.allclose(OutputScale(inner, 7.0, from_start=False)(x), 7 * inner(x))


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_a_rate_over_the_square_of_the_scale_starts_alike(scale):
    """The outputs' first step does not depend on the scale; the weights' does."""
    task = GroupTask(cyclic(5), 0.6)

    def net(beta):
        inner = lambda: OutputScale(MLP((10, 16, 5), "square", bias=False), beta)  # noqa: E731
        return Module(inner)

    outputs, moved = [], []
    for beta in (1.0, scale):
        run = train(
            task, net(beta), optimizer="sgd", lr=1e-3 / beta**2, steps=1, dtype=torch.float64
        )
        outputs.append(run.net(task.inputs.double()))
        state = run.net.parameters
        moved.append((state["module.readout.weight"] - state["start.readout.weight"]).norm())
    assert outputs[0].norm() > 0
    assert torch.allclose(*outputs, rtol=1e-2)
    assert (moved[0] / moved[1]).item() == pytest.approx(scale, rel=1e-6)


def test_the_start_is_never_trained():
    task = GroupTask(cyclic(5), 0.6, seeds=2)
    recipe = Module(lambda: OutputScale(MLP((10, 8, 5)), 1.0))
    first = recipe.initialize(task).parameters["start.readout.weight"].clone()
    run = train(task, recipe, lr=0.1, weight_decay=0.1, steps=5)
    assert torch.equal(run.net.parameters["start.readout.weight"], first)
    assert not torch.equal(run.net.parameters["module.readout.weight"], first)


def test_bad_input_is_named():
    for make, message in (
        (lambda: MLP((3,)), "sizes must be at least two"),
        (lambda: MLP((3, 0)), "a size must be a whole number at least 1, got 0"),
        (lambda: MLP((3, 2), "swish"), "unknown activation 'swish', allowed: "),
        (lambda: MLP((3, 2), init_scale=0), "init_scale must be a finite number above 0, got 0"),
        (lambda: OutputScale(nn.Linear(1, 1), -1), "scale must be a finite number above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
