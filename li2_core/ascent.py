"""Climbing the energy on the unit sphere, and what the ground looks like at the top.

Many starts climb together, each with its own step length: a step is kept only if it gains
enough, and the next one is as long as the last two gradients suggest (Barzilai and
Borwein). Whoever has stopped is pushed a little: from a saddle the climb then goes on.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core.curvature import flat_directions, riemannian_hessian
from li2_core.energy import Landscape
from li2_core.groups import FiniteGroup
from li2_core.pairs import Target

ENOUGH = 1e-4  # share of the gain that the slope promises which a step must bring
PUSH = 1e-2  # length of the push that tells maxima from saddles
GAIN = 1e-7  # relative gain of energy after a push that shows a saddle
ROUNDING = 1e-14  # of the energy's scale: gradients below it are zero


@dataclass(frozen=True)
class Ascent:
    """Where the starts of `ascend` ended.

    Attributes
    ----------
    weights : Tensor, (N, 2M)
        One unit vector a start.
    energies : Tensor, (N,)
    gradient_norms : Tensor, (N,)
        Length of the tangential gradient over that of the whole gradient, which is the sine
        of the angle between gradient and weights: zero where the energy stands still.
    irreps : Tensor, int64, (N,)
        The real irrep that holds most of the node: its place in ``group.real_irreps()``.
    purity : Tensor, (N,)
        That irrep's share of the squared norm.
    converged : Tensor, bool, (N,)
        Whether the gradient norm fell to the tolerance, at a point that is no saddle.
    path : Tensor, (times, N, 2M), or None
        The weights on the way, if they were recorded, the last ones being ``weights``.
    path_steps : Tensor, int64, (times,), or None
        After how many steps each was recorded.
    """

    weights: Tensor
    energies: Tensor
    gradient_norms: Tensor
    irreps: Tensor
    purity: Tensor
    converged: Tensor
    path: Tensor | None = None
    path_steps: Tensor | None = None

    def __repr__(self) -> str:
        count, done = len(self.energies), int(self.converged.sum())
        return f"Ascent({count} starts, {done} converged)"


def ascend(
    target: Target,
    num_starts: int = 200,
    activation: str = "square",
    seed: int = 0,
    tol: float = 1e-9,
    max_steps: int = 5000,
    operator: Tensor | None = None,
    record_every: int | None = None,
    centred: bool = True,
    starts: Tensor | None = None,
) -> Ascent:
    """Climb the energy on the unit sphere from random starts to its local maxima.

    Parameters
    ----------
    target, activation, operator, centred
        As of `energy`.
    num_starts : int
        How many starts N, uniform on the sphere.
    seed : int
        Of the starts and of the pushes off saddles.
    tol : float
        A start has converged when its gradient, but for this share, is along the weights.
    max_steps : int
        Evaluations of energy and gradient for each climb (one more after every push).
    record_every : int, optional
        Keep the weights after every so many steps of the first climb.
    starts : Tensor, (N, 2M), optional
        Climb from these, scaled to length one, instead.

    Returns
    -------
    Ascent

    Raises
    ------
    ValueError
        As `energy`, and if ``num_starts``, ``max_steps`` or ``record_every`` is below 1,
        ``tol`` not positive, or a given start is zero or complex.

    Warns
    -----
    UserWarning
        If some starts did not converge: the message says how many.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> ended = ascend(cyclic(5), num_starts=20)
    >>> bool(torch.allclose(ended.energies, torch.tensor(5 / 4, dtype=torch.float64)))
    True
    """
    for label, count in (
        ("num_starts", num_starts),
        ("max_steps", max_steps),
        ("record_every", 1 if record_every is None else record_every),
    ):
        if count < 1:
            raise ValueError(f"{label} must be at least 1, got {count}")
    if not tol > 0:
        raise ValueError(f"tol must be positive, got {tol}")
    landscape = Landscape(target, activation, operator, centred)
    generator = torch.Generator().manual_seed(seed)
    size = (num_starts, 2 * landscape.group.order)
    if starts is None:
        starts = torch.randn(size, dtype=torch.float64, generator=generator)
    elif starts.is_complex() or not starts.reshape(-1, starts.shape[-1]).norm(dim=1).all():
        raise ValueError("starts must be real and not zero")
    first = _Climb(landscape, _unit(starts.double().reshape(-1, starts.shape[-1])), tol)
    path, path_steps = first.run(max_steps, record_every)
    weights = _off_saddles(first, max_steps, generator)
    best = _Climb(landscape, weights, tol)
    converged = best.done & first.settled
    if not converged.all():
        warnings.warn(
            f"ascend: {int((~converged).sum())} of {len(converged)} starts did not converge to a "
            f"gradient norm of {tol:g} in {max_steps} steps",
            stacklevel=2,
        )
    shares = real_irrep_shares(weights, landscape.group)
    purity, irreps = shares.max(1)
    if record_every is not None:
        path, path_steps = [*path, weights], [*path_steps, path_steps[-1] + record_every]
    return Ascent(
        weights,
        best.energies,
        best.gradient_norms,
        irreps,
        purity,
        converged,
        torch.stack(path) if path else None,
        torch.tensor(path_steps) if path else None,
    )


class _Climb:
    """Some nodes on their way up; ``settled`` is for what follows a climb."""

    def __init__(self, landscape: Landscape, weights: Tensor, tol: float) -> None:
        self.landscape, self.tol = landscape, tol
        self.weights = weights
        self.energies, gradient = landscape.value_and_gradient(weights)
        self.tangents = _tangential(gradient, weights)
        self._note(slice(None), gradient, self.tangents)
        self.lengths = 0.5 / gradient.norm(dim=1).clamp_min(1e-300)
        self.settled = self.done

    def _note(self, which: slice | Tensor, gradient: Tensor, tangents: Tensor) -> None:
        whole = gradient.norm(dim=1)
        found = tangents.norm(dim=1) / whole
        found[whole <= ROUNDING * self.landscape.scale] = 0
        if isinstance(which, slice):
            self.gradient_norms = found
        else:
            self.gradient_norms[which] = found

    @property
    def done(self) -> Tensor:
        """Whose gradient norm is within the tolerance, (N,)."""
        return self.gradient_norms <= self.tol

    def run(self, max_steps: int, every: int | None = None) -> tuple[list[Tensor], list[int]]:
        """Climb until all are done; give the records."""
        path, path_steps = ([self.weights.clone()], [0]) if every else ([], [])
        for step in range(1, max_steps + 1):
            climbing = torch.nonzero(~self.done)[:, 0]
            if not len(climbing):
                break
            self._step(climbing)
            if every and step % every == 0:
                path.append(self.weights.clone())
                path_steps.append(step)
        self.settled = self.done
        return path, path_steps

    def _step(self, which: Tensor) -> None:
        weights, tangents, lengths = self.weights[which], self.tangents[which], self.lengths[which]
        slopes = tangents.square().sum(1)
        tried = _unit(weights + lengths[:, None] * tangents)
        energies, gradient = self.landscape.value_and_gradient(tried)
        # Near the top the gain drowns in rounding.
        slack = 1e-13 * energies.abs()
        good = energies >= self.energies[which] + ENOUGH * lengths * slopes - slack
        self.lengths[which] = lengths / 4
        moved = which[good]
        tangent = _tangential(gradient, tried)[good]
        way, turn = tried[good] - weights[good], tangents[good] - tangent
        bend = (way * turn).sum(1)
        # Alternate the two lengths; where the ground bends upwards, go further.
        longest = 0.5 / tangent.norm(dim=1).clamp_min(1e-300)
        suggested = torch.where(
            torch.arange(len(moved)) % 2 == self._parity(),
            way.square().sum(1) / bend,
            bend / turn.square().sum(1),
        )
        upwards = ~(bend > 0)
        suggested[upwards] = 4 * lengths[good][upwards]
        self.lengths[moved] = torch.minimum(suggested, longest)
        self.weights[moved], self.tangents[moved] = tried[good], tangent
        self.energies[moved] = energies[good]
        self._note(moved, gradient[good], tangent)

    def _parity(self) -> int:
        self._turn = 1 - getattr(self, "_turn", 0)
        return self._turn


def _off_saddles(climb: _Climb, max_steps: int, generator: torch.Generator) -> Tensor:
    """Push and climb again until nobody gains; note in ``climb.settled`` who has settled."""
    weights, energies = climb.weights.clone(), climb.energies.clone()
    climb.settled = climb.done
    unsure = torch.nonzero(climb.settled)[:, 0]
    for _ in range(10):
        if not len(unsure):
            break
        shape = weights[unsure].shape
        push = torch.randn(shape, dtype=torch.float64, generator=generator)
        again = _Climb(climb.landscape, _unit(weights[unsure] + PUSH * _unit(push)), climb.tol)
        again.run(max_steps)
        gained = again.energies > energies[unsure] + GAIN * energies[unsure].abs()
        unsure = unsure[gained]
        weights[unsure], energies[unsure] = again.weights[gained], again.energies[gained]
        climb.settled[unsure] = again.done[gained]
        unsure = unsure[again.done[gained]]
    climb.settled[unsure] = False
    return weights


def real_irrep_shares(weights: Tensor, group: FiniteGroup) -> Tensor:
    """How a node's squared norm divides among the real irreps: (..., 2M) to (..., irreps).

    Both halves are projected on the isotypic parts of the functions on the group, in the
    order of ``group.real_irreps()``; the shares add up to one.

    Raises
    ------
    ValueError
        If a node has not 2M weights, or is zero.
    """
    M = group.order
    if weights.ndim < 1 or weights.shape[-1] != 2 * M:
        raise ValueError(f"weights must be (..., {2 * M}), got {tuple(weights.shape)}")
    halves = weights.unflatten(-1, (2, M))
    projectors = torch.tensor(group.isotypic_projectors()).to(weights.dtype)
    parts = torch.einsum("kgh,...sh->...ksg", projectors, halves)
    squares = parts.abs().square().sum((-1, -2))
    total = squares.sum(-1, keepdim=True)
    if not total.all():
        raise ValueError("a node of length zero has no shares")
    return squares / total


def _unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=-1, keepdim=True)


def _tangential(gradient: Tensor, weights: Tensor) -> Tensor:
    return gradient - (gradient * weights).sum(1, keepdim=True) * weights


__all__ = ["Ascent", "ascend", "flat_directions", "real_irrep_shares", "riemannian_hessian"]
