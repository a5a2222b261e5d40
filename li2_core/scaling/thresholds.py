"""How much data is enough: thresholds from data, laws for them, and the predicted boundary.

Li2, Theorem 4, asks for n >= C M log M pairs of the M^2: a share p of about C log M / M.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
INTERVAL = (2.5, 97.5)  # per cent
LEAST = 0.01  # accuracies are drawn in to [.01, .99]: a clean jump keeps a finite width
NEWTON_STEPS = 100
POWER = "C M^-a"
_SHAPES: dict[str, Callable[[Array], Array]] = {  # log of p / C
    "C log M / M": lambda M: np.log(np.log(M) / M),
    "C / M": lambda M: -np.log(M),
}
TINY = 1e-30
BLOCK = 2 * np.sqrt(2)  # coefficient of x in the Hessian's terms; below, of x^2
# The edge of the spectrum for random entries with the variances (u_a + v_b)^2 of a Fourier
# mode. Equal variances would give 4 (1 + sqrt 2)^2 = 23.3.
SQUARES = 35.3


@dataclass(frozen=True)
class Threshold:
    """Where a curve of successes against p crosses one half.

    ``p_c`` and ``width`` are those of the logistic curve 1/(1 + exp(-(p - p_c)/width));
    ``low`` and ``high`` bound 95% of the p_c of resampled seeds (nan with one seed).
    """

    p_c: float
    width: float
    low: float
    high: float

    def predict(self, fractions: Sequence[float] | Array) -> Array:
        """The logistic curve at the given p."""
        return 1 / (1 + np.exp(-(np.asarray(fractions, dtype=float) - self.p_c) / self.width))


def fit_threshold(
    fractions: Sequence[float] | Array,
    successes: Sequence[Sequence[float]] | Array,
    num_resamples: int = 1000,
    seed: int = 0,
) -> Threshold:
    """Fit a logistic curve to accuracies, or shares of successes, against p.

    By maximum likelihood, an accuracy counting as that share of one trial; drawn in to
    [.01, .99] so that a jump from 0 to 1 gets a finite width.

    Parameters
    ----------
    fractions : (P,)
        The values of p, increasing.
    successes : (P,) or (P, S)
        Between 0 and 1, one column a seed.
    num_resamples, seed : int
        Of the bootstrap: seeds are drawn with replacement and the curve fitted again.

    Returns
    -------
    Threshold

    Raises
    ------
    ValueError
        If the fractions are not two or more increasing numbers, the successes have another
        length, lie outside [0, 1] or are not finite, or their mean over seeds does not rise
        through one half: then there is no threshold in this range.

    Examples
    --------
    >>> found = fit_threshold([0.1, 0.2, 0.3, 0.4], [[0, 0], [0, 0], [1, 1], [1, 1]])
    >>> round(found.p_c, 9)
    0.25
    """
    p = np.asarray(fractions, dtype=float)
    y = np.asarray(successes, dtype=float)
    y = y[:, None] if y.ndim == 1 else y
    if p.ndim != 1 or len(p) < 2 or not (np.diff(p) > 0).all():
        raise ValueError(f"fractions must be two or more increasing numbers, got {fractions}")
    if y.ndim != 2 or len(y) != len(p) or not y.shape[1]:
        raise ValueError(f"successes must have {len(p)} rows, one a fraction, got {y.shape}")
    if not ((y >= 0) & (y <= 1)).all():
        raise ValueError("successes must lie between 0 and 1")
    mean = y.mean(axis=1)
    crosses = bool(((mean[:-1] < 0.5) & (mean[1:] >= 0.5)).any())
    p_c, width = _logistic(p, mean)
    if not crosses or not width > 0:
        raise ValueError(
            f"the successes do not rise through 1/2 for p from {p[0]:g} to {p[-1]:g}: "
            f"their means are {np.round(mean, 3).tolist()}"
        )
    low = high = float("nan")
    seeds = y.shape[1]
    if seeds > 1:
        drawn = np.random.default_rng(seed).integers(seeds, size=(num_resamples, seeds))
        again = [_logistic(p, y[:, columns].mean(axis=1))[0] for columns in drawn]
        low, high = np.percentile(np.clip(again, p[0], p[-1]), INTERVAL).tolist()
    return Threshold(p_c, width, low, high)


def _logistic(p: Array, y: Array) -> tuple[float, float]:
    """p_c and width of the most likely logistic curve, by Newton's method."""
    centre, scale = p.mean(), p.std()
    design = np.stack([np.ones_like(p), (p - centre) / scale], axis=1)
    y = np.clip(y, LEAST, 1 - LEAST)
    beta = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-design @ beta))
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature, design.T @ (y - fitted))
        beta += step / max(1.0, np.abs(step).max() / 2)  # from far away Newton's steps overshoot
        if np.abs(step).max() < 1e-10:
            break
    return float(centre - scale * beta[0] / beta[1]), float(scale / beta[1])


@dataclass(frozen=True)
class Law:
    """A law fitted to thresholds: p = C f(M).

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
    orders : (P,)
        Group orders M, at least five, all above 1.
    thresholds : (P,)
        p_c, positive (or odds p/(1 - p): the laws do not care).
    errors : (P,), optional
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


def predicted_boundary(orders: Sequence[float] | Array, C: float = 1.0) -> Array:
    """The share p at which p M / (1 - p) = C log M: what Theorem 4's condition amounts to.

    The noise that sampling brings into the energy's Hessian is measured by (1 - p)/(p M).

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

    ``block`` is the norm of the random block between the operands, ``diagonal`` the largest
    of 2M random numbers on the diagonal, ``squares`` the norm of JJ', where J holds the random
    slopes of the sums over each class.
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
    """The three terms 2 sqrt(2) x, 2 sqrt(log(2M/delta)) x and 35 x^2, x^2 = (1 - p)/(p M).

    ``delta`` is the probability that one of the 2M numbers on the diagonal is larger than
    said, by the union bound; 1 gives their usual maximum.

    Raises
    ------
    ValueError
        If an order is below 2, p not in (0, 1] or delta not in (0, 1].
    """
    M, p = _orders(orders), np.asarray(train_fraction, dtype=float)
    if not ((p > 0) & (p <= 1)).all():
        raise ValueError(f"train_fraction must lie in (0, 1], got {train_fraction}")
    x = np.sqrt((1 - p) / (p * M))
    return HessianTerms(BLOCK * x, _diagonal(M, delta) * x, SQUARES * x**2)


def stability_boundary(orders: Sequence[float] | Array, delta: float = 1.0) -> Array:
    """The share p at which `hessian_terms` add up to 1: above it the Hessian is negative.

    Examples
    --------
    >>> p = stability_boundary([199])
    >>> round(float(p[0]), 2), round(float(hessian_terms([199], p).total[0]), 9)
    (0.38, 1.0)
    """
    M = _orders(orders)
    slope = BLOCK + _diagonal(M, delta)
    x = (np.sqrt(slope**2 + 4 * SQUARES) - slope) / (2 * SQUARES)
    return 1 / (1 + M * x**2)


def _diagonal(M: Array, delta: float) -> Array:
    if not 0 < delta <= 1:
        raise ValueError(f"delta must lie in (0, 1], got {delta}")
    return 2 * np.sqrt(np.log(2 * M / delta))


def _orders(orders: Sequence[float] | Array) -> Array:
    M = np.asarray(orders, dtype=float)
    if not (M >= 2).all():
        raise ValueError(f"orders must be at least 2, got {orders}")
    return M
