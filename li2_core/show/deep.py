"""The figures of chapter 18: depth and decay, what each layer does, what comes back through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.runs.tables import Table, over_steps
from li2_core.show.axes import Array, spread, ticks
from li2_core.show.beyond_arithmetic import accuracies
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION

# Told apart without colour too.
LAYERS = {1: (PURPLE, "-"), 2: (SKY, "--"), 3: (BLACK, ":")}
KINDS = ((BLUE, "o", "-"), (ORANGE, "s", "-"), (ORANGE, "s", "--"), (GREEN, "^", "-"),
         (GREEN, "^", "--"))  # fmt: skip


def depth_and_decay(
    decays: Sequence[float], found: Mapping[str, Array], collapsed: Mapping[str, Array]
) -> Figure:
    """Steps to grok over the decay, one line a kind of net: (decays, seeds), never is infinite.

    A kind that has collapsed at a decay, (decays,), has a cross there.
    """
    figure, ax = plt.subplots(figsize=(5.8, 3.6))
    for place, (name, steps) in enumerate(found.items()):
        color, marker, dash = KINDS[place]
        middle = np.median(steps, axis=1)
        known = np.isfinite(middle)
        x, seeds = np.array(decays)[known], steps[known]
        best, worst = seeds.min(1), np.where(np.isfinite(seeds), seeds, 3000).max(1)
        ax.plot(x, middle[known], color=color, marker=marker, linestyle=dash, label=name)
        ax.vlines(x, best, worst, color=color, linewidth=1)
        dead = np.array(decays)[collapsed[name]]
        ax.plot(dead * 1.04**place, 80.0 + 0 * dead, "x", color=color, markersize=9)
    ax.text(5e-4, 78, "x: collapsed to zero", fontsize=10, va="center")
    ax.set(xscale="log", yscale="log", xlabel="weight decay", ylabel="steps to 90% test")
    ticks(ax.xaxis, decays)
    ticks(ax.yaxis, [100, 200, 500, 1000, 2000])
    ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def layer_courses(table: Table, **run: Any) -> Figure:
    """Above: accuracies. Middle: how like its start each matrix is. Below: what it generalises.

    ``run`` names the depth and the other settings.
    """
    figure, axes = plt.subplots(3, 1, sharex=True, figsize=(5.8, 5.6))
    accuracies(axes[0], table, **run)
    for layer in range(1, run["depth"] + 1):
        color, dash = LAYERS[layer]
        for ax, column in zip(axes[1:], ("like_start", "held_out"), strict=True):
            steps, values = over_steps(table, f"{column}_{layer}", **run)
            spread(ax, steps, values, color=color, linestyle=dash, label=f"layer {layer}")
    axes[0].legend(fontsize=9, loc="lower right")
    axes[1].set(ylabel="like the start", ylim=(-0.05, 1.05))
    axes[2].set(ylabel="held-out share", ylim=(-1.7, 1.05), xlabel="step")
    axes[2].axhline(0, color="0.7", linewidth=1)
    axes[2].legend(fontsize=9, loc="lower right")
    return figure


def width_curve(ratios: Array, curves: Mapping[str, Array], points: Mapping[str, Any]) -> Figure:
    """Predicted cosines over K_1/K_2, and measured ones, (ratios, cosines) a kind."""
    figure, ax = plt.subplots(figsize=(5.8, 3.2))
    looks = ((VERMILION, "-", "o"), ("0.5", "--", "s"))
    for (name, curve), (color, dash, _) in zip(curves.items(), looks, strict=True):
        ax.plot(ratios, curve, color=color, linestyle=dash, label=name)
    for (name, (x, y)), (color, _, marker) in zip(points.items(), looks, strict=True):
        ax.plot(x, y, marker, color=color, label=name)
    ax.set(xscale="log", xlabel="$K_1/K_2$", ylabel="cosine with $T F_1$", ylim=(0, 1.03))
    ticks(ax.xaxis, [1 / 64, 1 / 16, 1 / 4, 1, 4], ["1/64", "1/16", "1/4", "1", "4"])
    ax.legend(fontsize=9, loc="lower left")
    return figure


def frozen_lines(ax: Axes, runs: Mapping[str, Any]) -> None:
    """The test accuracy of runs, by name, over their steps."""
    looks = ((BLACK, "-"), (GREEN, "--"), (VERMILION, ":"), (BLUE, "-."))
    for (name, run), (color, dash) in zip(runs.items(), looks, strict=False):
        spread(ax, run.steps, run["test_accuracy"], color=color, linestyle=dash, label=name)
    ax.set(xlabel="step", ylabel="test accuracy", ylim=(-0.03, 1.03))
    ax.legend(fontsize=9)


def answer_bars(shares: Mapping[str, Array]) -> Figure:
    """What share of each layer's variance is the answer's, one group of bars a net."""
    figure, ax = plt.subplots(figsize=(5.4, 2.9))
    for place, (name, values) in enumerate(shares.items()):
        x = np.arange(1, values.shape[1] + 1) + 0.4 * place - 0.2
        hatch, color = (("", BLUE), ("//", ORANGE))[place]
        middle = np.median(values, 0)
        ax.bar(x, middle, 0.38, color=color, hatch=hatch, edgecolor="white", label=name)
        ax.vlines(x, values.min(0), values.max(0), color=BLACK, linewidth=1.5)
    ax.set(xlabel="layer", ylabel="share of the answer", ylim=(0, 1.2))
    ticks(ax.xaxis, [1, 2, 3])
    ticks(ax.yaxis, [0, 0.5, 1])
    ax.legend(fontsize=9, loc="upper center", ncols=2)
    return figure
