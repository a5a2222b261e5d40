"""The book's recurring picture: two layers, and what is learning now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

from li2_core._input import named
from li2_core.show.style import BLACK, STAGE_COLORS, tint

Points = npt.NDArray[Any]

GREY, FAINT, WASH = "#8C8C8C", "#BDBDBD", "#F1F1F1"
TITLES = {"lazy": "I  Lazy", "independent": "II  independent", "interactive": "III  interactive"}
SUBTITLES = {
    "lazy": "the readout learns, on random features",
    "independent": "each hidden node climbs by itself",
    "interactive": "nodes that are alike repel",
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
    color = named("stage", stage, STAGE_COLORS) if stage is not None else None
    figure, ax = card_axes(6.4, 4.5 if stage else 4.0)
    if stage:
        ax.add_patch(Rectangle((0.2, 4.05), 0.2, 0.26, color=color, linewidth=0))
        write(ax, 0.52, 4.1, TITLES[stage], size=15, weight="bold", ha="left", va="baseline")
        write(ax, 6.2, 4.1, SUBTITLES[stage], size=12.5, ha="right", va="baseline")
    place = Place(left=0.3, bottom=0.12, width=5.8, height=3.72, cells=4, nodes=4, radius=0.25)
    NetworkDrawing(ax, stage, place).draw("$F = s(XW)$", f"$G_F$: {GRADIENT_WORDS[stage]}")
    return figure


class Place(NamedTuple):
    """Where a network stands, in inches, and how many cells and nodes it has."""

    left: float
    bottom: float
    width: float
    height: float
    cells: int
    nodes: int
    radius: float


class NetworkDrawing:
    """One drawing of the network. Each part has a gid: STAGE-W-node-input, STAGE-G_F, ..."""

    def __init__(self, ax: Axes, stage: str | None, place: Place) -> None:
        self.ax, self.stage, self.place = ax, stage, place
        self.color = STAGE_COLORS[stage] if stage else BLACK
        self.top = place.bottom + place.height - 0.5
        self.low = place.bottom + 0.52
        self.x_in = place.left + 0.32
        self.x_out = place.left + place.width - 0.2
        self.x_hidden = (self.x_in + self.x_out) / 2
        self.y_in = np.concatenate([cells(self.top, self.middle + 0.1, place.cells),
                                    cells(self.middle - 0.1, self.low, place.cells)])  # fmt: skip
        self.y_hidden = self.node_heights()
        self.y_out = cells(self.top, self.low, place.cells)
        self.size = min(0.2, 0.8 * float(self.y_in[0] - self.y_in[1]))
        first, second = 1, place.cells - 1
        self.active = (first, place.cells + second)  # where the ones of the input are
        self.answer = (first + second) % place.cells

    @property
    def middle(self) -> float:
        return (self.top + self.low) / 2

    def node_heights(self) -> Points:
        """Even gaps; two nodes that repel take nearly all the room between them."""
        gaps = np.ones(self.place.nodes - 1)
        if self.stage == "interactive":
            gaps[0] = 5
        room = self.top - self.low - 2 * self.place.radius * self.place.nodes
        steps = 2 * self.place.radius + room * gaps / gaps.sum()
        return self.top - self.place.radius - np.concatenate([[0], np.cumsum(steps)])

    def gid(self, *parts: object) -> str:
        return "-".join(map(str, (self.stage or "plain", *parts)))

    def node_color(self, node: int) -> str:
        """The colour of a node and of the weights that lead to it; FAINT where it rests."""
        if self.stage == "independent":
            return tint(self.color, (-0.45, 0.0, 0.42, -0.2)[node])
        if self.stage == "interactive" and node == self.place.nodes - 1:
            return self.color
        return FAINT

    def draw(self, hidden_name: str, gradient_name: str) -> None:
        """Draw everything; the names stand over the hidden nodes and on the gradient."""
        self.header(hidden_name)
        self.weights()
        x, r = self.x_hidden, self.place.radius
        size = 2 * r + 0.2, self.top - self.low + 0.12
        layer = FancyBboxPatch((x - r - 0.1, self.low - 0.06), *size, facecolor=WASH)
        layer.set(boxstyle="round,pad=0,rounding_size=0.15", linewidth=0, zorder=2)
        self.ax.add_patch(layer)
        for number, y in enumerate(self.y_in):
            self.cell(self.x_in, float(y), number in self.active)
        for number, y in enumerate(self.y_out):
            self.cell(self.x_out, float(y), number == self.answer)
        for half, name in zip(self.y_in.reshape(2, -1), ("$g_1$", "$g_2$"), strict=True):
            write(self.ax, self.x_in - 0.16, half.mean(), name, size=13, ha="right")
        for node in range(self.place.nodes):
            self.node(node)
        if self.stage == "interactive":
            ends = [(x, self.y_hidden[0] - r - 0.015), (x, self.y_hidden[1] + r + 0.015)]
            self.arrow(ends, self.color, 1.6, "repulsion-0-1", style="<|-|>")
        self.gradient(gradient_name)

    def header(self, hidden_name: str) -> None:
        """X, W, F, V, FV in a row, with arrows forward; the letter that learns is lit."""
        y = self.place.bottom + self.place.height - 0.16
        names = ("$X$", hidden_name, "$FV$")
        stops = (self.x_in, self.x_hidden, self.x_out)
        reach = [0.14 + 0.055 * len(name.strip("$")) for name in names]
        for name, stop in zip(names, stops, strict=True):
            write(self.ax, stop, y, name, size=14)
        for left, letter in enumerate("WV"):
            lit = (self.stage, letter) in (("lazy", "V"), ("independent", "W"))
            color = self.color if lit or not self.stage else GREY
            start, end = stops[left] + reach[left], stops[left + 1] - reach[left + 1]
            self.arrow([(start, y), (end, y)], color, 1.8, f"forward-{letter}")
            self.chip((start + end) / 2 - 0.04, y, f"${letter}$", lit, letter)

    def chip(self, x: float, y: float, name: str, lit: bool, gid: str) -> None:
        """A name on a line, in a card of the stage's colour if it is lit."""
        fill, edge = (tint(self.color, 0.7), self.color) if lit else ("white", "white")
        card = {"boxstyle": "round,pad=0.24", "facecolor": fill, "edgecolor": edge}
        text = write(self.ax, x, y, name, size=13.5, bbox=card | {"linewidth": 1.5}, zorder=6)
        text.set_gid(self.gid(gid))

    def weights(self) -> None:
        """All lines of W and V; the two rows of W that the input picks are stronger."""
        right_of_input, left_of_output = self.x_in + self.size / 2, self.x_out - self.size / 2
        out, width = (self.color, 2.0) if self.stage == "lazy" else (FAINT, 0.9)
        for node, y in enumerate(self.y_hidden):
            color = self.node_color(node)
            for number, start in enumerate(self.y_in):
                strength = 1.9 if number in self.active else 0.7
                ends = (right_of_input, self.x_hidden), (start, y)
                self.line(*ends, color, strength, self.gid("W", node, number))
            for number, end in enumerate(self.y_out):
                ends = (self.x_hidden, left_of_output), (y, end)
                self.line(*ends, out, width, self.gid("V", node, number))

    def line(self, x: Any, y: Any, color: str, width: float, gid: str) -> None:
        """One weight."""
        self.ax.plot(x, y, color=color, linewidth=width, zorder=1, gid=gid)

    def cell(self, x: float, y: float, on: bool) -> None:
        """One entry of a one-hot vector."""
        corner = (x - self.size / 2, y - self.size / 2)
        square = Rectangle(corner, self.size, self.size, edgecolor=GREY, zorder=3)
        square.set_facecolor(BLACK if on else "white")
        self.ax.add_patch(square)

    def node(self, node: int) -> None:
        """A circle with its state in it: noise, a hill being climbed, or a wave."""
        x, y, r = self.x_hidden, float(self.y_hidden[node]), self.place.radius
        resting = self.node_color(node) == FAINT
        missing = self.stage == "interactive" and not resting
        edge = GREY if resting else self.node_color(node)
        circle = Circle((x, y), r, facecolor="white", edgecolor=edge, linewidth=2, zorder=4)
        circle.set(gid=self.gid("node", node), linestyle=(0, (2, 1.2)) if missing else "-")
        self.ax.add_patch(circle)
        across = np.linspace(-0.72, 0.72, 61)
        up = self.glyph(node, across)
        ink = BLACK if self.stage == "interactive" and resting else edge
        self.ax.plot(x + r * across, y + r * up, color=ink, linewidth=1.7, zorder=5)
        if self.stage == "independent":
            place = (8, 15, 21, 12)[node]
            ball = (x + r * across[place], y + r * (up[place] + 0.14))
            self.ax.add_patch(Circle(ball, 0.18 * r, color=BLACK, linewidth=0, zorder=6))

    def glyph(self, node: int, across: Points) -> Points:
        if self.stage is None:
            return 1.6 * across**2 - 0.4
        if self.stage == "lazy":
            noise = np.random.default_rng(node).uniform(-0.5, 0.5, 11)
            return np.interp(across, np.linspace(-0.72, 0.72, 11), noise)
        if self.stage == "independent":
            return -0.5 + 0.95 * np.exp(-((across / 0.36) ** 2))
        turns = (1, 1, 2, 3) if self.place.nodes == 4 else (1, 1, 2)
        return 0.45 * np.sin(2 * np.pi * turns[node] * across / 1.44)

    def gradient(self, name: str) -> None:
        """The arrow that leaves the outputs and comes back, below, to the hidden nodes."""
        y, x = self.place.bottom + 0.24, self.x_hidden
        along = np.linspace(0, 1, 121)
        shake = np.zeros_like(along)
        end = self.low - 0.08
        if self.stage == "lazy":
            noise = np.random.default_rng(5).uniform(-0.1, 0.1, 27)
            noise[[0, -1]] = 0
            shake = np.interp(along, np.linspace(0, 1, 27), noise)
        elif self.stage == "independent":
            shake = 0.07 * np.sin(14 * np.pi * np.clip(1.16 * along - 0.08, 0, 1))
        elif self.stage == "interactive":  # it enters the layer and touches the missing node
            end = float(self.y_hidden[-1]) - self.place.radius
        start = (self.x_out, float(self.y_out[-1]) - self.size / 2 - 0.04)
        back = np.column_stack([self.x_out + (x - self.x_out) * along, y + shake])
        lit = self.stage in ("independent", "interactive")
        color = self.color if lit or not self.stage else GREY
        self.arrow([start, *back, (x, end)], color, 2.6 if lit else 1.8, "G_F")
        self.chip((x + self.x_out) / 2, y, name, lit, "G_F-name")

    def arrow(
        self, path: Sequence[Any], color: str, width: float, gid: str, style: str = "-|>"
    ) -> None:
        """An arrow along points, in inches."""
        arrow = FancyArrowPatch(path=Path(np.array(path)), arrowstyle=style, mutation_scale=11)
        arrow.set(color=color, linewidth=width, zorder=5, joinstyle="round", gid=self.gid(gid))
        self.ax.add_patch(arrow)


def card_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """A white figure, and axes over all of it that are measured in inches."""
    figure = plt.figure(figsize=(width, height), facecolor="white", layout="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return figure, ax


def write(ax: Axes, x: float, y: float, text: str, size: float, **how: Any) -> Text:
    style: dict[str, Any] = {"ha": "center", "va": "center", "color": BLACK, "linespacing": 1.35}
    return ax.text(x, y, text, fontsize=size, **(style | how))


def cells(top: float, low: float, count: int) -> Points:
    """Centres of equal cells from the top down."""
    pitch = (top - low) / count
    return top - pitch * (np.arange(count) + 0.5)
