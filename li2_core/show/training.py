"""The figures of training: curves, and nodes that fall into frequencies."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.show.style import BLACK, TEST, TRAIN
from li2_core.training.history import History


def spread(ax: Axes, steps: npt.NDArray[Any], values: npt.NDArray[Any], **line: Any) -> None:
    """The median over seeds as a line, from the lowest to the highest seed as a band.

    ``values`` is (S, times).
    """
    (drawn,) = ax.plot(steps, np.median(values, axis=0), **line)
    band: dict[str, Any] = {"color": drawn.get_color(), "alpha": 0.2, "linewidth": 0}
    ax.fill_between(steps, values.min(axis=0), values.max(axis=0), **band)


def learning_curves(history: History, mark: int | None = None) -> Figure:
    """Accuracy and loss over the steps, train and test, median and range of the seeds.

    ``mark`` draws a vertical line at that step.
    """
    figure, axes = plt.subplots(1, 2)
    for ax, what in zip(axes, ("accuracy", "loss"), strict=True):
        draw_curve(ax, history, what)
        if mark is not None:
            ax.axvline(mark, color=BLACK, linewidth=1)
    axes[0].legend(loc="center right")
    return figure


def draw_curve(ax: Axes, history: History, what: str) -> None:
    """Train and test ``accuracy`` or ``loss`` of a history on given axes."""
    for part, color in (("train", TRAIN), ("test", TEST)):
        spread(ax, history.steps, history[f"{part}_{what}"], color=color, label=part)
    ax.set(xlabel="step", title=what, ylim=(0, None))


def node_order(power: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An order of the nodes (K, frequencies) that puts equal strongest frequencies together.

    Within a frequency the purest node comes first.
    """
    purity = power.max(axis=1) / np.maximum(power.sum(axis=1), 1e-30)
    return np.lexsort((-purity, power.argmax(axis=1)))


def power_map(ax: Axes, power: npt.NDArray[Any], order: npt.NDArray[Any]) -> None:
    """Nodes across, frequencies up: how a node's squared norm is shared out, 0 to 1.

    ``power`` is (K, frequencies), as the ``spectrum`` probe records it for one seed.
    """
    share = power / np.maximum(power.sum(axis=1, keepdims=True), 1e-30)
    image = ax.imshow(
        share[order].T, origin="lower", aspect="auto", vmin=0, vmax=1, interpolation="nearest"
    )
    ax.set(xlabel="hidden node", ylabel="frequency")
    ax.figure.colorbar(image, ax=ax, label="share of the node", ticks=[0, 0.5, 1])


def training_moment(history: History, step: int, seed: int = 0) -> Figure:
    """The hidden layer of one seed at a recorded step, beside the curves of all seeds.

    The step nearest to a recorded one is shown. The nodes stand in the order of their
    final frequencies, so that the eye can follow each of them.
    """
    time = int(np.abs(history.steps - step).argmin())
    spectrum = history["spectrum"][seed]
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2))
    power_map(left, spectrum[time], node_order(spectrum[-1]))
    left.set_title(f"hidden layer, step {history.steps[time]}")
    draw_curve(right, history, "accuracy")
    right.axvline(history.steps[time], color=BLACK, linewidth=1)
    right.legend(loc="center right")
    return figure
