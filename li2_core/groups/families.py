"""Families of groups, by name: what the chapters choose from."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import reduce

import numpy as np

from li2_core._input import instance, whole
from li2_core.groups.group import FiniteGroup
from li2_core.groups.table import IntArray, check_order


def cyclic(order: int) -> FiniteGroup:
    """The cyclic group Z_M: the numbers 0 .. M-1 under addition modulo M.

    Raises
    ------
    ValueError
        If ``order`` is not a whole number from 1 to 10000: a larger table would not fit into
        memory.

    Examples
    --------
    >>> int(cyclic(5).table[3, 4])
    2
    """
    return FiniteGroup(_semidirect_table(_size("order", order), 1, 1), name=f"Z_{order}")


def product(*groups: FiniteGroup) -> FiniteGroup:
    """The direct product of some groups: tuples of elements, multiplied place by place.

    The tuple (a_1, ..., a_r) is element number ((a_1 M_2 + a_2) M_3 + ...) + a_r.

    Raises
    ------
    ValueError
        If no group is given, or the product has more than 10000 elements.

    Examples
    --------
    >>> klein = product(cyclic(2), cyclic(2))
    >>> klein.name, int(klein.table[1, 3])
    ('Z_2 x Z_2', 2)
    """
    if not groups:
        raise ValueError("product needs at least one group")
    groups = tuple(instance("a factor", group, FiniteGroup) for group in groups)
    check_order(math.prod(group.order for group in groups))
    table = reduce(_pair_table, (group.table for group in groups))
    return FiniteGroup(table, name=" x ".join(group.name for group in groups))


def semidirect(n: int, m: int, r: int) -> FiniteGroup:
    """Z_n with the generator of Z_m acting on it by x -> r x.

    The pair (x, i) is element number x + n i; (x, i)(y, j) = (x + r^i y, i + j).

    Raises
    ------
    ValueError
        If n, m and r are not whole numbers, n or m is not at least 1, r^m is not 1 modulo n,
        or n m is more than 10000.

    Examples
    --------
    >>> semidirect(7, 3, 2).order
    21
    """
    n, m, r = _size("n", n), whole("m", m, least=1), whole("r", r)
    check_order(n * m)
    if pow(r, m, n) != 1 % n:
        raise ValueError(f"r^m must be 1 modulo n, but {r}^{m} is {pow(r, m, n)} modulo {n}")
    return FiniteGroup(_semidirect_table(n, m, r), name=f"Z_{n}:Z_{m}")


def dihedral(n: int) -> FiniteGroup:
    """D_n, the 2n symmetries of a regular n-gon: rotations r^k are 0 .. n-1, r^k s are n + k.

    Raises
    ------
    ValueError
        If n is not a whole number from 1 to 5000.

    Examples
    --------
    >>> int(dihedral(3).table[3, 1])  # s r = r^2 s
    5
    """
    return FiniteGroup(_semidirect_table(_size("n", n, times=2), 2, -1), name=f"D_{n}")


def dicyclic(n: int) -> FiniteGroup:
    """The group of order 4n with a^2n = 1, x^2 = a^n, x a = a^-1 x; for n = 2 it is Q_8.

    Element a^k is number k, and a^k x is 2n + k.

    Raises
    ------
    ValueError
        If n is not a whole number from 1 to 2500.

    Examples
    --------
    >>> int(dicyclic(2).table[4, 4])  # x^2 = a^2
    2
    """
    n = _size("n", n, times=4)
    e, k = np.divmod(np.arange(4 * n), 2 * n)
    powers = k[:, None] + np.where(e == 1, -1, 1)[:, None] * k + n * np.outer(e, e)
    table = powers % (2 * n) + 2 * n * ((e[:, None] + e) % 2)
    return FiniteGroup(table, name="Q_8" if n == 2 else f"Dic_{n}")


def symmetric(n: int) -> FiniteGroup:
    """S_n: all permutations of 0 .. n-1, numbered in alphabetical order.

    Raises
    ------
    ValueError
        If n is not a whole number from 1 to 7: larger ones have more than 10000 elements.

    Examples
    --------
    >>> symmetric(4).order
    24
    """
    n = whole("n", n, least=1, most=7)
    swap = [1, 0, *range(2, n)] if n > 1 else [0]
    return FiniteGroup.from_permutations([swap, [*range(1, n), 0]], name=f"S_{n}")


def alternating(n: int) -> FiniteGroup:
    """A_n: the even permutations of 0 .. n-1, numbered in alphabetical order.

    Raises
    ------
    ValueError
        If n is not a whole number from 1 to 7: larger ones have more than 10000 elements.

    Examples
    --------
    >>> alternating(4).order
    12
    """
    n = whole("n", n, least=1, most=7)
    moves = [list(range(n))]
    moves += [[1, k, *range(2, k), 0, *range(k + 1, n)] for k in range(2, n)]
    return FiniteGroup.from_permutations(moves, name=f"A_{n}")


def named_group(name: str) -> FiniteGroup:
    """The group of a name, so that a configuration can say in text which group it means.

    Parameters
    ----------
    name : str
        ``Z_23``, ``D_11`` (of order 22), ``Dic_5`` (of order 20), ``Q_8``, ``S_4``, ``A_5``;
        ``Z_7:Z_3``, the semidirect product whose r is the smallest of order exactly 3
        modulo 7; or several of these, ``Z_5 x Z_5``.

    Raises
    ------
    ValueError
        If the name is none of these.

    Examples
    --------
    >>> named_group("D_3 x Z_5").order
    30
    """
    factors = [_factor(part, name) for part in str(name).split(" x ")]
    return factors[0] if len(factors) == 1 else product(*factors)


FAMILIES: dict[str, Callable[[int], FiniteGroup]] = {
    "Z": cyclic, "D": dihedral, "Dic": dicyclic, "S": symmetric, "A": alternating,
}  # fmt: skip


def _factor(part: str, name: str) -> FiniteGroup:
    if part == "Q_8":
        return dicyclic(2)
    if single := re.fullmatch(r"(Z|D|Dic|S|A)_([1-9]\d*)", part):
        return FAMILIES[single[1]](int(single[2]))
    if pair := re.fullmatch(r"Z_([1-9]\d*):Z_([1-9]\d*)", part):
        n, m = int(pair[1]), int(pair[2])
        for r in range(1, n):
            if 1 not in [pow(r, i, n) for i in range(1, m)] and pow(r, m, n) == 1:
                return semidirect(n, m, r)
        raise ValueError(f"no number has order {m} modulo {n}, so there is no group {part!r}")
    raise ValueError(
        f"{name!r} names no group: the parts of a product, joined by ' x ', may be "
        "Z_n, D_n, Dic_n, Q_8, S_n, A_n or Z_n:Z_m"
    )


def _size(name: str, value: int, times: int = 1) -> int:
    """A whole number from 1, for a group of ``times`` as many elements."""
    found = whole(name, value, least=1)
    check_order(times * found)
    return found


def _semidirect_table(n: int, m: int, r: int) -> IntArray:
    i, x = np.divmod(np.arange(n * m), n)
    factor = np.array([pow(r, power, n) for power in range(m)])[i]
    return (x[:, None] + factor[:, None] * x) % n + n * ((i[:, None] + i) % m)


def _pair_table(first: IntArray, second: IntArray) -> IntArray:
    size = len(second)
    blocks = first[:, None, :, None] * size + second[None, :, None, :]
    return blocks.reshape(len(first) * size, -1)
