"""The figures of the energy chapter: nodes that climb, and the hill they climb."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from li2_core.show.axes import Array
from li2_core.show.style import BLACK, BLUE, CYCLE, VERMILION

WAVES = (BLACK, *CYCLE[:-1])  # by frequency, the constant node first


def climb_film(path: Tensor, energies: Tensor, shares: Tensor, step: int, height: float) -> Figure:
    """One moment of an ascent: the energies so far, the nodes' frequencies, one node.

    A node has the colour of the frequency that is now its largest.

    Parameters
    ----------
    path : Tensor, (times, N, 2M)
        The nodes' weights, one time a step.
    energies : Tensor, (times, N)
        In units of M.
    shares : Tensor, (times, N, frequencies)
        Of each node's squared length on each frequency, from 0.
    step : int
        Which moment.
    height : float
        Where a dotted line, in the last moment, marks the height of the peaks.
    """
    # Columns keep their places; colours tell only what can be seen at this step.
    order = np.lexsort((np.arange(shares.shape[1]), shares[-1].argmax(1).numpy()))
    leading = shares[step].argmax(1).numpy()
    figure, axes = plt.subplot_mosaic(
        [["energy", "energy"], ["spectrum", "node"]], figsize=(5.8, 4.6)
    )
    ax = axes["energy"]
    for node in order:
        ax.plot(energies[: step + 1, node], color=WAVES[leading[node]])
        ax.plot(step, energies[step, node], "o", color=WAVES[leading[node]], markersize=5)
    if step == len(path) - 1:
        ax.axhline(height, color=BLACK, linestyle=":", linewidth=1)
    ax.set(xlabel="step", xlim=(-2, len(path) + 1), ylabel="E / M", ylim=(0, 1.12 * height))
    ax.set_title(f"step {step}")
    share_map(axes["spectrum"], shares[step].numpy()[order], leading[order])
    node_lists(axes["node"], path[step, order[0]], BLACK)
    axes["node"].set(title="the leftmost node", ylim=(-0.65, 1.0), yticks=[-0.5, 0, 0.5])
    return figure


def share_map(ax: Axes, shares: Array, leading: Array) -> None:
    """Nodes across, frequencies up; a cell is as dark as the node's share of that frequency.

    Below each node stands a square in the colour of its leading frequency.
    """
    ax.imshow(shares.T, origin="lower", aspect="auto", cmap="Greys", vmin=0, vmax=1)
    for node, frequency in enumerate(leading):
        ax.plot(node, -0.62, "s", color=WAVES[frequency], markersize=6, clip_on=False)
    ax.set(xticks=[], ylim=(-0.5, shares.shape[1] - 0.5), title="shares")
    ax.set(yticks=range(shares.shape[1]), ylabel="frequency")
    ax.set_xlabel("node", labelpad=10)


def node_lists(ax: Axes, weights: Tensor, color: str = BLUE) -> None:
    """The two lists of one node: u solid, v dashed."""
    u, v = weights.unflatten(-1, (2, -1))
    ax.plot(u, "o-", color=color, markersize=4, label="u")
    ax.plot(v, "o--", color=color, markersize=4, label="v", alpha=0.55)
    ax.axhline(0, color="0.8", linewidth=1, zorder=0)
    ax.set(xlabel="element", xticks=[0, len(u) - 1])
    ax.legend(ncols=2, loc="upper right")


def energy_surface(distance: Array, height: Array, along: str, across: str, top: float) -> Figure:
    """A surface over two directions, seen from above one corner, the start marked on top."""
    figure = plt.figure(figsize=(5.4, 4.4), layout="none")
    ax: Any = figure.add_axes((0, 0, 1, 0.93), projection="3d")
    ax.set_box_aspect((4, 4, 3), zoom=0.95)
    x, y = np.meshgrid(distance, distance)
    look = {"facecolors": mpl.colormaps["viridis"](height / top), "shade": False}
    ax.plot_surface(x, y, height, rcount=60, ccount=60, linewidth=0, antialiased=False, **look)
    line = {"color": VERMILION, "linewidth": 3, "zorder": 10}
    middle = len(distance) // 2
    ax.plot(distance, 0 * distance, height[middle] + 0.004, **line)
    ax.plot([0], [0], [height[middle, middle] + 0.006], "o", color=BLACK, zorder=11)
    ax.set(zlim=(0, 1.1 * top), zticks=[0, top], zticklabels=["0", f"{top:g}"])
    ax.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    ax.view_init(elev=38, azim=-60)
    figure.text(0.03, 0.93, f"along the red line: {along}", fontsize=13, color=VERMILION)
    figure.text(0.03, 0.86, f"across it: {across}", fontsize=13)
    figure.text(0.9, 0.79, "E / M", ha="right", fontsize=13)
    return figure


def highest_node(weights: Tensor, shares: Tensor, name: str) -> Figure:
    """The highest node that an activation found: its two lists, and its shares by frequency."""
    figure, (left, right) = plt.subplots(1, 2, width_ratios=(3, 2))
    node_lists(left, weights)
    limit = float(weights.abs().max())
    left.set(title=f"the highest node, {name}", ylim=(-1.2 * limit, 1.7 * limit))
    right.bar(range(len(shares)), 100 * shares, color=BLUE)
    right.set(xlabel="frequency", ylabel="% of the node", ylim=(0, 105))
    right.set_xticks(range(0, len(shares), 5))
    right.set_title(f"purest: {100 * shares.max():.2f} %")
    return figure
