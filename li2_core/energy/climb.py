"""The climb of many nodes together up the energy on the unit sphere.

Each has its own step length: a step is kept only if it gains enough, and the next one is as
long as the last two gradients suggest (Barzilai and Borwein). Whoever has stopped is pushed
a little: from a saddle the climb then goes on.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from li2_core.energy.hessian import sphere_hessian
from li2_core.energy.landscape import Landscape

ENOUGH = 1e-4  # share of the gain that the slope promises which a step must bring
PUSHES = 10  # at most this often
PUSH = 1e-2  # length of the push that tells maxima from saddles
JAMMED = 1e-2  # a gradient norm above it after the climb means a ridge
GAIN = 1e-7  # relative gain of energy after a push that shows a saddle
TINY = 1e-300
ROUNDING = 1e-14  # of the energy's scale: gradients below it are zero
PATIENCE = 500  # steps before the help comes
SHORTEST = 1e-14  # a step below it leads nowhere
NEWTON_STEPS = 30
_unit = partial(torch.nn.functional.normalize, dim=-1, eps=TINY)
BLIND_STEPS = torch.logspace(-0.7, -7, 1500, dtype=torch.float64)


class Climb:
    """Some nodes on their way up."""

    def __init__(self, landscape: Landscape, weights: Tensor, tol: float) -> None:
        self.landscape, self.tol, self.steps = landscape, tol, 0
        self.weights = weights
        self.energies, gradient = landscape.value_and_gradient(weights)
        self.tangents = _tangential(gradient, weights)
        self.gradient_norms = self._relative(gradient, self.tangents)
        self.lengths = 0.5 / gradient.norm(dim=1).clamp_min(TINY)

    @property
    def done(self) -> Tensor:
        """Whose gradient norm is within the tolerance, (N,)."""
        return self.gradient_norms <= self.tol

    @property
    def moving(self) -> Tensor:
        """Who is not done and still takes steps, (N,)."""
        return ~self.done & (self.lengths * self.tangents.norm(dim=1) > SHORTEST)

    def run(self, max_steps: int, every: int | None = None) -> tuple[list[Tensor], list[int]]:
        """Climb until all are done; give the records, of the first and last step at least."""
        path, path_steps = ([self.weights.clone()], [0]) if every else ([], [])
        while self.steps < max_steps and self.moving.any():
            self._step(torch.nonzero(self.moving)[:, 0])
            self.steps += 1
            last = self.steps == max_steps or not self.moving.any()
            if every and (last or self.steps % every == 0):
                path.append(self.weights.clone())
                path_steps.append(self.steps)
        return path, path_steps

    def finish(self, max_steps: int) -> None:
        """Climb until all are done, with help for those who take long."""
        self.run(min(PATIENCE, max_steps))
        if self.steps < max_steps:
            self.polish()
            self.run(max_steps)

    def polish(self) -> None:
        """Help those who are not done: over almost flat ground by Newton's steps.

        On a ridge, where the slope jumps (ReLU), by steps that only shrink, whatever they gain.
        """
        jammed = torch.nonzero(self.gradient_norms > JAMMED)[:, 0]
        if len(jammed):
            weights = self.weights[jammed]
            for length in BLIND_STEPS:
                tangents = _tangential(self.landscape.gradient(weights), weights)
                weights = _unit(weights + length * _unit(tangents))
            self._improve(jammed, weights, self.landscape.value(weights) > self.energies[jammed])
        radius = torch.full_like(self.energies, 0.3)
        for _ in range(NEWTON_STEPS):
            late = torch.nonzero(~self.done & (self.gradient_norms <= JAMMED))[:, 0]
            if not len(late):
                break
            steps = torch.stack([self._newton_step(node) for node in late])
            too_long = steps.norm(dim=1, keepdim=True) / radius[late, None]
            # The flat way is curved: come back up to it before judging the step.
            trial = Climb(
                self.landscape, _unit(self.weights[late] + steps / too_long.clamp_min(1)), self.tol
            )
            trial.run(NEWTON_STEPS)
            better = trial.energies >= self.energies[late] * (1 - 1e-13)
            radius[late[~better]] /= 4
            self._improve(late, trial.weights, better)

    def _newton_step(self, node: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(sphere_hessian(self.landscape, self.weights[node]))
        # Uphill also where the ground bends upwards; not at all where it is quite flat.
        bends = values.abs()
        along = (self.tangents[node] @ vectors) / bends
        along[bends <= 1e-10 * bends.max()] = 0
        return vectors @ along

    def _improve(self, which: Tensor, weights: Tensor, better: Tensor) -> None:
        """Move those nodes of ``which`` that are better off so."""
        moved = which[better]
        self.weights[moved] = weights[better]
        energies, gradient = self.landscape.value_and_gradient(weights)
        tangents = _tangential(gradient, weights)
        self.energies[moved], self.tangents[moved] = energies[better], tangents[better]
        self.gradient_norms[moved] = self._relative(gradient, tangents)[better]

    def _step(self, which: Tensor) -> None:
        weights, tangents, lengths = self.weights[which], self.tangents[which], self.lengths[which]
        tried = _unit(weights + lengths[:, None] * tangents)
        energies, gradient = self.landscape.value_and_gradient(tried)
        enough = ENOUGH * lengths * tangents.square().sum(1)
        # Near the top the gain drowns in rounding.
        good = energies >= self.energies[which] + enough - 1e-13 * energies.abs()
        tangent = _tangential(gradient, tried)
        next_lengths = self._next_lengths(lengths, tried - weights, tangents - tangent, tangent)
        self.lengths[which] = torch.where(good, next_lengths, lengths / 4)
        moved = which[good]
        self.weights[moved], self.tangents[moved] = tried[good], tangent[good]
        self.energies[moved] = energies[good]
        self.gradient_norms[moved] = self._relative(gradient, tangent)[good]

    def _next_lengths(self, lengths: Tensor, way: Tensor, turn: Tensor, tangent: Tensor) -> Tensor:
        """Barzilai and Borwein's two lengths by turns; longer where the ground bends upwards."""
        bend = (way * turn).sum(1)
        by_way, by_turn = way.square().sum(1) / bend, bend / turn.square().sum(1)
        suggested = torch.where(bend > 0, by_way if self.steps % 2 else by_turn, 4 * lengths)
        return torch.minimum(suggested, 0.5 / tangent.norm(dim=1).clamp_min(TINY))

    def _relative(self, gradient: Tensor, tangents: Tensor) -> Tensor:
        whole = gradient.norm(dim=1)
        is_zero = whole <= ROUNDING * self.landscape.scale
        return torch.where(is_zero, 0, tangents.norm(dim=1) / whole)


def climb_from(
    landscape: Landscape, weights: Tensor, tol: float, max_steps: int
) -> tuple[Tensor, Tensor]:
    """Where a climb from given nodes ends, and who has converged.

    A climb has converged when the tangential gradient is at most ``tol`` times the whole one;
    it stops there, or after ``max_steps`` steps.

    Parameters
    ----------
    landscape : Landscape
    weights : Tensor, (N, 2M)
        They are scaled to length one.
    tol : float
    max_steps : int

    Returns
    -------
    weights : Tensor, float64, (N, 2M)
    converged : Tensor, bool, (N,)

    Examples
    --------
    >>> from li2_core import cyclic
    >>> landscape = Landscape(cyclic(5))
    >>> start = torch.arange(10)[None].square()
    >>> end, converged = climb_from(landscape, start, tol=1e-6, max_steps=1000)
    >>> round(float(landscape.value(end)), 6), converged.tolist()
    (1.25, [True])
    """
    climb = Climb(landscape, _unit(weights.double()), tol)
    climb.run(max_steps)
    return climb.weights, climb.done


def off_saddles(climb: Climb, max_steps: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Push whoever has stopped and climb again, until nobody gains.

    Returns
    -------
    weights : Tensor, float64, (N, 2M)
    settled : Tensor, bool, (N,)
        Who is known to stand on a maximum.
    """
    weights, energies, settled = climb.weights.clone(), climb.energies.clone(), climb.done
    least = ROUNDING * climb.landscape.scale
    unsure = torch.nonzero(settled)[:, 0]
    for _ in range(PUSHES):
        if not len(unsure):
            break
        push = torch.randn(len(unsure), weights.shape[1], dtype=torch.float64, generator=generator)
        again = Climb(climb.landscape, _unit(weights[unsure] + PUSH * _unit(push)), climb.tol)
        again.finish(max_steps)
        gained = again.energies > energies[unsure] * (1 + GAIN) + least
        unsure, done = unsure[gained], again.done[gained]
        weights[unsure], energies[unsure] = again.weights[gained], again.energies[gained]
        settled[unsure[~done]] = False
        unsure = unsure[done]
    settled[unsure] = False
    return weights, settled


def _tangential(gradient: Tensor, weights: Tensor) -> Tensor:
    return gradient - (gradient * weights).sum(1, keepdim=True) * weights
