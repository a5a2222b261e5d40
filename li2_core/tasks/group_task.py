"""The task of a finite group: what is the product of two elements?

All M^2 pairs exist; each seed draws its own training set from them and is tested on the rest.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from li2_core._input import instance, real
from li2_core.groups.group import FiniteGroup
from li2_core.tasks._split import random_split, seed_numbers
from li2_core.tasks.pairs import Pairs, one_hot


@dataclass(frozen=True, eq=False, repr=False, init=False)
class GroupTask:
    """Learn the product of a finite group from a part of its table.

    A task does not change once it is made; what follows from it is computed once.

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
    train_index, test_index : Tensor, int64, (S, n) and (S, M^2 - n)
        Which pairs each seed trains on and is tested on, in increasing order.

    Raises
    ------
    ValueError
        If the fraction is not in (0, 1), leaves no pair to train or to test on,
        or the seeds are none or repeated.
    TypeError
        If ``group`` is no `FiniteGroup`.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.4, seeds=3)
    >>> task.num_train, tuple(task.test_index.shape)
    (10, (3, 15))
    """

    group: FiniteGroup
    train_fraction: float
    seeds: tuple[int, ...]
    train_index: Tensor
    test_index: Tensor
    has_own_split: bool

    def __init__(
        self, group: FiniteGroup, train_fraction: float, seeds: int | Sequence[int] = 1
    ) -> None:
        instance("group", group, FiniteGroup)
        p = real("train_fraction", train_fraction, above=0, below=1)
        numbers, size = seed_numbers(seeds), group.order**2
        num_train = round(p * size)
        if num_train in (0, size):
            empty = "training" if num_train == 0 else "test"
            raise ValueError(f"train_fraction {p} of {size} pairs leaves an empty {empty} set")
        splits = [random_split(size, num_train, seed) for seed in numbers]
        train, test = (torch.stack(index) for index in zip(*splits, strict=True))
        self._fill(group, p, numbers, train, test, False)

    @classmethod
    def from_split(
        cls,
        group: FiniteGroup,
        train_index: Tensor | Sequence[Any],
        test_index: Tensor | Sequence[Any] | None = None,
        seeds: int | Sequence[int] | None = None,
    ) -> GroupTask:
        """A task with a split of your own.

        Parameters
        ----------
        group : FiniteGroup
        train_index, test_index : int, (S, n) and (S, m), or (n,) and (m,) for one seed
            Pair number a M + b is (a, b); the order plays no part. The test set is by default
            all that is not trained on.
        seeds : int or sequence of int, optional
            The S seeds of the first weights, 0 .. S-1 by default.

        Raises
        ------
        ValueError
            If a number is not that of a pair, one comes twice for a seed, a set is empty, or
            the shapes and the number of seeds do not agree.

        Examples
        --------
        >>> from li2_core import cyclic
        >>> task = GroupTask.from_split(cyclic(3), [0, 4, 8])  # 0 + 0, 1 + 1, 2 + 2
        >>> task.targets[task.train_index].tolist(), task.test_index.tolist()
        ([[0, 2, 1]], [[1, 2, 3, 5, 6, 7]])
        """
        size = group.order**2
        train = _index("train_index", train_index, size)
        if test_index is None:
            is_free = torch.ones(len(train), size, dtype=torch.bool).scatter(1, train, False)
            test_index = is_free.nonzero()[:, 1].reshape(len(train), -1)
        test = _index("test_index", test_index, size)
        numbers = seed_numbers(len(train) if seeds is None else seeds)
        if not len(train) == len(test) == len(numbers):
            raise ValueError(
                f"train_index, test_index and seeds must be of as many seeds, "
                f"got {len(train)}, {len(test)} and {len(numbers)}"
            )
        _index("train_index and test_index together", torch.cat([train, test], 1), size)
        task = cls.__new__(cls)
        task._fill(group, train.shape[1] / size, numbers, train, test, True)
        return task

    def _fill(self, *values: Any) -> None:
        # The one way into a frozen object.
        self.__dict__.update(zip(self.__dataclass_fields__, values, strict=True))

    @property
    def num_seeds(self) -> int:
        """The number of seeds, S."""
        return len(self.seeds)

    @property
    def num_train(self) -> int:
        """The number of pairs that a seed trains on, n."""
        return self.train_index.shape[1]

    @property
    def num_classes(self) -> int:
        """The number of answers, M."""
        return self.group.order

    @property
    def config(self) -> dict[str, Any]:
        """The group, the share of pairs and the seeds; of a split of your own, its checksum."""
        found = {
            "group": self.group.name,
            "table_checksum": zlib.crc32(self.group.table.tobytes()),
            "train_fraction": self.train_fraction,
            "seeds": list(self.seeds),
        }
        if self.has_own_split:
            indices = (self.train_index, self.test_index)
            found["split_checksum"] = zlib.crc32(b"/".join(i.numpy().tobytes() for i in indices))
        return found

    @cached_property
    def pairs(self) -> Tensor:
        """The elements of each pair, int64 (M^2, 2): pair number a M + b is (a, b)."""
        elements = torch.arange(self.group.order)
        return torch.cartesian_prod(elements, elements)

    @cached_property
    def targets(self) -> Tensor:
        """The product of each pair, int64 (M^2,)."""
        return self.group.products.flatten().clone()

    @cached_property
    def inputs(self) -> Tensor:
        """The one-hot rows of all pairs as a network reads them, float32 (M^2, 2M)."""
        return self.rows().float()

    @cached_property
    def training_pairs(self) -> Pairs:
        """The sums over the training set of the task's only seed.

        Raises
        ------
        ValueError
            If the task has several seeds, and so several training sets.
        """
        if self.num_seeds != 1:
            raise ValueError(
                f"the energy needs one training set, but the task has {self.num_seeds} seeds"
            )
        return Pairs(self.group, self.train_index[0])

    def rows(self, index: Tensor | None = None) -> Tensor:
        """The one-hot rows X, float64 (..., n, 2M), of the pairs with the numbers ``index``.

        By default of all pairs.
        """
        pairs = self.pairs if index is None else self.pairs[index]
        return one_hot(pairs, self.group.order).flatten(-2)

    def labels(self, index: Tensor | None = None) -> Tensor:
        """The one-hot rows Y, float64 (..., n, M), of the pairs with the numbers ``index``.

        By default of all pairs.
        """
        targets = self.targets if index is None else self.targets[index]
        return one_hot(targets, self.group.order)

    def __repr__(self) -> str:
        return (
            f"GroupTask({self.group.name}, {self.num_train} of {len(self.targets)} pairs, "
            f"{self.num_seeds} seeds)"
        )


#: What an energy is the energy of: a group's full table, or the training pairs of a task.
Target = FiniteGroup | GroupTask


def pairs_of(target: Target) -> Pairs:
    """The pairs that count: the whole table of a group, or a task's training set.

    Raises
    ------
    ValueError
        If the target is a task of several seeds, which has several training sets.
    TypeError
        If it is neither a group nor a task.
    """
    if isinstance(target, FiniteGroup):
        return Pairs(target)
    if isinstance(target, GroupTask):
        return target.training_pairs
    raise TypeError(f"expected a FiniteGroup or a GroupTask, got {type(target).__name__}")


def _index(name: str, index: Any, size: int) -> Tensor:
    """Numbers of pairs as an increasing list a seed, (S, n)."""
    found = torch.as_tensor(np.asarray(index))
    is_index = found.ndim in (1, 2) and found.numel() and not found.is_floating_point()
    if is_index and found.dtype != torch.bool:
        rows = torch.atleast_2d(found.long()).sort(1).values
        if rows.min() >= 0 and rows.max() < size and (rows[:, 1:] > rows[:, :-1]).all():
            return rows
    raise ValueError(
        f"{name} must be different numbers from 0 to {size - 1}, (n,) or (seeds, n), got {index}"
    )
