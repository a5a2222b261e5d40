"""What a network needs of a task, whatever it asks."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor


class Task(Protocol):
    """N questions with their answers, and for each of S seeds which of them it trains on.

    Attributes
    ----------
    inputs : Tensor, (N, ...)
        What a general network reads, a question a row.
    targets : Tensor
        The answers: classes, int64 (N,), or numbers, (N, num_classes).
    train_index, test_index : Tensor, int64, (S, n) and (S, number of test questions)
        Which questions each seed trains on and is tested on.
    seeds : tuple of int
        S different ones.
    num_seeds, num_train, num_classes : int
        S, n, and the number of outputs.
    config : dict
        JSON values that tell this task from others.
    """

    @property
    def inputs(self) -> Tensor: ...

    @property
    def targets(self) -> Tensor: ...

    @property
    def train_index(self) -> Tensor: ...

    @property
    def test_index(self) -> Tensor: ...

    @property
    def seeds(self) -> tuple[int, ...]: ...

    @property
    def num_seeds(self) -> int: ...

    @property
    def num_train(self) -> int: ...

    @property
    def num_classes(self) -> int: ...

    @property
    def config(self) -> dict[str, Any]: ...
