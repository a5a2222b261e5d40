"""The figures of the stage in which nodes feel each other: repulsion, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from li2_core.energy_plots import random_nodes
from li2_core.plots import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION
from li2_core.tasks import GroupTask

Array = npt.NDArray[Any]


def twins(order: int, apart: float = 0.014, seed: int = 0) -> Tensor:
    """Two unit nodes this far apart in a random direction, the columns of a (2M, 2).

    Examples
    --------
    >>> first, second = twins(order=7).T
    >>> 0.01 < float((first - second).norm()) < 0.02
    True
    """
    first, direction = random_nodes(2, order, seed)
    pair = torch.stack([first, first + apart * direction], dim=1)
    return pair / pair.norm(dim=0)


def correlations(weights: Tensor, task: GroupTask) -> Tensor:
    """The correlations of the features x^2 of nodes (2M, K) over the full table: (K, K)."""
    answers = (task.inputs() @ weights.double()).square()
    return torch.corrcoef((answers - answers.mean(0)).T)


def twins_film(alone: Tensor, together: Tensor, likeness: dict[str, Array], step: int) -> Figure:
    """Two nodes at one step, once as strangers and once with B between them.

    Parameters
    ----------
    alone, together : Tensor, (times, 2M, 2)
        The weights of both nodes on the way.
    likeness : dict of str to (times,)
        A curve for each of the two runs, in the order alone, together.
    step : int
    """
    figure = plt.figure(figsize=(6.0, 4.4))
    axes = figure.subplot_mosaic([["alone", "together"], ["curve", "curve"]])
    for name, path in (("alone", alone), ("together", together)):
        halves = path[step][: path.shape[1] // 2].numpy()
        for half, color, style in zip(halves.T, (BLUE, VERMILION), ("o-", "s--"), strict=True):
            axes[name].plot(half, style, color=color, markersize=4, linewidth=1.5)
        axes[name].set(ylim=(-0.55, 0.55), xlabel="element", title=f"{name}: u of both")
    for (name, curve), color in zip(likeness.items(), ("0.55", GREEN), strict=True):
        axes["curve"].plot(curve, color=color, label=name)
        axes["curve"].plot(step, curve[step], "o", color=color, markersize=8)
    axes["curve"].set(ylim=(-0.15, 1.1), xlabel="step", ylabel="correlation")
    axes["curve"].legend(loc="center right")
    return figure


def arrows_and_shadows(arrows: Array, shadows: Array, title: str) -> Figure:
    """Two arrows, what a third leaves of them, and their similarity before and after.

    ``arrows`` is (3, 2), the third being the one in between; ``shadows`` is (2, 2).
    """
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2), figsize=(6.0, 3.6))
    names = ("$f_1$", "$f_2$", "third")
    for arrow, color, name in zip(arrows, (BLUE, VERMILION, "0.65"), names, strict=True):
        _arrow(left, arrow, color=color, linewidth=3)
        left.text(*(1.2 * arrow), name, color=color, ha="center", va="center")
    for shadow, color in zip(shadows, (BLUE, VERMILION), strict=True):
        _arrow(left, shadow, color=color, linewidth=2, linestyle=(0, (1, 1)))
    left.set(xlim=(-1.9, 1.9), ylim=(-1.9, 1.9), aspect="equal", title=title)
    left.axis("off")
    raw, rest = float(arrows[0] @ arrows[1]), float(shadows[0] @ shadows[1])
    colors = [GREEN if value > 0 else ORANGE for value in (raw, rest)]
    right.bar(["raw", "what is\nleft"], [raw, rest], color=colors)
    right.axhline(0, color=BLACK, linewidth=1)
    right.set(ylim=(-1.1, 1.1), title="similarity")
    return figure


def _arrow(ax: Axes, tip: Array, **line: Any) -> None:
    style = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0, **line}
    ax.annotate("", tuple(tip), (0, 0), arrowprops=style)


def gram_film(
    likeness: Sequence[Array], times: Sequence[int], curve: Array, now: int, edges: Array
) -> Figure:
    """The correlations between all nodes at one moment of a run, beside its accuracy.

    Parameters
    ----------
    likeness : sequence of (K, K)
        One a recorded time, the nodes in an order that keeps equal frequencies together.
    times : sequence of int
        The recorded steps.
    curve : (times,)
        The test accuracy then.
    now : int
        Which of the times is shown.
    edges : array of int
        Where in that order a new frequency begins.
    """
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2), figsize=(6.2, 3.5))
    shown = np.array(likeness[now])
    np.fill_diagonal(shown, 0)
    left.imshow(shown, cmap="PuOr_r", vmin=-0.6, vmax=0.6, interpolation="nearest")
    for edge in edges:
        left.axhline(edge - 0.5, color="0.5", linewidth=0.5)
        left.axvline(edge - 0.5, color="0.5", linewidth=0.5)
    left.set(xticks=[], yticks=[], xlabel="node", ylabel="node", title=f"step {times[now]}")
    right.plot(times, curve, color=BLUE)
    right.plot(times[now], curve[now], "o", color=BLUE, markersize=8)
    right.set(xlabel="step", ylim=(-0.03, 1.03), title="test accuracy")
    return figure


def crowd_bars(counts: dict[str, Array], even: float) -> Figure:
    """How many nodes settled on each frequency, one row a crowd, one panel a kind of crowd.

    ``counts[name]`` is (crowds, frequencies); ``even`` the number if all were equal.
    """
    figure, axes = plt.subplots(1, len(counts), sharey=True, squeeze=False, figsize=(6.2, 3.1))
    colors = ("0.6", GREEN, ORANGE, PURPLE)
    for ax, (name, found), color in zip(axes[0], counts.items(), colors, strict=False):
        values, times = np.unique(found, return_counts=True)
        ax.bar(values, times / found.size, color=color)
        ax.axvline(even, color=BLACK, linestyle=":", linewidth=1.5)
        ax.set(xlabel="nodes on a frequency", title=name, xlim=(-0.7, 10.7), xticks=range(0, 11, 2))
    axes[0][0].set_ylabel("share of frequencies")
    return figure
