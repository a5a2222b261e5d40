"""Representations, judged by their definitions, element by element, on every group in reach."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from oracles import OTHERS, SMALL, renamed

from li2_core import (
    FiniteGroup,
    alternating,
    cyclic,
    dicyclic,
    dihedral,
    product,
    semidirect,
    symmetric,
)
from li2_core.groups.representations import Representations

GROUPS = SMALL + OTHERS
RENAMED = [renamed(group, seed) for seed, group in enumerate(GROUPS)]

every_group = pytest.mark.parametrize("groups", [GROUPS, RENAMED], ids=["named", "renamed"])


def check_homomorphism(group: FiniteGroup, matrices: torch.Tensor, tol: float = 1e-10) -> None:
    """rho(a) rho(b) = rho(ab) for all a and b, and rho(a)* rho(a) = 1."""
    matrices = matrices.numpy()
    for a in range(group.order):
        assert abs(matrices[a] @ matrices - matrices[group.table[a]]).max() < tol
        assert abs(matrices[a].conj().T @ matrices[a] - np.eye(len(matrices[a]))).max() < tol


def null_space_dimension(conditions: np.ndarray) -> int:
    values = np.linalg.svd(conditions, compute_uv=False)
    assert not ((values > 1e-9) & (values < 1e-3)).any()
    return conditions.shape[-1] - int((values > 1e-9).sum())


def commutant_dimension(matrices: np.ndarray) -> int:
    """The dimension of the X with X rho(g) = rho(g) X for every g, by their linear equations."""
    one = np.eye(matrices.shape[-1])
    equations = [np.kron(one, m) - np.kron(m.T, one) for m in matrices]
    return null_space_dimension(np.concatenate(equations))


def invariant_forms(matrices: np.ndarray, sign: int) -> int:
    """The dimension of the B with rho(g)' B rho(g) = B for every g and B' = sign B."""
    d = matrices.shape[-1]
    swap = np.eye(d * d).reshape(d, d, d * d).transpose(1, 0, 2).reshape(d * d, d * d)
    equations = [np.kron(m.T, m.T) - np.eye(d * d) for m in matrices]
    return null_space_dimension(np.concatenate([*equations, swap - sign * np.eye(d * d)]))


def test_the_constructors_make_these_many_groups():
    """To order 15 all that there are, by the known counts; beyond, some are out of reach."""
    counts = np.bincount([group.order for group in SMALL])
    assert counts[1:16].tolist() == [1, 1, 1, 2, 1, 2, 1, 5, 2, 2, 1, 5, 1, 2, 1]


@every_group
def test_classes_are_the_orbits_of_conjugation(groups):
    for group in groups:
        table, inverse = group.table.tolist(), group.inverse.tolist()
        elements = range(group.order)
        orbits = {
            tuple(sorted({table[table[a][x]][inverse[a]] for a in elements})) for x in elements
        }
        classes = [tuple(members.tolist()) for members in group.conjugacy_classes()]
        assert set(classes) == orbits and len(classes) == len(orbits)
        assert classes[0] == (group.identity,)
        assert classes[1:] == sorted(classes[1:])


@every_group
def test_complex_irreps_are_unitary_homomorphisms_and_irreducible(groups):
    for group in groups:
        for irrep in group.complex_irreps():
            assert irrep.matrices.shape == (group.order, irrep.d, irrep.d)
            assert irrep.matrices.dtype == irrep.character.dtype == torch.complex128
            check_homomorphism(group, irrep.matrices)
            assert commutant_dimension(irrep.matrices) == 1
            traces = torch.stack([matrix.trace() for matrix in irrep.matrices])
            assert abs(traces - irrep.character).max() < 1e-10


@every_group
def test_there_are_all_irreps_and_each_once(groups):
    for group in groups:
        irreps, classes = group.complex_irreps(), group.conjugacy_classes()
        table = group.character_table()
        assert sum(irrep.d**2 for irrep in irreps) == group.order
        assert table.shape == (len(irreps), len(classes)) and table.dtype == np.complex128
        for row, irrep in zip(table, irreps, strict=True):
            for value, members in zip(row, classes, strict=True):
                assert (irrep.character.numpy()[members] == value).all()
        characters = np.array([irrep.character.numpy() for irrep in irreps])
        gram = characters @ characters.conj().T / group.order
        assert abs(gram - np.eye(len(irreps))).max() < 1e-10
        centralizers = [group.order / len(members) for members in classes]
        assert abs(table.T @ table.conj() - np.diag(centralizers)).max() < 1e-10
        assert (irreps[0].matrices == 1).all()
        assert [irrep.d for irrep in irreps] == sorted(irrep.d for irrep in irreps)


@every_group
def test_the_kind_is_the_symmetry_of_the_invariant_form(groups):
    expected = {"real": (1, 0), "complex": (0, 0), "quaternionic": (0, 1)}
    for group in groups:
        for irrep in group.complex_irreps():
            found = invariant_forms(irrep.matrices, 1), invariant_forms(irrep.matrices, -1)
            assert found == expected[irrep.kind]
        signs = {"real": 1, "complex": 0, "quaternionic": -1}
        square_roots_of_one = (group.table.diagonal() == group.identity).sum()
        assert sum(signs[i.kind] * i.d for i in group.complex_irreps()) == square_roots_of_one


@every_group
def test_real_irreps_are_orthogonal_homomorphisms_and_irreducible(groups):
    shape = {"real": (1, 1, 1), "complex": (2, 2, 2), "quaternionic": (2, 4, 1)}
    for group in groups:
        irreps, real_irreps = group.complex_irreps(), group.irreps()
        assert (real_irreps[0].matrices == 1).all()
        assert [real.D for real in real_irreps] == sorted(real.D for real in real_irreps)
        members = [i for real in real_irreps for i in real.members]
        assert sorted(members) == list(range(len(irreps)))
        for real in real_irreps:
            factor, commutant, count = shape[real.kind]
            assert factor * real.d == real.D
            assert real.matrices.dtype == torch.float64
            assert real.matrices.shape == (group.order, real.D, real.D)
            check_homomorphism(group, real.matrices)
            assert real.c == commutant == commutant_dimension(real.matrices)
            assert len(real.members) == count
            assert {(irreps[i].kind, irreps[i].d) for i in real.members} == {(real.kind, real.d)}
            character = sum(irreps[i].character for i in real.members) * factor / count
            traces = torch.stack([matrix.trace() for matrix in real.matrices])
            assert abs(traces - character).max() < 1e-10


@every_group
def test_isotypic_projectors_split_the_functions_on_the_group(groups):
    for group in groups:
        projectors, one = group.isotypic_projectors().numpy(), np.eye(group.order)
        assert projectors.dtype == np.float64
        assert abs(projectors.sum(axis=0) - one).max() < 1e-10
        for projector, real in zip(projectors, group.irreps(), strict=True):
            assert abs(projector @ projector - projector).max() < 1e-10
            assert abs(projector - projector.T).max() < 1e-10
            copies = {"real": 1, "complex": 2, "quaternionic": 1}[real.kind]
            assert abs(projector.trace() - copies * real.d**2) < 1e-10
            for a in range(group.order):
                for move in (group.table[a], group.table[:, a]):  # x -> a x and x -> x a
                    assert abs(projector[np.ix_(move, move)] - projector).max() < 1e-10
            # The entries of its matrices are functions of this part, and of no other.
            entries = real.matrices.flatten(1).numpy()
            assert abs(projector @ entries - entries).max() < 1e-10


w, a7 = np.exp(2j * np.pi / 3), (-1 + 1j * math.sqrt(7)) / 2
golden, silver = (1 + math.sqrt(5)) / 2, (1 - math.sqrt(5)) / 2
S4 = list(itertools.permutations(range(4)))
A5 = [p for p in itertools.permutations(range(5)) if np.linalg.det(np.eye(5)[list(p)]) > 0]
BY_HAND = [
    (symmetric(3), [0, 1, 3], [[1, 1, 1], [1, -1, 1], [2, 0, -1]]),
    (
        dicyclic(2),
        [0, 2, 1, 4, 5],
        [
            [1, 1, 1, 1, 1],
            [1, 1, 1, -1, -1],
            [1, 1, -1, 1, -1],
            [1, 1, -1, -1, 1],
            [2, -2, 0, 0, 0],
        ],
    ),
    (
        dihedral(5),
        [0, 1, 2, 5],
        [[1, 1, 1, 1], [1, 1, 1, -1], [2, -silver, -golden, 0], [2, -golden, -silver, 0]],
    ),
    (
        alternating(4),
        [0, 3, 1, 2],  # 1, (01)(23), and two cycles of three, inverse to each other
        [[1, 1, 1, 1], [1, 1, w, w**2], [1, 1, w**2, w], [3, -1, 0, 0]],
    ),
    (
        symmetric(4),
        [
            S4.index(p)
            for p in [(0, 1, 2, 3), (1, 0, 2, 3), (1, 0, 3, 2), (1, 2, 0, 3), (1, 2, 3, 0)]
        ],
        [
            [1, 1, 1, 1, 1],
            [1, -1, 1, 1, -1],
            [2, 0, 2, -1, 0],
            [3, 1, -1, 0, -1],
            [3, -1, -1, 0, 1],
        ],
    ),
    (
        semidirect(7, 3, 2),
        [0, 1, 3, 7, 14],
        [
            [1, 1, 1, 1, 1],
            [1, 1, 1, w, w**2],
            [1, 1, 1, w**2, w],
            [3, a7, a7.conjugate(), 0, 0],
            [3, a7.conjugate(), a7, 0, 0],
        ],
    ),
    (
        alternating(5),
        [A5.index(p) for p in [(0, 1, 2, 3, 4), (1, 0, 3, 2, 4), (1, 2, 0, 3, 4), (1, 2, 3, 4, 0)]],
        [[1, 1, 1, 1], [3, -1, 0, golden], [3, -1, 0, silver], [4, 0, 1, -1], [5, 1, -1, 0]],
    ),
]


@pytest.mark.parametrize(
    ("group", "elements", "rows"), BY_HAND, ids=lambda x: getattr(x, "name", "")
)
def test_characters_worked_out_by_hand(group, elements, rows):
    found = [irrep.character[elements] for irrep in group.complex_irreps()]
    assert len(found) == len(rows)
    for row in rows:
        assert sum(bool(np.allclose(row, values, rtol=0, atol=1e-12)) for values in found) == 1


def test_characters_of_symmetric_groups_are_whole_numbers_to_the_last_bit():
    for n in (3, 4, 5):
        table = symmetric(n).character_table()
        assert (table == np.rint(table.real)).all()


@pytest.mark.parametrize("order", [1, 2, 7, 12])
def test_the_irreps_of_a_cyclic_group_are_its_frequencies_in_order(order):
    group, elements = cyclic(order), np.arange(order)
    frequencies = sorted(range(order), key=lambda k: (min(k, order - k), k))
    for irrep, k in zip(group.complex_irreps(), frequencies, strict=True):
        expected = np.exp(2j * np.pi * k * elements / order)
        assert abs(irrep.character.numpy() - expected).max() < 1e-12
    reals = [real for real in group.irreps() if real.D == 2]
    for k, real in enumerate(reals, start=1):
        angle = 2 * np.pi * k * elements / order
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert abs(real.matrices.numpy() - rotation.transpose(2, 0, 1)).max() < 1e-12
        assert (real.frequency, real.name) == (k, f"frequency {k}")


@given(st.sampled_from(range(len(GROUPS))), st.integers(0, 10**6))
def test_renaming_the_elements_renames_the_characters(number, seed):
    """As sets, for their order may go by the names."""
    group = GROUPS[number]
    rename = np.random.default_rng(seed).permutation(group.order)
    other = renamed(group, seed)
    for irrep in group.complex_irreps():
        matches = [
            other_irrep.kind
            for other_irrep in other.complex_irreps()
            if abs(other_irrep.character[rename] - irrep.character).max() < 1e-10
        ]
        assert matches == [irrep.kind]


@pytest.mark.parametrize("group", [symmetric(4), semidirect(7, 3, 2), dihedral(9)], ids=repr)
def test_the_same_table_gives_the_same_bits_and_they_are_kept(group):
    again = FiniteGroup(group.table)
    for mine, other in zip(
        (*group.complex_irreps(), *group.irreps()),
        (*again.complex_irreps(), *again.irreps()),
        strict=True,
    ):
        assert (mine.matrices == other.matrices).all()
    assert group.complex_irreps() is group.complex_irreps() and group.irreps() is group.irreps()
    assert group.isotypic_projectors() is group.isotypic_projectors()
    for array in (group.character_table(), *group.conjugacy_classes()):
        assert not array.flags.writeable


@pytest.mark.parametrize("group", [*OTHERS, dicyclic(3), dihedral(6), symmetric(4)], ids=repr)
def test_copies_cut_out_by_chance_are_as_good(group, monkeypatch):
    """Without an eigenvalue that occurs once: what the largest groups have to rely on."""
    monkeypatch.setattr(Representations, "_copy_by_eigenvalue", lambda *arguments: None)
    group = FiniteGroup(group.table)
    for irrep in group.complex_irreps():
        check_homomorphism(group, irrep.matrices)
        traces = torch.stack([matrix.trace() for matrix in irrep.matrices])
        assert abs(traces - irrep.character).max() < 1e-10
        assert irrep.kind != "real" or not irrep.matrices.imag.any()


@pytest.fixture
def unlucky(monkeypatch):
    """Set how many of the random draws are the worst there are: a multiple of the identity."""
    draw = Representations._random_hermitian

    def set_draws(count: int) -> None:
        def degenerate_at_first(self, seed):
            return 1.0 * (np.arange(len(self.table)) == self.identity) + (
                draw(self, seed) if seed >= count else 0j
            )

        monkeypatch.setattr(Representations, "_random_hermitian", degenerate_at_first)
        monkeypatch.setattr(Representations, "_copy_by_eigenvalue", lambda *arguments: None)

    return set_draws


def test_degenerate_random_draws_are_drawn_again(unlucky):
    unlucky(3)
    for group in (symmetric(4), dicyclic(3), cyclic(6)):
        assert sum(irrep.d**2 for irrep in group.complex_irreps()) == group.order
        for irrep in group.complex_irreps():
            check_homomorphism(group, irrep.matrices)


def test_random_draws_that_never_succeed_are_an_error(unlucky):
    known = symmetric(3)
    known.character_table()
    unlucky(10**9)
    with pytest.raises(RuntimeError, match="no accurate character table in 20 random draws"):
        symmetric(3).character_table()
    with pytest.raises(RuntimeError, match="no irreducible copy of dimension 2 in 20 random draws"):
        known.complex_irreps()


@pytest.mark.parametrize(
    ("group", "dims"),
    [
        (dihedral(100), {1: 4, 2: 49}),
        (semidirect(25, 8, 7), {1: 8, 4: 12}),
        (renamed(product(dihedral(5), dicyclic(5)), 0), {1: 8, 2: 16, 4: 8}),
        (symmetric(5), {1: 2, 4: 2, 5: 2, 6: 1}),
        (cyclic(199), {1: 199}),
    ],
    ids=repr,
)
def test_groups_of_order_200_or_so(group, dims):
    found = [irrep.d for irrep in group.complex_irreps()]
    assert {dim: found.count(dim) for dim in found} == dims
    some = np.random.default_rng(0).choice(group.order, 20, replace=False)
    for irrep in (*group.complex_irreps(), *group.irreps()):
        for a in some:
            error = irrep.matrices[a] @ irrep.matrices - irrep.matrices[group.products[a]]
            assert abs(error).max() < 1e-12
    assert abs(group.isotypic_projectors().sum(0) - torch.eye(group.order)).max() < 1e-12


def test_every_irrep_has_its_place_and_a_name_of_its_own():
    for group in GROUPS:
        irreps = group.irreps()
        assert [irrep.place for irrep in irreps] == list(range(len(irreps)))
        assert len({irrep.name for irrep in irreps}) == len(irreps)
        for irrep in irreps:
            assert group.irrep(irrep.place) is group.irrep(irrep) is irrep
            assert (irrep.frequency is not None) == group.is_standard_cyclic
    names = [irrep.name for irrep in symmetric(4).irreps()]
    assert names == ["trivial", "D=1", "D=2", "D=3, no. 1", "D=3, no. 2"]
    assert [irrep.frequency for irrep in cyclic(8).irreps()] == [0, 4, 1, 2, 3]
    with pytest.raises(AttributeError):
        symmetric(4).irrep(1).place = 2
