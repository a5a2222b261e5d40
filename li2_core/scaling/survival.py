"""Does a Fourier feature survive when only a part of the table is left?

On the full table a pure feature is a maximum of the energy. On a part of it (each pair kept
with probability p) the maximum moves, and below some p it is gone. Here we climb the energy
of the part from the pure feature, or follow the maximum while the other pairs fade out, and
ask how much of the node is still on its own irrep. Li2, Theorem 4, says where it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core._input import named, real, whole
from li2_core.energy.climb import climb_from
from li2_core.energy.hessian import sphere_hessian
from li2_core.energy.landscape import Landscape, weighted_labels
from li2_core.energy.maxima import maximizer
from li2_core.energy.nodes import random_nodes
from li2_core.groups.group import FiniteGroup
from li2_core.groups.parts import irrep_shares
from li2_core.lazy.resolvent import lazy_operator
from li2_core.tasks.group_task import GroupTask

TOL = 1e-6
MAX_STEPS = 5000
FADING_STEPS = 20
Operator = str | Callable[[GroupTask], Tensor]
OPERATORS = {"plain": None, "lazy": lazy_operator}


@dataclass(frozen=True)
class Ends:
    """Where climbs on parts of the table ended, one row a split.

    Attributes
    ----------
    shares : ndarray, float64, (splits, climbs)
        What share of the node's squared norm is on its irrep: the one it started on, or,
        for random starts, the nontrivial one that holds most.
    converged : ndarray, bool, (splits, climbs)
        Whether the tangential gradient fell to the tolerance, relative to the whole one.
    """

    shares: npt.NDArray[np.float64]
    converged: npt.NDArray[np.bool_]

    def above(self, level: float = 0.5) -> npt.NDArray[np.float64]:
        """Of each split, how many of the climbs have more than ``level`` there: (splits,)."""
        fractions: npt.NDArray[np.float64] = (self.shares > level).mean(axis=1)
        return fractions


def surviving_features(
    group: FiniteGroup,
    train_fraction: float,
    splits: Sequence[int],
    num_features: int = 20,
    operator: Operator = "plain",
    by: str = "ascent",
    tol: float = TOL,
    max_steps: int = MAX_STEPS,
) -> Ends:
    """Climb from pure features on parts of the table; a survivor keeps more than half.

    Parameters
    ----------
    group : FiniteGroup
    train_fraction : float
        p, the share of the table that is left.
    splits : sequence of int
        The seeds: one part of the table and one set of features each.
    num_features : int
        Features a split: irreps in random order, each with random phases.
    operator : str or function
        ``plain`` for 1/2 ||Yt' s(Xw)||^2; ``lazy`` for 1/2 ||Yt' R s(Xw)||^2 with the
        R = (Ft Ft' + eta)^-1 of infinitely many nodes from N(0, 1) and hardly any ridge
        (`lazy_operator`); or your own: a function that takes the task of a split to its R,
        (n, n).
    by : str
        ``ascent`` climbs on the part at once; ``continuation`` lets the weight of the other
        pairs fall from 1 to 0 in steps and climbs after each, which follows the maximum.
    tol, max_steps
        A climb has converged when the tangential gradient is at most ``tol`` times the whole
        one; it stops there or after so many evaluations of the gradient (for each weight).

    Returns
    -------
    Ends

    Raises
    ------
    ValueError
        If the fraction, the splits, the operator, ``by``, a count or ``tol`` is out of range,
        or continuation is asked of another operator than the plain one.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> surviving_features(cyclic(11), 0.95, splits=[0], num_features=5).above()
    array([1.])
    """
    if by not in ("ascent", "continuation"):
        raise ValueError(f"by must be 'ascent' or 'continuation', got {by!r}")
    if by == "continuation" and operator != "plain":
        raise ValueError(f"continuation goes with the plain energy, not with {operator!r}")
    _check(splits, num_features, tol, max_steps)

    def climb(split: int) -> tuple[Tensor, Tensor]:
        task = GroupTask(group, train_fraction, [split])
        irreps, weights = pure_features(group, num_features, split)
        if by == "continuation":
            weights, converged = _fade(task, weights, tol, max_steps)
        else:
            weights, converged = climb_from(_landscape(task, operator), weights, tol, max_steps)
        return irrep_shares(weights, group)[torch.arange(len(irreps)), irreps], converged

    return _collect(map(climb, splits))


def random_starts(
    group: FiniteGroup,
    train_fraction: float,
    splits: Sequence[int],
    num_starts: int = 50,
    operator: Operator = "plain",
    tol: float = TOL,
    max_steps: int = MAX_STEPS,
) -> Ends:
    """Climb from random points of the sphere on parts of the table, one set a split.

    Arguments are as of `surviving_features`, with ``num_starts`` points a split. Call a start
    "on one frequency" when its share is above .8, or another level that you name:
    ``random_starts(...).above(0.8)``.
    """
    _check(splits, num_starts, tol, max_steps)

    def climb(split: int) -> tuple[Tensor, Tensor]:
        task = GroupTask(group, train_fraction, [split])
        starts = random_nodes(num_starts, group.order, split)
        weights, converged = climb_from(_landscape(task, operator), starts, tol, max_steps)
        return irrep_shares(weights, group)[:, 1:].max(1).values, converged

    return _collect(map(climb, splits))


def stability(
    group: FiniteGroup,
    train_fraction: float,
    splits: Sequence[int],
    num_features: int = 20,
    operator: Operator = "plain",
) -> npt.NDArray[np.float64]:
    """How the energy of the part bends at pure features, away from their own irreps.

    The largest eigenvalue of the Riemannian Hessian among the directions on the other irreps,
    over 4E: -1 on the full table (`hessian_terms` says what sampling adds), and above 0 the
    feature is no maximum. But on a part it does not stand still either: below 0 it may still
    slide away, and `surviving_features` tells. Arguments are as of `surviving_features`.

    Returns
    -------
    ndarray, float64, (splits, num_features)

    Raises
    ------
    ValueError
        As `surviving_features`.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> bool((stability(cyclic(11), 0.95, [0], num_features=2) < 0).all())
    True
    """
    _check(splits, num_features)
    projectors = group.isotypic_projectors()

    def bend(landscape: Landscape, irrep: int, w: Tensor) -> float:
        own = torch.block_diag(projectors[irrep], projectors[irrep])
        # Its own irrep's directions go far below zero instead of being cut out.
        fourfold = float(landscape.gradient(w) @ w)
        off = torch.eye(len(w), dtype=w.dtype) - own
        bent = off @ sphere_hessian(landscape, w) @ off - 10 * fourfold * own
        return float(torch.linalg.eigvalsh(bent)[-1]) / fourfold

    rows = []
    for split in splits:
        landscape = _landscape(GroupTask(group, train_fraction, [split]), operator)
        irreps, weights = pure_features(group, num_features, split)
        pairs = zip(irreps.tolist(), weights, strict=True)
        rows.append([bend(landscape, irrep, w) for irrep, w in pairs])
    return np.array(rows)


def pure_features(group: FiniteGroup, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Random maxima of the full table's energy.

    All nontrivial irreps come in turn, in random order, with random phases.

    Returns
    -------
    irreps : Tensor, int64, (count,)
        Their places in ``group.irreps()``.
    weights : Tensor, float64, (count, 2M)

    Raises
    ------
    ValueError
        If the group has one element: then there is no nontrivial irrep.
    """
    if group.order < 2:
        raise ValueError(f"the group must have two elements or more, got {group.name}")
    generator = torch.Generator().manual_seed(seed)
    order = 1 + torch.randperm(len(group.irreps()) - 1, generator=generator)
    irreps = order[torch.arange(count) % len(order)]
    weights = []
    for irrep in irreps.tolist():
        size = (3, group.irrep(irrep).D)
        vectors = torch.randn(size, dtype=torch.float64, generator=generator)
        weights.append(maximizer(group, irrep, *torch.nn.functional.normalize(vectors)))
    return irreps, torch.stack(weights)


def _check(splits: Sequence[int], count: int, tol: float = TOL, max_steps: int = MAX_STEPS) -> None:
    if not len(splits):
        raise ValueError("splits must be one seed or more, got none")
    whole("the number of climbs", count, least=1)
    whole("max_steps", max_steps, least=1)
    real("tol", tol, above=0)


def _landscape(task: GroupTask, operator: Operator) -> Landscape:
    R = operator if callable(operator) else named("operator", operator, OPERATORS)
    return Landscape(task, labels=R(task) @ task.training_pairs.labels() if R else None)


def _fade(task: GroupTask, weights: Tensor, tol: float, max_steps: int) -> tuple[Tensor, Tensor]:
    """Follow the maxima while the weight of the pairs outside the part falls to zero."""
    row_weights = torch.ones(task.group.order**2, dtype=torch.float64)
    converged = torch.ones(len(weights), dtype=torch.bool)
    for step in range(1, FADING_STEPS + 1):
        row_weights[task.test_index[0]] = 1 - step / FADING_STEPS
        landscape = Landscape(task.group, labels=weighted_labels(task.group, row_weights))
        weights, converged = climb_from(landscape, weights, tol, max_steps)
    return weights, converged


def _collect(found: Iterable[tuple[Tensor, Tensor]]) -> Ends:
    shares, converged = zip(*found, strict=True)
    return Ends(torch.stack(shares).numpy(), torch.stack(converged).numpy())
