"""The book's figures, in one house style."""

from __future__ import annotations

import os
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from li2_core.groups import FiniteGroup
from li2_core.history import History
from li2_core.tasks import GroupTask

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
STAGE_COLORS = {"lazy": ORANGE, "independent": BLUE, "interactive": GREEN}
TRAIN, TEST = VERMILION, BLUE
# The answers of a table: viridis without its dark end, which is kept for unseen cells.
ANSWERS = LinearSegmentedColormap.from_list("answers", mpl.colormaps["viridis"](np.r_[0.25:1:64j]))
UNSEEN = "#1A1A1A"


def use_style() -> None:
    """Switch matplotlib to the book's style: large type, few lines, a white card.

    Figures are sharper in the built pages than in the stored notebooks.
    """
    mpl.rcParams.update(
        {
            "figure.figsize": (5.8, 3.3),
            "figure.dpi": 160 if os.environ.get("LI2_PAGES") else 100,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=[BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK]),
            "image.cmap": "viridis",
            "legend.frameon": False,
            "lines.linewidth": 2,
        }
    )


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


def clock(ax: Axes, order: int, start: int, walk: int) -> None:
    """A clock face of Z_M: begin at ``start``, walk ``walk`` hours clockwise."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(order) / order
    end = (start + walk) % order
    for hour, (x, y) in enumerate(zip(np.cos(angle), np.sin(angle), strict=True)):
        color = {start: BLUE, end: VERMILION}.get(hour, "#DDDDDD")
        ink = "white" if hour in (start, end) else BLACK
        ax.add_patch(plt.Circle((x, y), 0.2, color=color))
        ax.text(x, y, str(hour), ha="center", va="center", fontsize=16, color=ink)
    path = angle[start] - 2 * np.pi * np.linspace(0.25, walk - 0.25, 60) / order
    ax.plot(0.68 * np.cos(path), 0.68 * np.sin(path), color=BLACK)
    (x0, x1), (y0, y1) = 0.68 * np.cos(path[-2:]), 0.68 * np.sin(path[-2:])
    arrow = {"arrowstyle": "-|>", "color": BLACK, "mutation_scale": 20}
    ax.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
    ax.text(0, 0, f"{start} + {walk} = {end}", ha="center", va="center", fontsize=14)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal")
    ax.axis("off")


def cayley_table(ax: Axes, group: FiniteGroup, title: str | None = None) -> None:
    """A group's table as a picture: row a, column b, the product as a colour.

    Up to order 9 the product is written in its cell too.
    """
    M = group.order
    ax.imshow(group.table, cmap=ANSWERS, vmin=0, vmax=M - 1, interpolation="nearest")
    _table_axes(ax, M, group.name if title is None else title)
    if M <= 9:
        for (a, b), c in np.ndenumerate(group.table):
            ink = BLACK if c > 0.4 * M else "white"
            ax.text(b, a, str(c), ha="center", va="center", color=ink)


def split_map(ax: Axes, task: GroupTask, seed: int = 0, title: str | None = None) -> None:
    """The table of a task with the cells that seed number ``seed`` trains on lit, the rest dark."""
    M = task.group.order
    shown = np.full(M * M, np.nan)
    index = task.train_index[seed].numpy()
    shown[index] = task.targets.numpy()[index]
    cmap = ANSWERS.with_extremes(bad=UNSEEN)
    ax.imshow(shown.reshape(M, M), cmap=cmap, vmin=0, vmax=M - 1, interpolation="nearest")
    _table_axes(ax, M, f"{task.num_train} of {M * M} pairs lit" if title is None else title)


def _table_axes(ax: Axes, order: int, title: str) -> None:
    ticks = np.arange(order) if order <= 9 else [0, order - 1]
    ax.set(xticks=ticks, yticks=ticks, xlabel="b", ylabel="a", title=title)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def matrices(named: dict[str, npt.NDArray[Any]], height: float = 3.4) -> Figure:
    """Matrices side by side as pictures with square cells, zero white, on one scale each."""
    columns = [matrix.shape[1] for matrix in named.values()]
    figure, axes = plt.subplots(
        1, len(named), width_ratios=columns, figsize=(6.4, height), squeeze=False
    )
    for ax, (name, matrix) in zip(axes[0], named.items(), strict=True):
        limit = max(float(np.abs(matrix).max()), 1e-30)
        ax.pcolormesh(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, edgecolor="0.8", linewidth=1)
        ax.set(title=name, xticks=[], yticks=[], aspect="equal")
        ax.invert_yaxis()
        ax.set_anchor("N")
        ax.spines[:].set_visible(False)
    return figure
