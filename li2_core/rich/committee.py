"""The committee machine, trained by its two summaries instead of its weights.

f(x) = (beta/N) sum_i phi(w_i.x) with phi(h) = h + (epsilon/2) h^2, minus the same at the start;
beta is the output scale, which the paper calls alpha. Gradient descent on the mean squared error
closes on wbar, the mean of the weights, and M, the mean of w w': N drops out of the equations,
and the limit of infinitely many nodes costs no more than fifty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from li2_core._input import real, tensor, whole
from li2_core.rich.alignment import kernel_alignment
from li2_core.rich.kernels import committee_kernel, committee_regression
from li2_core.rich.quadratic import LossParts, answers, exact_test_loss, quadratic_outputs


@dataclass(frozen=True, eq=False, repr=False)
class CommitteeRun:
    """Committee machines of S seeds at T moments of their training.

    Attributes
    ----------
    inputs : Tensor, (S, P, D)
    teacher : Tensor, (S, D)
    output_scale, epsilon : float
    steps : Tensor, int64, (T,)
        The first is 0.
    mean, second : Tensor, (S, T, D) and (S, T, D, D)
        wbar and M.
    """

    inputs: Tensor
    teacher: Tensor
    output_scale: float
    epsilon: float
    steps: Tensor
    mean: Tensor
    second: Tensor

    @cached_property
    def linear(self) -> Tensor:
        """a of the centred predictor a.x + x'Bx / 2, (S, T, D)."""
        return self.output_scale * (self.mean - self.mean[:, :1])

    @cached_property
    def quadratic(self) -> Tensor:
        """B of the centred predictor, (S, T, D, D)."""
        return self.output_scale * self.epsilon * (self.second - self.second[:, :1])

    @cached_property
    def train_loss(self) -> Tensor:
        """The mean squared error on the P training inputs, (S, T)."""
        inputs = self._at_all_moments(self.inputs)
        wanted = answers(inputs, self._at_all_moments(self.teacher))
        outputs = quadratic_outputs(inputs, self.linear, self.quadratic)
        return (outputs - wanted).square().mean(-1)

    @cached_property
    def test_loss(self) -> LossParts:
        """The exact test loss in its parts, each (S, T)."""
        teacher = self._at_all_moments(self.teacher)
        return exact_test_loss(self.linear, self.quadratic, teacher)

    def _at_all_moments(self, values: Tensor) -> Tensor:
        return values.unsqueeze(1).expand(-1, len(self.steps), *values.shape[1:])

    @cached_property
    def kernel_line(self) -> Tensor:
        """The exact test loss of regression with the first tangent kernel, (S,)."""
        wanted = answers(self.inputs, self.teacher)
        first = self.mean[:, 0], self.second[:, 0]
        found = committee_regression(self.inputs, wanted, *first, self.epsilon)
        return exact_test_loss(*found, self.teacher).total

    @property
    def norm(self) -> Tensor:
        """The root mean square length of a node's weights, ||W|| / sqrt(N), (S, T)."""
        return self.second.diagonal(dim1=-2, dim2=-1).sum(-1).sqrt()

    def kernels(self) -> Iterator[Tensor]:
        """The tangent kernel on the training inputs at each moment, (S, P, P)."""
        for moment in range(len(self.steps)):
            yield committee_kernel(
                self.inputs,
                self.inputs,
                self.mean[:, moment],
                self.second[:, moment],
                self.epsilon,
            )

    @cached_property
    def alignment(self) -> Tensor:
        """The centred alignment of the tangent kernel with the training labels, (S, T)."""
        wanted = answers(self.inputs, self.teacher)
        return torch.stack([kernel_alignment(gram, wanted) for gram in self.kernels()], 1)

    @cached_property
    def kernel_movement(self) -> Tensor:
        """||K - K_0|| / ||K_0|| on the training inputs, (S, T)."""
        first = next(self.kernels())
        moved = [(gram - first).norm(dim=(-2, -1)) for gram in self.kernels()]
        return torch.stack(moved, 1) / first.norm(dim=(-2, -1)).unsqueeze(1)

    def steps_to(self, loss: Tensor, share: float) -> Tensor:
        """For each seed the first step at which a loss (S, T) is below a share of its first.

        Not a number where it never is, (S,).
        """
        below = loss < share * loss[:, :1]
        first = self.steps[below.int().argmax(1)].double()
        return first.where(below.any(1), torch.nan)


def summaries(weights: Tensor) -> tuple[Tensor, Tensor]:
    """wbar and M of weights (Kumar et al., eq. 4).

    Parameters
    ----------
    weights : Tensor, (..., N, D)
        A node a row.

    Returns
    -------
    mean : Tensor, (..., D)
    second : Tensor, (..., D, D)
    """
    return weights.mean(-2), weights.mT @ weights / weights.shape[-2]


def committee_outputs(weights: Tensor, inputs: Tensor, epsilon: float) -> Tensor:
    """(1/N) sum_i phi(w_i.x), without the output scale and not centred (Kumar et al., eq. 3).

    Parameters
    ----------
    weights : Tensor, (..., N, D)
    inputs : Tensor, (..., P, D)

    Returns
    -------
    Tensor, (..., P)
    """
    h = inputs @ weights.mT
    return (h + epsilon / 2 * h.square()).mean(-1)


def train_committee(
    inputs: Tensor,
    teacher: Tensor,
    *,
    output_scale: float = 1.0,
    epsilon: float = 0.1,
    lr: float = 2.0,
    steps: int = 6000,
    every: int = 20,
    weights: Tensor | None = None,
) -> CommitteeRun:
    """Gradient descent on the mean squared error, by wbar and M alone, without weight decay.

    With r = f(X) - y, g = X'r, G = X' diag(r) X, c = 2 lr / (beta P) and A = I - c epsilon G,
    a step of size lr N / beta^2 in the weights, w <- A w - c g, is

        M <- A M A - c [(A wbar) g' + g (A wbar)'] + c^2 g g',    wbar <- A wbar - c g.

    Parameters
    ----------
    inputs : Tensor, (S, P, D)
    teacher : Tensor, (S, D)
    output_scale, epsilon : float
        beta, and how much of a square the activation has.
    lr : float
        Of the *outputs* at the start, so that early training does not depend on beta.
    steps, every : int
        The last step is recorded too.
    weights : Tensor, (S, N, D), optional
        The first weights, a node a row; by default infinitely many standard normal nodes.

    Raises
    ------
    ValueError
        If a number is out of range, shapes do not agree, or the numbers stop being finite.

    References
    ----------
    Kumar et al., eq. 3, 4 and 7; the closed equations are ours.

    Examples
    --------
    >>> from li2_core.rich import gaussian_questions
    >>> run = train_committee(*gaussian_questions(10, 40), steps=20, every=10)
    >>> run.steps.tolist(), tuple(run.second.shape)
    ([0, 10, 20], (1, 3, 10, 10))
    """
    inputs, teacher = tensor("inputs", inputs, "(S, P, D)"), tensor("teacher", teacher, "(S, D)")
    if inputs.ndim != 3 or teacher.shape != (len(inputs), inputs.shape[-1]):
        raise ValueError(
            f"inputs must be (S, P, D) and teacher (S, D), got {tuple(inputs.shape)} and "
            f"{tuple(teacher.shape)}"
        )
    output_scale = real("output_scale", output_scale, above=0)
    epsilon, lr = real("epsilon", epsilon, above=0), real("lr", lr, above=0)
    steps, every = whole("steps", steps, least=1), whole("every", every, least=1)
    S, P, D = inputs.shape
    eye = torch.eye(D, dtype=inputs.dtype).expand(S, D, D)
    mean, M = inputs.new_zeros(S, D), eye
    if weights is not None:
        weights = tensor("weights", weights, "(S, N, D)", last=D)
        if weights.ndim != 3 or len(weights) != S:
            raise ValueError(f"weights must be ({S}, N, {D}), got {tuple(weights.shape)}")
        mean, M = summaries(weights)
    # The outputs are centred at the start: f - f_0 learns y, so f learns y + f_0.
    silent = quadratic_outputs(inputs, output_scale * mean, output_scale * epsilon * M)
    wanted, c = answers(inputs, teacher) + silent, 2 * lr / (output_scale * P)
    times, means, seconds = [], [], []
    for step in range(steps + 1):
        if step % every == 0 or step == steps:
            if not M.isfinite().all():
                raise ValueError(f"the committee diverged by step {step}: lr={lr} is too large")
            times.append(step)
            means.append(mean)
            seconds.append(M)
        r = quadratic_outputs(inputs, output_scale * mean, output_scale * epsilon * M) - wanted
        g = (inputs.mT @ r.unsqueeze(-1)).squeeze(-1)
        A = eye - c * epsilon * (inputs.mT @ (r.unsqueeze(-1) * inputs))
        turned = (A @ mean.unsqueeze(-1)).squeeze(-1)
        cross = turned.unsqueeze(-1) * g.unsqueeze(-2)
        M = A @ M @ A - c * (cross + cross.mT) + c**2 * g.unsqueeze(-1) * g.unsqueeze(-2)
        mean = turned - c * g
    moments = torch.tensor(times), torch.stack(means, 1), torch.stack(seconds, 1)
    return CommitteeRun(inputs, teacher, output_scale, epsilon, *moments)
