"""What must be right before any time counts. Each gate raises `GateFailed` if it is not."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from benchmarks.reference import ACTIVATIONS, PlainRun, plain_loss
from benchmarks.sizes import Size, first_steps, our_step
from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.activations import HOLOMORPHIC
from li2_core.nets import LossGradient, TwoLayerNetwork
from li2_core.training import loss_function
from li2_core.training.losses import LOSSES


class GateFailed(Exception):
    """Something is wrong, so how fast it is does not matter."""


def gradient_gate() -> float:
    """Every variant's float64 gradient against autograd's: the largest relative error."""
    task = GroupTask(cyclic(19), 0.8, seeds=2)
    variants = [
        (name, scale, kind)
        for kind, names in ((False, ACTIVATIONS), (True, HOLOMORPHIC))
        for name, scale in itertools.product(names, (1.0, 0.3))
    ]
    errors = []
    for (name, scale, is_complex), loss in itertools.product(variants, LOSSES):
        recipe = TwoLayer(13, name, init_scale=2, output_scale=scale, complex_weights=is_complex)
        net = recipe.initialize(task, dtype=torch.float64)
        for at_once in (1, 2):
            errors.append(_gradient_error(task, net, name, loss, at_once))
            label = f"gradient of {name}, {loss}, scale {scale}, complex {is_complex}"
            _require(label, errors[-1], 1e-12)
    return _largest(errors)


def trajectory_gate(size: Size, steps: int = 100) -> float:
    """Losses of our float32 steps against the plain ones': the largest relative distance."""
    task, start = size.task(), first_steps(size)
    plain = PlainRun.of(task, start.weights, size.lr, size.weight_decay)
    ours = our_step(size, task, start)
    mse = loss_function("mse")
    errors = []
    for _ in range(steps):
        ours.gradient()
        loss = mse.per_sample(ours.gradient.outputs, ours.targets).mean().item()
        ours.update()
        expected = plain.step().item()
        errors.append(abs(loss - expected) / expected)
    worst = _largest(errors)
    _require(f"{steps} losses at {size.name}", worst, 1e-3)
    return worst


def stacking_gate(steps: int = 50) -> float:
    """Seeds trained in one stack against one by one, float64: the largest relative error."""
    task = GroupTask(cyclic(11), 0.7, seeds=5)
    net = TwoLayer(24).initialize(task, dtype=torch.float64)
    runs = [
        train(task, net, steps=steps, every=steps, seeds_at_once=at_once, device="cpu").net
        for at_once in (1, 2, 5)
    ]
    pairs = [
        (found, expected)
        for run in runs[1:]
        for found, expected in zip(
            run.parameters.values(), runs[0].parameters.values(), strict=True
        )
    ]
    worst = _largest([_relative(found, expected) for found, expected in pairs])
    _require("stacked seeds against looped ones", worst, 1e-9)
    return worst


def _gradient_error(
    task: GroupTask, net: TwoLayerNetwork, name: str, loss: str, at_once: int
) -> float:
    index = task.train_index
    ours = LossGradient(
        net, task.pairs[index], task.targets[index], loss_function(loss).residual, at_once
    )
    ours()
    errors = []
    for seed in range(task.num_seeds):
        W, V = (weights[seed].clone().requires_grad_() for weights in (net.hidden, net.readout))
        X = task.rows(index[seed]).to(W.dtype)
        Y = task.labels(index[seed]) - 1 / task.num_classes
        value = plain_loss(X, Y, W, V, name, loss, net.recipe.output_scale)
        by_hidden, by_readout = torch.autograd.grad(value, (W, V))
        errors.append(_relative(ours.grads["hidden"][seed], by_hidden))
        errors.append(_relative(ours.grads["readout"][seed].mT, by_readout))
    return _largest(errors)


def _relative(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).abs().max() / expected.abs().max())


def _largest(errors: list[float]) -> float:
    """Of all errors; not a number if one is none, which Python's `max` may pass over."""
    return torch.tensor(errors, dtype=torch.float64).max().item()


def _require(what: str, found: float, tolerance: float) -> None:
    if not found <= tolerance:  # also for a number that is none
        raise GateFailed(f"{what}: off by {found:.2g}, allowed {tolerance:g}")
