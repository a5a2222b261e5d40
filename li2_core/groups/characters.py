"""The characters of any finite group, from its Cayley table alone.

The class sums commute, so a random Hermitian combination of them has the characters as its
eigenvectors. They are then made exact, because a character value is a sum of roots of unity
with whole numbers as multiplicities.

Source: J.-P. Serre, Linear Representations of Finite Groups, chapters 2 and 6.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
ComplexArray = npt.NDArray[np.complex128]

DRAWS = 20  # seeded random draws before giving up; the first nearly always does


class Characters:
    """Classes and characters of a Cayley table of shape (M, M); computed when first asked for.

    The table must be a group's, as ``FiniteGroup`` checks; here it is taken on trust. The same
    table gives the same arrays; every array is read-only.

    Raises
    ------
    RuntimeError
        On access, if no random draw led to accurate characters.

    Examples
    --------
    >>> Characters(np.array([[0, 1], [1, 0]])).character_table.real
    array([[ 1.,  1.],
           [ 1., -1.]])
    """

    def __init__(self, table: IntArray) -> None:
        elements = np.arange(len(table))
        self.table = table
        self.identity = int(np.argmax(table.diagonal() == elements))
        self.inverse: IntArray = (table == self.identity).argmax(axis=1)
        self._quotient: IntArray = table[self.inverse]  # [x, y] holds x^-1 y

    @cached_property
    def classes(self) -> tuple[IntArray, ...]:
        """The conjugacy classes, the identity's first, then by their smallest elements."""
        conjugates = self.table[self.table, self.inverse[:, None]]  # [a, x] holds a x a^-1
        smallest = conjugates.min(axis=0)
        leaders = sorted(
            set(smallest.tolist()), key=lambda leader: (leader != self.identity, leader)
        )
        return tuple(_frozen(np.flatnonzero(smallest == leader)) for leader in leaders)

    @cached_property
    def _class_of(self) -> IntArray:
        class_of = np.empty(len(self.table), dtype=np.int64)
        for number, members in enumerate(self.classes):
            class_of[members] = number
        return class_of

    @cached_property
    def _powers(self) -> list[list[int]]:
        """For the first element a of each class: a^0, a^1, ..., up to its order."""
        cycles = []
        for members in self.classes:
            cycle, power = [self.identity], int(members[0])
            while power != self.identity:
                cycle.append(power)
                power = int(self.table[power, members[0]])
            cycles.append(cycle)
        return cycles

    @cached_property
    def character_table(self) -> ComplexArray:
        """The characters, shape (irreps, classes): trivial first, then by dimension.

        Within a dimension the larger values come first, class by class.
        """
        for seed in range(DRAWS):
            exact, error = self._exact_characters(self._rough_characters(seed))
            gram = (exact * [len(c) for c in self.classes]) @ exact.conj().T / len(self.table)
            if error < 1e-3 and np.allclose(gram, np.eye(len(exact)), atol=1e-9):
                return _frozen(np.array(sorted(exact, key=_place)))
        raise RuntimeError(f"no accurate character table in {DRAWS} random draws")

    def _rough_characters(self, seed: int) -> ComplexArray:
        sizes = np.array([len(members) for members in self.classes])
        onto_classes = np.eye(len(sizes))[self._class_of] / np.sqrt(sizes[self._class_of])[:, None]
        central = onto_classes @ (onto_classes.T @ self._random_hermitian(seed))
        convolution = onto_classes.T @ central[self._quotient] @ onto_classes
        rough = np.linalg.eigh(convolution)[1].T / np.sqrt(sizes / len(self.table))
        return rough * np.exp(-1j * np.angle(rough[:, :1]))

    def _exact_characters(self, rough: ComplexArray) -> tuple[ComplexArray, float]:
        """Round the multiplicities of the eigenvalues; also the largest change in one."""
        exact, worst = np.empty_like(rough), 0.0
        for number, cycle in enumerate(self._powers):
            found = multiplicities(rough[:, self._class_of[cycle]])
            whole = np.rint(found.real)
            worst = max(worst, float(abs(found - whole).max()))
            exact[:, number] = whole @ roots_of_unity(len(cycle))
        return _tidy(exact), worst

    def _random_hermitian(self, seed: int) -> ComplexArray:
        """A random function with h(g^-1) = conj h(g), shape (M,)."""
        parts = np.random.default_rng(seed).standard_normal((2, len(self.table)))
        weights = parts[0] + 1j * parts[1]
        return weights + weights[self.inverse].conj()


def multiplicities(character_on_powers: ComplexArray) -> ComplexArray:
    """How often each root of unity is an eigenvalue, from the character on a^0, a^1, ...

    Parameters
    ----------
    character_on_powers : ndarray, (..., powers)

    Returns
    -------
    ndarray, complex128, (..., powers)
    """
    return np.fft.fft(character_on_powers) / character_on_powers.shape[-1]


def roots_of_unity(order: int) -> ComplexArray:
    """The powers of exp(2 pi i / order), the zeroth first.

    Returns
    -------
    ndarray, complex128, (M,)
        M is the order.
    """
    return np.exp(2j * np.pi * np.arange(order) / order)


def _tidy(values: ComplexArray) -> ComplexArray:
    """Real and imaginary parts within rounding of a whole number become that number."""
    parts = np.stack([values.real, values.imag])
    whole = np.rint(parts) + 0.0
    parts = np.where(abs(parts - whole) < 1e-12, whole, parts)
    return parts[0] + 1j * parts[1]


def _place(row: ComplexArray) -> tuple[bool, float, list[float]]:
    """Where a character stands: trivial first, then by dimension, then larger values first."""
    values = np.stack([row.real, row.imag], axis=1).round(6) + 0.0
    return bool((values != [1, 0]).any()), float(values[0, 0]), (-values).ravel().tolist()


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array
