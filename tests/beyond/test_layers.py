"""What layers hold: cases by hand, and numbers that are known for noise."""

import pytest
import torch

from li2_core.beyond.layers import (
    answer_share,
    frequency_share,
    has_collapsed,
    held_out_share,
)

WAVES = torch.arange(22, dtype=torch.float64) % 11 * 2 * torch.pi / 11


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_long_nodes_count_more_and_constants_are_nobodys_best():
    pure, mixed = (3 * WAVES).cos(), (2 * WAVES).sin() + (4 * WAVES).cos()
    assert frequency_share(pure[None]).item() == pytest.approx(1)
    assert frequency_share(torch.stack([pure, mixed])).item() == pytest.approx(2 / 3)
    assert frequency_share(torch.stack([3 * pure, mixed])).item() == pytest.approx(10 / 11)
    assert frequency_share(torch.ones(1, 22)).item() == pytest.approx(0)
    assert frequency_share(torch.stack([pure[None], mixed[None]])).shape == (2,)


def test_the_share_of_the_answer():
    targets = torch.tensor([0, 0, 1, 1])
    features = torch.tensor([[1.0, 5.0], [1.0, 7.0], [3.0, 5.0], [3.0, 7.0]])
    assert answer_share(features[:, :1], targets).item() == pytest.approx(1)
    assert answer_share(features[:, 1:], targets).item() == pytest.approx(0)
    assert answer_share(features, targets).item() == pytest.approx(0.5)
    assert answer_share(10 + features, targets).item() == pytest.approx(0.5)
    many = torch.arange(500) % 50
    assert answer_share(noise(2, 500, 400), many).mean().item() == pytest.approx(0.1, abs=0.01)


def test_the_held_out_share():
    seen, new = torch.tensor([0, 0, 1, 1]), torch.tensor([1, 0])
    features = torch.tensor([[0.0], [2.0], [4.0], [6.0]])  # means 1 and 5
    assert held_out_share(features, seen, torch.tensor([[5.0], [1.0]]), new).item() == 1
    assert held_out_share(features, seen, torch.tensor([[1.0], [5.0]]), new).item() == -3
    # Noise: the variance of the mean of ten on top of all.
    seen, new = torch.arange(500) % 50, torch.arange(200) % 50
    known, other = noise(700, 300).split([500, 200])
    assert held_out_share(known, seen, other, new).item() == pytest.approx(-0.1, abs=0.02)
    # One training set a seed.
    stacked = held_out_share(known[None], seen[None], other[None], new[None])
    assert stacked.item() == pytest.approx(held_out_share(known, seen, other, new).item())


def test_collapse_is_the_loss_of_answering_zero():
    losses = torch.tensor([22 / 23, 0.98 * 22 / 23 - 1e-3, 0.2, 1.5])
    assert has_collapsed(losses, 23).tolist() == [True, False, False, True]
    assert has_collapsed(losses, 23, tolerance=0.9).tolist() == [True] * 4
