"""The figures of groups: clocks and tables, a triangle, and matrices that fall apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon, Rectangle

from li2_core.groups.group import FiniteGroup
from li2_core.show.axes import Array, signed_map
from li2_core.show.style import ANSWERS, BLACK, BLUE, ORANGE, UNSEEN, VERMILION
from li2_core.tasks.group_task import GroupTask

CORNERS = np.array([[0, 1], [-(3**0.5) / 2, -0.5], [3**0.5 / 2, -0.5]])


def clock_face(ax: Axes, order: int, start: int, walk: int) -> None:
    """A clock face of Z_M: begin at ``start``, walk ``walk`` hours clockwise."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(order) / order
    end = (start + walk) % order
    for hour, (x, y) in enumerate(zip(np.cos(angle), np.sin(angle), strict=True)):
        color = {start: BLUE, end: VERMILION}.get(hour, "#DDDDDD")
        ink = "white" if hour in (start, end) else BLACK
        ax.add_patch(Circle((x, y), 0.2, color=color))
        ax.text(x, y, str(hour), ha="center", va="center", fontsize=16, color=ink)
    path = angle[start] - 2 * np.pi * np.linspace(0.25, walk - 0.25, 60) / order
    ax.plot(0.68 * np.cos(path), 0.68 * np.sin(path), color=BLACK)
    (x0, x1), (y0, y1) = 0.68 * np.cos(path[-2:]), 0.68 * np.sin(path[-2:])
    arrow = {"arrowstyle": "-|>", "color": BLACK, "mutation_scale": 20}
    ax.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
    ax.text(0, 0, f"{start} + {walk} = {end}", ha="center", va="center", fontsize=14)
    ax.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), aspect="equal")
    ax.axis("off")


def cayley_table(ax: Axes, group: FiniteGroup, title: str | None = None) -> None:
    """A group's table as a picture: row a, column b, the product as a colour.

    Up to order 9 the product is written in its cell too.
    """
    M = group.order
    ax.imshow(group.table, cmap=ANSWERS, vmin=0, vmax=M - 1, interpolation="nearest")
    _table_axes(ax, M, group.name if title is None else title)
    if M <= 9:
        for (a, b), c in np.ndenumerate(group.table):
            ink = BLACK if c > 0.4 * M else "white"
            ax.text(b, a, str(c), ha="center", va="center", color=ink)


def split_map(ax: Axes, task: GroupTask, seed: int = 0, title: str | None = None) -> None:
    """The table of a task with the cells that seed number ``seed`` trains on lit, the rest dark."""
    M = task.group.order
    shown = np.full(M * M, np.nan)
    index = task.train_index[seed].numpy()
    shown[index] = task.targets.numpy()[index]
    cmap = ANSWERS.with_extremes(bad=UNSEEN)
    ax.imshow(shown.reshape(M, M), cmap=cmap, vmin=0, vmax=M - 1, interpolation="nearest")
    _table_axes(ax, M, f"{task.num_train} of {M * M} pairs lit" if title is None else title)


def _table_axes(ax: Axes, order: int, title: str) -> None:
    ticks = np.arange(order) if order <= 9 else [0, order - 1]
    ax.set(xticks=ticks, yticks=ticks, xlabel="b", ylabel="a", title=title)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def matrices(named: dict[str, Array], height: float = 3.4) -> Figure:
    """Matrices side by side as pictures with square cells, zero white, on one scale each.

    ``named`` are the matrices by their titles, ``height`` is the figure's, in inches.
    """
    columns = [matrix.shape[1] for matrix in named.values()]
    figure, axes = plt.subplots(
        1, len(named), width_ratios=columns, figsize=(6.4, height), squeeze=False
    )
    for ax, (name, matrix) in zip(axes[0], named.items(), strict=True):
        limit = max(float(np.abs(matrix).max()), 1e-30)
        ax.pcolormesh(matrix, cmap="PuOr_r", vmin=-limit, vmax=limit, edgecolor="0.8", linewidth=1)
        ax.set(title=name, xticks=[], yticks=[], aspect="equal")
        ax.invert_yaxis()
        ax.set_anchor("N")
        ax.spines[:].set_visible(False)
    return figure


def triangle(ax: Axes, matrix: Array, title: str) -> None:
    """The triangle with corners 1, 2, 3 after the 2 x 2 matrix has moved it."""
    ax.add_patch(Polygon(CORNERS, fill=False, edgecolor="0.6", linewidth=2))
    for corner, color, name in zip(CORNERS, (BLUE, ORANGE, VERMILION), "123", strict=True):
        x, y = matrix @ corner
        ax.add_patch(Circle((x, y), 0.3, color=color))
        ink = BLACK if color == ORANGE else "white"
        ax.text(x, y, name, ha="center", va="center", color=ink, fontsize=15)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.0, 1.35), aspect="equal", title=title)
    ax.axis("off")


def matrices_in_blocks(matrices: Array, shown: Sequence[int], blocks: Sequence[int] = ()) -> Figure:
    """Two matrices of a representation, and for each place the largest entry of all of them.

    Parameters
    ----------
    matrices : array, (M, n, n)
        One an element, entries between -1 and 1.
    shown : two elements
    blocks : sequence of int, optional
        The sizes of blocks on the diagonal, to be framed.
    """
    panels = {f"element {g}": matrices[g] for g in shown}
    panels["all, largest entry"] = np.abs(matrices).max(axis=0)
    figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.7))
    for ax, (title, matrix) in zip(axes, panels.items(), strict=True):
        signed_map(ax, matrix, 1, interpolation="nearest")
        ax.set(title=title)
        for size, end in zip(blocks, np.cumsum(blocks), strict=True):
            corner = (end - size - 0.5, end - size - 0.5)
            frame: dict[str, Any] = {"fill": False, "edgecolor": BLACK, "linewidth": 1.5}
            ax.add_patch(Rectangle(corner, size, size, **frame))
    return figure


def character_tables(groups: Sequence[FiniteGroup]) -> Figure:
    """The character tables side by side, values written in.

    Raises
    ------
    ValueError
        If a character is not real.
    """
    widths = [len(group.conjugacy_classes()) for group in groups]
    figure, axes = plt.subplots(1, len(groups), width_ratios=widths, figsize=(6.4, 3.0))
    for ax, group in zip(axes, groups, strict=True):
        table = group.character_table()
        if np.abs(table.imag).max() > 1e-9:
            raise ValueError(f"only real characters can be written in, not those of {group.name}")
        ax.imshow(table.real, cmap="PuOr_r", vmin=-3, vmax=3)
        for (row, column), value in np.ndenumerate(table.real.round().astype(int)):
            ax.text(column, row, str(value), ha="center", va="center", color=BLACK)
        sizes = [len(members) for members in group.conjugacy_classes()]
        ax.set(title=group.name, xticks=range(len(sizes)), xticklabels=sizes, yticks=[])
        ax.set_xlabel("size of the class")
        ax.tick_params(length=0)
    axes[0].set_ylabel("irrep")
    return figure
