"""Laws for thresholds, and which of them fits best.

Li2, Theorem 4, asks for n >= C M log M pairs of the M^2: a share p of about C log M / M.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
POWER = "C M^-a"
_SHAPES: dict[str, Callable[[Array], Array]] = {  # log of p / C
    "C log M / M": lambda M: np.log(np.log(M) / M),
    "C / M": lambda M: -np.log(M),
}
TINY = 1e-30


@dataclass(frozen=True)
class Law:
    """A law of some name fitted to thresholds: p = C f(M).

    ``rss`` is the sum of squared residuals of log p, in units of the errors where these are
    given, ``aicc`` Akaike's criterion with the correction for few points: smaller is better.
    ``exponent`` is a of the power law M^-a, else nan.
    """

    name: str
    C: float
    exponent: float
    rss: float
    aicc: float

    def predict(self, orders: Sequence[float] | Array) -> Array:
        """p at the given group orders."""
        M = np.asarray(orders, dtype=float)
        if self.name == POWER:
            return self.C * M**-self.exponent
        return self.C * np.exp(_SHAPES[self.name](M))


def fit_laws(
    orders: Sequence[float] | Array,
    thresholds: Sequence[float] | Array,
    errors: Sequence[float] | Array | None = None,
) -> list[Law]:
    """Fit C log M / M, C / M and C M^-a to thresholds, by least squares in log p.

    Parameters
    ----------
    orders : array_like, (P,)
        Group orders M, at least five, all above 1.
    thresholds : array_like, (P,)
        p_c, positive (or odds p/(1 - p): the laws do not care).
    errors : array_like, (P,), optional
        Their standard errors. Without, all logarithms have the same unknown error.

    Returns
    -------
    list of Law
        Best first, by ``aicc``.

    Raises
    ------
    ValueError
        If there are too few points, or orders, thresholds or errors out of range.

    Examples
    --------
    >>> M = np.array([10.0, 20, 40, 80, 160])
    >>> best = fit_laws(M, 2 * np.log(M) / M)[0]
    >>> best.name, round(best.C, 9)
    ('C log M / M', 2.0)
    """
    M, p = np.asarray(orders, dtype=float), np.asarray(thresholds, dtype=float)
    sizes = {M.shape, p.shape} if errors is None else {M.shape, p.shape, np.shape(errors)}
    if len(sizes) > 1 or M.ndim != 1 or len(M) < 5:
        raise ValueError(f"at least five orders, with as many thresholds, are needed: {sizes}")
    sigma = np.ones_like(p) if errors is None else np.asarray(errors, dtype=float) / p
    if not ((M > 1) & (p > 0) & (sigma > 0) & np.isfinite(sigma)).all():
        raise ValueError("orders must be above 1, thresholds and errors positive")
    log_p, log_M = np.log(p), np.log(M)
    constant = np.ones((len(M), 1))
    laws = []
    for name, shape in _SHAPES.items():
        (log_C,), rss = _least_squares(constant, log_p - shape(M), sigma)
        laws.append(
            Law(name, float(np.exp(log_C)), float("nan"), rss, _aicc(rss, len(M), 1, errors))
        )
    (log_C, slope), rss = _least_squares(np.column_stack([constant, log_M]), log_p, sigma)
    laws.append(Law(POWER, float(np.exp(log_C)), -slope, rss, _aicc(rss, len(M), 2, errors)))
    return sorted(laws, key=lambda law: law.aicc)


def _least_squares(design: Array, y: Array, sigma: Array) -> tuple[list[float], float]:
    scaled, target = design / sigma[:, None], y / sigma
    coefficients = np.linalg.lstsq(scaled, target, rcond=None)[0]
    return coefficients.tolist(), float(np.square(target - scaled @ coefficients).sum())


def _aicc(rss: float, points: int, coefficients: int, errors: object) -> float:
    """Of normal errors: of known size, or else with their variance as one more parameter."""
    if errors is not None:
        k, misfit = coefficients, rss
    else:
        k, misfit = coefficients + 1, points * float(np.log(max(rss, TINY) / points))
    return misfit + 2 * k + 2 * k * (k + 1) / (points - k - 1)
