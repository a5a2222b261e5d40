"""The shell and the filter against a few lines of formula; the objective, and the fates."""

import pytest
import torch
from oracles import draw, largest_error

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.beyond import HeldNorm, SlowGradients, fates, objective
from li2_core.training import optimizer

TASK = GroupTask(cyclic(5), 0.6, seeds=2)
NORMS = ("hidden_norm", "readout_norm")


def run(optimizer, **options):
    options = {"lr": 0.02, "weight_decay": 1e-3, "dtype": torch.float64, "probes": NORMS} | options
    return train(TASK, TwoLayer(12), optimizer=optimizer, device="cpu", **options)


def two_tensors(steps):
    """W and V of two seeds, and the gradients of some steps."""
    W, V = draw(2, 4, 3), draw(2, 3, 5, seed=1)
    gradients = [(draw(2, 4, 3, seed=t), draw(2, 3, 5, seed=-t)) for t in range(2, steps + 2)]
    return [W, V], gradients


def stepped_both(made, tensors, gradients):
    for pair in gradients:
        for tensor, gradient in zip(tensors, pair, strict=True):
            tensor.grad = gradient.clone()
        made.step()
    return tensors


# 1e-12 below: thirty steps of a few roundings each, relative to the largest weight.


def test_the_shell_is_gradient_descent_and_one_factor_a_seed():
    start, gradients = two_tensors(30)
    found = [tensor.clone() for tensor in start]
    stepped_both(HeldNorm("sgd")(found, 0.1, 0.3), found, gradients)
    for s in range(2):
        W, V = start[0][s], start[1][s]
        radius = torch.cat([W.flatten(), V.flatten()]).norm()
        for g, h in gradients:
            W, V = W - 0.1 * (g[s] + 0.3 * W), V - 0.1 * (h[s] + 0.3 * V)
            factor = radius / torch.cat([W.flatten(), V.flatten()]).norm()
            W, V = factor * W, factor * V
        assert largest_error(found[0][s], W) < 1e-12
        assert largest_error(found[1][s], V) < 1e-12


def test_a_step_on_the_shell_is_the_base_optimizers_up_to_one_factor_a_seed():
    start, gradients = two_tensors(1)
    held, free = ([t.clone() for t in start] for _ in range(2))
    stepped_both(HeldNorm("adam")(held, 0.1, 0.0), held, gradients)
    stepped_both(optimizer("adam", free, 0.1), free, gradients)
    factors = [(a / b).flatten(1) for a, b in zip(held, free, strict=True)]
    for s in range(2):
        both = torch.cat([part[s] for part in factors])
        assert both.max() - both.min() < 1e-12
        assert abs(both[0] - 1) > 1e-3
    assert abs(factors[0][0, 0] - factors[0][1, 0]) > 1e-4


def test_a_run_on_the_shell_keeps_its_norm_and_a_free_one_does_not():
    def squares(history):
        return sum(history[name] ** 2 for name in NORMS)

    held, free = squares(run(HeldNorm("adam"), steps=50)), squares(run("adam", steps=50))
    assert abs(held / held[:, :1] - 1).max() < 1e-12
    assert abs(free[:, -1] / free[:, 0] - 1).min() > 0.1


@pytest.mark.parametrize("base", ["sgd", "adam"])
def test_the_filter_adds_the_moving_average_of_the_gradients(base):
    gain, memory = 3.0, 0.9
    start, gradients = two_tensors(30)
    found = [tensor.clone() for tensor in start]
    stepped_both(SlowGradients(gain, memory, base)(found, 0.02, 0.3), found, gradients)
    filtered, averages = [], gradients[0]
    for pair in gradients:
        averages = [memory * m + (1 - memory) * g for m, g in zip(averages, pair, strict=True)]
        filtered.append([g + gain * m for m, g in zip(averages, pair, strict=True)])
    expected = [tensor.clone() for tensor in start]
    stepped_both(optimizer(base, expected, 0.02, 0.3), expected, filtered)
    for one, other in zip(found, expected, strict=True):
        assert largest_error(one, other) < 1e-12


@pytest.mark.parametrize("base", ["sgd", "adam"])
@pytest.mark.parametrize("kind", [HeldNorm, lambda base: SlowGradients(2.0, 0.98, base)])
def test_a_wrapped_run_resumes_bit_for_bit(base, kind):
    # Sixteen seeds: the norm of weights set back to it is often the same to the last bit.
    task = GroupTask(cyclic(5), 0.6, seeds=16)

    def trained(steps, resume=None):
        return train(
            task, TwoLayer(12), optimizer=kind(base), steps=steps, resume=resume, device="cpu"
        )

    once, again = trained(40), trained(40, trained(20))
    for name, values in once.net.parameters.items():
        assert torch.equal(values, again.net.parameters[name])
    assert (once["train_loss"] == again["train_loss"]).all()


def test_a_wrapped_run_says_its_name():
    assert run(HeldNorm("sgd"), steps=1).config["optimizer"] == "own held norm of sgd"
    name = run(SlowGradients(5.0, 0.9), steps=1).config["optimizer"]
    assert name == "own slow gradients of adam, gain 5.0, memory 0.9"


def test_what_is_wrong_is_named():
    for kind in (HeldNorm, lambda base: SlowGradients(2.0, 0.98, base)):
        with pytest.raises(ValueError, match="unknown base optimizer 'muon', allowed: adam, adamw"):
            kind("muon")
    with pytest.raises(ValueError, match="gain must be a finite number above 0, got 0"):
        SlowGradients(0)
    with pytest.raises(ValueError, match="memory must be a finite number at least 0 and below 1"):
        SlowGradients(2.0, 1)
    with pytest.raises(ValueError, match="weights of norm 0"):
        HeldNorm("sgd")([torch.zeros(2, 3)], 0.1, 0.0)


def test_the_objective_is_the_loss_and_half_the_decay_times_all_squares():
    history = run("adam", steps=30)
    net, loss = history.net, torch.tensor(history["train_loss"][:, -1])
    squares = net.hidden.square().sum((1, 2)) + net.readout.square().sum((1, 2))
    assert largest_error(torch.tensor(objective(history)[:, -1]), loss + 5e-4 * squares) < 1e-14


def test_an_objective_needs_norms_and_a_penalty():
    with pytest.raises(ValueError, match="needs the probes hidden_norm, readout_norm"):
        objective(run("adam", steps=1, probes=()))
    with pytest.raises(ValueError, match="the decay of 'adamw'"):
        objective(run("adamw", steps=1))


def test_a_fate_is_that_of_the_accuracies():
    found = fates([[0.95, 0.5], [0.89, 1]], [[0.9, 0.1], [0.95, 0.9]], 1.0, [[5, 0], [5, 1]])
    assert found.tolist() == [["grokking", "collapse"], ["no fit", "grokking"]]
    assert fates(1, 0.89, 0.89, 5) == "memorising"
    assert fates(1, 0.89, 0.9, 5) == "grok and lose"
    with pytest.raises(ValueError, match="test must be accuracies from 0 to 1"):
        fates(1, 2, 1, 5)
    with pytest.raises(ValueError, match="best must be at least test"):
        fates(1, 0.8, 0.7, 5)
