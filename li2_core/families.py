"""Families of groups, by name: what the chapters choose from beside Z_M and products."""

from __future__ import annotations

import numpy as np

from li2_core.groups import FiniteGroup


def semidirect(n: int, m: int, r: int) -> FiniteGroup:
    """Z_n with the generator of Z_m acting on it by x -> r x.

    The pair (x, i) is element number x + n i; (x, i)(y, j) = (x + r^i y, i + j).

    Raises
    ------
    ValueError
        If n or m is not at least 1, or r^m is not 1 modulo n.

    Examples
    --------
    >>> semidirect(7, 3, 2).order
    21
    """
    if min(n, m) < 1:
        raise ValueError(f"n and m must be at least 1, got {n} and {m}")
    if pow(r, m, n) != 1 % n:
        raise ValueError(f"r^m must be 1 modulo n, but {r}^{m} is {pow(r, m, n)} modulo {n}")
    i, x = np.divmod(np.arange(n * m), n)
    factor = np.array([pow(r, power, n) for power in range(m)])[i]
    table = (x[:, None] + factor[:, None] * x) % n + n * ((i[:, None] + i) % m)
    return FiniteGroup(table, name=f"Z_{n}:Z_{m}")


def dihedral(n: int) -> FiniteGroup:
    """D_n, the 2n symmetries of a regular n-gon: rotations r^k are 0 .. n-1, r^k s are n + k.

    Raises
    ------
    ValueError
        If n is not at least 1.

    Examples
    --------
    >>> dihedral(3).table[3, 1]  # s r = r^2 s
    np.int64(5)
    """
    _check_size(n)
    group = semidirect(n, 2, -1)
    group.name = f"D_{n}"
    return group


def dicyclic(n: int) -> FiniteGroup:
    """The group of order 4n with a^2n = 1, x^2 = a^n, x a = a^-1 x; for n = 2 it is Q_8.

    Element a^k is number k, and a^k x is 2n + k.

    Raises
    ------
    ValueError
        If n is not at least 1.

    Examples
    --------
    >>> dicyclic(2).table[4, 4]  # x^2 = a^2
    np.int64(2)
    """
    _check_size(n)
    e, k = np.divmod(np.arange(4 * n), 2 * n)
    powers = k[:, None] + np.where(e == 1, -1, 1)[:, None] * k + n * np.outer(e, e)
    table = powers % (2 * n) + 2 * n * ((e[:, None] + e) % 2)
    return FiniteGroup(table, name="Q_8" if n == 2 else f"Dic_{n}")


def symmetric(n: int) -> FiniteGroup:
    """S_n: all permutations of 0 .. n-1, numbered in alphabetical order.

    Raises
    ------
    ValueError
        If n is not at least 1.

    Examples
    --------
    >>> symmetric(4).order
    24
    """
    _check_size(n)
    swap = [1, 0, *range(2, n)] if n > 1 else [0]
    return FiniteGroup.from_permutations([swap, [*range(1, n), 0]], name=f"S_{n}")


def alternating(n: int) -> FiniteGroup:
    """A_n: the even permutations of 0 .. n-1, numbered in alphabetical order.

    Raises
    ------
    ValueError
        If n is not at least 1.

    Examples
    --------
    >>> alternating(4).order
    12
    """
    _check_size(n)
    moves = [list(range(n))]
    moves += [[1, k, *range(2, k), 0, *range(k + 1, n)] for k in range(2, n)]
    return FiniteGroup.from_permutations(moves, name=f"A_{n}")


def _check_size(n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
