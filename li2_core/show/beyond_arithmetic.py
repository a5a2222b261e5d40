"""The figures of chapter 7: what moves first, and grokking on other data, scale by scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.runs.tables import Table, over_steps
from li2_core.show.axes import spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, TEST, TRAIN

# Told apart without colour too.
MOVES: dict[str, tuple[str, str, str]] = {
    "signal_alignment": ("cos of $G_F$ and $T$", BLUE, "-"),
    "like_the_start": ("features like the start", ORANGE, "--"),
    "like_the_end": ("features like the end", GREEN, "-."),
    "purity": ("purity of the waves", PURPLE, ":"),
}


def what_moves(table: Table, scale: float) -> Figure:
    """Above: accuracies and the kernel's movement. Below: signal, features and waves."""
    figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(5.8, 5.2))
    accuracies(top, table, scale=scale)
    kernel = top.twinx()
    steps, moved = over_steps(table, "kernel_movement", scale=scale)
    spread(kernel, steps[1:], moved[:, 1:], color=BLACK, linestyle=":")
    kernel.set(yscale="log", ylabel="kernel movement (dotted)")
    kernel.spines["right"].set_visible(True)
    for name, (label, color, dash) in MOVES.items():
        steps, values = over_steps(table, name, scale=scale)
        spread(bottom, steps, values, color=color, linestyle=dash, label=label)
    bottom.set(xlabel="step", ylim=(-0.05, 1.5))
    bottom.set_yticks([0, 0.5, 1])
    bottom.legend(fontsize=9, ncols=2, loc="upper center")
    top.legend(fontsize=9, loc="center right")
    return figure


def accuracies(ax: Axes, table: Table, **run: Any) -> None:
    """Train and test accuracy of the runs with these settings over their steps."""
    for part, color, dash in (("train", TRAIN, "--"), ("test", TEST, "-")):
        steps, values = over_steps(table, f"{part}_accuracy", **run)
        spread(ax, steps, values, color=color, linestyle=dash, label=part)
    ax.set(ylim=(-0.03, 1.03), ylabel="accuracy")


def accuracy_panels(
    table: Table, cases: Mapping[str, Mapping[str, Any]], part: tuple[str, str] | None = None
) -> Figure:
    """A panel a case, named by its title: both accuracies, steps on a logarithmic axis.

    ``part`` is a column that is drawn too, and its label.
    """
    columns = 2
    rows = -(-len(cases) // columns)
    figure, axes = plt.subplots(rows, columns, sharex=True, sharey=True, figsize=(5.8, 2.3 * rows))
    for ax, (title, run) in zip(axes.flat, cases.items(), strict=False):
        accuracies(ax, table, **run)
        if part:
            steps, values = over_steps(table, part[0], **run)
            spread(ax, steps, values, color=GREEN, linestyle=":", label=part[1])
        ax.set(xscale="log", ylabel="", title=title)
        ticks(ax.xaxis, [30, 100, 300, 1000, 3000])
    for ax in axes[-1]:
        ax.set_xlabel("step")
    for ax in axes.flat[len(cases) :]:
        ax.set_visible(False)
    lines = axes.flat[0].get_legend_handles_labels()
    figure.legend(*lines, fontsize=9, ncols=3, loc="outside upper center")
    return figure


def eigenvector_panels(table: Table, num_train: int) -> Figure:
    """A panel an eigenvector: both losses, the test loss if it stayed lazy, and where that ends."""
    places = np.unique(table["place"])
    figure, axes = plt.subplots(1, len(places), sharey=True, figsize=(5.8, 2.9))
    lines = (
        ("train_loss", "train", TRAIN, "--"),
        ("test_loss", "test", TEST, "-"),
        ("lazy_test_loss", "test, lazy", ORANGE, "-."),
    )
    for ax, place in zip(axes, places, strict=True):
        for column, label, color, dash in lines:
            steps, values = over_steps(table, column, place=place, num_train=num_train)
            spread(ax, steps[1:], values[:, 1:], color=color, linestyle=dash, label=label)
        line = np.median(over_steps(table, "kernel_line", place=place, num_train=num_train)[1])
        ax.axhline(line, color=BLACK, linestyle=":", linewidth=1.5, label="first kernel")
        ax.set(xscale="log", xlabel="step", title=f"$j = {place}$", ylim=(0, 2.1))
    axes[0].set_ylabel("loss")
    axes[0].legend(fontsize=9)
    return figure


def final_losses(ax: Axes, table: Table, column: str, title: str) -> None:
    """The last test loss for each eigenvector (down) and amount of data (across), as numbers."""
    places, sizes = np.unique(table["place"]), np.unique(table["num_train"])
    found = np.array(
        [
            [np.median(over_steps(table, column, place=p, num_train=n)[1][:, -1]) for n in sizes]
            for p in places
        ]
    )
    ax.imshow(found, vmin=0, vmax=1.5, cmap="Blues")
    for (i, j), value in np.ndenumerate(found):
        color = "white" if value > 0.9 else "black"
        ax.text(j, i, f"{value:.2f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(sizes)), sizes)
    ax.set_yticks(range(len(places)), places)
    ax.set(xlabel="$n$", ylabel="$j$", title=title)


def threshold_frame(table: Table, scale: float, threshold: float) -> Figure:
    """Left: the losses of a student. Right: how many of its answers count as right."""
    figure, (left, right) = plt.subplots(1, 2)
    for part, color, dash in (("train", TRAIN, "--"), ("test", TEST, "-")):
        run = {"scale": scale, "threshold": threshold}
        steps, loss = over_steps(table, f"{part}_loss", **run)
        _, share = over_steps(table, f"{part}_within", **run)
        spread(left, steps[1:], loss[:, 1:], color=color, linestyle=dash, label=part)
        spread(right, steps[1:], share[:, 1:], color=color, linestyle=dash, label=part)
    left.set(xscale="log", yscale="log", xlabel="step", title="loss", ylim=(1e-7, 30))
    right.set(xscale="log", xlabel="step", ylim=(-0.03, 1.03))
    right.set_title(f"nearer than {threshold:g}")
    left.legend(fontsize=9)
    return figure


def threshold_curves(table: Table, scale: float, thresholds: Sequence[float]) -> Figure:
    """The "test accuracy" of the same runs for several thresholds, and that of training."""
    figure, axes = plt.subplots(1, len(thresholds), sharey=True, figsize=(5.8, 2.9))
    for ax, threshold in zip(axes, thresholds, strict=True):
        for part, color, dash in (("train", TRAIN, "--"), ("test", TEST, "-")):
            run = {"scale": scale, "threshold": threshold}
            steps, share = over_steps(table, f"{part}_within", **run)
            spread(ax, steps[1:], share[:, 1:], color=color, linestyle=dash, label=part)
        ax.set(xscale="log", xlabel="step", title=f"within {threshold:g}", ylim=(-0.03, 1.03))
    axes[0].set_ylabel("share of answers")
    axes[-1].legend(fontsize=9)
    return figure
