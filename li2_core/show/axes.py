"""What many figures draw into their axes: bands over seeds, intervals, signed matrices, ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import NullLocator

Array = npt.NDArray[Any]


def spread(
    ax: Axes, x: Any, values: Array, middle: Callable[..., Any] = np.median, **line: Any
) -> None:
    """The median over seeds as a line, from the lowest to the highest seed as a band.

    Parameters
    ----------
    ax : Axes
    x : (P,)
    values : array, (S, P)
        One row a seed.
    middle : callable
        Another middle than the median, as ``np.mean``; it takes the ``axis`` of the seeds.
    **line
        How the line is drawn, as for ``ax.plot``.
    """
    (drawn,) = ax.plot(x, middle(values, axis=0), **line)
    band: dict[str, Any] = {"color": drawn.get_color(), "alpha": 0.2, "linewidth": 0}
    ax.fill_between(x, values.min(axis=0), values.max(axis=0), **band)


def intervals(ax: Axes, x: Any, middle: Array, low: Array, high: Array, **style: Any) -> None:
    """Points with a bar from ``low`` to ``high`` each."""
    ax.errorbar(x, middle, yerr=(middle - low, high - middle), **style)


def curve_with_dot(
    ax: Axes, x: Any, y: Any, now: int, color: str, label: str | None = None
) -> None:
    """A curve with a dot where it is now."""
    ax.plot(x, y, color=color, label=label)
    ax.plot(x[now], y[now], "o", color=color, markersize=8)


def curve_up_to(ax: Axes, x: Any, y: Any, now: int, color: str, label: str | None = None) -> None:
    """A curve as far as it has come now, on an axis that has room for the whole."""
    curve_with_dot(ax, x[: now + 1], y[: now + 1], now, color, label)
    margin = 0.03 * (x[-1] - x[0])
    ax.set_xlim(x[0] - margin, x[-1] + margin)


def signed_map(ax: Axes, matrix: Any, limit: float, **how: Any) -> None:
    """A matrix as a picture: white is zero, purple and orange are -limit and limit."""
    ax.imshow(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, **how)
    ax.set(xticks=[], yticks=[])


def ticks(axis: Axis, places: Any, labels: Any = None) -> None:
    """These ticks and no others, on a logarithmic axis too."""
    axis.set_ticks(places, [f"{place:g}" for place in places] if labels is None else labels)
    axis.set_minor_locator(NullLocator())
