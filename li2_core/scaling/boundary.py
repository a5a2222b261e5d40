"""The boundary that theory predicts: above which share p a feature is still a maximum.

Li2, Theorem 4, with the noise that sampling brings into the energy's Hessian worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
BLOCK = 2 * np.sqrt(2)  # coefficient of eps in the Hessian's terms; below, of eps^2
# The edge of the spectrum for random entries with the variances (u_a + v_b)^2 of a Fourier
# mode. Equal variances would give 4 (1 + sqrt 2)^2 = 23.3.
SQUARES = 35.3


def predicted_boundary(orders: Sequence[float] | Array, C: float = 1.0) -> Array:
    """The share p at which p M / (1 - p) = C log M, for each of the ``orders`` M.

    That is what Theorem 4's condition amounts to: the noise that sampling brings into the
    energy's Hessian is measured by (1 - p)/(p M).

    Parameters
    ----------
    orders : array_like, (P,)
    C : float

    Returns
    -------
    ndarray, float64, (P,)

    Examples
    --------
    >>> p = predicted_boundary([100], C=2.0)
    >>> bool(np.isclose(100 * p / (1 - p), 2 * np.log(100)).all())
    True
    """
    M = _orders(orders)
    if not C > 0:
        raise ValueError(f"C must be positive, got {C}")
    return C * np.log(M) / (M + C * np.log(M))


@dataclass(frozen=True)
class HessianTerms:
    """What sampling does to the Hessian at a feature, relative to the 4E that holds it.

    Attributes
    ----------
    block : ndarray, float64, (P,)
        The norm of the random block between the operands.
    diagonal : ndarray, float64, (P,)
        The largest of 2M random numbers on the diagonal.
    squares : ndarray, float64, (P,)
        The norm of JJ', where J holds the random slopes of the sums over each class.
    """

    block: Array
    diagonal: Array
    squares: Array

    @property
    def total(self) -> Array:
        """Their sum: below 1 the energy at the feature bends down in all other directions."""
        return self.block + self.diagonal + self.squares

    @property
    def bound(self) -> Array:
        """The highest curvature there, over 4E: -1 without noise."""
        return self.total - 1


def hessian_terms(
    orders: Sequence[float] | Array, train_fraction: float | Array, delta: float = 1.0
) -> HessianTerms:
    """The terms 2 sqrt(2) eps, 2 sqrt(log(2M/delta)) eps, 35 eps^2; eps^2 = (1 - p)/(p M).

    Parameters
    ----------
    orders : array_like, (P,)
        M.
    train_fraction : float or array_like, () or (P,)
        p, one for all or one for each.
    delta : float
        The probability that one of the 2M numbers on the diagonal is larger than said, by the
        union bound; 1 gives their usual maximum.

    Returns
    -------
    HessianTerms

    Raises
    ------
    ValueError
        If an order is below 2, p not in (0, 1] or delta not in (0, 1].
    """
    M, p = _orders(orders), np.asarray(train_fraction, dtype=float)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError(f"train_fraction must lie in (0, 1], got {train_fraction}")
    eps = np.sqrt((1 - p) / (p * M))
    return HessianTerms(BLOCK * eps, _diagonal(M, delta) * eps, SQUARES * eps**2)


def stability_boundary(orders: Sequence[float] | Array, delta: float = 1.0) -> Array:
    """The share p at which `hessian_terms` add up to 1: above it the Hessian is negative.

    Arguments are as of `hessian_terms`.

    Returns
    -------
    ndarray, float64, (P,)

    Examples
    --------
    >>> p = stability_boundary([199])
    >>> round(float(p[0]), 2), round(float(hessian_terms([199], p).total[0]), 9)
    (0.38, 1.0)
    """
    M = _orders(orders)
    slope = BLOCK + _diagonal(M, delta)
    eps = (np.sqrt(slope**2 + 4 * SQUARES) - slope) / (2 * SQUARES)
    return 1 / (1 + M * eps**2)


def _diagonal(M: Array, delta: float) -> Array:
    if not 0 < delta <= 1:
        raise ValueError(f"delta must lie in (0, 1], got {delta}")
    return 2 * np.sqrt(np.log(2 * M / delta))


def _orders(orders: Sequence[float] | Array) -> Array:
    M = np.asarray(orders, dtype=float)
    if not (M >= 2).all():
        raise ValueError(f"orders must be at least 2, got {orders}")
    return M
