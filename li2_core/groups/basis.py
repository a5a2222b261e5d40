"""From one orthonormal basis to another: how a representation comes apart into blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def part_way(basis: Array, turn: float) -> Array:
    """An orthogonal matrix on the way from the identity (turn 0) to ``basis`` (turn 1).

    It is the orthogonal matrix nearest to the straight mixture of the two. The columns'
    signs are chosen so that the way does not pass through a singular matrix.

    Parameters
    ----------
    basis : ndarray, (N, N)
    turn : float

    Returns
    -------
    ndarray, (N, N)

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
