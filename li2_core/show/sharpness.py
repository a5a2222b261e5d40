"""The figures of chapter 20: how sharp a network is that memorises, and one that generalises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from li2_core.show.axes import Array, spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, TEST, TRAIN, VERMILION

# Colour and line, told apart without colour too.
LOOKS = {
    "memoriser": (VERMILION, "-", "o"),
    "generaliser": (BLUE, "--", "s"),
    "lazy": (ORANGE, "-.", "^"),
}


def bowls(
    moves: Array, losses: Mapping[str, Array], spectra: Mapping[str, Array], floor: float = 1e-6
) -> Figure:
    """Left the loss along each network's steepest direction, right all eigenvalues, in order.

    ``losses[name]`` is (S, T) at the T ``moves``; ``spectra[name]`` (S, P). Eigenvalues below
    ``floor`` are drawn there.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.3))
    for name, values in losses.items():
        color, dash, _ = LOOKS[name]
        spread(left, moves, values, color=color, linestyle=dash, label=name)
        ranked = np.sort(spectra[name], axis=1)[:, ::-1].clip(floor)
        right.plot(np.arange(1, ranked.shape[1] + 1), np.median(ranked, 0), dash, color=color)
    left.set(xlabel="step along the steepest direction", ylabel="training loss", ylim=(0, None))
    left.legend(loc="upper center", fontsize=10)
    right.set(yscale="log", ylim=(floor, None), xlabel="place in order", title="eigenvalues")
    return figure


def by_width(
    ax: Axes, curves: Mapping[str, tuple[Array, Array]], num_train: int, now: int | None = None
) -> None:
    """The least trace over the width, a line a kind; each is widths (W,) and values (S, W).

    With a dot at the width ``now``, and a line at the width that is the number of pairs.
    """
    for name, (widths, values) in curves.items():
        color, dash, marker = LOOKS[name]
        look: dict[str, Any] = {"color": color, "linestyle": dash, "label": name}
        spread(ax, widths, values, marker=None if now else marker, markersize=5, **look)
        if now is not None:
            at = np.flatnonzero(widths == now)
            ax.plot(widths[at], np.median(values, 0)[at], marker, color=color, markersize=9)
    ax.axvline(num_train, color="0.6", linewidth=1, linestyle=":")
    ax.set(xscale="log", xlabel="hidden nodes", title="least trace")


def width_film(
    curves: Mapping[str, tuple[Array, Array]], parts: Mapping[str, Array], num_train: int, now: int
) -> Figure:
    """Left the least trace of both kinds over the width, right each node's part of it at one.

    ``parts[name]`` (K,) are in falling order.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.4))
    by_width(left, curves, num_train, now)
    left.set(ylim=(0, 225))
    ticks(left.xaxis, [48, 96, 192, 384])
    left.legend(loc="lower left", fontsize=10)
    for name, part in parts.items():
        color, dash, _ = LOOKS[name]
        right.fill_between(np.arange(len(part)), part, step="post", color=color, alpha=0.2)
        right.step(np.arange(len(part)), part, where="post", color=color, linestyle=dash)
    right.set(xlabel="node, in order", ylim=(0, 6), xlim=(0, 384), title=f"{now} nodes: parts")
    return figure


def three_by_width(curves: Mapping[str, tuple[Array, Array]], num_train: int) -> Figure:
    """The least trace over the width of all kinds, on logarithmic axes."""
    figure, ax = plt.subplots(figsize=(5.8, 3.5))
    by_width(ax, curves, num_train)
    ax.set_yscale("log")
    ticks(ax.xaxis, [48, 96, 192, 384, 768, 1536])
    ticks(ax.yaxis, [100, 200, 500, 1000])
    ax.text(num_train * 1.04, 1450, "nodes = pairs", fontsize=10, color="0.35")
    ax.set(ylim=(75, 1700))
    ax.legend(fontsize=10, loc="upper right")
    return figure


def along_a_run(steps: Array, accuracies: Mapping[str, Array], top: Array, trace: Array) -> Figure:
    """Above train and test accuracy, below top eigenvalue and least trace, all (S, T)."""
    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(6.2, 4.4))
    looks = ((TRAIN, "-"), (TEST, "--"))
    for (name, values), (color, dash) in zip(accuracies.items(), looks, strict=True):
        spread(above, steps, values, color=color, linestyle=dash, label=name)
    spread(below, steps, top, color=BLACK, label="top\neigenvalue")
    spread(below, steps, trace / 50, color=GREEN, linestyle="--", label="least\ntrace / 50")
    above.set(ylabel="accuracy")
    below.set(xlabel="step", ylabel="sharpness", ylim=(0, None))
    below.set_xscale("symlog", linthresh=20)
    below.set_xlim(0, steps[-1])
    ticks(below.xaxis, [0, 20, 40, 100, 200, 500, 1000])
    for ax in (above, below):
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=10)
    return figure


def where_the_weights_go(counts: Mapping[str, Mapping[str, float]]) -> Figure:
    """All weights of each network as one bar, cut into what they are good for."""
    figure, ax = plt.subplots(figsize=(6.0, 2.6))
    colors = (BLACK, ORANGE, GREEN, "0.85")
    hatches = ("", "//", "..", "xx")
    for row, parts in enumerate(counts.values()):
        left = 0.0
        for value, color, hatch in zip(parts.values(), colors, hatches, strict=True):
            look: dict[str, Any] = {"color": color, "hatch": hatch, "edgecolor": "white"}
            ax.barh(row, value, left=left, linewidth=0, **look)
            left += value
    keys = [Rectangle((0, 0), 1, 1, facecolor=c, hatch=h, edgecolor="white")
            for c, h in zip(colors, hatches, strict=True)]  # fmt: skip
    names = list(next(iter(counts.values())))
    ax.legend(keys, names, ncols=2, fontsize=9, loc="lower center", bbox_to_anchor=(0.45, 1))
    ax.set_yticks(range(len(counts)), list(counts))
    ax.set(xlabel="directions")
    ax.invert_yaxis()
    return figure
