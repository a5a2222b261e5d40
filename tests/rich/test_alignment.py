"""Alignment of kernels with labels and of features with features."""

import pytest
import torch

from li2_core.rich import cka, kernel_alignment


def test_alignment_is_a_cosine_of_centred_matrices() -> None:
    generator = torch.Generator().manual_seed(0)
    F = torch.randn(2, 12, 30, generator=generator, dtype=torch.float64)
    y = torch.randn(2, 12, generator=generator, dtype=torch.float64)
    P = torch.eye(12, dtype=torch.float64) - 1 / 12
    gram = F @ F.mT
    for seed in range(2):
        K, Y = P @ gram[seed] @ P, P @ torch.outer(y[seed], y[seed]) @ P
        cosine = (K * Y).sum() / (K.norm() * Y.norm())
        assert kernel_alignment(gram, y)[seed].item() == pytest.approx(cosine.item(), abs=1e-12)
    assert kernel_alignment(gram + 5, y).allclose(kernel_alignment(gram, y))  # a constant: gone
    assert kernel_alignment(gram, y.unsqueeze(-1)).allclose(kernel_alignment(gram, y))


def test_alignment_with_classes() -> None:
    """A kernel that is 1 within a class and 0 between knows the labels."""
    labels = torch.eye(3, dtype=torch.float64).repeat(4, 1)
    assert kernel_alignment(labels @ labels.mT, labels).item() == pytest.approx(1)
    other = torch.eye(4, dtype=torch.float64).repeat_interleave(3, 0)
    assert kernel_alignment(other @ other.mT, labels).abs().item() < 1e-12


@pytest.mark.parametrize("width", [3, 40])  # each way round of the products
def test_cka_does_not_see_rotations_and_scale(width: int) -> None:
    generator = torch.Generator().manual_seed(0)
    F = torch.randn(20, width, generator=generator, dtype=torch.float64)
    turn, _ = torch.linalg.qr(torch.randn(width, width, generator=generator, dtype=torch.float64))
    assert cka(F, 3 * F @ turn + 7).item() == pytest.approx(1)
    assert cka(F, F @ torch.diag(torch.arange(width).double())).item() < 0.99
    G = torch.randn(20, 5, generator=generator, dtype=torch.float64)
    P = torch.eye(20, dtype=torch.float64) - 1 / 20
    grams = (P @ F @ F.mT @ P, P @ G @ G.mT @ P)
    by_hand = (grams[0] * grams[1]).sum() / (grams[0].norm() * grams[1].norm())
    assert cka(F, G).item() == pytest.approx(by_hand.item())


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"gram must be \(..., n, n\) and targets"):
        kernel_alignment(torch.eye(3), torch.ones(4))
    with pytest.raises(ValueError, match=r"gram must be \(..., n, n\) and targets"):
        kernel_alignment(torch.ones(3, 4), torch.ones(4))
    with pytest.raises(ValueError, match="targets must be finite"):
        kernel_alignment(torch.eye(3), torch.tensor([1.0, torch.nan, 0]))
    with pytest.raises(ValueError, match="features and others must be of the same samples"):
        cka(torch.ones(3, 2), torch.ones(4, 2))
