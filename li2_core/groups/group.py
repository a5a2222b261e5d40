"""Finite groups, given by their Cayley tables.

A group is the task of this book: the network is shown two elements and asked for
their product. Elements are the integers 0 .. M-1; the table holds the products.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.groups.fourier import FourierForm
from li2_core.groups.representations import ComplexIrrep, Irrep, Representations
from li2_core.groups.table import (
    IntArray,
    identity_and_inverses,
    is_standard_cyclic,
    permutation_table,
    square_table,
)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class FiniteGroup:
    """A finite group of order M.

    A group does not change once it is made; what follows from its table is computed once.

    Parameters
    ----------
    table : array_like of int, shape (M, M)
        ``table[a, b]`` is the product of elements a and b.
    name : str
        What figures and messages call it.

    Attributes
    ----------
    identity : int
        The element e with e x = x e = x.
    inverse : ndarray of int, (M,)
        Every element's inverse.

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

    table: IntArray
    name: str
    identity: int
    inverse: IntArray

    def __init__(self, table: npt.ArrayLike, name: str = "group") -> None:
        own = square_table(table)
        identity, inverse = identity_and_inverses(own)
        for array in (own, inverse):
            array.setflags(write=False)
        # The one way into a frozen object.
        self.__dict__.update(table=own, name=name, identity=identity, inverse=inverse)

    @classmethod
    def from_permutations(
        cls, generators: Iterable[Sequence[int]], name: str = "group"
    ) -> FiniteGroup:
        """The group that some permutations generate.

        A permutation is the sequence of the images of 0 .. n-1, and the product a b takes
        i to a[b[i]]. The elements are numbered in the order of the sequences, the identity first.

        Parameters
        ----------
        generators : iterable of sequences of int
        name : str
            What figures and messages call the group.

        Raises
        ------
        ValueError
            If there is no generator, the generators do not all permute the same 0 .. n-1, or
            they generate more than 10000 elements.

        Examples
        --------
        >>> FiniteGroup.from_permutations([(1, 2, 0), (1, 0, 2)]).order
        6
        """
        moves = [tuple(whole("an image", i) for i in generator) for generator in generators]
        if not moves:
            raise ValueError("from_permutations needs at least one generator")
        for move in moves:
            if sorted(move) != list(range(len(moves[0]))):
                raise ValueError(f"{move} does not permute 0..{len(moves[0]) - 1}")
        return cls(permutation_table(moves), name=name)

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
        return is_standard_cyclic(self.table)

    @cached_property
    def products(self) -> Tensor:
        """The table as a tensor, int64 (M, M)."""
        return torch.tensor(self.table)

    @cached_property
    def quotients(self) -> Tensor:
        """a^-1 b in row a, column b: int64 (M, M)."""
        return torch.tensor(self.table[self.inverse])

    @cached_property
    def fourier(self) -> FourierForm:
        """The energy of x^2 by Fourier transform, of an abelian group.

        Raises
        ------
        ValueError
            If the group is not abelian.
        """
        return FourierForm(self.table)

    @cached_property
    def _representations(self) -> Representations:
        return Representations(self.table)

    def conjugacy_classes(self) -> tuple[IntArray, ...]:
        """The elements of each class {a x a^-1}: the identity's, then by smallest element.

        >>> from li2_core import cyclic
        >>> [members.tolist() for members in cyclic(3).conjugacy_classes()]
        [[0], [1], [2]]
        """
        return self._representations.classes

    def character_table(self) -> npt.NDArray[np.complex128]:
        """The characters, shape (irreps, classes), in the order of ``complex_irreps()``.

        >>> from li2_core import cyclic
        >>> cyclic(2).character_table().real
        array([[ 1.,  1.],
               [ 1., -1.]])
        """
        return self._representations.character_table

    def irreps(self) -> tuple[Irrep, ...]:
        """The real irreps with their orthogonal matrices: trivial first, then by dimension.

        An irrep's place here is its number everywhere.

        >>> from li2_core import cyclic
        >>> cyclic(4).irreps()
        (Irrep(trivial), Irrep(frequency 2), Irrep(frequency 1))
        """
        return self._representations.irreps

    def irrep(self, which: Irrep | int) -> Irrep:
        """One of ``irreps()``.

        Parameters
        ----------
        which : Irrep or int
            Itself, or its place there.

        Raises
        ------
        ValueError
            If the group has none of that place, or it is another group's.

        Examples
        --------
        >>> from li2_core import dihedral
        >>> dihedral(3).irrep(2)
        Irrep(D=2)
        """
        irreps = self.irreps()
        place = which.place if isinstance(which, Irrep) else which
        found = irreps[whole(f"the place of an irrep of {self.name}", place, 0, len(irreps) - 1)]
        # The same table gives the same matrices.
        if isinstance(which, Irrep) and not torch.equal(which.matrices, found.matrices):
            raise ValueError(f"{which} is an irrep of another group than {self.name}")
        return found

    def complex_irreps(self) -> tuple[ComplexIrrep, ...]:
        """The complex irreps with their unitary matrices: trivial first, then by dimension.

        >>> from li2_core import cyclic
        >>> [irrep.kind for irrep in cyclic(3).complex_irreps()]
        ['real', 'complex', 'complex']
        """
        return self._representations.complex_irreps

    def isotypic_projectors(self) -> Tensor:
        """Orthogonal projectors, float64 (irreps, M, M), in the order of ``irreps()``.

        Projector k takes a function on the group to its part in irrep k; they sum to 1.

        >>> from li2_core import cyclic
        >>> cyclic(2).isotypic_projectors()[1]
        tensor([[ 0.5000, -0.5000],
                [-0.5000,  0.5000]], dtype=torch.float64)
        """
        return self._representations.isotypic_projectors

    def __repr__(self) -> str:
        return f"FiniteGroup({self.name}, order {self.order})"
