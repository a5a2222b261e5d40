"""A task of any data: a pool of questions with their answers, and a split for each seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.tasks._split import seed_numbers


@dataclass(frozen=True, eq=False, repr=False)
class SampledTask:
    """Questions and answers of any kind, and which of them each seed trains on.

    Where each seed has questions of its own, the pool holds those of all seeds, one seed after
    the other, and the indices point into it.

    Parameters
    ----------
    inputs : Tensor, (N, ...)
        The pool: a question a row.
    targets : Tensor
        Classes, int64 (N,), or numbers, float (N, num_classes).
    train_index, test_index : Tensor, int64, (S, n) and (S, m)
        Places in the pool.
    seeds : int or sequence of int
        S different ones; they choose the first weights.
    num_classes : int
        The number of outputs.
    config : dict
        JSON values that tell this task from others.

    Raises
    ------
    ValueError
        If numbers of questions or of seeds do not agree, an index lies outside the pool or is in
        both sets of a seed, or the targets are neither classes nor numbers.

    Examples
    --------
    >>> x = torch.linspace(-1, 1, 5).unsqueeze(1)
    >>> train, test = torch.tensor([[0, 2, 4]]), torch.tensor([[1, 3]])
    >>> task = SampledTask(x, x.square(), train, test, 1, 1, {"name": "a parabola"})
    >>> task.num_train, task.seeds
    (3, (0,))
    """

    inputs: Tensor
    targets: Tensor
    train_index: Tensor
    test_index: Tensor
    seeds: tuple[int, ...]
    num_classes: int
    config: dict[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "seeds", seed_numbers(self.seeds))
        outputs = whole("num_classes", self.num_classes, least=1)
        size, shape = len(self.inputs), tuple(self.targets.shape)
        if self.targets.is_floating_point():
            fits = shape == (size, outputs) and bool(self.targets.isfinite().all())
        else:
            is_class = self.targets.dtype == torch.int64 and shape == (size,)
            fits = is_class and bool(((self.targets >= 0) & (self.targets < outputs)).all())
        if not fits:
            raise ValueError(
                f"targets must be classes 0 to {outputs - 1}, int64 ({size},), or finite numbers "
                f"({size}, {outputs}), got {self.targets.dtype} {shape}"
            )
        if self.inputs.is_floating_point() and not self.inputs.isfinite().all():
            raise ValueError("inputs must be finite")
        for name in ("train_index", "test_index"):
            index = getattr(self, name)
            right = index.dtype == torch.int64 and index.ndim == 2 and index.numel() > 0
            if not (right and len(index) == self.num_seeds):
                raise ValueError(
                    f"{name} must be int64 ({self.num_seeds}, n) for {self.num_seeds} seeds, got "
                    f"{index.dtype} {tuple(index.shape)}"
                )
            if index.min() < 0 or index.max() >= size:
                raise ValueError(f"{name} must be places from 0 to {size - 1} in the pool")
        both = torch.cat([self.train_index, self.test_index], 1).sort(1).values
        if (both[:, 1:] == both[:, :-1]).any():
            raise ValueError("a seed must not have a question twice, or in both sets")

    @property
    def num_seeds(self) -> int:
        """The number of seeds, S."""
        return len(self.seeds)

    @property
    def num_train(self) -> int:
        """The number of questions that a seed trains on, n."""
        return self.train_index.shape[1]

    def __repr__(self) -> str:
        name = self.config.get("name", "a task")
        return f"SampledTask({name}, {self.num_train} questions, {self.num_seeds} seeds)"


def pooled(
    inputs: list[Tensor],
    targets: list[Tensor],
    num_train: int,
    seeds: tuple[int, ...],
    config: dict[str, Any],
) -> SampledTask:
    """A task of numbers in which each seed has its own questions, the training ones first.

    Parameters
    ----------
    inputs, targets : list of Tensor, (n + m, ...) and (n + m, C)
        One a seed.
    num_train : int
        n.
    seeds : tuple of int
    config : dict
    """
    size = len(inputs[0])
    places = torch.arange(len(seeds) * size).reshape(len(seeds), size)
    return SampledTask(
        torch.cat(inputs).float(),
        torch.cat(targets).float(),
        places[:, :num_train],
        places[:, num_train:],
        seeds,
        targets[0].shape[1],
        config,
    )
