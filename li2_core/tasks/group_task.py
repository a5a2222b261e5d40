"""Tasks: what the network is asked, and which questions it gets to see.

A `GroupTask` asks for the product of two group elements. All M^2 pairs exist; each
seed draws its own training set from them and is tested on the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup


class GroupTask:
    """Learn the product of a finite group from a part of its table.

    Parameters
    ----------
    group : FiniteGroup
        Of order M.
    train_fraction : float
        The share p of the M^2 pairs that is trained on, 0 < p < 1.
        Every seed gets ``num_train`` = round(p M^2) pairs.
    seeds : int or sequence of int
        One split a seed; an integer S means the seeds 0 .. S-1.

    Attributes
    ----------
    pairs : Tensor, int64, (M^2, 2)
        Pair number a M + b is (a, b).
    targets : Tensor, int64, (M^2,)
        The product of each pair.
    train_index, test_index : Tensor, int64, (S, n) and (S, M^2 - n)
        Which pairs each seed trains on and is tested on, in increasing order.

    Raises
    ------
    ValueError
        If the fraction is not in (0, 1), leaves no pair to train or to test on,
        or the seeds are none or repeated.

    Examples
    --------
    >>> from li2_core.groups.group import cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.4, seeds=3)
    >>> task.num_train, tuple(task.test_index.shape)
    (10, (3, 15))
    """

    def __init__(
        self, group: FiniteGroup, train_fraction: float, seeds: int | Sequence[int] = 1
    ) -> None:
        if not 0 < train_fraction < 1:
            raise ValueError(f"train_fraction must lie in (0, 1), got {train_fraction}")
        self.group = group
        self.train_fraction = float(train_fraction)
        self.seeds = tuple(range(seeds) if isinstance(seeds, int) else map(int, seeds))
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must be one or more different integers, got {seeds}")
        size = group.order**2
        self.num_train = round(train_fraction * size)
        if self.num_train in (0, size):
            empty = "training" if self.num_train == 0 else "test"
            raise ValueError(
                f"train_fraction {train_fraction} of {size} pairs leaves an empty {empty} set"
            )
        elements = torch.arange(group.order)
        self.pairs = torch.cartesian_prod(elements, elements)
        self.targets = torch.from_numpy(group.table.reshape(-1).copy())
        splits = [_split(size, self.num_train, seed) for seed in self.seeds]
        self.train_index = torch.stack([train for train, _ in splits])
        self.test_index = torch.stack([test for _, test in splits])

    @property
    def num_seeds(self) -> int:
        """The number of seeds, S."""
        return len(self.seeds)

    @property
    def input_dim(self) -> int:
        """The length of an input, 2M: two one-hot vectors end to end."""
        return 2 * self.group.order

    @property
    def num_classes(self) -> int:
        """The number of answers, M."""
        return self.group.order

    def __repr__(self) -> str:
        return (
            f"GroupTask({self.group.name}, {self.num_train} of {len(self.targets)} pairs, "
            f"{self.num_seeds} seeds)"
        )

    def inputs(self, index: Tensor | None = None) -> Tensor:
        """The rows X of the given pairs (default: all), float64, (n, 2M)."""
        pairs = self.pairs if index is None else self.pairs[index]
        first, second = one_hot(pairs.T, self.group.order)
        return torch.cat([first, second], dim=1)

    def labels(self, index: Tensor | None = None) -> Tensor:
        """The one-hot rows Y of the given pairs (default: all), float64, (n, M)."""
        targets = self.targets if index is None else self.targets[index]
        return one_hot(targets, self.group.order)


def one_hot(index: Tensor, length: int) -> Tensor:
    """One-hot vectors, float64, of shape (*index.shape, length)."""
    return torch.nn.functional.one_hot(index, length).double()


def _split(size: int, num_train: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(size, generator=generator)
    return order[:num_train].sort().values, order[num_train:].sort().values
