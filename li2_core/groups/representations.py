"""The representations of any finite group, from its Cayley table alone.

Characters first: the class sums commute, so a random Hermitian combination of them has the
characters as its eigenvectors. They are then made exact, because a character value is a sum of
roots of unity with whole numbers as multiplicities. Each irreducible representation (irrep) is
one copy cut out of the left regular representation, (L_g f)(x) = f(g^-1 x).

Source: J.-P. Serre, Linear Representations of Finite Groups, chapters 2, 6 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
RealArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
Kind = Literal["real", "complex", "quaternionic"]

_KINDS: dict[int, Kind] = {1: "real", 0: "complex", -1: "quaternionic"}
_DRAWS = 20  # seeded random draws before giving up; the first nearly always does


@dataclass(frozen=True, eq=False)
class Irrep:
    """A complex irreducible representation rho, of dimension d, of a group of order M.

    ``matrices``, complex128 (M, d, d), holds the unitary rho(g); ``character``, complex128 (M,),
    their traces. ``kind`` is by the Frobenius-Schur indicator (1/M) sum_g chi(g^2): 1 for
    "real", 0 for "complex", -1 for "quaternionic". The arrays are read-only.

    Examples
    --------
    >>> from li2_core import dicyclic
    >>> last = dicyclic(2).irreps()[-1]
    >>> last.dim, last.kind
    (2, 'quaternionic')
    """

    dim: int
    matrices: ComplexArray
    character: ComplexArray
    kind: Kind


@dataclass(frozen=True, eq=False)
class RealIrrep:
    """An irreducible representation, of real dimension D, by real matrices.

    ``matrices``, float64 (M, D, D), read-only, holds the orthogonal rho(g). ``commutant`` is the
    dimension c of the matrices that commute with all of them. ``members`` are the places in
    ``irreps()`` of what it is made of: one, or a conjugate pair, of dimension ``complex_dim`` = d.
    D = d, 2d, 2d and c = 1, 2, 4 for the real, complex, quaternionic ``kind``.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> rotation = cyclic(5).real_irreps()[1]
    >>> rotation.dim, rotation.commutant, rotation.members
    (2, 2, (1, 2))
    """

    dim: int
    commutant: int
    kind: Kind
    complex_dim: int
    matrices: RealArray
    members: tuple[int, ...]


class Representations:
    """All that follows from a Cayley table of shape (M, M); computed when first asked for.

    The table must be a group's, as ``FiniteGroup`` checks; here it is taken on trust. The same
    table gives the same arrays; every array is read-only.

    Raises
    ------
    RuntimeError
        On access, if no random draw led to accurate characters or matrices.

    Examples
    --------
    >>> Representations(np.array([[0, 1], [1, 0]])).character_table.real
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
        for seed in range(_DRAWS):
            exact, error = self._exact_characters(self._rough_characters(seed))
            gram = (exact * [len(c) for c in self.classes]) @ exact.conj().T / len(self.table)
            if error < 1e-3 and np.allclose(gram, np.eye(len(exact)), atol=1e-9):
                return _frozen(np.array(sorted(exact, key=_place)))
        raise RuntimeError(f"no accurate character table in {_DRAWS} random draws")

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
            found = _multiplicities(rough[:, self._class_of[cycle]])
            whole = np.rint(found.real)
            worst = max(worst, float(abs(found - whole).max()))
            exact[:, number] = whole @ _roots_of_unity(len(cycle))
        return _tidy(exact), worst

    @cached_property
    def irreps(self) -> tuple[Irrep, ...]:
        """The complex irreps, in the order of the character table."""
        return tuple(self._irrep(row[self._class_of]) for row in self.character_table)

    def _irrep(self, character: ComplexArray) -> Irrep:
        dim = round(character[self.identity].real)
        kind = _KINDS[round(character[self.table.diagonal()].mean().real)]
        matrices = character.reshape(-1, 1, 1)
        if dim > 1:
            matrices = self._cut_out_copy(character, dim, kind == "real")
        return Irrep(dim, _frozen(matrices), _frozen(character), kind)

    def _cut_out_copy(self, character: ComplexArray, dim: int, real: bool) -> ComplexArray:
        """The matrices on one irreducible part of the regular representation's isotype."""
        function: npt.NDArray[Any] = dim / len(self.table) * character
        isotype = (function.real if real else function)[self._quotient]
        for seed in range(-1, _DRAWS):
            if seed < 0:
                projector = self._copy_by_eigenvalue(isotype, character, real)
            else:
                projector = self._copy_by_chance(isotype, dim, real, seed)
            if projector is not None:
                basis = self._basis(projector, dim)
                matrices = basis.conj().T @ basis[self._quotient]
                # Unitary only if the part is invariant; within the isotype it is then one copy.
                if np.allclose(matrices @ matrices.conj().swapaxes(1, 2), np.eye(dim), atol=1e-11):
                    return matrices.astype(np.complex128)
        raise RuntimeError(f"no irreducible copy of dimension {dim} in {_DRAWS} random draws")

    def _copy_by_eigenvalue(
        self, isotype: npt.NDArray[Any], character: ComplexArray, real: bool
    ) -> npt.NDArray[Any] | None:
        """The isotype's f with f(x a) = f(x) / z: one copy if z is a simple eigenvalue of rho(a).

        Of the elements a that have one, the first of the largest order; it gives sparse matrices.
        """
        for cycle in sorted(self._powers, key=len, reverse=True):
            simple = np.flatnonzero(np.rint(_multiplicities(character[cycle]).real) == 1)
            simple = simple[2 * simple % len(cycle) == 0] if real else simple
            if len(simple):
                weights = np.zeros(len(isotype), dtype=np.complex128)
                weights[cycle] = _roots_of_unity(len(cycle)) ** simple[0] / len(cycle)
                return ((weights.real if real else weights) @ isotype)[self._quotient]
        return None

    def _copy_by_chance(
        self, isotype: npt.NDArray[Any], dim: int, real: bool, seed: int
    ) -> npt.NDArray[Any] | None:
        """The extreme eigenspace, if it is one copy, of a random operator that commutes with L."""
        weights = self._random_hermitian(seed)
        operator = ((weights.real if real else weights) @ isotype)[self._quotient]
        values, vectors = np.linalg.eigh(operator)
        if -values[0] > values[-1]:
            values, vectors = -values[::-1], vectors[:, ::-1]
        if not values[-1] - values[-dim] < 1e-3 * values[-1] < values[-dim] - values[-dim - 1]:
            return None
        return vectors[:, -dim:] @ vectors[:, -dim:].conj().T

    def _random_hermitian(self, seed: int) -> ComplexArray:
        """A random function with h(g^-1) = conj h(g), shape (M,)."""
        parts = np.random.default_rng(seed).standard_normal((2, len(self.table)))
        weights = parts[0] + 1j * parts[1]
        return weights + weights[self.inverse].conj()

    def _basis(self, projector: npt.NDArray[Any], dim: int) -> npt.NDArray[Any]:
        """An orthonormal basis, shape (M, dim), that depends on the space alone."""
        others = np.delete(np.arange(len(projector)), self.identity)
        rest = projector[:, [self.identity, *others]]
        columns = []
        for _ in range(dim):
            lengths = np.linalg.norm(rest, axis=0)
            first = np.argmax(lengths > 0.6 * lengths.max())
            columns.append(rest[:, first] / lengths[first])
            rest = rest - np.outer(columns[-1], columns[-1].conj() @ rest)
        return np.stack(columns, axis=1)

    @cached_property
    def real_irreps(self) -> tuple[RealIrrep, ...]:
        """The real irreps: trivial first, then by real dimension."""
        found = []
        for number, irrep in enumerate(self.irreps):
            distances = [
                abs(other.character - irrep.character.conj()).max() for other in self.irreps
            ]
            partner = int(np.argmin(distances))
            if partner >= number:
                members = (number,) if partner == number else (number, partner)
                found.append(_real_irrep(irrep, members))
        return tuple(sorted(found, key=lambda irrep: irrep.dim))

    @cached_property
    def isotypic_projectors(self) -> RealArray:
        """Orthogonal projectors on the parts of the functions on the group.

        Shape (real irreps, M, M). E_k[x, y] = (d/M) chi(x^-1 y), summed over the members.
        """
        functions = [
            sum(self.irreps[i].dim * self.irreps[i].character.real for i in real.members)
            for real in self.real_irreps
        ]
        return _frozen((np.array(functions) / len(self.table))[:, self._quotient])


def _real_irrep(irrep: Irrep, members: tuple[int, ...]) -> RealIrrep:
    re, im = irrep.matrices.real, irrep.matrices.imag
    matrices = re.copy() if irrep.kind == "real" else np.block([[re, -im], [im, re]])
    commutant = {"real": 1, "complex": 2, "quaternionic": 4}[irrep.kind]
    return RealIrrep(
        matrices.shape[-1], commutant, irrep.kind, irrep.dim, _frozen(matrices), members
    )


def _multiplicities(character_on_powers: ComplexArray) -> ComplexArray:
    """How often each root of unity is an eigenvalue, from the character on a^0, a^1, ..."""
    return np.fft.fft(character_on_powers) / character_on_powers.shape[-1]


def _roots_of_unity(order: int) -> ComplexArray:
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
