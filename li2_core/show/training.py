"""The figures of training: curves, and nodes that fall into frequencies."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.groups.coverage import order_by_frequency
from li2_core.show.axes import Array, spread
from li2_core.show.style import BLACK, TEST, TRAIN
from li2_core.training.history import History


def learning_curves(history: History) -> Figure:
    """Accuracy and loss over the steps, train and test, median and range of the seeds."""
    figure, axes = plt.subplots(1, 2)
    for ax, what in zip(axes, ("accuracy", "loss"), strict=True):
        train_and_test(ax, history, what)
    axes[0].legend(loc="center right")
    return figure


def train_and_test(ax: Axes, history: History, what: str) -> None:
    """Draw ``what``, ``accuracy`` or ``loss``, of a history over its steps, train and test.

    The curves go on ``ax``; they are the median and the range of the seeds.
    """
    for part, color in (("train", TRAIN), ("test", TEST)):
        spread(ax, history.steps, history[f"{part}_{what}"], color=color, label=part)
    ax.set(xlabel="step", title=what, ylim=(0, None))


def frequency_map(ax: Axes, power: Array, order: Array) -> None:
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

    The recorded step nearest to ``step`` is shown. The nodes stand in the order of their
    final frequencies, so that the eye can follow each of them.
    """
    time = int(np.abs(history.steps - step).argmin())
    spectrum = history["spectrum"][seed]
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2))
    frequency_map(left, spectrum[time], order_by_frequency(spectrum[-1]))
    left.set_title(f"hidden layer, step {history.steps[time]}")
    train_and_test(right, history, "accuracy")
    right.axvline(history.steps[time], color=BLACK, linewidth=1)
    right.legend(loc="center right")
    return figure
