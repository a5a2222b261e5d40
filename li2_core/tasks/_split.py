"""Seeds, and how each draws its training set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from li2_core._input import whole


def seed_numbers(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The seeds themselves, of which an integer S means 0 .. S-1.

    Raises
    ------
    ValueError
        If they are none, repeated or no integers.
    """
    given = seeds if isinstance(seeds, Iterable) else range(whole("seeds", seeds, least=1))
    numbers = tuple(whole("a seed", seed) for seed in given)
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"seeds must be one or more different integers, got {seeds}")
    return numbers


def random_split(size: int, num_train: int, seed: int) -> tuple[Tensor, Tensor]:
    """A training set of ``num_train`` of ``size`` questions, and the rest, in increasing order."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(size, generator=generator)
    return order[:num_train].sort().values, order[num_train:].sort().values
