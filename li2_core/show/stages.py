"""The map of the three stages, which the index and the README show.

``python -m li2_core.show.stages PATH`` writes it as an SVG, the same bytes every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from li2_core.show.network import TITLES, NetworkDrawing, Place, card_axes, write
from li2_core.show.style import BLACK, STAGE_COLORS, TEST, TRAIN, tint

SENTENCES = {
    "lazy": ("Only the readout $V$", "learns. It memorises,", "on random features."),
    "independent": ("The gradient $G_F$ has", "taken shape. Each node", "climbs by itself."),
    "interactive": (
        "Nodes that are alike",
        "push each other away.",
        "$G_F$ asks for what",
        "is missing.",
    ),
}


def three_stages() -> Figure:
    """The map of the three stages: what learns in each, and a sketch of the accuracy.

    Examples
    --------
    >>> three_stages().get_size_inches().tolist()
    [6.4, 10.4]
    >>> plt.close()
    """
    height, row = 10.4, 2.64
    at = {"ha": "left", "va": "baseline"}
    figure, ax = card_axes(6.4, height)
    for number, (stage, color) in enumerate(STAGE_COLORS.items()):
        bottom = height - 0.06 - (number + 1) * row
        ax.add_patch(Rectangle((0.15, bottom + 0.1), 0.1, row - 0.2, color=color, linewidth=0))
        place = Place(0.4, bottom + 0.12, 3.2, row - 0.26, cells=3, nodes=3, radius=0.18)
        NetworkDrawing(ax, stage, place).draw("$F$", "$G_F$")
        write(ax, 3.95, bottom + row - 0.63, TITLES[stage], size=16, weight="bold", **at)
        for line, words in enumerate(SENTENCES[stage]):
            write(ax, 3.95, bottom + row - 1.01 - 0.26 * line, words, size=13, **at)
    _sketch(figure.add_axes((0.125, 0.056, 0.845, 0.162)))
    return figure


def _sketch(ax: Axes) -> None:
    """A stylised run: train and test accuracy over time, the stages as bands. Not data."""
    time = np.linspace(0, 10, 201)
    edges = (0, 3.4, 6.7, 10)
    for band, (stage, color) in enumerate(STAGE_COLORS.items()):
        left, right = edges[band : band + 2]
        ax.axvspan(left, right, color=tint(color, 0.75), linewidth=0, gid=f"band-{stage}")
        numeral, word = TITLES[stage].split()
        name = f"{numeral} {word.lower()}"
        write(ax, (left + right) / 2, 1.14, name, size=13, va="baseline")
    for name, middle, slope, color in (("train", 1.4, 3.4, TRAIN), ("test", 6.3, 2.2, TEST)):
        accuracy = 0.04 + 0.94 / (1 + np.exp(slope * (middle - time)))
        ax.plot(time, accuracy, color=color, linewidth=3, gid=f"sketch-{name}")
    write(ax, 1.75, 0.62, "train", size=13, ha="left")
    write(ax, 5.9, 0.62, "test", size=13, ha="right")
    ax.set(xlim=(0, 10), ylim=(0, 1.36), xticks=[], yticks=[0, 1])
    ax.tick_params(labelsize=12, colors=BLACK)
    ax.set_ylabel("accuracy", fontsize=13, color=BLACK, labelpad=2)
    ax.set_xlabel("training time (a sketch, not data)", fontsize=13, color=BLACK)
    ax.spines[["top", "right"]].set_visible(False)


def write_svg(path: Path | str) -> None:
    """Write `three_stages` as an SVG, with its text as paths and no date in it."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "li2"}):
        figure = three_stages()
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m li2_core.show.stages PATH")
    write_svg(sys.argv[1])
