"""The figures of the chapters on the energy's peaks and on how many nodes suffice."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from torch import Tensor

from li2_core.show.axes import Array
from li2_core.show.energy import node_lists
from li2_core.show.style import BLACK, BLUE, ORANGE, VERMILION


def energy_histogram(ax: Axes, heights: Array, levels: dict[float, str], top: float = 0.55) -> None:
    """How many nodes stopped at which height, against the predicted heights as lines.

    Parameters
    ----------
    ax : Axes
    heights : array, (N,)
        E / M where each node stopped.
    levels : dict
        The predicted heights, each with the words to write at its line. Without them the
        bars are labelled with their counts.
    top : float
        Where the axis of the heights ends.
    """
    found, counts = np.unique(np.round(heights, 3), return_counts=True)
    ax.barh(found, counts, height=0.024 * top, left=0.1, color=BLUE)
    for height, count in () if levels else zip(found, counts, strict=True):
        ax.annotate(
            str(count), (count, height), xytext=(3, -1), textcoords="offset points",
            va="top", color=BLUE, fontsize=12,
        )  # fmt: skip
    for height, words in levels.items():
        ax.axhline(height, color=VERMILION, linewidth=1, linestyle="--", zorder=0)
        ax.annotate(
            words, (1, height), xycoords=("axes fraction", "data"), xytext=(0, 2),
            textcoords="offset points", ha="right", va="bottom", color=VERMILION, fontsize=12,
        )  # fmt: skip
    ax.set(ylim=(0, top), xscale="log", xlim=(0.8, 4 * len(heights)))
    ax.set(xlabel="nodes", ylabel="E / M")


def peak_gallery(heights: Array, levels: dict[float, str], weights: Tensor, title: str) -> Figure:
    """Where many nodes stopped (left), and the two lists of one of them (right)."""
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(4, 5))
    energy_histogram(left, heights, levels)
    node_lists(right, weights)
    limit = 1.45 * float(weights.abs().max())
    right.set(ylim=(-limit, limit), yticks=[0], title=title)
    return figure


def two_phases(weights: Tensor, phi: float, psi: float, title: str) -> Figure:
    """A wave node (left), and its two phases as a point on the square of all phases (right).

    The phases are in turns. The lines are the printed family, psi = -phi, and its other
    sign; the square's opposite edges are the same, so that it is a torus.
    """
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(5, 4))
    node_lists(left, weights)
    left.set(ylim=(-0.62, 0.62), yticks=[0], title=title)
    right.set_facecolor("#DCEBF5")
    for shift, dashes in ((0, "-"), (0.5, "--")):
        for wrap in (0, 1, 2):
            line = {"color": VERMILION, "linestyle": dashes, "linewidth": 2}
            right.plot([0, 1], [wrap - shift, wrap - shift - 1], **line)
    right.plot(phi, psi, "o", color=BLACK, markersize=11, clip_on=False, zorder=5)
    right.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1], aspect="equal")
    right.set(xlabel="φ, in turns", ylabel="ψ, in turns", title="the printed lines")
    return figure


def shared_and_unequal(share: Array, mixed: Array, halves: Array, ends: tuple[str, str]) -> Figure:
    """The energy of a node shared by two representations, and of one with unequal halves.

    ``ends`` names the representations, the one that has all at share 0 first.
    """
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    left.plot(share, mixed, color=BLUE)
    for place, name, side in ((0, ends[0], "left"), (-1, ends[1], "right")):
        left.plot(share[place], mixed[place], "o", color=BLUE)
        left.annotate(
            name, (share[place], mixed[place]), xytext=(0, 8), textcoords="offset points", ha=side
        )
    left.set(xlabel=f"share of {ends[1]}", ylabel="E / M", title="two irreps")
    right.plot(share, halves, color=BLUE, linestyle="--")
    right.plot(0.5, halves.max(), "o", color=BLUE)
    right.annotate(
        "half and half", (0.5, halves.max()), xytext=(0, 8), textcoords="offset points", ha="center"
    )
    right.set(xlabel="share of the list u", title="two lists", ylim=(0, 1.15 * halves.max()))
    for ax in (left, right):
        ax.set_xticks([0, 0.5, 1])
    return figure


def proof_map() -> Figure:
    """Five small pictures, one for each idea in the proof that the peaks are all peaks."""
    figure, axes = plt.subplots(1, 5, figsize=(6.8, 1.9))
    x = np.linspace(0, 1, 50)
    curves = ((axes[0], x**2 + (1 - x) ** 2, [0, -1]), (axes[1], 4 * x * (1 - x), [25]))
    for ax, height, tops in curves:
        ax.plot(x, height, color=BLUE)
        ax.plot(x[tops], height[tops], "o", color=VERMILION)
        ax.set(xlim=(-0.1, 1.1), ylim=(0.3 if ax is axes[0] else -0.1, 1.15))
    for left, letters in ((0, "A'A"), (4.2, "BB'")):
        axes[2].text(left + 1.5, 3.4, letters, ha="center", fontsize=11)
        for i, j in np.ndindex(3, 3):
            face = BLUE if i == j < 2 else "white"
            axes[2].add_patch(Rectangle((left + i, 2 - j), 1, 1, facecolor=face, edgecolor="0.6"))
    axes[2].set(xlim=(-0.3, 7.5), ylim=(-2.2, 5.6))
    lean = np.linspace(-1, 1, 50)
    axes[3].plot(lean, 1 + lean**2, color=BLUE)
    axes[3].plot(0, 1, "o", color="white", markeredgecolor=VERMILION, markersize=8)
    axes[3].plot([-1, 1], [2, 2], "o", color=VERMILION)
    axes[3].set(xlim=(-1.2, 1.2), ylim=(0.7, 2.2))
    axes[4].add_patch(Circle((0, 0), 1, fill=False, color="0.8"))
    for turn, letter in ((0.3, "p"), (0.02, "q"), (0.62, "r")):
        tip = np.array([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)])
        axes[4].annotate("", tip, (0, 0), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 2})
        axes[4].text(*(1.3 * tip), letter, ha="center", va="center", style="italic")
    axes[4].set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))
    titles = ("one irrep", "equal halves", "one space", "rank one", "three arrows")
    for ax, title, step in zip(axes, titles, (3, 4, 6, 7, 8), strict=True):
        ax.set_title(title)
        ax.set_xlabel(f"step {step}")
        ax.set(xticks=[], yticks=[], box_aspect=1)
        ax.spines[:].set_visible(False)
    return figure


def curvature_spectra(spectra: dict[str, Array]) -> Figure:
    """The Hessian's eigenvalues at a peak, over its energy, for several peaks side by side."""
    figure, ax = plt.subplots()
    for place, values in enumerate(spectra.values()):
        levels, counts = np.unique(np.round(values, 3) + 0.0, return_counts=True)
        ax.plot(np.full(len(levels), place), levels, "_", color=BLUE, markersize=34, mew=5)
        for level, count in zip(levels, counts, strict=True):
            ax.annotate(
                str(count), (place, level), xytext=(0, 5), textcoords="offset points",
                ha="center", va="bottom",
            )  # fmt: skip
    ax.set_xticks(range(len(spectra)), list(spectra))
    ax.set(ylabel="curvature / E*", yticks=[-8, -4, 0], ylim=(-9, 1.4))
    ax.set_xlim(-0.5, len(spectra) - 0.5)
    ax.grid(axis="y", color="0.9")
    return figure


def nodes_left(norms: Array, frequencies: Array, count: int) -> Figure:
    """The lengths of a trained network's nodes in order, and how many live on each frequency.

    ``norms`` are all lengths, ``frequencies`` those of the nodes that are left, out of
    1 .. ``count``.
    """
    figure, (left, right) = plt.subplots(1, 2)
    left.plot(np.sort(norms)[::-1], ".", color=BLUE)
    left.set(yscale="log", xlabel="node, longest first", ylabel="length")
    tally = np.bincount(frequencies, minlength=count + 1)[1:]
    right.bar(range(1, count + 1), tally, color=BLUE)
    right.axhline(4, color=VERMILION, linestyle="--", linewidth=1.5)
    for frequency, nodes in enumerate(tally, start=1):
        right.text(frequency, nodes, str(nodes), ha="center", va="bottom")
    right.set(xlabel="frequency", ylabel="nodes left", xticks=range(1, count + 1, 2))
    right.set_yticks([0, 2, 4, 6, 8])
    return figure


def phase_dials(dials: dict[str, tuple[Array, Array]]) -> Figure:
    """Up to four dials, with one hand for each node, at the sum of its two phases.

    Parameters
    ----------
    dials : dict
        By title, phi and psi of the nodes of one frequency, in radians. Blue hands are the
        nodes whose difference phi - psi is near the first one's; the others, whose
        difference is about half a turn away, have orange hands, dashed and shorter.
    """
    figure, axes = plt.subplots(2, 2, figsize=(5.8, 5.8))
    for ax, (title, (phi, psi)) in zip(axes.flat, dials.items(), strict=True):
        ax.add_patch(Circle((0, 0), 1, fill=False, color="0.8"))
        total, difference = phi + psi, phi - psi
        for hand, apart in zip(total, np.cos(difference - difference[0]), strict=True):
            color, dashes, length = (BLUE, "-", 1.0) if apart > 0 else (ORANGE, "--", 0.7)
            x, y = length * np.cos(hand), length * np.sin(hand)
            ax.plot([0, x], [0, y], color=color, linestyle=dashes, linewidth=3, zorder=2 - length)
            ax.plot(x, y, "o", color=color, markersize=9)
        ax.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal", title=title)
        ax.axis("off")
    return figure


def answer_maps(target: Array, fitted: Array, title: str) -> Figure:
    """The score that should be given to one answer, for all pairs, and the one that is."""
    figure, axes = plt.subplots(1, 2)
    for ax, table, words in ((axes[0], target, "wanted"), (axes[1], fitted, title)):
        ax.imshow(table, vmin=-0.5, vmax=1, cmap="viridis", interpolation="nearest")
        ax.set(title=words, xlabel="b", xticks=[0, len(table) - 1], yticks=[0, len(table) - 1])
    axes[0].set_ylabel("a")
    return figure


def residual_curves(curves: dict[str, tuple[Array, Array]], marks: dict[int, str]) -> Figure:
    """What is left of the labels against the number of nodes, one line a way to choose them.

    ``marks`` are numbers of nodes with words, drawn as dotted lines.
    """
    figure, ax = plt.subplots(figsize=(5.8, 4.0))
    for style, (name, (counts, left)) in zip(
        ("o-", "s-", "^-", "D-", "v-"), curves.items(), strict=False
    ):
        ax.plot(counts, left, style, label=name, markersize=5)
    for count, words in marks.items():
        ax.axvline(count, color="0.6", linestyle=":", linewidth=1, zorder=0)
        ax.text(count, 1.02, words, ha="center", va="bottom")
    ax.set(xscale="log", xlabel="nodes", ylabel="share of the labels left", ylim=(-0.03, 1.02))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.09), ncols=3, fontsize=11)
    return figure
