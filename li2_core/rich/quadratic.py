"""Predictors f(x) = a.x + x'Bx/2 of Gaussian inputs, and their exact test loss.

Inputs are x ~ N(0, I/D); the target is y(x) = (t.x)^2 / 2, t the teacher. Both the committee
machine and kernel regression with its tangent kernel are such predictors, so neither needs a
test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.tasks._split import seed_numbers


class LossParts(NamedTuple):
    """The test loss <(y - f)^2> in three parts, each (...). `total` is their sum.

    Attributes
    ----------
    mean_error : Tensor
        The square of <y - f>, which Kumar et al. call the variance error.
    misalignment : Tensor
        What the quadratic part B has wrong, ``|B - t t'|^2 / 2 D^2``.
    linear : Tensor
        The power of the linear part, ``|a|^2 / D``.
    """

    mean_error: Tensor
    misalignment: Tensor
    linear: Tensor

    @property
    def total(self) -> Tensor:
        """The test loss."""
        return self.mean_error + self.misalignment + self.linear


def gaussian_questions(
    dimension: int, num_train: int, seeds: int | Sequence[int] = 1
) -> tuple[Tensor, Tensor]:
    """For each seed training inputs x ~ N(0, I/D) and a teacher of length sqrt(D).

    Parameters
    ----------
    dimension, num_train : int
        D and P.
    seeds : int or sequence of int
        An integer S means the seeds 0 .. S-1.

    Returns
    -------
    inputs : Tensor, float64, (S, P, D)
    teacher : Tensor, float64, (S, D)

    Raises
    ------
    ValueError
        If D or P is no positive whole number, or the seeds are none or repeated.

    Examples
    --------
    >>> inputs, teacher = gaussian_questions(40, 160, seeds=2)
    >>> tuple(inputs.shape), teacher.square().sum(1).round().tolist()
    ((2, 160, 40), [40.0, 40.0])
    """
    D, P = whole("dimension", dimension, least=1), whole("num_train", num_train, least=1)
    inputs, teachers = [], []
    for seed in seed_numbers(seeds):
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn(P + 1, D, generator=generator, dtype=torch.float64)
        inputs.append(drawn[1:] / D**0.5)
        teachers.append(drawn[0] * (D**0.5 / drawn[0].norm()))
    return torch.stack(inputs), torch.stack(teachers)


def answers(inputs: Tensor, teacher: Tensor) -> Tensor:
    """The labels y = (t.x)^2 / 2 (Kumar et al., eq. 3).

    Parameters
    ----------
    inputs : Tensor, (..., P, D)
    teacher : Tensor, (..., D)

    Returns
    -------
    Tensor, (..., P)
    """
    return (inputs @ teacher.unsqueeze(-1)).squeeze(-1).square() / 2


def quadratic_outputs(inputs: Tensor, linear: Tensor, quadratic: Tensor) -> Tensor:
    """f(x) = a.x + x'Bx / 2 for each input.

    Parameters
    ----------
    inputs : Tensor, (..., P, D)
    linear : Tensor, (..., D)
    quadratic : Tensor, (..., D, D)

    Returns
    -------
    Tensor, (..., P)
    """
    squares = ((inputs @ quadratic) * inputs).sum(-1)
    return (inputs @ linear.unsqueeze(-1)).squeeze(-1) + squares / 2


def exact_test_loss(linear: Tensor, quadratic: Tensor, teacher: Tensor) -> LossParts:
    """The test loss of f(x) = a.x + x'Bx / 2, averaged over all x ~ N(0, I/D).

    It is the mean of a quadratic form: with C = B - t t', which is symmetric,
    ``<(a.x + x'Cx/2)^2> = (tr C / 2D)^2 + |C|^2 / 2 D^2 + |a|^2 / D``.

    Parameters
    ----------
    linear : Tensor, (..., D)
    quadratic : Tensor, (..., D, D)
    teacher : Tensor, (..., D)

    References
    ----------
    Kumar et al., eq. 6, with a = beta (wbar - wbar_0) and B = beta epsilon (M - M_0).

    Examples
    --------
    >>> nothing = exact_test_loss(torch.zeros(4), torch.zeros(4, 4), torch.ones(4))
    >>> round(nothing.total.item(), 3)  # <y^2> = 3/4
    0.75
    """
    D = teacher.shape[-1]
    wrong = quadratic - teacher.unsqueeze(-1) * teacher.unsqueeze(-2)
    trace = wrong.diagonal(dim1=-2, dim2=-1).sum(-1)
    return LossParts(
        (trace / (2 * D)).square(),
        wrong.square().sum((-2, -1)) / (2 * D**2),
        linear.square().sum(-1) / D,
    )
