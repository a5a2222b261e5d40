"""Optimizers around another one: the norm of all weights held, or slow gradients amplified.

Both are optimizers of one's own: `train(..., optimizer=HeldNorm("adam"))`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from li2_core._input import name_of, named, real
from li2_core.training.optimizers import ENTRYWISE, AnyOptimizer, optimizer


@dataclass(frozen=True)
class HeldNorm:
    """Keeps the length of all weights of a seed together as it is at the start.

    After each step of the base optimizer all tensors of a seed are multiplied by one factor,
    so that their common norm is again that of the first weights: training on a shell.

    Parameters
    ----------
    base : str or function
        ``sgd``, ``adam``, ``adamw``, or one of your own: see `optimizer`.

    Raises
    ------
    ValueError
        If the base is unknown, or (in a run) the weights start at zero.

    Notes
    -----
    Source: Liu, Michaud and Tegmark (2023), "Omnigrok".

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic, train
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> names = ("hidden_norm", "readout_norm")
    >>> run = train(task, TwoLayer(8), optimizer=HeldNorm("adam"), probes=names, steps=20)
    >>> squares = run["hidden_norm"] ** 2 + run["readout_norm"] ** 2
    >>> (squares / squares[:, :1]).round(5).tolist()
    [[1.0, 1.0, 1.0]]
    """

    base: AnyOptimizer = "adam"

    def __post_init__(self) -> None:
        _check_base(self.base)

    @property
    def name(self) -> str:
        """What a record of the run calls it."""
        return f"held norm of {name_of(self.base)}"

    def __call__(
        self, parameters: list[Tensor], lr: float, weight_decay: float
    ) -> torch.optim.Optimizer:
        """The optimizer of some tensors, (S, ...) each."""
        made = optimizer(self.base, parameters, lr, weight_decay)
        start = _common_norm(parameters)
        if not (start > 0).all():
            raise ValueError("weights of norm 0 cannot be held at their norm")

        def back_to_the_shell(*_: Any) -> None:
            # Among what the base remembers, so that a resumed run keeps the first radius; not
            # before the base's first step, which takes an empty memory as its sign to begin.
            radius = made.state[parameters[0]].setdefault("radius", start)
            factor = radius / _common_norm(parameters)
            for tensor in parameters:
                tensor.mul_(factor.view(-1, *[1] * (tensor.ndim - 1)))

        made.register_step_post_hook(back_to_the_shell)
        return made


@dataclass(frozen=True)
class SlowGradients:
    """Adds a multiple of the gradients' moving average to each gradient ("Grokfast").

    The base optimizer steps along g + gain m, where m is the first gradient and then
    memory * m + (1 - memory) * g. A coupled weight decay is not amplified: beside a gradient
    that is slow it counts 1 + gain times less.

    Parameters
    ----------
    gain, memory : float
        The filter's lambda and alpha.
    base : str or function
        ``sgd``, ``adam``, ``adamw``, or one of your own: see `optimizer`.

    Raises
    ------
    ValueError
        If the gain is not positive, the memory not in [0, 1), or the base unknown.

    Notes
    -----
    Source: Lee, Kang, Kim and Lee (2024), "Grokfast", the filter with an exponential average.
    """

    gain: float = 2.0
    memory: float = 0.98
    base: AnyOptimizer = "adam"

    def __post_init__(self) -> None:
        real("gain", self.gain, above=0)
        real("memory", self.memory, least=0, below=1)
        _check_base(self.base)

    @property
    def name(self) -> str:
        """What a record of the run calls it."""
        return f"slow gradients of {name_of(self.base)}, gain {self.gain}, memory {self.memory}"

    def __call__(
        self, parameters: list[Tensor], lr: float, weight_decay: float
    ) -> torch.optim.Optimizer:
        """The optimizer of some tensors, (S, ...) each."""
        made = optimizer(self.base, parameters, lr, weight_decay)
        slow: dict[Tensor, Tensor] = {}

        def amplify(*_: Any) -> None:
            for tensor in parameters:
                if tensor.grad is not None:
                    # Asked for at each step: a resumed run has put what it loaded there.
                    average = made.state[tensor].get("slow_gradient", tensor.grad)
                    slow[tensor] = average.lerp(tensor.grad, 1 - self.memory)
                    tensor.grad.add_(slow[tensor], alpha=self.gain)

        def remember(*_: Any) -> None:
            # After the base's step, whose first one takes an empty memory as its sign to begin.
            for tensor, average in slow.items():
                made.state[tensor]["slow_gradient"] = average

        made.register_step_pre_hook(amplify)
        made.register_step_post_hook(remember)
        return made


def _check_base(base: AnyOptimizer) -> None:
    if not callable(base):
        named("base optimizer", base, ENTRYWISE)


def _common_norm(parameters: list[Tensor]) -> Tensor:
    """The norm of all that belongs to a seed, (S,)."""
    squares = [tensor.flatten(1).square().sum(1) for tensor in parameters]
    return torch.stack(squares).sum(0).sqrt()
