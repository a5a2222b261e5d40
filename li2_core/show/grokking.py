"""The figures of chapter 19: which knob decides whether it groks, and which only when."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from li2_core.beyond.ends import FATES
from li2_core.show.axes import Array, spread, ticks
from li2_core.show.style import BLACK, BLUE, CYCLE, GREEN, ORANGE, PURPLE, VERMILION, tint

Series = tuple[Array, Array, Array]

SHAPES = ("o", "s", "^", "D", "v")
DASHES = ("-", "--", "-.", ":", "-")
NEVER, COLLAPSE = 2e4, 9e4
# Colour, and a hatch for those who cannot tell colours apart.
LOOKS = dict(
    zip(
        FATES,
        (
            (tint(BLACK, 0.55), "xx"),
            ("#F4F4F4", ""),
            (tint(ORANGE, 0.25), "//"),
            (tint(BLUE, 0.35), ""),
            (tint(PURPLE, 0.15), ".."),
        ),
        strict=True,
    )
)


def knobs(panels: dict[str, dict[str, Series]], columns: int = 3) -> Figure:
    """Steps to 90% test accuracy against one knob a panel.

    Each series, by its words, is (values (P,), steps (P, S) with nan for never, collapsed
    (P,)). Seeds are dots, a line joins the medians; two rows on top are for what never groks
    and what has collapsed to zero.
    """
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, sharey=True, figsize=(6.4, 2.6 * rows))
    for ax, (title, series) in zip(axes.flat, panels.items(), strict=True):
        for place, (words, (x, steps, collapsed)) in enumerate(series.items()):
            look: dict[str, Any] = {"color": CYCLE[place], "marker": SHAPES[place]}
            at = np.where(np.isnan(steps), np.where(collapsed, COLLAPSE, NEVER)[:, None], steps)
            middle = np.median(at, axis=1)
            ax.plot(np.repeat(x, at.shape[1]), at.ravel(), ls="", ms=4, alpha=0.5, **look)
            label = words if len(series) > 1 else None
            ax.plot(x, middle, DASHES[place], lw=1.5, ms=5, label=label, **look)
        for level, color in ((NEVER, ORANGE), (COLLAPSE, BLACK)):
            ax.axhspan(level / 1.7, level * 1.7, color=color, alpha=0.15, linewidth=0)
        ax.set(xscale="log", yscale="log", ylim=(7, COLLAPSE * 1.7))
        ax.set_title(title, fontsize=11)
        values = np.unique(np.concatenate([x for x, *_ in series.values()]))
        ticks(ax.xaxis, values[[0, len(values) // 2, -1]])
        ax.tick_params(labelsize=9)
        if len(series) > 1:
            ax.legend(fontsize=9, loc="lower center", ncols=2, handlelength=1.2, columnspacing=0.8)
    labels = ["30", "100", "1000", "never", "collapse"]
    ticks(axes.flat[0].yaxis, [30, 100, 1000, NEVER, COLLAPSE], labels)
    figure.supylabel("steps to 90% test accuracy", fontsize=11)
    return figure


def fate_map(found: Array, decays: Array, scales: Array, title: str) -> Figure:
    """A tile for each decay (up) and start scale (across): its fate by colour and hatch.

    ``found`` holds words of `beyond.FATES`, (decays, scales).
    """
    figure, ax = plt.subplots(figsize=(5.8, 4.4))
    for (row, column), fate in np.ndenumerate(found):
        color, hatch = LOOKS[str(fate)]
        ax.add_patch(
            Rectangle((column, row), 1, 1, facecolor=color, hatch=hatch, edgecolor="white")
        )
    ax.set(xlim=(0, len(scales)), ylim=(0, len(decays)), title=title)
    ticks(ax.xaxis, np.arange(len(scales)) + 0.5, [f"{scale:g}" for scale in scales])
    ticks(ax.yaxis, np.arange(len(decays)) + 0.5, [f"{decay:g}" for decay in decays])
    ax.set(xlabel="scale of the first weights", ylabel="weight decay")
    handles = [
        Patch(facecolor=color, hatch=hatch, edgecolor="0.6", label=fate)
        for fate, (color, hatch) in LOOKS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=10)
    return figure


def clocks(curves: dict[str, tuple[Array, Array]]) -> Figure:
    """Steps (P, S) against decays (P,) of several optimizers, both axes logarithmic."""
    figure, ax = plt.subplots(figsize=(5.8, 3.8))
    for place, (name, (decays, steps)) in enumerate(curves.items()):
        look: dict[str, Any] = {"color": CYCLE[place], "marker": SHAPES[place]}
        ax.plot(np.repeat(decays, steps.shape[1]), steps.ravel(), ls="", alpha=0.5, ms=4, **look)
        ax.plot(decays, np.median(steps, axis=1), DASHES[place], label=name, **look)
    ax.set(xscale="log", yscale="log", xlabel="weight decay", ylabel="steps to 90% test")
    ticks(ax.yaxis, [100, 300, 1000, 3000])
    ax.legend(fontsize=10)
    return figure


def shells(curves: dict[str, tuple[Array, Array]], fits: tuple[float, float]) -> Figure:
    """Best test accuracy (P, S) against the norm (P,); between the ``fits`` it groks."""
    figure, ax = plt.subplots()
    ax.axvspan(*fits, color=GREEN, alpha=0.12, linewidth=0)
    for place, (name, (norms, best)) in enumerate(curves.items()):
        style: dict[str, Any] = {
            "marker": SHAPES[place],
            "linestyle": DASHES[place],
            "color": CYCLE[place],
        }
        spread(ax, norms, best.T, label=name, **style)
    ax.set(xscale="log", xlabel="norm at the start", ylabel="best test accuracy", ylim=(0, 1.05))
    ticks(ax.xaxis, [0.3, 1, 3, 10, 20, 40])
    ax.legend(fontsize=10)
    return figure


def found_and_lost(steps: Array, tests: dict[str, Array], objective: Array) -> Figure:
    """Left: test accuracies (S, times) over the steps. Right: the objective of the first."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.4), width_ratios=(3, 2))
    for place, (name, curves) in enumerate(tests.items()):
        spread(left, steps, curves, label=name, linestyle=DASHES[place], color=CYCLE[place])
    left.set(xlabel="step", title="test accuracy", ylim=(0, 1.05))
    left.legend(fontsize=10, loc="lower right")
    spread(right, steps, objective, color=CYCLE[0])
    right.axhline(objective[:, -1].min(), color=VERMILION, linewidth=1, linestyle=":")
    right.set(xlabel="step", title="loss + penalty", yscale="log")
    ticks(right.yaxis, [0.15, 0.2, 0.3, 0.5, 1])
    return figure
