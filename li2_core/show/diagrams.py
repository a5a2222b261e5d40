"""The book's recurring picture: two layers, and what is learning now.

`two_layers` opens the chapters of a stage, `three_stages` is the map on the index.
``python -m li2_core.show.diagrams PATH`` writes the map as an SVG, the same bytes every time.
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

from li2_core.show.network import NetworkDrawing, Place, card_axes, tint, write
from li2_core.show.style import BLACK, STAGE_COLORS, TEST, TRAIN

TITLES = {"lazy": "I  Lazy", "independent": "II  independent", "interactive": "III  interactive"}
SUBTITLES = {
    "lazy": "the readout learns, on random features",
    "independent": "each hidden node climbs by itself",
    "interactive": "nodes that are alike repel",
}
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
GRADIENT_WORDS = {
    None: "what comes back",
    "lazy": "noise",
    "independent": "structured",
    "interactive": "what is missing",
}


def two_layers(stage: str | None = None) -> Figure:
    """The network of two layers, with what is learning now lit in the colour of the stage.

    Inputs are two one-hot groups; W leads to the hidden nodes F = s(XW), V to the
    outputs; the gradient G_F comes back from the outputs to the hidden nodes.

    Parameters
    ----------
    stage : str, optional
        ``lazy``: V is lit, all else is grey and noise. ``independent``: G_F and the
        weights into each hidden node, node by node. ``interactive``: the push between
        two hidden nodes that are alike, and G_F turned to the missing node.
        Without a stage nothing is lit.

    Raises
    ------
    ValueError
        If there is no such stage.

    Examples
    --------
    >>> two_layers("lazy").get_size_inches().tolist()
    [6.4, 4.5]
    >>> plt.close()
    """
    if stage is not None and stage not in STAGE_COLORS:
        raise ValueError(f"stage must be one of {', '.join(STAGE_COLORS)} or None, got {stage!r}")
    figure, ax = card_axes(6.4, 4.5 if stage else 4.0)
    if stage:
        ax.add_patch(Rectangle((0.2, 4.05), 0.2, 0.26, color=STAGE_COLORS[stage], linewidth=0))
        write(ax, 0.52, 4.1, TITLES[stage], size=15, weight="bold", ha="left", va="baseline")
        write(ax, 6.2, 4.1, SUBTITLES[stage], size=12.5, ha="right", va="baseline")
    place = Place(left=0.3, bottom=0.12, width=5.8, height=3.72, cells=4, nodes=4, radius=0.25)
    NetworkDrawing(ax, stage, place).draw("$F = s(XW)$", f"$G_F$: {GRADIENT_WORDS[stage]}")
    return figure


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
        sys.exit("usage: python -m li2_core.show.diagrams PATH")
    write_svg(sys.argv[1])
