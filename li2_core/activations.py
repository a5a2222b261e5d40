"""The nonlinearities s(x): a name, or your own.

The training step is written by hand, so each activation brings its own slope; a test
compares every slope with autograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core._input import named


@dataclass(frozen=True)
class Activation:
    """A nonlinearity applied entry by entry.

    ``value(h)`` is s(h), and ``factor * slope(h, f)`` is s'(h) for f = s(h), which some
    slopes reuse. Both keep the shape and dtype of ``h``. The constant stands apart so
    that it need not be multiplied into every entry. Only a ``holomorphic`` one, which is
    differentiable as a complex function, goes with complex weights. ``name`` is what a record
    of the run calls it.
    """

    name: str
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    factor: float = 1.0
    holomorphic: bool = False

    def derivative(self, h: Tensor) -> Tensor:
        """s'(h), entry by entry."""
        return self.factor * self.slope(h, self.value(h))


#: An activation's name, the activation itself, or a function that works entry by entry.
AnyActivation = str | Activation | Callable[[Tensor], Tensor]


def activation(s: AnyActivation) -> Activation:
    """The activation of a name, or your own.

    Parameters
    ----------
    s : str, Activation or function
        A name (``square``, ``relu``, ``silu``, ``gelu``, ``tanh``, ``identity``), an
        `Activation` as it is, or a function of a tensor that works entry by entry; its
        slope is then found by autograd.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the allowed ones.

    Examples
    --------
    >>> activation("square").value(torch.tensor([-2.0, 3.0]))
    tensor([4., 9.])
    >>> activation(torch.sin).derivative(torch.tensor([0.0]))
    tensor([1.])
    """
    if isinstance(s, Activation):
        return s
    if callable(s):
        return Activation(getattr(s, "__name__", type(s).__name__), s, _autograd_slope(s))
    return named("activation", s, ACTIVATIONS)


def _autograd_slope(s: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    def slope(h: Tensor, f: Tensor) -> Tensor:
        with torch.enable_grad():
            inputs = h if h.requires_grad else h.detach().requires_grad_()
            (found,) = torch.autograd.grad(s(inputs).sum(), inputs, create_graph=h.requires_grad)
        return found

    return slope


def _silu_slope(h: Tensor, f: Tensor) -> Tensor:
    gate = torch.sigmoid(h)
    return gate + f * (1 - gate)


def _gelu_slope(h: Tensor, f: Tensor) -> Tensor:
    # s = x Phi(x) with the normal distribution Phi, so s' = Phi(x) + x phi(x).
    density = torch.exp(-0.5 * h.square()) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(h) + h * density


_TABLE = (
    Activation("square", torch.square, lambda h, f: h, factor=2.0, holomorphic=True),
    Activation("relu", torch.relu, lambda h, f: (h > 0).to(h.dtype)),
    Activation("silu", torch.nn.functional.silu, _silu_slope),
    Activation("gelu", torch.nn.functional.gelu, _gelu_slope),
    Activation("tanh", torch.tanh, lambda h, f: 1 - f.square()),
    Activation("identity", lambda h: h, lambda h, f: torch.ones_like(h), holomorphic=True),
)
ACTIVATIONS = {s.name: s for s in _TABLE}
HOLOMORPHIC = tuple(s.name for s in _TABLE if s.holomorphic)

__all__ = ["Activation", "AnyActivation", "activation"]
