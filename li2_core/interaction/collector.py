"""How many nodes until every feature is found: a race for each node, a collector for all.

The idealised model of Li2, Theorem 8 and Lemmas 7 and 8: nodes start one after the other,
each with random amplitudes on L features, and the feature that leads wins the node.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core._input import tensor


@dataclass(frozen=True)
class CollectTimes:
    """Mean number of nodes until all L features are found.

    Attributes
    ----------
    exact : float
        T_a = 2^-a T_0 + (1 - 2^-a) L.
    simulated, error : float
        The mean over simulated collections, and its standard error.
    lower_bound : float
        What is left of ``exact`` with T_0 >= max(1 / min p, L H_L), where H_L is the
        harmonic number 1 + 1/2 + ... + 1/L.
    """

    exact: float
    simulated: float
    error: float
    lower_bound: float


def expected_draws(probabilities: Tensor) -> float:
    """T_0 of the coupon collector with unequal chances: the mean number of draws for all.

    T_0 = integral over t > 0 of 1 - prod_l (1 - e^(-p_l t)).

    Parameters
    ----------
    probabilities : Tensor, (L,)

    Raises
    ------
    ValueError
        If they are not positive with sum one.

    Examples
    --------
    >>> round(expected_draws(torch.full((10,), 0.1)), 2)  # 10 H_10
    29.29
    """
    p = _checked(probabilities)
    # With t = e^x the integrand is analytic in a strip and dies off on both sides, so that
    # the trapezoid rule is exact to rounding at this step.
    h = 0.05
    end = math.log(800 / float(p.min()))
    x = torch.arange(-45.0, end, h, dtype=torch.float64)
    t = x.exp()
    missing = -torch.expm1(torch.log1p(-torch.exp(-p[:, None] * t)).sum(0))
    return float(h * (t * missing).sum())


def collect_times(
    probabilities: Tensor, exponent: float = 0.0, collections: int = 2000, seed: int = 0
) -> CollectTimes:
    """How many nodes until every feature is found, exactly and by simulation.

    A node finds feature l with chance proportional to p_l; features that are already found
    count 2^-exponent times as much (each signal halved: Muon's suppression, before a race
    of Fréchet shape a = exponent). Exponent 0 is the plain coupon collector.

    Parameters
    ----------
    probabilities : Tensor, (L,)
    exponent : float
        a, not negative.
    collections : int
        How many to simulate.
    seed : int

    Raises
    ------
    ValueError
        If the probabilities are not positive with sum one, the exponent is negative or
        fewer than two collections are asked for.

    Examples
    --------
    >>> fair = torch.full((10,), 0.1)
    >>> [round(collect_times(fair, a, collections=2).exact, 2) for a in (0, 1, 2, 4)]
    [29.29, 19.64, 14.82, 11.21]
    """
    p = _checked(probabilities)
    if not exponent >= 0:
        raise ValueError(f"exponent must not be negative, got {exponent}")
    if collections < 2:
        raise ValueError(f"collections must be at least 2, got {collections}")
    L, kept = len(p), 2.0**-exponent
    counts = _simulated(p, kept, collections, seed)
    harmonic = sum(1 / number for number in range(1, L + 1))
    at_least = max(1 / float(p.min()), L * harmonic)
    return CollectTimes(
        kept * expected_draws(p) + (1 - kept) * L,
        float(counts.mean()),
        float(counts.std() / collections**0.5),
        kept * at_least + (1 - kept) * L,
    )


def _simulated(p: Tensor, kept: float, collections: int, seed: int) -> Tensor:
    """Draw until all are found: the number of draws of each collection, float64."""
    generator = torch.Generator().manual_seed(seed)
    counts = torch.zeros(collections, dtype=torch.float64)
    found = torch.zeros(collections, len(p), dtype=torch.bool)
    left = torch.arange(collections)
    while len(left):
        chances = torch.where(found[left], kept * p, p)
        drawn = torch.multinomial(chances, 1, generator=generator)[:, 0]
        found[left, drawn] = True
        counts[left] += 1
        left = left[~found[left].all(1)]
    return counts


@dataclass(frozen=True)
class Race:
    """Who wins, as predicted and as simulated.

    Attributes
    ----------
    probabilities, shares : Tensor, float64, (L,)
    """

    probabilities: Tensor
    shares: Tensor


def frechet_race(gains: Tensor, shape: float, races: int = 10000, seed: int = 0) -> Race:
    """Which feature leads: the largest mu_l x_l, with x_l of Fréchet's distribution.

    P(x_l <= x) = exp(-x^-a). Then feature l leads with probability mu_l^a / sum mu^a
    (Li2, Lemma 7).

    Parameters
    ----------
    gains : Tensor, (L,)
        mu, positive.
    shape : float
        a, positive: the larger, the more the gains decide.
    races : int
        How many to simulate.
    seed : int

    Raises
    ------
    ValueError
        If a gain or the shape is not positive, or ``races`` is below 1.

    Examples
    --------
    >>> frechet_race(torch.tensor([1.0, 2.0]), shape=2.0).probabilities
    tensor([0.2000, 0.8000], dtype=torch.float64)
    """
    mu = gains.double()
    if mu.ndim != 1 or not (mu > 0).all():
        raise ValueError(f"gains must be positive, (L,), got {gains}")
    if not shape > 0:
        raise ValueError(f"shape must be positive, got {shape}")
    if races < 1:
        raise ValueError(f"races must be at least 1, got {races}")
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(races, len(mu), generator=generator, dtype=torch.float64)
    amplitudes = (-uniform.log()).pow(-1 / shape)
    winners = (mu * amplitudes).argmax(1)
    shares = torch.bincount(winners, minlength=len(mu)).double() / races
    # Powers of the ratio to the largest: a large shape does not overflow.
    weights = (mu / mu.max()).pow(shape)
    return Race(weights / weights.sum(), shares)


def leader_flow(amplitudes: Tensor, gains: Tensor, times: Tensor) -> Tensor:
    """How one node's amplitudes move on the unit sphere while each feeds on itself.

    The flow alpha_l' = mu_l alpha_l^2, less what would change the length. Without the
    sphere each solves to alpha_l / (1 - t mu_l alpha_l): the leader, with the largest
    mu_l alpha_l(0), blows up first, and as the flow is homogeneous the directions are the
    same on the sphere. So the leader's amplitude goes to one (Li2, Lemma 8).

    Parameters
    ----------
    amplitudes, gains : Tensor, (L,)
        alpha(0) and mu, positive.
    times : Tensor, (T,)
        In [0, 1), as shares of the time at which the leader blows up.

    Returns
    -------
    Tensor, float64, (T, L)
        Unit vectors.

    Raises
    ------
    ValueError
        If an amplitude or gain is not positive or a time not in [0, 1).

    Examples
    --------
    >>> leader_flow(torch.tensor([0.6, 0.8]), torch.tensor([1.0, 1.0]), torch.tensor([0, 0.99]))
    tensor([[0.6000, 0.8000],
            [0.0291, 0.9996]], dtype=torch.float64)
    """
    alpha, mu, t = amplitudes.double(), gains.double(), times.double()
    if not ((alpha > 0).all() and (mu > 0).all()):
        raise ValueError(f"amplitudes and gains must be positive, got {amplitudes} and {gains}")
    if not ((t >= 0) & (t < 1)).all():
        raise ValueError(f"times must be in [0, 1), got {times}")
    speed = mu * alpha
    moved = alpha / (1 - t[:, None] * speed / speed.max())
    return moved / moved.norm(dim=1, keepdim=True)


def _checked(probabilities: Tensor) -> Tensor:
    p = tensor("probabilities", probabilities, "(L,)").double()
    if p.ndim != 1 or not (p > 0).all() or not abs(float(p.sum()) - 1) < 1e-6:
        raise ValueError(f"probabilities must be positive with sum one, (L,), got {probabilities}")
    return p / p.sum()
