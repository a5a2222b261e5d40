"""The training losses, each with its derivative by the outputs.

Both losses ignore a constant added to all M outputs of a sample, so the network only
ever uses its row-centred outputs; `nets.TwoLayer` centres the readout once instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """A loss of row-centred outputs (..., n, M) and integer targets (..., n).

    ``per_sample`` gives the loss of each sample, (..., n); ``residual`` gives minus
    the derivative of the loss by the outputs, (..., n, M), whose rows sum to zero.
    """

    per_sample: Callable[[Tensor, Tensor], Tensor]
    residual: Callable[[Tensor, Tensor], Tensor]


def loss_function(name: str) -> Loss:
    """Look a loss up by its name.

    "mse" is the squared distance from the row-centred outputs to the centred one-hot
    vector e_y - 1/M, summed over the M classes: 0 for a perfect answer and 1 - 1/M for
    a network that says nothing. "cross_entropy" is minus the log of the softmax
    probability of the right answer: log M for a network that says nothing.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the allowed ones.

    Examples
    --------
    >>> import torch
    >>> silent = torch.zeros(1, 4)
    >>> loss_function("mse").per_sample(silent, torch.tensor([2]))
    tensor([0.7500])
    """
    if name not in LOSSES:
        raise ValueError(f"unknown loss {name!r}, allowed: {', '.join(sorted(LOSSES))}")
    return LOSSES[name]


def _centred_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Centred one-hot vectors minus the outputs."""
    error = -1 / outputs.shape[-1] - outputs
    return error.scatter_(-1, targets.unsqueeze(-1), 1.0, reduce="add")


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return -outputs.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def _probability_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """One-hot vectors minus the softmax probabilities."""
    error = -outputs.softmax(-1)
    return error.scatter_(-1, targets.unsqueeze(-1), 1.0, reduce="add")


LOSSES = {
    "mse": Loss(
        per_sample=lambda outputs, targets: _centred_error(outputs, targets).square().sum(-1),
        residual=lambda outputs, targets: _centred_error(outputs, targets).mul_(2),
    ),
    "cross_entropy": Loss(per_sample=_cross_entropy, residual=_probability_error),
}
