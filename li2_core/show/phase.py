"""The figures of chapter 13: how much data is enough, over groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.scaling.laws import POWER, Law
from li2_core.scaling.thresholds import Threshold
from li2_core.show.axes import Array, intervals, ticks
from li2_core.show.style import BLACK, BLUE, CYCLE, ORANGE, VERMILION

Curves = dict[str, tuple[Array, Array]]
Ratio = tuple[str, float, float, float]

SHAPES = ("o", "s", "^", "D", "v", "P", "X")
LAW_STYLES = {"C log M / M": (VERMILION, "-"), "C / M": (ORANGE, "--"), POWER: (BLUE, "-")}


def phase_map(
    orders: Sequence[int], curves: Sequence[tuple[Array, Array]], found: Sequence[Threshold]
) -> Figure:
    """Every cell of the grid as a dot: order across, training fraction up, accuracy as colour.

    The black marks are the thresholds with their intervals.
    """
    figure, ax = plt.subplots(figsize=(5.8, 4.0))
    for order, (fractions, accuracies) in zip(orders, curves, strict=True):
        image = ax.scatter(
            np.full(len(fractions), order), fractions, c=accuracies.mean(axis=1), vmin=0, vmax=1,
            s=60, marker="s", linewidths=0,
        )  # fmt: skip
    _with_intervals(ax, orders, found, color=BLACK, fmt="_", markersize=20)
    _order_axis(ax, orders)
    ax.set(ylabel="training fraction p", ylim=(0, 0.85))
    figure.colorbar(image, ax=ax, label="test accuracy", ticks=[0, 0.5, 1])
    return figure


def accuracy_curves(ax: Axes, curves: Curves, found: dict[str, Threshold] | None = None) -> None:
    """Test accuracy against p: a dot for each seed, and where known the fitted curve."""
    for (name, (fractions, accuracies)), color, shape in zip(
        curves.items(), CYCLE, SHAPES, strict=False
    ):
        style: dict[str, Any] = {"color": color, "marker": shape, "markersize": 5}
        if found is None:
            ax.plot(fractions, np.median(accuracies, axis=1), label=name, **style)
            low, high = accuracies.min(axis=1), accuracies.max(axis=1)
            ax.fill_between(fractions, low, high, color=color, alpha=0.15, linewidth=0)
            continue
        repeated = np.repeat(fractions, accuracies.shape[1])
        ax.plot(repeated, accuracies.ravel(), linestyle="", alpha=0.5, label=name, **style)
        threshold = found[name]
        p = np.linspace(fractions[0], fractions[-1], 200)
        ax.plot(p, threshold.predict(p), color=color)
        ax.axvspan(threshold.low, threshold.high, color=color, alpha=0.25, linewidth=0)
    ax.axhline(0.5, color="0.7", linewidth=1, linestyle=":", zorder=0)
    ax.set(xlabel="training fraction p", ylabel="test accuracy", ylim=(-0.03, 1.03))


def law_lines(orders: Array, found: Sequence[Threshold], laws: Sequence[Law]) -> Figure:
    """Thresholds and fitted laws in logarithmic axes (left), and p_c M / log M (right)."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.8, 3.6))
    smooth = np.geomspace(orders.min() / 1.15, orders.max() * 1.15, 100)
    for ax, factor in ((left, np.ones_like), (right, lambda M: M / np.log(M))):
        for law in laws:
            color, dashes = LAW_STYLES[law.name]
            if ax is right and law.name == "C / M":
                continue
            ax.plot(
                smooth, law.predict(smooth) * factor(smooth), dashes, color=color,
                linewidth=1.5, label=_law_words(law),
            )  # fmt: skip
        _with_intervals(ax, orders, found, factor(orders), color=BLACK, fmt="o", markersize=5)
        _order_axis(ax, (11, 23, 53, 97))
    left.set_yscale("log")
    ticks(left.yaxis, (0.1, 0.2, 0.4))
    left.set_title("p_c")
    right.set_title("p_c M / log M")
    right.margins(y=0.3)
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def family_ratios(families: dict[str, list[Ratio]]) -> Figure:
    """p_c over that of a clock of the same size, one row a group, one colour a family.

    Each entry is (name, ratio, low, high).
    """
    count = sum(len(rows) for rows in families.values())
    figure, ax = plt.subplots(figsize=(5.8, 1.2 + 0.24 * count))
    names: list[str] = []
    for (family, rows), color, shape in zip(families.items(), CYCLE, SHAPES, strict=False):
        places = range(len(names), len(names) + len(rows))
        ratio, low, high = np.array([row[1:] for row in rows]).T
        ax.errorbar(
            ratio, places, xerr=(ratio - low, high - ratio), color=color, fmt=shape,
            markersize=6, linewidth=1.5, label=family,
        )  # fmt: skip
        names += [row[0] for row in rows]
    ax.axvline(1, color="0.7", linewidth=1, linestyle=":", zorder=0)
    ax.set_yticks(range(len(names)), names, fontsize=10)
    ax.invert_yaxis()
    ax.set_xlabel("p_c over that of a clock of the same order")
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=11)
    return figure


def ratio_panels(ratios: Sequence[Ratio], panels: dict[str, Sequence[float]]) -> Figure:
    """The ratios of `family_ratios` over numbers that belong to the groups, a panel for each."""
    figure, axes = plt.subplots(1, len(panels), sharey=True, figsize=(5.8, 3.8))
    for ax, (words, numbers) in zip(axes, panels.items(), strict=True):
        for x, (name, ratio, low, high) in zip(numbers, ratios, strict=True):
            ends = np.array([ratio]), np.array([low]), np.array([high])
            intervals(ax, [x], *ends, fmt="o", color=BLUE, markersize=5, linewidth=1.5)
            if not 0.7 < ratio < 1.4:
                side, shift = ("left", 7) if ratio < 1 else ("right", -7)
                ax.annotate(
                    name, (x, ratio), xytext=(shift, 0), textcoords="offset points",
                    ha=side, va="center", fontsize=10,
                )  # fmt: skip
        ax.axhline(1, color="0.7", linewidth=1, linestyle=":", zorder=0)
        ax.set(xlabel=words, xlim=(0, 1.08 * max(numbers)), ylim=(0, 2.7))
    axes[0].set_ylabel("p_c over that of a clock")
    return figure


def curve_panels(panels: dict[str, Curves]) -> Figure:
    """Panels side by side, each with the accuracy curves of a few groups."""
    figure, axes = plt.subplots(1, len(panels), sharey=True, figsize=(5.8, 3.6))
    for ax, (title, curves) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        accuracy_curves(ax, curves)
        ax.set_title(title)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), fontsize=11)
    for ax in axes[1:]:
        ax.set_ylabel("")
    return figure


def several_boundaries(lines: dict[str, tuple[Array, Array, Array, Array]]) -> Figure:
    """Several boundaries p(M) on one picture, each (orders, p, low, high)."""
    figure, ax = plt.subplots(figsize=(5.8, 4.0))
    for (name, (orders, p, low, high)), color, shape in zip(
        lines.items(), CYCLE, SHAPES, strict=False
    ):
        style = {"color": color, "marker": shape, "linewidth": 1.5}
        intervals(ax, orders, p, low, high, label=name, **style)
    everything = np.concatenate([line[0] for line in lines.values()])
    _order_axis(ax, [order for order in (11, 23, 47, 97, 199) if order <= everything.max()])
    ax.set(ylabel="training fraction p", ylim=(0, 0.75))
    ax.legend(loc="upper right", fontsize=11)
    return figure


def stopped_early(
    found: dict[int, Threshold], last: dict[int, Threshold], laws: Sequence[Law], title: str
) -> Figure:
    """Thresholds of groups after a part of the steps (blue) and after all of them (grey).

    Both by the groups' orders. Of the laws that were fitted to the blue ones, the power law
    is drawn and written beside them.
    """
    figure, ax = plt.subplots()
    orders = list(found)
    _with_intervals(ax, list(last), list(last.values()), color="0.75", fmt="o-", markersize=5)
    _with_intervals(ax, orders, list(found.values()), color=BLUE, fmt="o", markersize=8)
    for law in laws:
        if law.name != POWER:
            continue
        ax.plot(orders, law.predict(orders), color=BLUE, linewidth=1.5)
        ax.text(0.97, 0.92, _law_words(law), transform=ax.transAxes, ha="right", color=BLUE)
    _order_axis(ax, list(last))
    ax.set(yscale="log", ylabel="p_c", title=title, ylim=(0.13, 1))
    ticks(ax.yaxis, (0.2, 0.4, 0.8))
    return figure


def p_and_interval(found: Iterable[Threshold]) -> tuple[Array, Array, Array]:
    """The p_c of some thresholds, and the ends of their intervals."""
    p_c, low, high = np.array([(f.p_c, f.low, f.high) for f in found]).T
    return p_c, low, high


def _with_intervals(
    ax: Axes, orders: Sequence[int] | Array, found: Sequence[Threshold],
    factor: Array | float = 1.0, **style: Any,
) -> None:  # fmt: skip
    ends = (factor * part for part in p_and_interval(found))
    intervals(ax, orders, *ends, linewidth=1.5, **style)


def _order_axis(ax: Axes, shown: Sequence[int] | Array) -> None:
    ax.set(xscale="log", xlabel="order M")
    labels, last = [], 0
    for tick in shown:
        near = tick < 1.15 * last  # its label would run into the last one
        labels.append("" if near else str(tick))
        last = last if near else tick
    ticks(ax.xaxis, shown, labels)


def _law_words(law: Law) -> str:
    if law.name == POWER:
        return f"{law.C:.2f} M^-{law.exponent:.2f}"
    return law.name.replace("C", f"{law.C:.2f}", 1)
