"""The figures of the Muon chapter: orthogonal steps, collectors, and Adam against Muon."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from li2_core.runs.tables import select
from li2_core.show.axes import Array, curve_up_to, spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, SKY, VERMILION

COLORS = {"adam": BLUE, "muon": VERMILION}


def orthogonal_step(values: tuple[Array, Array], shares: tuple[Array, Array]) -> Figure:
    """A step's singular values and its shares by frequency, before and after it is orthogonal."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.0, 2.8))
    for found, color, name in zip(values, ("0.5", VERMILION), ("gradient", "Muon"), strict=True):
        left.plot(found / found.max(), ".", color=color, label=name)
    left.set(xlabel="place in order of size", title="singular values", ylim=(0, 1.05))
    left.legend(loc="lower left")
    places = np.arange(1, len(shares[0]) + 1)
    for offset, found, color in zip((-0.2, 0.2), shares, ("0.6", VERMILION), strict=True):
        right.bar(places + offset, found, width=0.4, color=color)
    right.set(xlabel="frequency", title="share of the step", xticks=places[::2])
    return figure


def newton_schulz_curves(curves: Array, grid: Array) -> Figure:
    """What one, three and five iterations do to a singular value: (5, points) over a grid."""
    figure, ax = plt.subplots(figsize=(5.4, 2.5))
    for number, color in ((1, SKY), (3, BLUE), (5, BLACK)):
        ax.plot(grid, curves[number - 1], color=color, label=f"{number}")
    ax.axhline(1, color=BLACK, linestyle=":", linewidth=1.5)
    ax.set(xscale="log", xlabel="singular value before", ylabel="after", ylim=(0, 1.3))
    ax.legend(title="iterations", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def waves_apart(weights: dict[str, Array], overlap: dict[str, Array], step: int) -> Figure:
    """Two waves under gradient steps and under Muon's, at one step.

    ``weights[name]`` is (times, M, 2), one list of each node; ``overlap[name]`` (times,).
    """
    figure = plt.figure(figsize=(5.8, 3.9))
    axes = figure.subplot_mosaic([["gradient", "Muon"], ["curve", "curve"]])
    for name, color in (("gradient", "0.5"), ("Muon", VERMILION)):
        path = weights[name]
        axes[name].plot(path[step, :, 0], "o-", color=BLUE, markersize=5)
        axes[name].plot(path[step, :, 1], "s--", color=ORANGE, markersize=5)
        axes[name].set(ylim=(-0.45, 0.45), title=name, xlabel="element")
        curve_up_to(axes["curve"], range(len(path)), overlap[name], step, color, name)
    axes["curve"].set(xlabel="step", ylabel="overlap", ylim=(-0.08, 1.1))
    axes["curve"].legend(loc="center right")
    return figure


def nodes_needed(chances: Array, times: dict[str, float]) -> Figure:
    """The chance of each feature, and how many nodes it takes until all are found."""
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2), figsize=(5.8, 3.0))
    left.bar(range(1, len(chances) + 1), chances, color=BLUE)
    left.set(xlabel="feature", title="chance of each", ylim=(0, 1.15 * chances.max()))
    left.xaxis.get_major_locator().set_params(integer=True)
    colors = (VERMILION, "0.6", "0.85")
    right.bar(list(times), list(times.values()), color=colors)
    for place, value in enumerate(times.values()):
        words = f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
        right.text(place, value * 1.06, words, ha="center", va="bottom", fontsize=11)
    right.set(yscale="log", ylim=(1, 4e5), title="nodes needed")
    return figure


def adam_and_muon(table: dict[str, Array], panels: dict[str, str]) -> Figure:
    """Adam and Muon over the widths: the mean of the seeds, and their range.

    ``table`` has the columns width, optimizer and those that ``panels`` name, with titles.
    """
    figure, axes = plt.subplots(2, 2, figsize=(5.6, 4.2))
    widths = np.unique(table["width"])
    for ax, (column, title) in zip(axes.flat, panels.items(), strict=True):
        for name, shift, marker in (("adam", -0.1, "o"), ("muon", 0.1, "s")):
            seeds = [select(table, width=K, optimizer=name)[column] for K in widths]
            middle = np.array([np.nanmean(values) for values in seeds])
            ends = [middle - [np.nanmin(v) for v in seeds], [np.nanmax(v) for v in seeds] - middle]
            places = np.arange(len(widths)) + shift
            line = {"color": COLORS[name], "marker": marker, "markersize": 4, "linewidth": 1.2}
            ax.errorbar(places, middle, yerr=ends, label=name.capitalize(), **line)
        ax.set_title(title)
        ticks(ax.xaxis, range(len(widths)), widths)
        if column.startswith("steps"):
            ax.set_yscale("log")
            ticks(ax.yaxis, [30, 50, 100, 200, 300])
    for ax in axes[1]:
        ax.set_xlabel("width K")
    axes[0][0].legend(loc="lower right")
    return figure


def learning_rates(found: dict[str, tuple[Array, Array]], ylabel: str) -> Figure:
    """A result over the learning rates, one panel an optimizer: (rates,), (rates, seeds)."""
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(5.8, 2.6))
    for ax, (name, (lr, values)) in zip(axes, found.items(), strict=True):
        spread(ax, lr, values.T, np.mean, color=COLORS[name], marker="o")
        ax.set(xscale="log", title=name.capitalize(), xlabel="learning rate of W")
        ticks(ax.xaxis, lr)
    axes[0].set(ylabel=ylabel, ylim=(0, 1.02))
    return figure


def amplitude_race(times: Array, path: Array, winner: int) -> Figure:
    """The amplitudes of one node on its features, (times, L), the winner's in colour."""
    figure, ax = plt.subplots(figsize=(5.6, 2.8))
    for place, line in enumerate(path.T):
        if place == winner:
            ax.plot(times, line, color=GREEN, linewidth=3, zorder=3)
        else:
            ax.plot(times, line, color="0.65", linewidth=1.5)
    ax.set(xlabel="time (at 1 the leader has won)", ylabel="amplitude")
    return figure
