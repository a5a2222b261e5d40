"""Signals to lower layers: against autograd, samples of random nodes, and finite widths."""

import math

import pytest
import torch

from li2_core import GroupTask, cyclic
from li2_core.beyond import arc_cosine_signal, layer_signals
from li2_core.beyond.signals import width_cosine
from li2_core.lazy import alignment, centre, signal
from li2_core.nets import DeepNet

SMALL = GroupTask(cyclic(7), 0.6, seeds=2)
TASK = GroupTask(cyclic(23), 0.7, seeds=3)


def labels_of(task):
    return centre(task.labels(task.train_index))


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("activation", ["relu", "silu"])
def test_signals_are_the_gradient_of_the_agreement_with_the_labels(residual, activation):
    """G_l is the derivative by F_l of 1/2 ||Yt' F_L||^2, were all above to depend on it."""
    net = DeepNet(6, 3, activation, residual).initialize(SMALL, dtype=torch.float64)
    labels, pairs = labels_of(SMALL), SMALL.pairs[SMALL.train_index]
    found = list(layer_signals(net, SMALL))[::-1]
    assert torch.allclose(found[-1], signal(net.features(pairs), labels), atol=1e-12)
    for layer in (1, 2):
        top = below = net.features(pairs, layer).requires_grad_()
        for above in range(layer + 1, 4):
            new = torch.einsum("snk,skj->snj", top, net.parameters[f"layers.{above}"])
            new = new.relu() if activation == "relu" else new * new.sigmoid()
            top = top + new if residual else new
        agreement = torch.einsum("snm,snk->smk", labels, top).square().sum() / 2
        (expected,) = torch.autograd.grad(agreement, below)
        assert torch.allclose(found[layer - 1], expected, rtol=1e-9, atol=1e-9)


def test_the_infinite_signal_is_the_mean_over_random_nodes():
    generator = torch.Generator().manual_seed(1)
    F = torch.rand(5, 3, generator=generator, dtype=torch.float64)
    Y = centre(torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0, 1]])
    w = torch.randn(3, 2_000_000, generator=generator, dtype=torch.float64)
    h = F @ w
    mean = ((h > 0) * (Y @ (Y.T @ h.relu()))) @ w.T / w.shape[1]
    found = arc_cosine_signal(F, Y)
    assert (found - mean).norm() / found.norm() < 0.01


def test_the_infinite_signal_is_the_gradient_of_the_kernels_alignment():
    F = torch.rand(6, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    Y = centre(torch.eye(3, dtype=torch.float64)[[0, 1, 2, 2, 1, 0]])
    F.requires_grad_()
    length = F.norm(dim=1)
    # On the diagonal the arc cosine has no slope of its own: kappa(x, x) = |x|^2 / 2.
    cosine = (F @ F.T) / (length[:, None] * length)
    cosine = torch.where(torch.eye(6, dtype=torch.bool), 0.5, cosine)
    angle = cosine.arccos()
    kernel = length[:, None] * length * (angle.sin() + (math.pi - angle) * cosine) / (2 * math.pi)
    kernel = torch.where(torch.eye(6, dtype=torch.bool), length.square() / 2, kernel)
    (expected,) = torch.autograd.grad((Y @ Y.T * kernel).sum() / 2, F)
    assert torch.allclose(arc_cosine_signal(F.detach(), Y), expected, atol=1e-12)
    with pytest.raises(ValueError, match="row of the features is zero"):
        arc_cosine_signal(torch.zeros(2, 2), torch.ones(2, 1))


@pytest.mark.parametrize(
    "widths", [(256, 64), (256, 256), (256, 1024), (256, 4096), (64, 4096), (1024, 1024)]
)
def test_the_width_of_the_way_back_is_what_is_lost(widths):
    """Within .02 for every pair of widths, three seeds; He's scale above."""
    net = DeepNet(widths, init_scale=6**0.5).initialize(TASK, dtype=torch.float64)
    _, G = layer_signals(net, TASK)
    F, labels = net.features(TASK.pairs[TASK.train_index], 1), labels_of(TASK)
    cosines = alignment(G, signal(F, labels))
    assert cosines.mean().item() == pytest.approx(width_cosine(*widths), abs=0.02)
    assert alignment(G, arc_cosine_signal(F, labels)).mean() > cosines.mean()


def test_at_infinite_width_gates_hardly_matter():
    F = DeepNet(256).initialize(TASK, dtype=torch.float64)
    F, labels = F.features(TASK.pairs[TASK.train_index], 1), labels_of(TASK)
    assert alignment(arc_cosine_signal(F, labels), signal(F, labels)).min() > 0.99


def test_without_gates_the_factor_is_one():
    net = DeepNet((200, 400), activation="identity").initialize(TASK, dtype=torch.float64)
    _, G = layer_signals(net, TASK)
    F = net.features(TASK.pairs[TASK.train_index], 1)
    found = alignment(G, signal(F, labels_of(TASK))).mean().item()
    assert found == pytest.approx(width_cosine(200, 400, loss=1.0), abs=0.01)
