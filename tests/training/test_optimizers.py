"""The optimizers against formulas, and a stack of seeds against seeds one by one."""

import math

import pytest
import torch
from oracles import draw, largest_error, stepped

from li2_core.training import optimizer

PLAIN = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def weights_and_gradients(steps, *shape):
    drawn = draw(steps + 1, *shape, seed=1)
    return drawn[0], drawn[1:]


def by_hand(name, w, gradients, lr, decay):
    """The update rules of the papers, with Adam's usual constants."""
    m = v = torch.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        if name != "adamw":
            g = g + decay * w
        if name == "sgd":
            w = w - lr * g
            continue
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        if name == "adamw":
            w = w - lr * decay * w
        w = w - lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return w


# 1e-12 below: thirty steps of a few roundings each, relative to the largest weight.


@pytest.mark.parametrize("name", sorted(PLAIN))
@pytest.mark.parametrize("steps", [1, 2, 30])
def test_steps_are_those_of_the_formulas(name, steps):
    w, gradients = weights_and_gradients(steps, 5, 3)
    expected = by_hand(name, w, gradients, lr=0.02, decay=0.3)
    found = w.clone()
    stepped(optimizer(name, [found], lr=0.02, weight_decay=0.3), found, gradients)
    assert largest_error(found, expected) < 1e-12


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_the_first_step_without_decay(name):
    """sgd goes lr * g; adam and adamw go lr against the sign."""
    w, gradients = weights_and_gradients(1, 4)
    moved = w.clone()
    stepped(optimizer(name, [moved], lr=0.125), moved, gradients)
    step = gradients[0] if name == "sgd" else gradients[0].sign()
    # Adam's epsilon, 1e-8 over the smallest gradient here, shortens its step.
    assert gradients[0].abs().min() > 0.1
    assert (w - moved - 0.125 * step).abs().max() < (1e-15 if name == "sgd" else 2e-8)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_a_stack_of_two_seeds_is_two_runs(name):
    """One seed's gradients, a million times larger, do not touch the other's weights."""
    w, gradients = weights_and_gradients(30, 2, 4, 3)
    gradients[:, 1] *= 1e6
    stacked = w.clone()
    stepped(optimizer(name, [stacked], lr=0.01, weight_decay=0.1), stacked, gradients)
    for s in range(2):
        alone = w[s].clone()
        plain = PLAIN[name]([alone], lr=0.01, weight_decay=0.1, foreach=False)
        stepped(plain, alone, gradients[:, s])
        assert largest_error(stacked[s], alone) < 1e-12


def test_names_and_values_out_of_range_are_errors():
    w = [torch.zeros(2)]
    with pytest.raises(ValueError, match="unknown optimizer 'lion', allowed: adam, adamw,"):
        optimizer("lion", w, lr=0.1)
    for lr in (0, -1, math.nan):
        with pytest.raises(ValueError, match=f"lr must be a finite number above 0, got {lr}"):
            optimizer("adam", w, lr=lr)
    for decay in (-0.1, math.nan):
        with pytest.raises(ValueError, match=f"weight_decay must be .* at least 0, got {decay}"):
            optimizer("sgd", w, lr=0.1, weight_decay=decay)
