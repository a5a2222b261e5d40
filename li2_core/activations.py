"""The nonlinearities s(x) by name, each with its derivative.

The training step is written by hand, so each activation brings its own slope; a test
compares every slope with autograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """A nonlinearity applied entry by entry.

    ``value(h)`` is s(h), and ``factor * slope(h, f)`` is s'(h) for f = s(h), which some
    slopes reuse. Both keep the shape and dtype of ``h``. The constant stands apart so
    that it need not be multiplied into every entry. Only a ``holomorphic`` one, which is
    differentiable as a complex function, goes with complex weights.
    """

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    factor: float = 1.0
    holomorphic: bool = False

    def derivative(self, h: Tensor) -> Tensor:
        """s'(h), entry by entry."""
        return self.factor * self.slope(h, self.value(h))


def activation(name: str) -> Activation:
    """Look an activation up by its name.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the allowed ones.

    Examples
    --------
    >>> activation("square").value(torch.tensor([-2.0, 3.0]))
    tensor([4., 9.])
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}, allowed: {', '.join(sorted(ACTIVATIONS))}")
    return ACTIVATIONS[name]


def _silu_slope(h: Tensor, f: Tensor) -> Tensor:
    gate = torch.sigmoid(h)
    return gate + f * (1 - gate)


def _gelu_slope(h: Tensor, f: Tensor) -> Tensor:
    # s = x Phi(x) with the normal distribution Phi, so s' = Phi(x) + x phi(x).
    density = torch.exp(-0.5 * h.square()) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(h) + h * density


ACTIVATIONS = {
    "square": Activation(torch.square, lambda h, f: h, factor=2.0, holomorphic=True),
    "relu": Activation(torch.relu, lambda h, f: (h > 0).to(h.dtype)),
    "silu": Activation(torch.nn.functional.silu, _silu_slope),
    "gelu": Activation(torch.nn.functional.gelu, _gelu_slope),
    "tanh": Activation(torch.tanh, lambda h, f: 1 - f.square()),
    "identity": Activation(lambda h: h, lambda h, f: torch.ones_like(h), holomorphic=True),
}
HOLOMORPHIC = tuple(name for name, s in ACTIVATIONS.items() if s.holomorphic)
