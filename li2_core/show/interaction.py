"""The figures of the stage in which nodes feel each other: repulsion, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from li2_core.show.axes import Array, curve_up_to, curve_with_dot, signed_map
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION


def twins_film(alone: Tensor, together: Tensor, likeness: dict[str, Array], step: int) -> Figure:
    """Two nodes at one step, once as strangers and once with B between them.

    Parameters
    ----------
    alone, together : Tensor, (times, 2, 2M)
        The weights of both nodes on the way.
    likeness : dict of str to (times,)
        A curve for each of the two runs, in the order alone, together.
    step : int
    """
    figure = plt.figure(figsize=(6.0, 4.4))
    axes = figure.subplot_mosaic([["alone", "together"], ["curve", "curve"]])
    for name, path in (("alone", alone), ("together", together)):
        halves = path[step][:, : path.shape[2] // 2].numpy()
        for half, color, style in zip(halves, (BLUE, VERMILION), ("o-", "s--"), strict=True):
            axes[name].plot(half, style, color=color, markersize=4, linewidth=1.5)
        axes[name].set(ylim=(-0.55, 0.55), xlabel="element", title=f"{name}: u of both")
    axes["alone"].set_ylabel("weight")
    for (name, curve), color in zip(likeness.items(), ("0.55", GREEN), strict=True):
        curve_up_to(axes["curve"], range(len(curve)), curve, step, color, name)
    axes["curve"].set(ylim=(-0.15, 1.1), xlabel="step", ylabel="correlation")
    axes["curve"].legend(loc="center right")
    return figure


def arrows_and_shadows(
    arrows: Array, shadows: Array, similarity: tuple[float, float], title: str
) -> Figure:
    """Two arrows, what a third leaves of them, and their similarity before and after.

    ``arrows`` is (3, 2), the third being the one in between; ``shadows`` is (2, 2);
    ``similarity`` is that of the two arrows, and what is left of it beside the third.
    """
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2), figsize=(6.0, 3.6))
    names = ("$f_1$", "$f_2$", "third")
    for arrow, color, name in zip(arrows, (BLUE, VERMILION, "0.65"), names, strict=True):
        _arrow(left, arrow, color=color, linewidth=3)
        left.text(*(1.2 * arrow), name, color=color, ha="center", va="center")
    for shadow, color in zip(shadows, (BLUE, VERMILION), strict=True):
        _arrow(left, shadow, color=color, linewidth=2, linestyle=(0, (1, 1)))
    left.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal")
    left.set_title(title, pad=12)
    left.axis("off")
    colors = [GREEN if value > 0 else ORANGE for value in similarity]
    right.bar(["raw", "what is\nleft"], similarity, color=colors)
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
    signed_map(left, shown, 0.6, interpolation="nearest")
    for edge in edges:
        left.axhline(edge - 0.5, color="0.5", linewidth=0.5)
        left.axvline(edge - 0.5, color="0.5", linewidth=0.5)
    left.set(xlabel="node", ylabel="node", title=f"step {times[now]}")
    curve_with_dot(right, times, curve, now, BLUE)
    right.set(xlabel="step", ylim=(-0.03, 1.03), title="test accuracy")
    return figure


def nodes_per_frequency_bars(counts: dict[str, Array], even: float) -> Figure:
    """How many nodes settled on each frequency, one row a crowd, one panel a kind of crowd.

    ``counts[name]`` is (crowds, frequencies); ``even`` the number if all were equal.
    """
    figure, axes = plt.subplots(1, len(counts), sharey=True, squeeze=False, figsize=(6.2, 3.1))
    colors = ("0.6", GREEN, ORANGE, PURPLE)
    for ax, (name, found), color in zip(axes[0], counts.items(), colors, strict=False):
        values, times = np.unique(found, return_counts=True)
        ax.bar(values, times / found.size, color=color)
        ax.axvline(even, color=BLACK, linestyle=":", linewidth=1.5)
        ax.set(title=name, xlim=(-0.7, 10.7), xticks=range(0, 11, 5))
    figure.supxlabel("nodes on a frequency", fontsize="medium")
    axes[0][0].set_ylabel("share of frequencies")
    return figure


def explained_curves(
    steps: Array, fractions: Array, names: Sequence[str], accuracy: Array | None = None
) -> Figure:
    """What a network explains of each irrep's labels while it trains, a line an irrep.

    Parameters
    ----------
    steps : (times,)
    fractions : (times, irreps)
        Drawn in the order of the time at which they pass one half, dark to light.
    names : sequence of str
        For the lines' legend; empty for none.
    accuracy : (times,), optional
        The test accuracy, as a dotted line.
    """
    figure, ax = plt.subplots(figsize=(5.6, 3.2))
    first = np.argsort([np.interp(0.5, line, steps) for line in fractions.T], kind="stable")
    colors = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(first)))
    for place, color in zip(first, colors, strict=True):
        ax.plot(steps, fractions[:, place], color=color, label=names[place] if names else None)
    if accuracy is not None:
        ax.plot(steps, accuracy, ":", color=BLACK, label="test accuracy")
    ax.set(xlabel="step", ylabel="share explained", ylim=(-0.12, 1.05))
    ax.legend(loc="lower right")
    return figure


def graft_bars(counts: dict[str, Array], known: Sequence[int]) -> Figure:
    """Where new nodes went, by frequency from 1, one panel a crowd; ``known`` ones shaded."""
    figure, axes = plt.subplots(1, len(counts), sharey=True, squeeze=False, figsize=(5.8, 3.0))
    for ax, (name, found), color in zip(axes[0], counts.items(), ("0.6", GREEN), strict=False):
        ax.bar(range(1, len(found) + 1), found, color=color)
        ax.set(title=name, xlabel="frequency", xticks=range(1, len(found) + 1))
    top = 1.2 * max(map(max, counts.values()))
    for frequency in known:
        axes[0][-1].axvspan(frequency - 0.5, frequency + 0.5, color=ORANGE, alpha=0.25, lw=0)
    axes[0][-1].text(float(np.mean(known)), 0.9 * top, "known", ha="center")
    axes[0][0].set(ylabel="new nodes", ylim=(0, top))
    return figure


def residual_pictures(rows: dict[str, dict[str, Array]]) -> Figure:
    """Square matrices in rows, one colour scale a row: what is left of each answer's label."""
    columns = max(map(len, rows.values()))
    figure, axes = plt.subplots(len(rows), columns, squeeze=False, figsize=(6.0, 2.25 * len(rows)))
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        limit = max(float(np.abs(picture).max()) for picture in pictures.values())
        for ax, (title, picture) in zip(line, pictures.items(), strict=True):
            signed_map(ax, picture, limit, interpolation="nearest")
            ax.set_title(title)
        line[0].set_ylabel(name)
    return figure


def lost_peak(share: Array, before: Array, after: Array, names: tuple[str, str]) -> Figure:
    """E/M and E_S/M along a path from a peak that is known to one that is missing."""
    figure, ax = plt.subplots(figsize=(5.6, 3.1))
    ax.plot(share, before, color=BLUE, label="$E$, nothing known")
    ax.plot(share, after, color=GREEN, label="$E_S$, the left one known")
    ax.set(xlabel="share of the right one", ylabel="height / M", ylim=(-0.01, None))
    ax.text(0, before[0] + 0.012, names[0], ha="left", va="bottom")
    ax.text(1, before[-1] + 0.012, names[1], ha="right", va="bottom")
    ax.margins(y=0.15)
    ax.legend(loc="upper center")
    return figure


def where_starts_end(
    names: Sequence[str], peaks: Array, known: Sequence[int], counts: Array
) -> Figure:
    """The peaks of E_S, irrep by irrep, and on which of them the starts ended.

    ``peaks`` are E*/M of the irreps, ``known`` the places of those that are learned: their
    peaks are drawn empty. ``counts`` has the starts that ended on each.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.3))
    colors = ["white" if place in known else GREEN for place in range(len(names))]
    edges = ["0.6" if place in known else GREEN for place in range(len(names))]
    left.bar(names, peaks, color=colors, edgecolor=edges, linewidth=1.5)
    left.set(title="peaks of $E_S$, over M", ylim=(0, 0.55))
    right.bar(names, counts, color=colors, edgecolor=edges, linewidth=1.5)
    right.set(title="starts that end there", ylim=(0, 210))
    if len(known) == len(names):
        right.text(0.5, 0.5, "nothing to climb", ha="center", transform=right.transAxes)
    return figure
