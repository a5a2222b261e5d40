"""StableMax against its formula, and what a softmax cannot tell from certainty."""

import pytest
import torch
from oracles import draw, largest_error

from li2_core import GroupTask, Module, TwoLayer, cyclic
from li2_core.nets import MLP
from li2_core.tasks import polynomial_task
from li2_core.training import PROBES, Snapshot, loss_function

TASK = GroupTask(cyclic(5), 0.6, seeds=2)


def test_stablemax_and_its_slope_are_those_of_the_formula():
    outputs = draw(2, 6, 5, seed=3).mul(4).requires_grad_()
    targets = torch.randint(5, (2, 6), generator=torch.Generator().manual_seed(1))
    expected = torch.zeros(2, 6, dtype=torch.float64)
    for i in range(2):
        for j in range(6):
            powers = [x + 1 if x >= 0 else 1 / (1 - x) for x in outputs[i, j]]
            expected[i, j] = -torch.log(powers[targets[i, j]] / sum(powers))
    (slope,) = torch.autograd.grad(expected.sum(), outputs)
    loss = loss_function("stablemax")
    assert (outputs < -1).any() and (outputs > 1).any()
    assert largest_error(loss.per_sample(outputs.detach(), targets), expected.detach()) < 1e-14
    assert largest_error(loss.residual(outputs.detach(), targets), -slope) < 1e-14


def test_stablemax_of_silence_is_log_M_and_its_tail_a_power():
    loss, target = loss_function("stablemax"), torch.tensor([0])
    assert loss.per_sample(torch.zeros(1, 7), target).item() == pytest.approx(1.9459101)
    sure = torch.tensor([[1e6, -5e5, -5e5]])
    # Two wrong answers share 2 / 5e5 beside 1e6: the loss is 4e-12 and not zero in float32.
    assert loss.per_sample(sure.double(), target).item() == pytest.approx(4e-12, rel=1e-4)
    assert loss.residual(sure, target).abs().max() > 0
    assert loss_function("cross_entropy").residual(sure, target).abs().max() == 0


def test_the_saturated_share_counts_certain_answers():
    net = TwoLayer(12).initialize(TASK)
    moment = Snapshot(TASK, net)
    n = TASK.num_train
    outputs = torch.zeros(2, n, 5)
    outputs[0, :3] = -100.0 + 200.0 * torch.eye(5)[moment.train_targets[0, :3]]
    outputs[1, :4] = 10.0 * torch.eye(5)[moment.train_targets[1, :4]]  # sure, yet not exactly
    moment = Snapshot(TASK, net, train_outputs=outputs)
    found = PROBES["saturated_share"](moment)
    assert torch.allclose(found, torch.tensor([3 / n, 0]))


def test_the_saturated_share_is_of_classes():
    numbers = polynomial_task(3, 12, 20, seeds=2)
    net = Module(lambda: MLP((3, 8, 1), "square"), centred=False).initialize(numbers)
    with pytest.raises(ValueError, match="'cross_entropy' is not for numbers"):
        PROBES["saturated_share"](Snapshot(numbers, net, "squared_error"))
