"""What `train` asks of a network, whatever it is made of: a recipe, weights, a gradient.

A `Net` is a recipe: it says how to make weights, and has none. A `Network` is what it
makes, one for each of S seeds: it always has weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from li2_core.tasks.task import Task

Residual = Callable[[Tensor, Tensor], Tensor]


class Gradient(Protocol):
    """The gradient of the mean training loss; a call brings it up to the present weights.

    Attributes
    ----------
    grads : dict of Tensor
        By the parameters' names, shaped as they are. What is not among them is not trained.
    outputs : Tensor, (S, n, M)
        The outputs that the last call found on its way.
    """

    @property
    def grads(self) -> dict[str, Tensor]: ...

    @property
    def outputs(self) -> Tensor: ...

    def __call__(self) -> None: ...


@runtime_checkable
class Network(Protocol):
    """Networks of one recipe with weights for S seeds.

    Attributes
    ----------
    recipe : Net
    parameters : dict of Tensor
        All that a file must hold, by name: (S, ...) each, changed in place by training.
    centred : bool
        Whether each row of the outputs has mean zero.
    inputs_first : bool
        Whether matrices are (inputs, outputs); those of torch's modules are not.
    """

    @property
    def recipe(self) -> Net: ...

    @property
    def parameters(self) -> dict[str, Tensor]: ...

    @property
    def centred(self) -> bool: ...

    @property
    def inputs_first(self) -> bool: ...

    def read(self, task: Task) -> Tensor:
        """What it reads of a task, (N, ...); a ValueError if it cannot answer this task."""

    def __call__(self, inputs: Tensor, /) -> Tensor:
        """The outputs, (S, n, M), for inputs (n, ...) or, for each seed its own, (S, n, ...)."""

    def gradient(
        self,
        inputs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
        /,
    ) -> Gradient:
        """The gradient for the inputs (S, n, ...) and the targets (S, n) or (S, n, M) of each seed.

        ``residual`` is minus the derivative of the loss by the outputs; ``seeds_at_once``
        how many seeds one product stacks, as it likes if None.
        """


@runtime_checkable
class Net(Protocol):
    """A recipe for networks; ``config`` describes it in JSON values."""

    @property
    def config(self) -> dict[str, Any]: ...

    def initialize(
        self, task: Task, device: torch.device | str = ..., dtype: torch.dtype = ...
    ) -> Network:
        """A network with first weights for each seed of a task, of a dtype and on a device."""

    def with_parameters(self, parameters: Mapping[str, Tensor]) -> Network:
        """The network with these parameters, which are not copied."""


def copied(
    network: Network, device: torch.device | None = None, dtype: torch.dtype | None = None
) -> Network:
    """The same network with parameters of its own, perhaps elsewhere or of another precision."""

    def copy(values: Tensor) -> Tensor:
        kind = values.dtype
        if dtype is not None and (values.is_floating_point() or values.is_complex()):
            kind = dtype.to_complex() if values.is_complex() else dtype
        return values.detach().to(device or values.device, kind, copy=True)

    copies = {name: copy(values) for name, values in network.parameters.items()}
    return network.recipe.with_parameters(copies)


def of_seed(network: Network, seed: int) -> Network:
    """The network of the seed in this place alone, S = 1; its weights are views."""
    alone = {name: values[seed : seed + 1] for name, values in network.parameters.items()}
    return network.recipe.with_parameters(alone)
