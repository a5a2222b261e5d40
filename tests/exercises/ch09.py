"""The answers of chapter 9's exercises, on other ways than its solutions."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def shuffles(count: int, chosen: Any = None) -> Array:
    """The table of permutations under composition, all of them or those chosen."""
    all_of_them = sorted(permutations(range(count))) if chosen is None else sorted(chosen)
    place = {p: k for k, p in enumerate(all_of_them)}
    return np.array([[place[tuple(p[i] for i in q)] for q in all_of_them] for p in all_of_them])


def clocks(*hours: int) -> Array:
    """The table of a product of clocks."""
    elements = np.array(list(np.ndindex(*hours)))
    sums = (elements[:, None] + elements[None]) % np.array(hours)
    return np.ravel_multi_index(tuple(np.moveaxis(sums, -1, 0)), hours)


def square() -> Array:
    """The eight shuffles of four corners that keep the square."""
    turn, flip = (1, 2, 3, 0), (1, 0, 3, 2)
    found = {(0, 1, 2, 3)}
    while True:
        more = {tuple(g[i] for i in p) for g in (turn, flip) for p in found} | found
        if more == found:
            return shuffles(4, found)
        found = more


def quaternions() -> tuple[list[Array], Array]:
    """The eight units as complex 2 x 2 matrices, and their table."""
    i, j = np.diag([1j, -1j]), np.array([[0, 1], [-1, 0]], complex)
    units = [sign * unit for unit in (np.eye(2), i, j, i @ j) for sign in (1, -1)]
    table = [[next(k for k, c in enumerate(units) if np.allclose(a @ b, c)) for b in units]
             for a in units]  # fmt: skip
    return units, np.array(table)


def pieces(table: Array) -> Array:
    """How often each eigenvalue of a random symmetric matrix that commutes with reg occurs.

    On each copy of a real irrep such a matrix is a number, and a random one is another number
    on each copy. So every copy of an irrep is one eigenvalue, as often as its real dimension.
    """
    order = len(table)
    regular = np.eye(order)[table].transpose(0, 2, 1)
    draw = np.random.default_rng(0).standard_normal((order, order))
    mean = sum(g @ (draw + draw.T) @ g.T for g in regular) / order
    return np.unique(np.round(np.linalg.eigvalsh(mean), 6), return_counts=True)[1]


def echoes(w: Array, table: Array) -> tuple[Array, Array]:
    """The centred convolution of the two lists of each node, and the slope of the energy."""
    order = len(table)
    left = table.argsort(1)  # row a, column h: the element b with ab = h
    u, v = w[:, :order], w[:, order:]
    said = np.einsum("na,nah->nh", u, v[:, left])
    said -= said.mean(1, keepdims=True)
    to_u = np.einsum("nah,nh->na", v[:, left], said)
    to_v = np.einsum("na,nab->nb", u, said[:, table])
    return said, 4 * np.concatenate([to_u, to_v], 1)


def climb(w: Array, table: Array, steps: int = 300) -> Array:
    """Gradient ascent on the sphere, each node at a rate that fits its height."""
    w = w / np.linalg.norm(w, axis=1, keepdims=True)
    for _ in range(steps):
        said, slope = echoes(w, table)
        energy = 2 * (said**2).sum(1, keepdims=True)
        w = w + 0.05 / energy * (slope - w * (w * slope).sum(1, keepdims=True))
        w = w / np.linalg.norm(w, axis=1, keepdims=True)
    return w


def ex_09_1() -> float:
    """All irreps of shuffles are real, and each is there as often as its dimension: count."""
    return float(len(pieces(shuffles(4))))


def ex_09_2() -> int:
    """Both directions over the real numbers, on groups that commute and groups that do not."""
    groups = [clocks(3), clocks(4), clocks(2, 4), clocks(2, 2, 2), shuffles(3), square(),
              quaternions()[1]]  # fmt: skip
    commute = [bool((table == table.T).all()) for table in groups]
    lines = [bool((pieces(table) == 1).all()) for table in groups]
    both = list(zip(commute, lines, strict=True))
    forward = all(line for c, line in both if c)
    back = all(c for c, line in both if line)
    return {(True, True): 0, (False, True): 1, (True, False): 2, (False, False): 3}[forward, back]


def ex_09_3() -> float:
    """The units whose square is one, counted."""
    return float(sum(np.allclose(g @ g, np.eye(2)) for g in quaternions()[0]))


def ex_09_4() -> float:
    """The mean over drawn nodes, the answers summed by a Fourier transform."""
    w = np.random.default_rng(4).standard_normal((40000, 46))
    u, v = np.split(w / np.linalg.norm(w, axis=1, keepdims=True), 2, axis=1)
    said = np.fft.irfft(np.fft.rfft(u) * np.fft.rfft(v), 23)
    said -= said.mean(1, keepdims=True)
    return float(2 * (said**2).sum(1).mean())


def ex_09_5() -> int:
    """Climbs by NumPy on the shuffles of four things: how many end on the sign."""
    table = shuffles(4)
    signs = np.array([np.linalg.det(np.eye(4)[list(p)]) for p in sorted(permutations(range(4)))])
    ends = climb(np.random.default_rng(7).standard_normal((600, 48)), table)
    share = ((ends.reshape(-1, 2, 24) @ signs) ** 2).sum(1) / 24
    assert (np.minimum(share, 1 - share) < 1e-3).all()
    ratio = (share > 0.5).mean() / (1 / 23)
    return 0 if 1.4 < ratio < 3 else 1 if 0.75 < ratio <= 1.4 else 2 if ratio <= 0.75 else 3
