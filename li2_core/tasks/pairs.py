"""Sums over pairs of elements, class by class, without forming the pairs.

A node with weights w = [u; v] answers the pair (a, b) with s(u_a + v_b). The energy needs
the sum of these answers over the pairs of one product, and its gradient the way back.
One row of the table at a time, the products are all different, so that a row is one
shifted addition: O(n) work a node, and M numbers a node in memory instead of n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup

Function = Callable[[Tensor], Tensor]


class Pairs:
    """Which pairs of a group's elements count: the whole table, or some of it.

    ``index`` (n,) are their numbers a M + b, in increasing order.
    """

    def __init__(self, group: FiniteGroup, index: Tensor | None = None) -> None:
        self.group, self.order = group, group.order
        self.is_full = index is None
        self._given = index

    def __len__(self) -> int:
        return self.order**2 if self._given is None else len(self._given)

    @cached_property
    def _index(self) -> Tensor:
        return torch.arange(len(self)) if self._given is None else self._given

    @cached_property
    def first(self) -> Tensor:
        """The first element of each pair, int64 (n,)."""
        return self._index // self.order

    @cached_property
    def second(self) -> Tensor:
        """The second element of each pair, int64 (n,)."""
        return self._index % self.order

    @cached_property
    def products(self) -> Tensor:
        """The product of each pair, int64 (n,)."""
        return self.group.products.flatten()[self._index]

    @cached_property
    def counts(self) -> Tensor:
        """How many pairs each product has, float64 (M,)."""
        return torch.bincount(self.products, minlength=self.order).double()

    @cached_property
    def _rows(self) -> list[tuple[int, Tensor, Tensor]]:
        """For each a: the b of its pairs, and their products."""
        sizes = torch.bincount(self.first, minlength=self.order).tolist()
        parts = zip(self.second.split(sizes), self.products.split(sizes), strict=True)
        return [(a, second, products) for a, (second, products) in enumerate(parts)]

    def class_sums(self, u: Tensor, v: Tensor, value: Function) -> Tensor:
        """The sums of value(u_a + v_b) over the pairs (a, b) of each product, (M, N).

        ``u`` and ``v``, both (M, N), hold the weights of N nodes a column, and ``value`` is the
        nonlinearity.
        """
        sums = torch.zeros_like(u)
        if self.is_full:
            for a, row in enumerate(self._shifted(v)):
                sums += value(u[a] + row)
        else:
            for a, second, products in self._rows:
                sums = sums.index_add_(0, products, value(u[a] + v.index_select(0, second)))
        return sums

    def pull_back(self, u: Tensor, v: Tensor, by_class: Tensor, slope: Function) -> Tensor:
        """The way back: sums of slope(u_a + v_b) z_ab over b and over a, (2M, N).

        ``u`` and ``v`` are as of `Pairs.class_sums`, z_ab is the row of the pair's product in
        ``by_class``, (M, N), and ``slope`` the derivative of the nonlinearity.
        """
        by_first, by_second = torch.zeros_like(u), torch.zeros_like(v)
        if self.is_full:
            for a in range(self.order):
                row = slope(u[a] + v)
                row *= self._row_of_products(by_class, a)
                torch.sum(row, 0, out=by_first[a])
                by_second += row
        else:
            for a, second, products in self._rows:
                row = slope(u[a] + v.index_select(0, second))
                row *= by_class.index_select(0, products)
                torch.sum(row, 0, out=by_first[a])
                by_second.index_add_(0, second, row)
        return torch.cat([by_first, by_second])

    def _shifted(self, v: Tensor) -> Iterator[Tensor]:
        """For each a: v at a^-1 h for every h, a mere slice where the group is Z_M."""
        M = self.order
        if self.group.is_standard_cyclic:
            twice = torch.cat([v, v])
            yield from (twice[M - a : 2 * M - a] for a in range(M))
        else:
            yield from (v.index_select(0, quotients) for quotients in self.group.quotients)

    def _row_of_products(self, by_class: Tensor, a: int) -> Tensor:
        return by_class.index_select(0, self.group.products[a])

    def answers(self, weights: Tensor) -> Tensor:
        """u_a + v_b for every pair, (n, N), of weights (2M, N): for those who need them all."""
        return weights[self.first] + weights[self.order + self.second]

    def labels(self, centred: bool = True) -> Tensor:
        """The one-hot labels Y, float64, (n, M); ``centred`` they are Yt = P Y."""
        labels = one_hot(self.products, self.order)
        return labels - labels.mean(0) if centred else labels


def one_hot(index: Tensor, length: int) -> Tensor:
    """One-hot vectors of the given length, float64: of ``index`` (...) they are (..., length)."""
    return torch.nn.functional.one_hot(index, length).double()
