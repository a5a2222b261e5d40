"""The training losses, each with its derivative by the outputs: a name, or your own.

``mse`` and ``cross_entropy`` ignore a constant added to all M outputs of a sample, and the network
only ever uses its row-centred outputs; `nets.TwoLayer` centres the readout once instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core._input import called, named

PerSample = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """A loss of outputs (..., n, M) and targets: classes (..., n) or numbers (..., n, M).

    ``per_sample`` gives the loss of each sample, (..., n); ``residual`` gives minus
    the derivative of the loss by the outputs, (..., n, M); ``name`` is what a record of the
    run calls it. ``zero_sum`` says that the rows of the residual always sum to zero;
    ``of_numbers`` whether the targets must be numbers or classes (None: either will do).
    """

    name: str
    per_sample: PerSample
    residual: PerSample
    zero_sum: bool = False
    of_numbers: bool | None = None

    def check_targets(self, targets: Tensor) -> None:
        """A ValueError for ``targets`` that the loss is not made for."""
        is_numbers = targets.is_floating_point()
        if self.of_numbers not in (None, is_numbers):
            kind = "numbers" if is_numbers else "classes"
            fit = ", ".join(name for name, loss in LOSSES.items() if loss.of_numbers == is_numbers)
            raise ValueError(f"the loss {self.name!r} is not for {kind}; allowed are {fit}")

    def residual_for(self, centred: bool) -> PerSample:
        """The residual by outputs that a network has ``centred``: its rows sum to zero."""
        if self.zero_sum or not centred:
            return self.residual
        return lambda outputs, targets: _centred_rows(self.residual(outputs, targets))


AnyLoss = str | Loss | PerSample


def loss_function(loss: AnyLoss) -> Loss:
    """The loss of a name, or your own.

    "mse" is the squared distance from the row-centred outputs to the centred one-hot
    vector e_y - 1/M, summed over the M classes: 0 for a perfect answer and 1 - 1/M for
    a network that says nothing. "cross_entropy" is minus the log of the softmax
    probability of the right answer: log M for a network that says nothing. "stablemax" is the
    same with s(x) = 1 + x for x >= 0 and 1 / (1 - x) below in place of the exponential.
    "squared_error", for targets that are numbers, is the squared distance to them, summed over
    the outputs.

    Parameters
    ----------
    loss : str, Loss or function
        A name, a `Loss` as it is, or a function of outputs (..., n, M) and targets (..., n)
        that gives the loss of each sample, (..., n); its residual is then found by autograd.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the allowed ones.

    Examples
    --------
    >>> silent = torch.zeros(1, 4)
    >>> loss_function("mse").per_sample(silent, torch.tensor([2]))
    tensor([0.7500])
    """
    if isinstance(loss, Loss):
        return loss
    if callable(loss):
        return Loss(called(loss), loss, _autograd_residual(loss))
    return named("loss", loss, LOSSES)


def _autograd_residual(per_sample: PerSample) -> PerSample:
    def residual(outputs: Tensor, targets: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = outputs.detach().requires_grad_()
            found = per_sample(leaf, targets)
            if found.shape != outputs.shape[:-1]:
                raise ValueError(
                    f"the loss must give a number a sample, {tuple(outputs.shape[:-1])}, "
                    f"got {tuple(found.shape)}"
                )
            (slope,) = torch.autograd.grad(found.sum(), leaf)
        return -slope

    return residual


def _centred_rows(values: Tensor) -> Tensor:
    return values - values.mean(-1, keepdim=True)


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


def _log_share(outputs: Tensor, targets: Tensor) -> Tensor:
    """Minus log(s(x_y) / sum s), s(x) = 1 + x or 1/(1 - x): log s is odd in x."""
    right = outputs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return _slow_power(outputs).sum(-1).log() - right.sign() * right.abs().log1p()


def _share_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Minus the derivative: s'/s at the right answer, less s'/sum s at each."""
    s = _slow_power(outputs)
    slope = torch.where(outputs < 0, s.square(), 1.0)
    error = -slope / s.sum(-1, keepdim=True)
    return error.scatter_add_(-1, targets.unsqueeze(-1), (slope / s).gather(-1, targets[..., None]))


def _slow_power(x: Tensor) -> Tensor:
    return torch.where(x < 0, 1 / (1 - x.clamp_max(0)), 1 + x)


_TABLE = (
    Loss(
        "mse",
        per_sample=lambda outputs, targets: _centred_error(outputs, targets).square().sum(-1),
        residual=lambda outputs, targets: _centred_error(outputs, targets).mul_(2),
        zero_sum=True,
        of_numbers=False,
    ),
    Loss("cross_entropy", _cross_entropy, _probability_error, zero_sum=True, of_numbers=False),
    Loss("stablemax", _log_share, _share_error, of_numbers=False),
    Loss(
        "squared_error",  # `to`: the numbers of a task may be more precise than the outputs
        per_sample=lambda outputs, y: (y.to(outputs.dtype) - outputs).square().sum(-1),
        residual=lambda outputs, y: (y.to(outputs.dtype) - outputs).mul_(2),
        of_numbers=True,
    ),
)
LOSSES = {loss.name: loss for loss in _TABLE}
