"""Finite groups, given by their Cayley tables.

A group is the task of this book: the network is shown two elements and asked for
their product. Elements are the integers 0 .. M-1; the table holds the products.
"""

from __future__ import annotations

from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


class FiniteGroup:
    """A finite group of order M.

    Parameters
    ----------
    table : array_like of int, shape (M, M)
        ``table[a, b]`` is the product of elements a and b.
    name : str
        What figures and messages call it.

    Raises
    ------
    ValueError
        If the table is not square, an entry is not an element (closure), the
        product is not associative, there is no identity, or an element has no
        inverse. The message names the first elements that fail.

    Examples
    --------
    >>> FiniteGroup([[0, 1], [1, 0]]).identity
    0
    >>> FiniteGroup([[0, 1], [1, 1]])
    Traceback (most recent call last):
    ...
    ValueError: not a group: element 1 has no inverse
    """

    def __init__(self, table: npt.ArrayLike, name: str = "group") -> None:
        raw = np.asarray(table)
        if raw.ndim != 2 or raw.shape[0] != raw.shape[1] or raw.size == 0:
            raise ValueError(f"a Cayley table is square and not empty, got shape {raw.shape}")
        if not np.issubdtype(raw.dtype, np.integer):
            raise ValueError(f"a Cayley table holds integers, got dtype {raw.dtype}")
        self.table: IntArray = raw.astype(np.int64)
        self.name = name
        self._check_closure()
        self._check_associativity()
        self.identity = self._find_identity()
        self.inverse = self._find_inverses()
        self.table.setflags(write=False)
        self.inverse.setflags(write=False)

    @property
    def order(self) -> int:
        """The number of elements, M."""
        return len(self.table)

    @cached_property
    def is_abelian(self) -> bool:
        """Whether ab = ba for all a, b."""
        return bool(np.array_equal(self.table, self.table.T))

    @cached_property
    def is_standard_cyclic(self) -> bool:
        """Whether the product of a and b is (a + b) mod M with these very labels."""
        return bool(np.array_equal(self.table, _cyclic_table(self.order)))

    def __repr__(self) -> str:
        return f"FiniteGroup({self.name}, order {self.order})"

    def _check_closure(self) -> None:
        outside = np.argwhere((self.table < 0) | (self.table >= self.order))
        if len(outside):
            a, b = outside[0]
            raise ValueError(
                f"not a group: the product of {a} and {b} is {self.table[a, b]}, "
                f"outside 0..{self.order - 1} (closure)"
            )

    def _check_associativity(self) -> None:
        # Light's test: the middle elements that pass, (xg)y = x(gy) for all x and y,
        # are closed under the product, so a generating set is enough: M^2 log M, not M^3.
        table = self.table
        for g in self._generators():
            left, right = table[table[:, g]], table[:, table[g]]
            wrong = np.argwhere(left != right)
            if len(wrong):
                x, y = wrong[0]
                raise ValueError(
                    f"not a group: ({x} {g}) {y} = {left[x, y]} but {x} ({g} {y}) = {right[x, y]} "
                    "(associativity)"
                )

    def _generators(self) -> list[int]:
        """Elements whose products, however bracketed, give all elements."""
        reached = np.zeros(self.order, dtype=bool)
        generators: list[int] = []
        while not reached.all():
            generators.append(int(np.argmin(reached)))
            reached[generators[-1]] = True
            count = 0
            while count < reached.sum():
                count = reached.sum()
                members = np.flatnonzero(reached)
                reached[self.table[np.ix_(members, members)]] = True
        return generators

    def _find_identity(self) -> int:
        elements = np.arange(self.order)
        neutral = (self.table == elements).all(axis=1) & (elements == self.table.T).all(axis=1)
        if not neutral.any():
            raise ValueError("not a group: no element e has e x = x e = x for every x (identity)")
        return int(np.argmax(neutral))

    def _find_inverses(self) -> IntArray:
        # In an associative table a right inverse of every element is also its left inverse.
        is_identity = self.table == self.identity
        lacking = np.flatnonzero(~is_identity.any(axis=1))
        if len(lacking):
            raise ValueError(f"not a group: element {lacking[0]} has no inverse")
        return is_identity.argmax(axis=1)


def cyclic(order: int) -> FiniteGroup:
    """The cyclic group Z_M: the numbers 0 .. M-1 under addition modulo M.

    Raises
    ------
    ValueError
        If ``order`` is not at least 1.

    Examples
    --------
    >>> cyclic(5).table[3, 4]
    np.int64(2)
    """
    if order < 1:
        raise ValueError(f"order must be at least 1, got {order}")
    return FiniteGroup(_cyclic_table(order), name=f"Z_{order}")


def product(*groups: FiniteGroup) -> FiniteGroup:
    """The direct product: tuples of elements, multiplied place by place.

    The tuple (a_1, ..., a_r) is element number ((a_1 M_2 + a_2) M_3 + ...) + a_r.

    Raises
    ------
    ValueError
        If no group is given.

    Examples
    --------
    >>> klein = product(cyclic(2), cyclic(2))
    >>> klein.name, klein.table[1, 3]
    ('Z_2 x Z_2', np.int64(2))
    """
    if not groups:
        raise ValueError("product needs at least one group")
    table = reduce(_pair_table, (group.table for group in groups))
    return FiniteGroup(table, name=" x ".join(group.name for group in groups))


def _cyclic_table(order: int) -> IntArray:
    elements = np.arange(order)
    return (elements[:, None] + elements) % order


def _pair_table(first: IntArray, second: IntArray) -> IntArray:
    size = len(second)
    blocks = first[:, None, :, None] * size + second[None, :, None, :]
    return blocks.reshape(len(first) * size, -1)
