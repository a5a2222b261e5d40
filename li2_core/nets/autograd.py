"""The gradient of a network of one's own: autograd over stacked seeds."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.func import vjp

from li2_core.nets.net import Residual


class Answering(Protocol):
    """A network that says what it would answer if it had other weights."""

    @property
    def parameters(self) -> dict[str, Tensor]: ...

    @property
    def trained(self) -> list[str]: ...

    def __call__(self, inputs: Tensor, /) -> Tensor: ...

    def answers(self, state: dict[str, Tensor], inputs: Tensor, /) -> Tensor: ...


class ModuleGradient:
    """The gradient of the mean training loss of stacked networks, by `torch.func.vjp`.

    Parameters and attributes are those of `nets.gradient.LossGradient`, for inputs
    (S, n, ...); all seeds are stacked unless ``seeds_at_once`` says otherwise.
    """

    def __init__(
        self,
        net: Answering,
        inputs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
    ) -> None:
        self.net, self.inputs, self.targets, self.residual = net, inputs, targets, residual
        self.grads = {name: torch.zeros_like(net.parameters[name]) for name in net.trained}
        at_once = seeds_at_once or len(inputs)
        self.stacks = [slice(i, i + at_once) for i in range(0, len(inputs), at_once)]
        self.outputs = net(inputs)

    def __call__(self) -> None:
        """Write `grads` and `outputs`."""
        for seeds in self.stacks:
            self._stack_gradient(seeds)

    def _stack_gradient(self, seeds: slice) -> None:
        state = {name: values[seeds] for name, values in self.net.parameters.items()}
        trained = {name: state.pop(name) for name in self.grads}
        inputs = self.inputs[seeds]

        def answers(weights: dict[str, Tensor]) -> Tensor:
            return self.net.answers(state | weights, inputs)

        outputs, pull_back, *_ = vjp(answers, trained)
        residual = self.residual(outputs, self.targets[seeds])
        (found,) = pull_back(residual * (-1 / inputs.shape[1]))
        self.outputs[seeds] = outputs
        for name, grad in found.items():
            self.grads[name][seeds] = grad
