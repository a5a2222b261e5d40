"""Cayley tables: whether one is a group's, what is read off it, and those of permutations."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
MAX_ORDER = 10_000  # the table of so many elements has 800 MB


def check_order(order: int) -> None:
    """Refuse a group whose table would not fit into memory.

    Raises
    ------
    ValueError
        If it has more than 10000 elements.
    """
    if order > MAX_ORDER:
        raise ValueError(
            f"a group of {order} elements is too large: its table would not fit into memory "
            f"(allowed: up to {MAX_ORDER})"
        )


def square_table(table: npt.ArrayLike) -> IntArray:
    """A table of integers as an array of its own, not yet a group's.

    Parameters
    ----------
    table : array_like, int, (M, M)

    Returns
    -------
    ndarray, int64, (M, M)

    Raises
    ------
    ValueError
        If it is not square, empty, or holds something else.
    """
    raw: npt.NDArray[Any] = np.asarray(table)
    if raw.ndim != 2 or raw.shape[0] != raw.shape[1] or raw.size == 0:
        raise ValueError(f"a Cayley table is square and not empty, got shape {raw.shape}")
    if not np.issubdtype(raw.dtype, np.integer):
        raise ValueError(f"a Cayley table holds integers, got dtype {raw.dtype}")
    return raw.astype(np.int64)


def identity_and_inverses(table: IntArray) -> tuple[int, IntArray]:
    """The identity and every element's inverse, of a table that is checked on the way.

    Parameters
    ----------
    table : ndarray, int64, (M, M)

    Returns
    -------
    identity : int
    inverse : ndarray, int64, (M,)

    Raises
    ------
    ValueError
        If an entry is not an element (closure), the product is not associative, there is no
        identity, or an element has no inverse: the first elements that fail are named.
    """
    _check_closure(table)
    _check_associativity(table)
    elements = np.arange(len(table))
    neutral = (table == elements).all(axis=1) & (elements == table.T).all(axis=1)
    if not neutral.any():
        raise ValueError("not a group: no element e has e x = x e = x for every x (identity)")
    identity = int(np.argmax(neutral))
    # In an associative table a right inverse of every element is also its left inverse.
    is_identity = table == identity
    lacking = np.flatnonzero(~is_identity.any(axis=1))
    if len(lacking):
        raise ValueError(f"not a group: element {lacking[0]} has no inverse")
    return identity, is_identity.argmax(axis=1)


def is_standard_cyclic(table: IntArray) -> bool:
    """Whether the product of a and b is (a + b) mod M with these very labels.

    Parameters
    ----------
    table : ndarray, int64, (M, M)
    """
    elements = np.arange(len(table))
    return bool(np.array_equal(table, (elements[:, None] + elements) % len(table)))


def permutation_table(moves: list[tuple[int, ...]]) -> IntArray:
    """The table of all that some permutations of 0 .. n-1 generate, in alphabetical order.

    Returns
    -------
    ndarray, int64, (M, M)
    """
    start = tuple(range(len(moves[0])))
    found, steps = [start], {start: (0, start)}  # each element is a move after an earlier one
    for element in found:
        for number, move in enumerate(moves):
            image = tuple(move[i] for i in element)
            if image not in steps:
                steps[image] = (number, element)
                found.append(image)
        if len(found) > MAX_ORDER:
            raise ValueError(
                f"the permutations generate more than {MAX_ORDER} elements, "
                "and the table of so large a group would not fit into memory"
            )
    place = {element: index for index, element in enumerate(sorted(found))}
    after = np.array([[place[tuple(move[i] for i in x)] for x in sorted(found)] for move in moves])
    table = np.empty((len(found), len(found)), dtype=np.int64)
    table[0] = np.arange(len(found))
    for element in found[1:]:
        number, earlier = steps[element]
        table[place[element]] = after[number][table[place[earlier]]]
    return table


def _check_closure(table: IntArray) -> None:
    outside = np.argwhere((table < 0) | (table >= len(table)))
    if len(outside):
        a, b = outside[0]
        raise ValueError(
            f"not a group: the product of {a} and {b} is {table[a, b]}, "
            f"outside 0..{len(table) - 1} (closure)"
        )


def _check_associativity(table: IntArray) -> None:
    # Light's test: the middle elements that pass, (xg)y = x(gy) for all x and y,
    # are closed under the product, so a generating set is enough: M^2 log M, not M^3.
    for g in _generators(table):
        left, right = table[table[:, g]], table[:, table[g]]
        wrong = np.argwhere(left != right)
        if len(wrong):
            x, y = wrong[0]
            raise ValueError(
                f"not a group: ({x} {g}) {y} = {left[x, y]} but {x} ({g} {y}) = {right[x, y]} "
                "(associativity)"
            )


def _generators(table: IntArray) -> list[int]:
    """Elements whose products, however bracketed, give all elements."""
    reached = np.zeros(len(table), dtype=bool)
    generators: list[int] = []
    while not reached.all():
        generators.append(int(np.argmin(reached)))
        reached[generators[-1]] = True
        count = 0
        while count < reached.sum():
            count = reached.sum()
            members = np.flatnonzero(reached)
            reached[table[np.ix_(members, members)]] = True
    return generators
