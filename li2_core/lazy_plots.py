"""The figures of the lazy chapters: what a readout knows, and what comes back from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from torch import Tensor

from li2_core.plots import BLACK, ORANGE, TEST, TRAIN, spread
from li2_core.tasks import GroupTask

Array = npt.NDArray[Any]
PART_COLORS = {"train": TRAIN, "test": TEST}
KNOWLEDGE = {
    "shown, wrong": "#F6C6A8",
    "shown, right": TRAIN,
    "unseen, wrong": "#DDDDDD",
    "unseen, right": TEST,
}


def knowledge(ax: Axes, task: GroupTask, scores: Tensor) -> None:
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
    ax.axhspan(floor, eta, color="#56B4E9", alpha=0.6, linewidth=0)
    ax.axhline(eta, color="#0072B2")
    ax.set(yscale="log", ylim=(floor, 1e3), xlim=(0, len(values)))
    ax.set(xlabel="direction", ylabel=r"eigenvalue, water at $\eta$")


def ridge_frame(task: GroupTask, scores: Tensor, eigenvalues: Tensor, eta: float) -> Figure:
    """What a ridge readout knows of the table, beside the spectrum it lives on."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.5))
    knowledge(left, task, scores)
    waterline(right, eigenvalues, eta)
    shown = task.train_index[0]
    said, labels = (values - values.mean(0) for values in (scores[shown], task.labels(shown)))
    share = float((said * labels).sum() / labels.square().sum())
    right.set_title(f"labels learned to {share:.0%}")
    names = ("shown, right", "shown, wrong", "unseen, right", "unseen, wrong")
    patches = [Patch(color=KNOWLEDGE[name], label=name) for name in names]
    figure.legend(handles=patches, ncols=2, loc="outside lower center", fontsize=11)
    return figure


def seeds_of(table: dict[str, Array], column: str, weight_decay: float) -> tuple[Array, Array]:
    """The steps (times,) and a column (S, times) of the runs with one weight decay."""
    chosen = table["weight_decay"] == weight_decay
    steps = np.unique(table["step"][chosen])
    return steps, table[column][chosen].reshape(-1, len(steps))


def run_panels(table: dict[str, Array], rows: dict[str, dict[str, str]]) -> Figure:
    """A run with weight decay on the left, without on the right; one row of panels a quantity.

    ``rows`` names the columns to draw in each row: ``{title: {label: column}}``.
    """
    decays = sorted(set(table["weight_decay"].tolist()), reverse=True)
    figure, axes = plt.subplots(
        len(rows), len(decays), figsize=(6.2, 2.5 * len(rows)), sharex="col", sharey="row",
        squeeze=False,
    )  # fmt: skip
    for line, (title, columns) in zip(axes, rows.items(), strict=True):
        for ax, decay in zip(line, decays, strict=True):
            for label, column in columns.items():
                steps, values = seeds_of(table, column, decay)
                if not np.isnan(values).all():
                    spread(ax, steps, values, label=label, color=PART_COLORS.get(label))
        line[0].set_ylabel(title)
        line[0].set_ylim(bottom=min(0, line[0].get_ylim()[0]))
        line[0].legend(handlelength=1.2)
    for ax, decay in zip(axes[0], decays, strict=True):
        ax.set_title(f"weight decay {decay:g}" if decay else "no weight decay")
    for ax in axes[-1]:
        ax.set_xlabel("step")
    return figure


def spectrum_histogram(ax: Axes, eigenvalues: Array, lines: Sequence[float], title: str) -> None:
    """How many eigenvalues lie where, on a logarithmic axis, with predicted values as lines."""
    bins = np.geomspace(1e-3, 1e3, 61)
    ax.hist(np.clip(eigenvalues, bins[0], bins[-1]), bins=bins, color=ORANGE)
    for value in lines:
        ax.axvline(value, color=BLACK, linestyle=":", linewidth=1.5)
    ax.set(xscale="log", title=title, yticks=[], xlabel="eigenvalue")


def alignment_lines(ax: Axes, ratios: list[float], cosines: dict[str, Array]) -> None:
    """cos(G_F, T) at rest against the width: one line a ridge, (S, ratios) each."""
    for label, values in cosines.items():
        spread(ax, np.asarray(ratios), values, label=label, marker="o", markersize=4)
    ax.set(xscale="log", ylim=(-0.05, 1.05), xlabel="$K/n$", ylabel=r"$\cos(G_F, T)$")
    ticks = [r for r in (0.125, 0.5, 1, 2, 4, 16, 64) if r in ratios]
    ax.set_xticks(ticks, ["1/8" if r == 0.125 else "1/2" if r == 0.5 else f"{r:g}" for r in ticks])
    ax.minorticks_off()
