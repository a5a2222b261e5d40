"""The energy of x^2 on an abelian group's full table, by Fourier transform.

There the centred class sums are 2 (u * v) without its mean, a convolution, and Parseval
turns their square sum into E = (2/M) sum over f != 0 of |u^_f|^2 |v^_f|^2. The frequencies
f and -f of real weights count alike: for odd M, (4/M) times the sum over one of each two.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.groups.table import IntArray, is_standard_cyclic

MATRIX_BELOW = 400  # below this order a product with the matrix of the transform is faster


def cyclic_factors(table: IntArray) -> tuple[tuple[int, ...], IntArray]:
    """Write an abelian group, given by its table, as a product of cyclic ones.

    Parameters
    ----------
    table : ndarray, int64, (M, M)

    Returns
    -------
    sizes : tuple of int
        The orders m_1, ..., m_r of the factors, each a multiple of the next.
    labels : ndarray, int64, (...)
        Which element has the coordinates (j_1, ..., j_r): an array of these sizes.

    Raises
    ------
    ValueError
        If the group is not abelian.

    Examples
    --------
    >>> from li2_core import cyclic, product
    >>> cyclic_factors(product(cyclic(2), cyclic(3)).table)[0]
    (6,)
    """
    if not np.array_equal(table, table.T):
        raise ValueError("the Fourier transform needs an abelian group")
    elements = np.arange(len(table))
    if is_standard_cyclic(table):
        return (len(table),), elements
    # An element of largest order modulo the part found so far splits off, if its own order
    # is no larger (and one such element is in every largest coset).
    sizes: tuple[int, ...] = ()
    identity = int(np.argmax(table.diagonal() == elements))
    labels: IntArray = np.array(identity)
    while labels.size < len(table):
        inside = np.isin(elements, labels)
        size, powers = max(
            (_powers(table, identity, g, inside) for g in np.flatnonzero(~inside).tolist()),
            key=lambda found: (found[0], found[1][-1] == identity),
        )
        sizes += (size,)
        labels = table[labels[..., None], powers[:-1]]
    return sizes, labels


def _powers(
    table: IntArray, identity: int, element: int, inside: npt.NDArray[np.bool_]
) -> tuple[int, list[int]]:
    """The powers e, g, ..., g^k up to the first, k > 0, that lies in the part inside."""
    powers = [identity, element]
    while not inside[powers[-1]]:
        powers.append(int(table[powers[-1], element]))
    return len(powers) - 1, powers


class FourierForm:
    """Energy and gradient for weights (N, 2M) on an abelian group, given by its table (M, M)."""

    def __init__(self, table: IntArray) -> None:
        self.order = len(table)
        sizes, labels = cyclic_factors(table)
        self.sizes = sizes or (1,)
        self.labels = torch.from_numpy(labels.reshape(-1).copy())
        self.is_relabelled = not torch.equal(self.labels, torch.arange(self.order))

    def value(self, weights: Tensor) -> Tensor:
        """E of each node, (N,)."""
        if self._by_matrix(weights):
            u, v = self._products(weights)
            return (self._power(u) * self._power(v)) @ self._shares.to(weights.dtype)
        u, v = self._transforms(weights)
        power = (_squares(u) * _squares(v)).flatten(1)
        return power @ self._half_shares(weights).to(power.dtype)

    def gradient(self, weights: Tensor) -> Tensor:
        """The gradient of each node's E, (N, 2M)."""
        if self._by_matrix(weights):
            u, v = self._products(weights)
            shares = 2 * self._shares.to(weights.dtype)
            by_u = u * self._twice(self._power(v) * shares)
            by_v = v * self._twice(self._power(u) * shares)
            basis = self._basis.to(weights.dtype)
            return torch.cat([by_u @ basis.T, by_v @ basis.T], dim=1)
        u, v = self._transforms(weights)
        power_u, power_v = 4 * _squares(u), 4 * _squares(v)
        axes = tuple(range(1, 1 + len(self.sizes)))
        halves = []
        for transform, power in ((u, power_v), (v, power_u)):
            product = transform * power
            product.flatten(1)[:, 0] = 0
            if weights.is_complex():
                back = torch.fft.ifftn(product, dim=axes)
            else:
                back = torch.fft.irfftn(product, s=self.sizes, dim=axes)
            by_element = torch.empty_like(back.flatten(1))
            by_element[:, self.labels] = back.flatten(1)
            halves.append(by_element)
        return torch.cat(halves, dim=1)

    # Below MATRIX_BELOW, real weights: one product with cosines and sines.

    def _by_matrix(self, weights: Tensor) -> bool:
        return self.order < MATRIX_BELOW and not weights.is_complex()

    @cached_property
    def _angles(self) -> tuple[Tensor, int, int]:
        """Angles (M elements, one of each f and -f), f = -f last, f = 0 left out."""
        common = math.lcm(*self.sizes)
        steps = np.array([common // size for size in self.sizes], dtype=np.int64)
        places = np.indices(self.sizes).reshape(len(self.sizes), -1).T
        # Whole turns out before the floating point comes in: exact angles for every f j.
        turns = (places * steps) @ places.T % common  # frequency, place
        opposite = {tuple(row): f for f, row in enumerate((-places) % np.array(self.sizes))}
        mirror = np.array([opposite[tuple(row)] for row in places])
        one_of_two = [f for f in range(1, self.order) if f < mirror[f]]
        own_mirror = [f for f in range(1, self.order) if f == mirror[f]]
        by_place = torch.from_numpy(turns[one_of_two + own_mirror].T.astype(np.float64))
        by_element = torch.empty_like(by_place)
        by_element[self.labels] = by_place * (2 * math.pi / common)
        return by_element, len(one_of_two), len(own_mirror)

    @cached_property
    def _basis(self) -> Tensor:
        """Columns: cosine and sine of one of each f and -f, then the real characters."""
        angles, pairs, _ = self._angles
        return torch.cat(
            [angles[:, :pairs].cos(), angles[:, :pairs].sin(), angles[:, pairs:].cos()], 1
        )

    @cached_property
    def _shares(self) -> Tensor:
        _, pairs, single = self._angles
        return torch.tensor([4.0] * pairs + [2.0] * single, dtype=torch.float64) / self.order

    def _products(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        basis = self._basis.to(weights.dtype)
        return weights[:, : self.order] @ basis, weights[:, self.order :] @ basis

    def _power(self, products: Tensor) -> Tensor:
        _, pairs, _ = self._angles
        squares = products.square()
        if not pairs:
            return squares
        power = squares[:, pairs:]
        power[:, :pairs] += squares[:, :pairs]
        # Sines first, then the real characters: the order of the shares.
        return power

    def _twice(self, by_frequency: Tensor) -> Tensor:
        """Give cosine and sine of a frequency the same factor."""
        _, pairs, _ = self._angles
        return torch.cat([by_frequency[:, :pairs], by_frequency], dim=1)

    # Otherwise: the fast transform, over one half of the frequencies for real weights.

    def _transforms(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        halves = weights.unflatten(1, (2, self.order))
        if self.is_relabelled:
            halves = halves[..., self.labels]
        halves = halves.unflatten(2, self.sizes)
        axes = tuple(range(2, 2 + len(self.sizes)))
        transform = torch.fft.fftn if weights.is_complex() else torch.fft.rfftn
        return transform(halves, dim=axes).unbind(1)

    def _half_shares(self, weights: Tensor) -> Tensor:
        """How often each frequency that the transform gives stands for itself, times 2/M."""
        last = self.sizes[-1]
        kept = last if weights.is_complex() else last // 2 + 1
        shares = torch.full((*self.sizes[:-1], kept), 2 / self.order, dtype=torch.float64)
        if not weights.is_complex():
            shares[..., 1 : (last + 1) // 2] *= 2
        shares = shares.flatten()
        shares[0] = 0
        return shares


def _squares(values: Tensor) -> Tensor:
    if not values.is_complex():
        return values.square()
    return values.real.square() + values.imag.square()
