"""The figures of the chapter on memorisation."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.runs.tables import over_steps, select
from li2_core.show.axes import Array, spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION

COLORS = (VERMILION, ORANGE, BLUE, SKY, GREEN, PURPLE, BLACK)
STYLES = ("-", "--", "-.", ":", "-", "--", "-.")  # so that colour is not all


def remembered(ax: Axes, probabilities: Array, sums: Array, title: str) -> None:
    """What a node says to each pair of one target (bars), and how often it is shown (dots).

    The dots are scaled: the pair shown most often is at 1.
    """
    places = np.arange(len(sums))
    ax.bar(places, sums, color=BLUE, width=0.7, label="the node says")
    scaled = probabilities / probabilities.max()
    ax.plot(places, scaled, "o", color=VERMILION, markersize=5, label="how often shown")
    ax.set(title=title, xlabel="pair", ylim=(0, 1.75), xticks=places)
    ax.tick_params(axis="x", labelsize=9)


def memories(probabilities: Array, sums: dict[str, Array]) -> Figure:
    """What several nodes have remembered, side by side."""
    figure, axes = plt.subplots(1, len(sums), sharey=True, figsize=(6.4, 2.9))
    for ax, (name, values) in zip(axes, sums.items(), strict=True):
        remembered(ax, probabilities, values, name)
    axes[0].set_ylabel("$x_g$")
    axes[0].legend(loc="upper left", fontsize=10)
    return figure


def memory_and_theorem(
    probabilities: Array, measured: Array, predicted: Array, title: str
) -> Figure:
    """What one node has remembered, with the theorem's values as black ticks."""
    figure, ax = plt.subplots()
    remembered(ax, probabilities, measured, title)
    ax.set_ylabel("$x_g$")
    places = np.arange(len(predicted))
    ax.plot(places, predicted, "_", color=BLACK, markersize=20, markeredgewidth=2, label="theorem")
    ax.legend(loc="upper left", fontsize=10, ncols=3)
    return figure


def push_curves(x: Array, curves: dict[str, Array]) -> Figure:
    """phi(x) = s'(x)/x of the activations, divided by phi(1): which way does it run?"""
    figure, ax = plt.subplots()
    for (name, values), color, style in zip(curves.items(), COLORS, STYLES, strict=False):
        ax.plot(x, values, style, color=color, label=name)
    ax.set(xlabel="x", ylabel=r"$\varphi(x)\,/\,\varphi(1)$", ylim=(0, 4.2), xlim=(0, x[-1]))
    ax.legend(ncols=2)
    return figure


def spikes_and_waves(
    fractions: Array, measured: tuple[Array, Array], p: Array, formulas: dict[str, Array]
) -> Figure:
    """Energies over M of spikes and of waves against p: formulas as lines, measured as points.

    Parameters
    ----------
    fractions : array, (P,)
        Where they were measured.
    measured : two arrays, (P,)
        Spikes, waves.
    p : array
    formulas : dict of str to array
        Spike and wave over all of ``p``, by the words for the legend. A dotted line stands
        where the wave overtakes.
    """
    figure, ax = plt.subplots()
    for (words, line), found, color, marker in zip(
        formulas.items(), measured, (VERMILION, BLUE), "so", strict=True
    ):
        ax.plot(p, line, color=color, label=words)
        ax.plot(fractions, found, marker, color=color)
    ax.axvline(2 / 3, color=BLACK, linewidth=1, linestyle=":")
    ax.text(0.66, 0.235, "p = 2/3", ha="right", va="top")
    ax.set(xlabel="share p of the table", ylabel="E / M", ylim=(0, 0.26))
    ax.legend(loc="upper left")
    return figure


def learning_rates(table: dict[str, Array], budget: int) -> Figure:
    """Left: steps to 90% test accuracy against the learning rate. Right: the nodes' heights."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.4))
    rates, never = np.unique(table["lr"]), 1.15 * budget
    for place, fraction in enumerate(np.unique(table["train_fraction"])):
        color, marker, factor = COLORS[place], "soD"[place], 0.94 + 0.06 * place
        here = select(table, train_fraction=fraction)
        steps = np.nan_to_num(here["steps_to_test_0.9"], nan=never)
        median = [np.median(steps[here["lr"] == lr]) for lr in rates]
        label = f"p = {fraction:.2f}"
        left.plot(rates * factor, median, marker=marker, color=color, label=label)
        left.plot(here["lr"] * factor, steps, marker, color=color, alpha=0.5)
        right.plot(here["pure_share"], here["energy"], marker, color=color)
    left.set(
        xscale="log", xlabel="learning rate", title="steps to 90% test", ylim=(0, 1.3 * budget)
    )
    ticks(left.xaxis, rates)
    ticks(left.yaxis, [0, 1000, 2000, never], ["0", "1000", "2000", "never"])
    left.legend(loc="lower left", fontsize=10)
    right.axhline(1, color=BLACK, linewidth=1, linestyle=":")
    right.set(xlabel="share of pure nodes", title="E of the nodes / wave's", yscale="log")
    ticks(right.yaxis, [1, 2, 5])
    return figure


def forgetting_curves(table: dict[str, Array], decays: dict[float, str]) -> Figure:
    """Test accuracy after the change to a smaller training set, one panel a weight decay."""
    figure, axes = plt.subplots(1, len(decays), sharey=True, figsize=(6.4, 3.3))
    fractions = np.unique(table["train_fraction"])
    for ax, (decay, title) in zip(axes, decays.items(), strict=True):
        lowest = 1.0
        # The smallest on top: a broken line over a whole one lets both be seen.
        for fraction, color, style in reversed(list(zip(fractions, COLORS, STYLES, strict=False))):
            run = {"weight_decay": decay, "train_fraction": fraction}
            steps, curves = over_steps(table, "test_accuracy", **run)
            lowest = min(lowest, float(curves.min()))
            label = f"p = {fraction:.2f}"
            spread(ax, steps, curves, color=color, linestyle=style, label=label)
        if lowest > 0.95:  # one curve hides the others
            ax.text(
                0.5, 0.88, f"all {len(fractions)} on one line", transform=ax.transAxes, ha="center"
            )
        ax.set(xlabel="steps after the cut", title=title, ylim=(-0.03, 1.05))
    axes[0].set_ylabel("test accuracy")
    lines, labels = axes[-1].get_legend_handles_labels()
    axes[-1].legend(lines[::-1], labels[::-1], loc="lower right", fontsize=10)
    return figure
