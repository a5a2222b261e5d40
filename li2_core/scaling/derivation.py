"""What sampling does to the energy's Hessian at a wave: by sympy's averages, and measured.

Keep each pair of Z_M with probability p. At a wave w of frequency k the energy of what is left
bends, in all directions of other frequencies, like -4E plus three kinds of noise. `circle_mean`
and `bernoulli_mean` give the noises' variances as formulas; `sampled_curvature` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
import torch
from torch import Tensor

from li2_core.tasks.group_task import GroupTask, pairs_of


def circle_mean(expression: sp.Expr, *angles: sp.Symbol) -> sp.Expr:
    """The average over independent angles that run evenly over the circle.

    It is the average over the hours of a clock for products of fewer than M waves of the
    basic frequency, and over its M^2 pairs for two angles.

    Examples
    --------
    >>> t = sp.Symbol("t", real=True)
    >>> circle_mean(sp.cos(t) ** 2, t)
    1/2
    """
    for angle in angles:
        expression = sp.integrate(sp.expand(expression), (angle, 0, 2 * sp.pi)) / (2 * sp.pi)
    return sp.simplify(expression)


def bernoulli_mean(expression: sp.Expr, indicator: sp.Symbol, probability: sp.Expr) -> sp.Expr:
    """The average over an indicator that is 1 with the probability given, and 0 otherwise.

    Examples
    --------
    >>> xi, p = sp.symbols("xi p")
    >>> sp.factor(bernoulli_mean((xi - p) ** 2, xi, p))
    -p*(p - 1)
    """
    yes, no = expression.subs(indicator, 1), expression.subs(indicator, 0)
    return sp.factor(probability * yes + (1 - probability) * no)


@dataclass(frozen=True)
class SampledCurvature:
    """The energy at a wave on a part p of the table, everything over p^2 M, that is 4E.

    Attributes
    ----------
    eigenvalues : Tensor, (2M - 4,)
        Of the Hessian on the sphere, in the directions of other frequencies, increasing.
    block, squares : float
        The largest eigenvalue of the block between the operands and of the squared slopes,
        in these directions.
    diagonal : float
        The largest number on the Hessian's diagonal (without the squared slopes).
    slope : float
        Length of the tangential gradient: zero would say that the wave is a critical point.
    height : float
        4E itself.
    """

    eigenvalues: Tensor
    block: float
    diagonal: float
    squares: float
    slope: float
    height: float


def wave(order: int, frequency: int, first: float = 0.0, second: float = 0.0) -> Tensor:
    """The node u = cos(2 pi k g/M + first), v with the phase second, of length one.

    Returns
    -------
    Tensor, float64, (2M,)

    Raises
    ------
    ValueError
        If the order is even or the frequency is not between 1 and (M - 1)/2.
    """
    if order % 2 == 0 or not 1 <= frequency <= order // 2:
        raise ValueError(
            f"the order must be odd and the frequency from 1 to {order // 2}, "
            f"got {order} and {frequency}"
        )
    angles = 2 * torch.pi * frequency / order * torch.arange(order, dtype=torch.float64)
    node = torch.cat([(angles + first).cos(), (angles + second).cos()])
    return node / node.norm()


def sampled_curvature(task: GroupTask, frequency: int) -> SampledCurvature:
    """Measure the Hessian of E, for x^2, at the `wave` of a frequency on a task's pairs.

    Raises
    ------
    ValueError
        If the group is not Z_M in its standard labelling, or as `wave`; for a task of
        several seeds.
    """
    M, w, block, slopes, sums = _sampled(task, frequency)
    diagonals = torch.cat([block.sum(1), block.sum(0)])
    zero = torch.zeros_like(block)
    between = torch.cat([torch.cat([zero, block], 1), torch.cat([block.T, zero], 1)])
    gradient = slopes @ sums
    scale = task.train_fraction**2 * M
    others = other_frequencies(M, frequency)
    parts = [others.T @ part @ others / scale for part in (between, slopes @ slopes.T)]
    total = sum(parts) + others.T @ (diagonals[:, None] * others) / scale
    height = float(gradient @ w)
    radial = height / scale * torch.eye(len(total), dtype=w.dtype)
    largest = [float(torch.linalg.eigvalsh(part)[-1]) for part in parts]
    return SampledCurvature(
        eigenvalues=torch.linalg.eigvalsh(total - radial),
        block=largest[0],
        diagonal=float(diagonals.max()) / scale,
        squares=largest[1],
        slope=float((gradient - height * w).norm()) / scale,
        height=height / scale,
    )


def sampled_diagonals(task: GroupTask, frequency: int) -> Tensor:
    """The Hessian's diagonal at a wave, without the squared slopes, over p^2 M.

    Returns
    -------
    Tensor, float64, (2M,)

    Raises
    ------
    ValueError
        As `sampled_curvature`.
    """
    M, _, block, _, _ = _sampled(task, frequency)
    return torch.cat([block.sum(1), block.sum(0)]) / (task.train_fraction**2 * M)


def largest_normal(count: int) -> float:
    """The mean of the largest of independent standard normal numbers.

    Examples
    --------
    >>> round(largest_normal(2), 6)  # 1 / sqrt(pi)
    0.56419
    """
    x = torch.arange(-12000, 12001, dtype=torch.float64) / 1000
    step = torch.heaviside(x, torch.tensor(0.5, dtype=x.dtype))
    return float(torch.trapezoid(step - torch.special.ndtr(x) ** count, x))


def other_frequencies(order: int, frequency: int) -> Tensor:
    """An orthonormal basis of all nodes without the frequency.

    Returns
    -------
    Tensor, float64, (2M, 2M - 4)
    """
    angles = 2 * torch.pi / order * torch.arange(order, dtype=torch.float64)
    waves = [torch.ones(order, dtype=torch.float64)]
    for k in range(1, order // 2 + 1):
        if k != frequency:
            waves += [(k * angles).cos(), (k * angles).sin()]
    basis = torch.stack(waves, 1)
    basis /= basis.norm(dim=0)
    return torch.block_diag(basis, basis)


def _sampled(task: GroupTask, frequency: int) -> tuple[int, Tensor, Tensor, Tensor, Tensor]:
    """M, the wave w, the block Q (M, M), the slopes J (2M, M) and the sums z (M,)."""
    if not task.group.is_standard_cyclic:
        raise ValueError(f"waves need a cyclic group, got {task.group.name}")
    pairs, M = pairs_of(task), task.group.order
    w = wave(M, frequency)
    a, b, h = pairs.first, pairs.second, pairs.products
    shares = pairs.counts / len(pairs)
    answers = w[a] + w[M + b]
    sums = torch.zeros(M, dtype=w.dtype).index_add_(0, h, answers.square())
    sums -= shares * sums.sum()
    echo = sums - shares @ sums  # Yt z, class by class
    block, by_first, by_second = torch.zeros(3, M, M, dtype=w.dtype)
    block[a, b] = 2 * echo[h]
    by_first[a, h] = by_second[b, h] = 2 * answers
    slopes = torch.cat([by_first, by_second])
    slopes -= slopes.sum(1, keepdim=True) * shares
    return M, w, block, slopes, sums
