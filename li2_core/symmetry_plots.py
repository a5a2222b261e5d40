"""The figures of the chapter on representations: a triangle, and matrices that fall apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from li2_core.groups import FiniteGroup
from li2_core.plots import BLACK, BLUE, ORANGE, VERMILION

Array = npt.NDArray[Any]
CORNERS = np.array([[0, 1], [-(3**0.5) / 2, -0.5], [3**0.5 / 2, -0.5]])


def triangle(ax: Axes, matrix: Array, title: str) -> None:
    """The triangle with corners 1, 2, 3 after the 2 x 2 matrix has moved it."""
    ax.add_patch(plt.Polygon(CORNERS, fill=False, edgecolor="0.6", linewidth=2))
    for corner, color, name in zip(CORNERS, (BLUE, ORANGE, VERMILION), "123", strict=True):
        x, y = matrix @ corner
        ax.add_patch(plt.Circle((x, y), 0.3, color=color))
        ink = BLACK if color == ORANGE else "white"
        ax.text(x, y, name, ha="center", va="center", color=ink, fontsize=15)
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.0, 1.35), aspect="equal", title=title)
    ax.axis("off")


def part_way(basis: Array, turn: float) -> Array:
    """An orthogonal matrix on the way from the identity (turn 0) to ``basis`` (turn 1).

    It is the orthogonal matrix nearest to the straight mixture of the two. The columns'
    signs are chosen so that the way does not pass through a singular matrix.

    Examples
    --------
    >>> part_way(np.eye(2)[::-1], 0.5).round(6).tolist()
    [[0.707107, -0.707107], [0.707107, 0.707107]]
    """
    u, _, v = np.linalg.svd((1 - turn) * np.eye(len(basis)) + turn * _with_signs(basis))
    return u @ v


def _with_signs(basis: Array) -> Array:
    """The basis with columns' signs for which no mixture with the identity is singular."""
    draws = np.random.default_rng(0)
    best, distance = basis, -1.0
    for _ in range(200):
        signed = basis * draws.choice([-1, 1], size=len(basis))
        away = np.abs(np.linalg.eigvals(signed) + 1).min()
        if np.linalg.det(signed) > 0 and away > distance:
            best, distance = signed, away
    return best


def falling_apart(
    group: FiniteGroup, basis: Array, sizes: Sequence[int], turn: float, shown: Sequence[int]
) -> Figure:
    """The regular representation in a basis part of the way to ``basis``.

    Two of its matrices, and for each place the largest entry that any element has there.
    ``sizes`` are the blocks to expect; their frames appear at the end of the way.
    """
    regular = np.eye(group.order)[group.table].transpose(0, 2, 1)
    moved = part_way(basis, turn)
    turned = moved.T @ regular @ moved
    panels = {f"element {g}": turned[g] for g in shown}
    panels["all, largest entry"] = np.abs(turned).max(axis=0)
    figure, axes = plt.subplots(1, 3, figsize=(6.4, 2.7))
    for ax, (title, matrix) in zip(axes, panels.items(), strict=True):
        ax.imshow(matrix, cmap="PuOr_r", vmin=-1, vmax=1, interpolation="nearest")
        ax.set(title=title, xticks=[], yticks=[])
        if turn == 1:
            _frames(ax, sizes)
    return figure


def _frames(ax: Axes, sizes: Sequence[int]) -> None:
    start = -0.5
    for size in sizes:
        ax.add_patch(
            plt.Rectangle((start, start), size, size, fill=False, edgecolor=BLACK, linewidth=1.5)
        )
        start += size


def character_tables(groups: Sequence[FiniteGroup]) -> Figure:
    """The character tables side by side, values written in; imaginary parts must vanish."""
    widths = [len(group.conjugacy_classes()) for group in groups]
    figure, axes = plt.subplots(1, len(groups), width_ratios=widths, figsize=(6.4, 3.0))
    for ax, group in zip(axes, groups, strict=True):
        table = group.character_table()
        assert np.abs(table.imag).max() < 1e-9
        ax.imshow(table.real, cmap="PuOr_r", vmin=-3, vmax=3)
        for (row, column), value in np.ndenumerate(table.real.round().astype(int)):
            ax.text(column, row, str(value), ha="center", va="center", color=BLACK)
        sizes = [len(members) for members in group.conjugacy_classes()]
        ax.set(title=group.name, xticks=range(len(sizes)), xticklabels=sizes, yticks=[])
        ax.set_xlabel("size of the class")
        ax.tick_params(length=0)
    axes[0].set_ylabel("irrep")
    return figure
