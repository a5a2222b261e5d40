"""The figures of the lazy chapters: what a readout knows, and what comes back from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from torch import Tensor

from li2_core.runs.tables import over_steps, select
from li2_core.show.axes import Array, signed_map, spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, SKY, TEST, TRAIN, VERMILION
from li2_core.tasks.group_task import GroupTask

# How a line of this name is drawn: told apart without colour too.
LINES: dict[str, dict[str, Any]] = {
    "train": {"color": TRAIN},
    "test": {"color": TEST},
    "hidden W": {"color": GREEN},
    "readout V": {"color": ORANGE, "linestyle": "--"},
    "pairs": {"color": BLUE},
    "nodes": {"color": VERMILION, "linestyle": "--"},
    "now": {"color": BLUE},
    "at rest": {"color": BLACK, "linestyle": "--"},
    "true": {"color": BLUE},
    "logged": {"color": VERMILION, "linestyle": "--"},
}
KNOWLEDGE = {
    "shown, wrong": "#F6C6A8",
    "shown, right": TRAIN,
    "unseen, wrong": "#DDDDDD",
    "unseen, right": TEST,
}


def known_pairs(ax: Axes, task: GroupTask, scores: Tensor) -> None:
    """The table of a task of one seed: which pairs were shown, and which answers are right.

    ``scores`` is (M^2, M), for all pairs.
    """
    M = task.group.order
    right = (scores.argmax(1) == task.targets).numpy()
    shown = np.zeros(M * M, dtype=bool)
    shown[task.train_index[0].numpy()] = True
    codes = np.where(shown, right * 1, 2 + right)
    ax.imshow(codes.reshape(M, M), cmap=ListedColormap(list(KNOWLEDGE.values())), vmin=0, vmax=3)
    ax.set(xticks=[], yticks=[], xlabel="b", ylabel="a")
    ax.spines[:].set_visible(False)
    title = f"shown {right[shown].mean():.0%} right, unseen {right[~shown].mean():.0%}"
    ax.set_title(title)


def waterline(ax: Axes, eigenvalues: Tensor, eta: float, floor: float = 1e-4) -> None:
    """Eigenvalues in falling order as a hill, and the ridge as the water that drowns part of it."""
    values = np.sort(np.maximum(eigenvalues.numpy(), floor))[::-1]
    rank = np.arange(1, len(values) + 1)
    ax.fill_between(rank, floor, values, color=ORANGE, linewidth=0)
    ax.axhspan(floor, eta, color=SKY, alpha=0.6, linewidth=0)
    ax.axhline(eta, color=BLUE)
    ax.set(yscale="log", ylim=(floor, 1e3), xlim=(0, len(values)))
    ax.set(xlabel="direction", ylabel=r"eigenvalue, water at $\eta$")


def ridge_frame(
    task: GroupTask, scores: Tensor, eigenvalues: Tensor, eta: float, learned: float
) -> Figure:
    """What a ridge readout knows of the table, beside the spectrum it lives on.

    ``learned`` is the share of the labels that it has learned.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.5))
    known_pairs(left, task, scores)
    waterline(right, eigenvalues, eta)
    right.set_title(f"labels learned to {learned:.0%}")
    names = ("shown, right", "shown, wrong", "unseen, right", "unseen, wrong")
    patches = [Patch(color=KNOWLEDGE[name], label=name) for name in names]
    figure.legend(handles=patches, ncols=2, loc="outside lower center", fontsize=11)
    return figure


def run_panels(table: dict[str, Array], rows: dict[str, dict[str, str]]) -> Figure:
    """A run with weight decay on the left, without on the right; one row of panels a quantity.

    ``rows`` names the columns to draw in each row: ``{title: {label: column}}``, with labels
    from `LINES`. A row with the labels of the one above it needs no legend.
    """
    decays = sorted(set(table["weight_decay"].tolist()), reverse=True)
    figure, axes = plt.subplots(
        len(rows), len(decays), figsize=(6.2, 1.9 * len(rows)), sharex="col", sharey="row",
        squeeze=False,
    )  # fmt: skip
    known: set[str] = set()
    for line, (title, columns) in zip(axes, rows.items(), strict=True):
        for ax, decay in zip(line, decays, strict=True):
            for label, column in columns.items():
                steps, values = over_steps(table, column, weight_decay=decay)
                if not np.isnan(values).all():
                    spread(ax, steps, values, label=label, **LINES[label])
        line[0].set_ylabel(title)
        line[0].set_ylim(bottom=min(0, line[0].get_ylim()[0]))
        if set(columns) != known:
            line[0].legend(handlelength=1.8)
        known = set(columns)
    for ax, decay in zip(axes[0], decays, strict=True):
        ax.set_title(f"weight decay {decay:g}" if decay else "no weight decay")
    for ax in axes[-1]:
        ax.set_xlabel("step")
    return figure


def spectrum_histogram(ax: Axes, eigenvalues: Array, lines: Sequence[float], title: str) -> None:
    """How many eigenvalues lie where, on a logarithmic axis, with predicted values as lines.

    Those too small for the axis are counted in words, but for the constant vector's zero.
    """
    bins = np.geomspace(1e-3, 1e3, 61)
    ax.hist(eigenvalues, bins=bins.tolist(), color=ORANGE)
    if (small := int((eigenvalues < bins[0]).sum())) > 1:
        ax.text(0.02, 0.85, f"{small} below\nthe axis", transform=ax.transAxes, va="center")
    for value in lines:
        ax.axvline(value, color=BLACK, linestyle=":", linewidth=1.5)
    ax.set(xscale="log", title=title, yticks=[], xlabel="eigenvalue", ylabel="how many")
    ax.label_outer()


def alignment_lines(ax: Axes, ratios: Sequence[float], cosines: dict[str, Array]) -> None:
    """cos(G_F, T) at rest against the width: one line a ridge, (S, ratios) each."""
    for (label, values), marker in zip(cosines.items(), "os^", strict=False):
        spread(ax, ratios, values, label=label, marker=marker, markersize=5)
    ax.set(xscale="log", ylim=(-0.05, 1.05), xlabel="$K/n$", ylabel=r"$\cos(G_F, T)$")
    _ratio_ticks(ax, [r for r in (0.125, 0.5, 1, 2, 4, 16, 64) if r in ratios])


def window_frame(
    target: Tensor, gradient: Tensor, times: Array, cosines: list[float], now: float
) -> Figure:
    """The signal and the gradient as pictures, and the cosine so far with a dot at ``now``.

    ``cosines`` holds one value for each of ``times`` and a last one for ``now``. What comes
    after ``now`` is not drawn.
    """
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(6.4, 3.2), width_ratios=(1, 1, 1.7))
    for ax, matrix, title in ((left, target, "signal"), (middle, gradient, "gradient")):
        signed_map(ax, matrix, float(matrix.abs().max()), aspect="auto")
        ax.set(title=title, xlabel="node")
    left.set_ylabel("pair, by answer")
    past = int((times <= now).sum())
    right.plot(times[:past], cosines[:past], color=ORANGE)
    right.plot(now, cosines[-1], "o", color=BLACK)
    right.axhline(0, color="0.8", linewidth=1, zorder=0)
    right.set(xscale="log", xlim=(times[0] / 1.5, times[-1]), ylim=(-0.3, 1.08))
    right.set(xlabel="time", title=f"cosine {cosines[-1]:.2f}")
    return figure


def rest_frame(
    eigenvalues: Tensor,
    eta: float,
    ratios: Array,
    predicted: list[float],
    ratio: float,
    cosine: float,
) -> Figure:
    """The spectrum under water, and the cosine of the gradient at rest with the signal.

    A line is drawn through the ``predicted`` cosine at all ``ratios`` K/n, a dot at the one
    that was measured.
    """
    figure, (left, right) = plt.subplots(1, 2)
    waterline(left, eigenvalues, eta)
    left.set_title(f"$K/n = {ratio:g}$")
    right.plot(ratios, predicted, color=BLACK, linewidth=1)
    right.plot(ratio, cosine, "o", color=ORANGE, markersize=9)
    right.set(xscale="log", ylim=(-0.05, 1.05), xlabel="$K/n$", title=f"cosine {cosine:.2f}")
    right.set_ylabel(r"$\cos(G, T)$")
    _ratio_ticks(right, [0.25, 1, 4, 16])
    return figure


def _ratio_ticks(ax: Axes, ratios: Sequence[float]) -> None:
    ticks(ax.xaxis, ratios, [f"{r:g}" if r >= 1 else f"1/{1 / r:g}" for r in ratios])


def paired_steps(table: dict[str, Array]) -> Figure:
    """Steps to 90% test accuracy, PyTorch's readout against a zero one, a line a seed."""
    figure, ax = plt.subplots(figsize=(6.2, 3.0))
    names = ("M", "train_fraction", "weight_decay")
    settings = sorted(set(zip(*(table[name].tolist() for name in names), strict=True)))
    kinds = {"PyTorch's V": (-0.22, ORANGE), "V = 0": (0.22, TEST)}
    labels = []
    for place, setting in enumerate(settings):
        here = select(table, **dict(zip(names, setting, strict=True)))
        loud, silent = (select(here, readout_scale=scale)["steps_to_90"] for scale in (1, 0))
        ax.plot([place - 0.22, place + 0.22], [loud, silent], color="0.75", linewidth=1)
        for steps, (aside, color) in zip((loud, silent), kinds.values(), strict=True):
            ax.plot(np.full(len(steps), place + aside), steps, "o", color=color, markersize=5)
        order, fraction, decay = setting
        labels.append(f"M = {order}\np = {fraction:g}\ndecay {decay:.0e}".replace("e-0", "e-"))
    ax.set_xticks(range(len(settings)), labels, fontsize=12)
    ax.set(yscale="log", ylabel="steps to 90% test", ylim=(20, 2000))
    marks = [
        ax.plot([], [], "o", color=color, label=label)[0] for label, (_, color) in kinds.items()
    ]
    ax.legend(handles=marks, loc="upper right")
    return figure


def clearing_curves(table: dict[str, Array]) -> Figure:
    """Shares of one-element effects along runs, one panel a clock.

    In G_F with weight decay and without, and in T with it; a grey line at the step from which
    all seeds know the shown pairs.
    """
    orders = np.unique(table["order"])
    decay = table["weight_decay"].max()
    lines: tuple[tuple[str, float, str, dict[str, Any]], ...] = (
        ("gradient_share", decay, "$G_F$, decay", {"color": ORANGE}),
        ("gradient_share", 0, "$G_F$, no decay", {"color": BLUE, "linestyle": "--"}),
        ("signal_share", decay, "$T$, decay", {"color": BLACK, "linestyle": ":"}),
    )
    figure, axes = plt.subplots(1, len(orders), figsize=(6.2, 2.6), sharey=True)
    for ax, order in zip(axes, orders, strict=True):
        for name, value, label, line in lines:
            steps, shares = over_steps(table, name, order=order, weight_decay=value)
            spread(ax, steps, shares, label=label, **line)
        right = over_steps(table, "train_accuracy", order=order)[1].min(axis=0)
        known = steps[(right > 0.99).argmax()]
        ax.axvline(known, color="0.7", linewidth=1, zorder=0, label="pairs known")
        ax.set(yscale="log", xlabel="step", title=f"$Z_{{{order}}}$", ylim=(0.005, 0.3))
    axes[0].set_ylabel("share of one element")
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=4, fontsize=9)
    return figure
