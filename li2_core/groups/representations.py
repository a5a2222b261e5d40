"""The irreducible representations (irreps) of any finite group, from its Cayley table alone.

Each complex irrep is one copy cut out of the left regular representation,
(L_g f)(x) = f(g^-1 x), where its character says which part. A real irrep is one of them, or two.

Source: J.-P. Serre, Linear Representations of Finite Groups, chapters 2, 6 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.groups.characters import (
    DRAWS,
    Characters,
    ComplexArray,
    multiplicities,
    roots_of_unity,
)
from li2_core.groups.table import is_standard_cyclic

Kind = Literal["real", "complex", "quaternionic"]

_KINDS: dict[int, Kind] = {1: "real", 0: "complex", -1: "quaternionic"}


@dataclass(frozen=True, eq=False)
class ComplexIrrep:
    """A complex irreducible representation rho, of dimension d, of a group of order M.

    ``matrices``, complex128 (M, d, d), holds the unitary rho(g); ``character``, complex128 (M,),
    their traces. ``kind`` is by the Frobenius-Schur indicator (1/M) sum_g chi(g^2): 1 for
    "real", 0 for "complex", -1 for "quaternionic".

    Examples
    --------
    >>> from li2_core import dicyclic
    >>> last = dicyclic(2).complex_irreps()[-1]
    >>> last.d, last.kind
    (2, 'quaternionic')
    """

    kind: Kind
    d: int
    matrices: Tensor
    character: Tensor


@dataclass(frozen=True, eq=False)
class Irrep:
    """A real irreducible representation of a group of order M.

    Attributes
    ----------
    name : str
        "trivial", "frequency 3" on a clock, else such as "D=2, no. 1".
    place : int
        Its place in ``group.irreps()``.
    kind : str
        Of its complex irreps: "real", "complex" or "quaternionic".
    D, c, d : int
        Its real dimension, that of the matrices that commute with all of its own, and the
        dimension of a complex irrep in it: D = d, 2d, 2d and c = 1, 2, 4 for the three kinds.
    frequency : int or None
        On Z_M in its standard labelling, from 0 to M/2.
    matrices : Tensor, float64, (M, D, D)
        The orthogonal rho(g).
    members : tuple of int
        The places in ``group.complex_irreps()`` of what it is made of: one, or a conjugate pair.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> rotation = cyclic(5).irreps()[1]
    >>> rotation
    Irrep(frequency 1)
    >>> rotation.D, rotation.c, rotation.d, rotation.members
    (2, 2, 1, (1, 2))
    """

    name: str
    place: int
    kind: Kind
    D: int
    c: int
    d: int
    frequency: int | None
    matrices: Tensor
    members: tuple[int, ...]

    def __repr__(self) -> str:
        return f"Irrep({self.name})"


class Representations(Characters):
    """All that follows from a Cayley table; see `Characters` for how, and what is raised.

    Examples
    --------
    >>> Representations(np.array([[0, 1], [1, 0]])).irreps
    (Irrep(trivial), Irrep(frequency 1))
    """

    @cached_property
    def complex_irreps(self) -> tuple[ComplexIrrep, ...]:
        """The complex irreps, in the order of the character table."""
        return tuple(self._complex_irrep(row[self._class_of]) for row in self.character_table)

    def _complex_irrep(self, character: ComplexArray) -> ComplexIrrep:
        d = round(character[self.identity].real)
        kind = _KINDS[round(character[self.table.diagonal()].mean().real)]
        matrices = character.reshape(-1, 1, 1)
        if d > 1:
            matrices = self._cut_out_copy(character, d, kind == "real")
        return ComplexIrrep(kind, d, torch.tensor(matrices), torch.tensor(character))

    def _cut_out_copy(self, character: ComplexArray, dim: int, real: bool) -> ComplexArray:
        """The matrices on one irreducible part of the regular representation's isotype."""
        function: npt.NDArray[Any] = dim / len(self.table) * character
        isotype = (function.real if real else function)[self._quotient]
        for seed in range(-1, DRAWS):
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
        raise RuntimeError(f"no irreducible copy of dimension {dim} in {DRAWS} random draws")

    def _copy_by_eigenvalue(
        self, isotype: npt.NDArray[Any], character: ComplexArray, real: bool
    ) -> npt.NDArray[Any] | None:
        """The isotype's f with f(x a) = f(x) / z: one copy if z is a simple eigenvalue of rho(a).

        Of the elements a that have one, the first of the largest order; it gives sparse matrices.
        """
        for cycle in sorted(self._powers, key=len, reverse=True):
            simple = np.flatnonzero(np.rint(multiplicities(character[cycle]).real) == 1)
            simple = simple[2 * simple % len(cycle) == 0] if real else simple
            if len(simple):
                weights = np.zeros(len(isotype), dtype=np.complex128)
                weights[cycle] = roots_of_unity(len(cycle)) ** simple[0] / len(cycle)
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
    def irreps(self) -> tuple[Irrep, ...]:
        """The real irreps: trivial first, then by real dimension."""
        characters = torch.stack([irrep.character for irrep in self.complex_irreps])
        found = []
        for number, irrep in enumerate(self.complex_irreps):
            partner = int((characters - irrep.character.conj()).abs().amax(1).argmin())
            if partner >= number:
                found.append((number,) if partner == number else (number, partner))
        dims = [_real_dimension(self.complex_irreps[members[0]]) for members in found]
        order = sorted(range(len(found)), key=dims.__getitem__)
        dims.sort()
        return tuple(self._irrep(place, found[k], dims) for place, k in enumerate(order))

    def _irrep(self, place: int, members: tuple[int, ...], dims: list[int]) -> Irrep:
        rho, D, M = self.complex_irreps[members[0]], dims[place], len(self.table)
        frequency = None
        if is_standard_cyclic(self.table):
            turns = round(float(rho.character[1 % M].angle()) * M / (2 * np.pi)) % M
            frequency = min(turns, M - turns)
        alike = [k for k, other in enumerate(dims) if k and other == D]
        name = f"D={D}" if len(alike) == 1 else f"D={D}, no. {place - min(alike, default=0) + 1}"
        if frequency is not None:
            name = f"frequency {frequency}"
        re, im = rho.matrices.real, rho.matrices.imag
        matrices = (
            re.clone()
            if rho.kind == "real"
            else torch.cat([torch.cat([re, -im], 2), torch.cat([im, re], 2)], 1)
        )
        return Irrep(
            name if place else "trivial",
            place,
            rho.kind,
            D,
            {"real": 1, "complex": 2, "quaternionic": 4}[rho.kind],
            rho.d,
            frequency,
            matrices,
            members,
        )

    @cached_property
    def isotypic_projectors(self) -> Tensor:
        """Orthogonal projectors on the parts of the functions on the group.

        Shape (irreps, M, M). E_k[x, y] = (d/M) chi(x^-1 y), summed over the members.
        """
        functions = [
            sum(rho.d * rho.character.real.numpy() for rho in self._members(irrep))
            for irrep in self.irreps
        ]
        return torch.tensor((np.array(functions) / len(self.table))[:, self._quotient])

    def _members(self, irrep: Irrep) -> list[ComplexIrrep]:
        return [self.complex_irreps[member] for member in irrep.members]


def _real_dimension(rho: ComplexIrrep) -> int:
    return rho.d if rho.kind == "real" else 2 * rho.d
