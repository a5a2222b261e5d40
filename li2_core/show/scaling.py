"""The figures of the chapter on how much data a wave needs."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from li2_core.scaling.boundary import HessianTerms
from li2_core.scaling.derivation import SampledCurvature
from li2_core.show.axes import Array, intervals, spread, ticks
from li2_core.show.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION

TERM_COLORS = {"block": BLUE, "diagonal": VERMILION, "squares": GREEN}


def wave_before_and_after(
    before: Tensor, after: dict[float, Tensor], shares: dict[float, float]
) -> Figure:
    """The list u of one node before the climb (grey) and after it, one panel a fraction p.

    Each panel has its own scale: what ends as a spike is much taller than a wave.
    """
    figure, axes = plt.subplots(1, len(after), figsize=(6.4, 2.8))
    for ax, (p, node) in zip(axes, after.items(), strict=True):
        order = len(before) // 2
        ax.plot(before[:order], color="0.75", label="before")
        ax.plot(node[:order], color=BLUE, label="after")
        ax.set(title=f"p = {p:g}: {100 * shares[p]:.0f}%", xlabel="element", xticks=[0, order - 1])
        ax.locator_params(axis="y", nbins=3)
    axes[0].set(ylabel="u")
    axes[-1].legend(loc="lower left", fontsize=10, handlelength=1)
    return figure


def survival_curves(curves: dict[str, tuple[Array, Array]]) -> Figure:
    """Named curves of the share that survives against p; their values are (p, splits)."""
    figure, ax = plt.subplots()
    for (name, (fractions, survived)), marker in zip(curves.items(), "osD^", strict=False):
        spread(ax, fractions, survived.T, np.mean, marker=marker, label=name)
    ax.axhline(0.5, color=BLACK, linewidth=1, linestyle=":")
    ax.set(xlabel="share p of the table", ylabel="share of waves that survive")
    ax.legend(loc="upper left")
    return figure


def coin_diagonals(scaled: Array, largest: dict[int, tuple[float, float, float]]) -> Figure:
    """Left: diagonal noise in units of its spread, with the normal curve. Right: its maximum.

    ``largest`` gives for each M the measured maximum, that of 2M normal numbers, and the
    root of 2 log 2M.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.1))
    left.hist(scaled, bins=40, density=True, color="0.8")
    x = np.linspace(-4, 4, 200)
    left.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color=VERMILION)
    left.set(xlabel="diagonal noise / spread", yticks=[], title="all of them")
    orders = np.array(list(largest))
    measured, predicted, bound = np.array(list(largest.values())).T
    right.plot(orders, measured, "o", color=VERMILION, label="measured")
    right.plot(orders, predicted, color=BLACK, linewidth=1.5, label="of normal numbers")
    right.plot(orders, bound, "--", color=ORANGE, linewidth=1.5, label=r"$\sqrt{2\,\log\,2M}$")
    right.set(xscale="log", xlabel="M", title="the largest of 2M", ylim=(0, 4.2))
    ticks(right.xaxis, orders)
    right.legend(loc="lower right")
    return figure


def curvature_card(found: SampledCurvature, terms: HessianTerms, words: str) -> Figure:
    """Left: the eigenvalues at a wave, and the predicted bound. Right: the noises, both ways."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.4), width_ratios=(3, 2))
    values = found.eigenvalues.numpy()
    left.hist(values, bins=np.arange(-3, 4.51, 0.15), color="0.7", label="measured")
    left.axvline(terms.bound[0], color=ORANGE, linewidth=3, label="predicted bound")
    left.axvline(0, color=BLACK, linewidth=1)
    left.set(xlabel="curvature / 4E", xlim=(-3, 4.5), yticks=[], title=words)
    box: dict[str, Any] = {"frameon": True, "facecolor": "white", "edgecolor": "none"}
    left.legend(loc="upper right", fontsize=10, framealpha=1, **box)
    measured = (found.block, found.diagonal, found.squares)
    predicted = (terms.block[0], terms.diagonal[0], terms.squares[0])
    for place, (color, m, p) in enumerate(
        zip(TERM_COLORS.values(), measured, predicted, strict=True)
    ):
        right.bar(place, m, color=color, width=0.7)
        right.plot([place - 0.45, place + 0.45], [p, p], color=ORANGE, linewidth=3)
    right.set_xticks(range(3), list(TERM_COLORS), fontsize=11)
    right.set(ylim=(0, 2.8), title="the three noises")
    return figure


def needed_constant(orders: Array, curves: dict[str, Array], limit: float) -> Figure:
    """The constant C in pM/(1 - p) = C log M that each condition asks for, against M."""
    figure, ax = plt.subplots()
    for (name, values), color in zip(curves.items(), (BLUE, VERMILION, PURPLE), strict=False):
        ax.plot(orders, values, label=name, color=color)
    ax.axhline(limit, color=BLACK, linewidth=1, linestyle=":")
    ax.text(orders[-1], limit - 0.4, f"limit: {limit:g}", ha="right", va="top")
    ax.axvspan(20, 300, color="0.9", zorder=0)
    ax.text(78, 1.0, "our clocks", ha="center")
    ax.set(xscale="log", xlabel="M", ylabel="C", ylim=(0, None))
    ax.legend()
    return figure


def boundary_beside_climbs(
    orders: Array,
    curves: dict[str, Array],
    waves: dict[int, float],
    survival: tuple[Array, Array, Array, Array],
) -> Figure:
    """Predicted boundaries as lines; the bare Hessian's and the survival threshold as points."""
    figure, ax = plt.subplots(figsize=(5.8, 3.8))
    for (name, values), style in zip(curves.items(), ("-", "--", ":"), strict=False):
        ax.plot(orders, values, style, color=ORANGE, label=name)
    where, p_s, low, high = survival
    intervals(ax, where, p_s, low, high, fmt="o", color=BLUE, label="waves survive (climb)")
    ax.plot(list(waves), list(waves.values()), "s", color=VERMILION, label="curvature at the wave")
    ax.set(xscale="log", xlabel="M", ylabel="share p of the table", ylim=(0, 1.0))
    ticks(ax.xaxis, [20, 50, 100, 200])
    ax.legend(fontsize=10)
    return figure
