"""From many random starts up the energy on the unit sphere, and on which irrep they end."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core._input import real, whole
from li2_core.activations import AnyActivation
from li2_core.energy.climb import PATIENCE, Climb, off_saddles
from li2_core.energy.landscape import Landscape, as_nodes
from li2_core.groups.parts import irrep_shares
from li2_core.tasks.group_task import Target


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
        The irrep that holds most of the node: its place in ``group.irreps()``.
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
    activation: AnyActivation = "square",
    labels: Tensor | None = None,
    seed: int = 0,
    tol: float = 1e-9,
    max_steps: int = 5000,
    record_every: int | None = None,
    starts: Tensor | None = None,
) -> Ascent:
    """Climb the energy on the unit sphere from random starts to its local maxima.

    Parameters
    ----------
    target, activation, labels
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
    num_starts, max_steps = whole("num_starts", num_starts, 1), whole("max_steps", max_steps, 1)
    if record_every is not None:
        record_every = whole("record_every", record_every, 1)
    tol = real("tol", tol, above=0)
    landscape = Landscape(target, activation, labels)
    generator = torch.Generator().manual_seed(seed)
    order = landscape.group.order
    if starts is None:
        starts = torch.randn(num_starts, 2 * order, dtype=torch.float64, generator=generator)
    starts = as_nodes(starts, order).reshape(-1, 2 * order)
    if starts.is_complex() or not starts.norm(dim=1).all():
        raise ValueError("starts must be real and not zero")
    first = Climb(landscape, torch.nn.functional.normalize(starts.double()), tol)
    path, path_steps = first.run(min(PATIENCE, max_steps), record_every)
    first.finish(max_steps)
    weights, settled = off_saddles(first, max_steps, generator)
    best = Climb(landscape, weights, tol)
    converged = best.done & settled
    if not converged.all():
        warnings.warn(
            f"ascend: {int((~converged).sum())} of {len(converged)} starts did not converge to a "
            f"gradient norm of {tol:g} in {max_steps} steps",
            stacklevel=2,
        )
    shares = irrep_shares(weights, landscape.group)
    purity, irreps = shares.max(1)
    if path:
        path[-1] = weights
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
