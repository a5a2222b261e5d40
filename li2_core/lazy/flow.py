"""How the readout learns while the features stand still: its gradient flow in closed form.

V' = F'(Y - F V) - eta V is linear, so each singular direction of F relaxes by itself, at
the rate (its squared singular value) + eta; what F does not see only decays, at the rate eta.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from li2_core.lazy.ridge import check_regression


def readout_flow(
    features: Tensor,
    targets: Tensor,
    eta: float,
    times: Iterable[float],
    readout0: Tensor | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """V(t) and G(t) = (Y - F V) V' at any times, from one eigendecomposition.

    Exact for any rank of F. Nothing is centred: see `lazy.centre`.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, (..., n, M)
    eta : float
        The ridge, 0 or more.
    times : iterable of float
        In any order; 0 and ``math.inf`` are allowed.
    readout0 : Tensor, (..., K, M), optional
        V(0); without it, zero.

    Yields
    ------
    readout : Tensor, (..., K, M)
    gradient : Tensor, (..., n, K)
        At the features, time by time: with many times they may be too large to keep.

    Raises
    ------
    ValueError
        If ``eta`` or a time is negative, shapes do not fit, or anything is not finite.

    Examples
    --------
    >>> F, Y = torch.eye(1), torch.tensor([[2.0]])
    >>> [round(V.item(), 4) for V, _ in readout_flow(F, Y, 1.0, [0, 0.5, math.inf])]
    [0.0, 0.6321, 1.0]
    """
    check_regression(features, targets, eta)
    times = [float(time) for time in times]
    for time in times:
        if not time >= 0:
            raise ValueError(f"times must not be negative, got {time}")
    shape = (*features.shape[:-2], features.shape[-1], targets.shape[-1])
    start = features.new_zeros(shape) if readout0 is None else readout0
    if start.shape != shape or not start.isfinite().all():
        raise ValueError(f"readout0 must be finite, {shape}, got {tuple(start.shape)}")
    return _flow(features, targets, eta, times, start)


def _flow(
    features: Tensor, targets: Tensor, eta: float, times: list[float], start: Tensor
) -> Iterator[tuple[Tensor, Tensor]]:
    left, values, right = singular_directions(features)
    asked, had = left.mT @ targets, right.mT @ start  # both in the basis of the directions
    missing = asked - values * had
    # What the features cannot say, and what the readout says to nobody.
    unsaid, unheard = targets - left @ asked, start - right @ had
    rate = torch.where(values > 0, values.square() + eta, 1.0)
    for time in times:
        kept = torch.exp(-rate * time)
        gained = -torch.expm1(-rate * time) / rate
        faded = math.exp(-eta * time) if eta else 1.0
        readout = faded * unheard + right @ (kept * had + gained * values * asked)
        # The error mode by mode, and not Y - F V, keeps its digits where it is small.
        error = unsaid + left @ (kept * missing + eta * gained * asked)
        yield readout, error @ readout.mT


def singular_directions(features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """F = left diag(values) right' through the smaller of F F' and F'F.

    Where F has a rank below r = min(n, K) the values are exactly zero, and so are the
    directions. Less than sqrt((n + K) eps) of the largest value, some 1e-6, counts as zero.

    Parameters
    ----------
    features : Tensor, (..., n, K)

    Returns
    -------
    left : Tensor, (..., n, r)
    values : Tensor, (..., r, 1)
    right : Tensor, (..., K, r)
    """
    n, K = features.shape[-2:]
    rows = features if n <= K else features.mT
    squares, near = torch.linalg.eigh(rows @ rows.mT)
    rounding = (n + K) * torch.finfo(features.dtype).eps
    seen = squares > rounding * squares[..., -1:]
    values = torch.where(seen, squares, 0.0).sqrt()
    near = near * seen[..., None, :]
    far = rows.mT @ near / torch.where(seen, values, 1.0)[..., None, :]
    left, right = (near, far) if n <= K else (far, near)
    return left, values[..., None], right
