"""Products with one-hot inputs as sums of rows, and how samples and seeds are cut for a cache.

A product with a one-hot pair is the sum of two rows; looking them up costs far less.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, pad

BLOCK_ENTRIES = 2**18  # so many features are held at a time: a megabyte stays in the cache


def blocks(num_samples: int, width: int, on_gpu: bool) -> list[slice]:
    """Blocks of samples whose features fit a CPU's cache; on a GPU all samples at once."""
    size = num_samples if on_gpu else max(64, BLOCK_ENTRIES // width)
    return [slice(start, start + size) for start in range(0, num_samples, size)]


def seeds_that_fit(num_seeds: int, features_of_one: int, on_gpu: bool) -> int:
    """How many seeds to stack: those whose features fit a CPU's cache; on a GPU all.

    A small network's step is mostly calls, and a stack shares them; a network that fills
    the cache by itself is faster alone.
    """
    return num_seeds if on_gpu else max(1, min(num_seeds, BLOCK_ENTRIES // features_of_one))


def hidden_rows(pairs: Tensor, order: int) -> Tensor:
    """Which rows of the stacked W's each sample adds up: (S, n, 2), seed s shifted by 2M s."""
    operand_shift = torch.tensor([0, order], device=pairs.device)
    seed_shift = 2 * order * torch.arange(len(pairs), device=pairs.device)
    return pairs + operand_shift + seed_shift[:, None, None]


def gather_sum(rows: Tensor, index: Tensor) -> Tensor:
    """Sum rows by index: (S, R, K) and (S, n, j), j rows a sample, give (S, n, K)."""
    summed = sum_bags(rows.flatten(0, -2), index.flatten(0, -2))
    return summed.unflatten(0, index.shape[:-1])


def sum_bags(rows: Tensor, index: Tensor, offsets: Tensor | None = None) -> Tensor:
    """`torch.nn.functional.embedding_bag` in mode "sum", for complex rows (R, K) as well."""
    if not rows.is_complex():
        return embedding_bag(index, rows, offsets, mode="sum")
    real = embedding_bag(index, torch.view_as_real(rows).flatten(1), offsets, mode="sum")
    return torch.view_as_complex(real.unflatten(1, (-1, 2)))


def padded_classes(readout_by_class: Tensor) -> Tensor:
    """The readout (..., M, K) with zero classes up to a multiple of 16.

    Matrix products are faster when the classes fill whole vector registers.
    """
    return pad(readout_by_class, (0, 0, 0, -readout_by_class.shape[-2] % 16))


def centred_readout(readout_by_class: Tensor) -> Tensor:
    """The readout (..., M, K) minus its mean over the M classes."""
    return readout_by_class - readout_by_class.mean(dim=-2, keepdim=True)


def real_part(values: Tensor) -> Tensor:
    """The real part; a real tensor as it is."""
    return values.real if values.is_complex() else values


def as_real(values: Tensor) -> Tensor:
    """A view of complex numbers as pairs of real ones (a last axis of 2); real ones as they are."""
    return torch.view_as_real(values) if values.is_complex() else values
