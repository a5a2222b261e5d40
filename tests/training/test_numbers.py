"""Tasks whose answers are numbers: their loss, and a run from recipe to history."""

import numpy as np
import pytest
import torch

from li2_core import GroupTask, History, Module, cyclic, train
from li2_core.nets import MLP, OutputScale
from li2_core.tasks import polynomial_task
from li2_core.training import Snapshot, loss_function

TASK = polynomial_task(3, 12, 20, seeds=2)
NET = Module(lambda: OutputScale(MLP((3, 8, 1), "square"), 2.0), centred=False)


def test_squared_error_is_the_squared_distance_and_its_derivative():
    generator = torch.Generator().manual_seed(0)
    outputs, targets = torch.randn(2, 2, 5, 3, dtype=torch.float64, generator=generator)
    outputs.requires_grad_()
    (slope,) = torch.autograd.grad(((outputs - targets) ** 2).sum(), outputs)
    loss = loss_function("squared_error")
    found = loss.per_sample(outputs.detach(), targets)
    assert torch.allclose(found, ((outputs - targets) ** 2).sum(-1).detach(), atol=1e-14)
    assert torch.allclose(loss.residual(outputs.detach(), targets), -slope, atol=1e-14)
    assert loss.residual(outputs.detach().float(), targets).dtype == torch.float32


def test_a_step_of_gradient_descent_is_that_of_the_mean_squared_error():
    start = NET.initialize(TASK, dtype=torch.float64)
    options = {"optimizer": "sgd", "loss": "squared_error", "lr": 0.1, "dtype": torch.float64}
    moved = train(TASK, NET, steps=1, every=1, **options)
    state = {name: values.clone().requires_grad_() for name, values in start.parameters.items()}
    x, y = TASK.inputs[TASK.train_index].double(), TASK.targets[TASK.train_index]
    (start.answers(state, x) - y).square().sum(-1).mean(1).sum().backward()
    name = "module.layers.0.weight"
    expected = state[name] - 0.1 * state[name].grad
    assert torch.allclose(moved.net.parameters[name], expected.detach(), atol=1e-12)
    assert state[name].grad.abs().max() > 1e-3


def test_a_run_is_recorded_saved_and_resumed_without_accuracies(tmp_path):
    options = {"loss": "squared_error", "lr": 0.01, "device": "cpu"}
    whole, half = (train(TASK, NET, steps=steps, **options) for steps in (40, 20))
    assert set(whole.records) == {"train_loss", "test_loss"}
    assert (whole["train_loss"][:, -1] < 0.5 * whole["train_loss"][:, 0]).all()
    assert whole["train_loss"][:, 0] == pytest.approx(
        TASK.targets[TASK.train_index].square().mean((1, 2)).numpy(), rel=1e-5
    )
    assert whole.outcomes == ["undecided"] * 2
    half.save(tmp_path / "half.npz")
    half = History.load(tmp_path / "half.npz", net=NET)
    resumed = train(TASK, NET, steps=40, resume=half, **options)
    assert np.array_equal(resumed["test_loss"], whole["test_loss"])
    assert Snapshot(TASK, whole.net, "squared_error").test_targets.shape == (2, 20, 1)


def test_a_loss_for_other_answers_is_refused():
    with pytest.raises(ValueError, match="'mse' is not for numbers; allowed are squared_error"):
        train(TASK, NET, loss="mse", steps=1)
    with pytest.raises(ValueError, match="not for classes; allowed are mse, cross_entropy"):
        train(GroupTask(cyclic(3), 0.5), Module(lambda: MLP((6, 3))), loss="squared_error")
    with pytest.raises(ValueError, match=r"always 0: say Module\(..., centred=False\)"):
        train(TASK, Module(lambda: MLP((3, 1))), loss="squared_error", steps=1)
