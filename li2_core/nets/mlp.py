"""A multilayer perceptron as a `torch.nn.Module`, with a scale for its first weights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from li2_core._input import real, whole
from li2_core.activations import AnyActivation
from li2_core.activations import activation as activation_of


class MLP(nn.Module):
    """Linear layers with an activation between them: (n, sizes[0]) to (n, sizes[-1]).

    The last layer is called ``readout``, the others ``layers.0``, ``layers.1``, ...

    Parameters
    ----------
    sizes : sequence of int
        The widths from the inputs to the outputs, two at least.
    activation : str, Activation or function
        See `li2_core.activations.activation`.
    init_scale : float
        Multiplies all first weights and biases, which are PyTorch's own.
    bias : bool

    Raises
    ------
    ValueError
        If there are fewer than two sizes, one is no positive whole number, the activation is
        unknown or ``init_scale`` is not positive.

    Examples
    --------
    >>> from li2_core import Module
    >>> net = Module(lambda: MLP((64, 200, 10), init_scale=8.0))
    >>> sorted(net.template.state_dict())
    ['layers.0.bias', 'layers.0.weight', 'readout.bias', 'readout.weight']
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: AnyActivation = "relu",
        init_scale: float = 1.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        widths = [whole("a size", size, least=1) for size in sizes]
        if len(widths) < 2:
            raise ValueError(f"sizes must be at least two, inputs and outputs, got {sizes!r}")
        self.between = activation_of(activation)
        self.init_scale = real("init_scale", init_scale, above=0)
        *hidden, self.readout = [nn.Linear(a, b, bias=bias) for a, b in pairwise(widths)]
        self.layers = nn.ModuleList(hidden)
        with torch.no_grad():
            for values in self.parameters():
                values.mul_(self.init_scale)

    def forward(self, rows: Tensor) -> Tensor:
        """The outputs, (n, sizes[-1]), for ``rows`` (n, sizes[0])."""
        for layer in self.layers:
            rows = self.between.value(layer(rows))
        found: Tensor = self.readout(rows)
        return found

    def extra_repr(self) -> str:
        """What the layers alone do not say."""
        return f"activation={self.between.name}, init_scale={self.init_scale}"
