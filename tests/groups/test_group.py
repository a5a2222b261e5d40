"""Groups: a table is accepted exactly when brute force finds the group axioms in it."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from li2_core.groups import (
    FiniteGroup,
    alternating,
    cyclic,
    dicyclic,
    dihedral,
    named_group,
    product,
    semidirect,
    symmetric,
)


def axioms_hold(table: list[list[int]]) -> bool:
    """The definition of a group, element by element."""
    elements = range(len(table))
    if any(entry not in elements for row in table for entry in row):
        return False
    for x, y, z in itertools.product(elements, repeat=3):
        if table[table[x][y]][z] != table[x][table[y][z]]:
            return False
    for e in elements:
        if all(table[e][x] == x == table[x][e] for x in elements):
            return all(any(table[x][y] == e == table[y][x] for y in elements) for x in elements)
    return False


def is_accepted(table) -> bool:
    try:
        FiniteGroup(table)
    except ValueError as error:
        assert str(error).startswith("not a group: ")
        return False
    return True


def symmetric_3() -> list[list[int]]:
    """The permutations of three things, the smallest group that is not abelian."""
    elements = list(itertools.permutations(range(3)))
    return [[elements.index(tuple(a[i] for i in b)) for b in elements] for a in elements]


@st.composite
def relabelled_groups(draw) -> np.ndarray:
    """A group of order 1 .. 12 with its elements renamed at random."""
    known = [cyclic(m).table for m in range(1, 9)]
    known += [product(cyclic(2), cyclic(m)).table for m in (2, 4, 6)]
    known += [product(cyclic(2), cyclic(2), cyclic(2)).table, np.array(symmetric_3())]
    table = draw(st.sampled_from(known))
    rename = np.array(draw(st.permutations(range(len(table)))))
    back = np.argsort(rename)
    return rename[table[np.ix_(back, back)]]


@st.composite
def magmas(draw) -> list[list[int]]:
    """Any table of order 1 .. 4, now and then with an entry that is no element."""
    order = draw(st.integers(1, 4))
    entry = st.integers(0, order - 1) | st.sampled_from([-1, order, 0])
    return draw(
        st.lists(st.lists(entry, min_size=order, max_size=order), min_size=order, max_size=order)
    )


@given(relabelled_groups())
def test_any_relabelling_is_accepted_with_its_identity_and_inverses(table):
    group = FiniteGroup(table)
    e, elements = group.identity, range(len(table))
    assert group.order == len(table)
    for x in elements:
        assert table[e, x] == x == table[x, e]
        assert table[x, group.inverse[x]] == e == table[group.inverse[x], x]
    commuting = all(table[x, y] == table[y, x] for x in elements for y in elements)
    assert group.is_abelian == commuting
    counting = all(table[x, y] == (x + y) % len(table) for x in elements for y in elements)
    assert group.is_standard_cyclic == counting


@given(relabelled_groups().filter(lambda t: len(t) > 1), st.data())
def test_one_changed_entry_is_rejected(table, data):
    """Two groups' tables never differ in one place: each row holds every element once."""
    order = len(table)
    a, b = data.draw(st.tuples(st.integers(0, order - 1), st.integers(0, order - 1)))
    step = data.draw(st.integers(1, order - 1))
    table[a, b] = (table[a, b] + step) % order
    with pytest.raises(ValueError, match="not a group"):
        FiniteGroup(table)


@given(magmas())
def test_random_magmas_are_accepted_exactly_when_the_axioms_hold(table):
    assert is_accepted(table) == axioms_hold(table)


@pytest.mark.parametrize("order", [1, 2])
def test_every_small_table_is_judged_as_brute_force_does(order):
    entries = range(-1, order + 1)
    tables = [np.reshape(t, (order, order)) for t in itertools.product(entries, repeat=order**2)]
    accepted = [table.tolist() for table in tables if is_accepted(table)]
    assert accepted == [table.tolist() for table in tables if axioms_hold(table.tolist())]
    assert len(accepted) == {1: 1, 2: 2}[order]


def test_all_magmas_of_order_3_with_an_identity_0_hold_one_group():
    """With row and column 0 fixed, 81 tables are left, and only Z_3 is a group."""
    found = []
    for free in itertools.product(range(3), repeat=4):
        table = [[0, 1, 2], [1, *free[:2]], [2, *free[2:]]]
        assert is_accepted(table) == axioms_hold(table)
        if is_accepted(table):
            found.append(table)
    assert found == [cyclic(3).table.tolist()]


def test_associative_tables_without_inverses_are_rejected_for_that_reason():
    """Maximum, and multiplication modulo 6: a monoid each."""
    elements = np.arange(6)
    with pytest.raises(ValueError, match="element 1 has no inverse"):
        FiniteGroup(np.maximum.outer(elements, elements))
    with pytest.raises(ValueError, match="element 0 has no inverse"):
        FiniteGroup(np.multiply.outer(elements, elements) % 6)


def test_the_message_of_closure_names_the_first_pair():
    with pytest.raises(ValueError, match=r"product of 1 and 2 is 3, outside 0\.\.2 \(closure\)"):
        FiniteGroup([[0, 1, 2], [1, 2, 3], [2, -1, 1]])


@given(magmas().filter(lambda table: len(table) > 1))
def test_a_message_about_associativity_names_a_triple_that_fails(table):
    try:
        FiniteGroup(table)
    except ValueError as error:
        if "associativity" in str(error):
            numbers = [int(word) for word in re.findall(r"\d+", str(error))]
            x, g, y, left, *same_triple, right = numbers
            assert same_triple == [x, g, y]
            assert left == table[table[x][g]][y]
            assert right == table[x][table[g][y]]
            assert left != right
    else:
        assert axioms_hold(table)


def test_the_message_of_associativity_on_an_example():
    """Subtraction modulo 3: (0 - 0) - 1 is not 0 - (0 - 1)."""
    a = np.arange(3)
    message = r"\(0 0\) 1 = 2 but 0 \(0 1\) = 1 \(associativity\)"
    with pytest.raises(ValueError, match=message):
        FiniteGroup((a[:, None] - a) % 3)


@pytest.mark.parametrize("table", [[[0, 0], [1, 1]], [[0, 1], [0, 1]], [[0, 0], [0, 0]]])
def test_a_table_without_a_two_sided_identity_is_rejected_for_that_reason(table):
    """Both projections (each has an identity on one side only) and the constant product."""
    with pytest.raises(ValueError, match=r"no element e .* \(identity\)"):
        FiniteGroup(table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], r"square and not empty, got shape \(0,\)"),
        ([[]], r"square and not empty, got shape \(1, 0\)"),
        (np.zeros((0, 0), int), r"square and not empty, got shape \(0, 0\)"),
        ([[0, 1]], r"square and not empty, got shape \(1, 2\)"),
        (0, r"square and not empty, got shape \(\)"),
        (np.zeros((1, 1, 1), int), r"square and not empty, got shape \(1, 1, 1\)"),
        ([[0.0, 1.0], [1.0, 0.0]], "holds integers, got dtype float64"),
        ([[False, True], [True, False]], "holds integers, got dtype bool"),
    ],
)
def test_what_is_no_square_table_of_integers_is_rejected(table, message):
    with pytest.raises(ValueError, match=message):
        FiniteGroup(table)


def test_a_group_keeps_its_own_table():
    """Changing the caller's array changes nothing, and the group's own cannot be changed."""
    table = np.array([[0, 1], [1, 0]])
    group = FiniteGroup(table)
    table[0, 0] = 1
    assert group.table.tolist() == [[0, 1], [1, 0]]
    for array in (group.table, group.inverse):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("name", ["table", "name", "identity", "inverse", "order", "other"])
def test_a_group_does_not_change(name):
    group = cyclic(3)
    with pytest.raises(AttributeError):
        setattr(group, name, cyclic(5).table)
    assert group.table.tolist() == cyclic(3).table.tolist()


@pytest.mark.parametrize("group", [cyclic(6), FiniteGroup(symmetric_3())], ids=repr)
def test_products_and_quotients_are_read_off_the_table(group):
    elements = range(group.order)
    assert group.products.tolist() == group.table.tolist()
    for a, b in itertools.product(elements, repeat=2):
        assert group.table[a, group.quotients[a, b]] == b


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_product_multiplies_tuples_place_by_place(orders):
    group = product(*map(cyclic, orders))
    tuples = list(itertools.product(*map(range, orders)))
    assert group.order == len(tuples)
    for i, a in enumerate(tuples):
        for j, b in enumerate(tuples):
            place_by_place = tuple((x + y) % m for x, y, m in zip(a, b, orders, strict=True))
            assert tuples[group.table[i, j]] == place_by_place


def test_product_of_groups_that_do_not_commute():
    """S_3 x Z_2 with S_3 on either side, against tuples."""
    s3, z2 = FiniteGroup(symmetric_3(), name="S_3"), cyclic(2)
    for first, second in ((s3, z2), (z2, s3)):
        group = product(first, second)
        tuples = list(itertools.product(range(first.order), range(second.order)))
        for (i, a), (j, b) in itertools.product(enumerate(tuples), repeat=2):
            expected = (first.table[a[0], b[0]], second.table[a[1], b[1]])
            assert tuples[group.table[i, j]] == expected
        assert not group.is_abelian
        assert group.name == f"{first.name} x {second.name}"


def test_product_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one group"):
        product()


def test_cyclic_counts_modulo_its_order():
    for order in (1, 2, 7):
        table = cyclic(order).table
        assert [[(a + b) % order for b in range(order)] for a in range(order)] == table.tolist()
        assert cyclic(order).name == f"Z_{order}"
    with pytest.raises(ValueError, match="order must be a whole number at least 1, got 0"):
        cyclic(0)
    with pytest.raises(ValueError, match="order must be a whole number at least 1, got -3"):
        cyclic(-3)


def test_klein_is_not_a_standard_cyclic_group_but_commutes():
    klein = product(cyclic(2), cyclic(2))
    assert klein.is_abelian and not klein.is_standard_cyclic
    assert repr(klein) == "FiniteGroup(Z_2 x Z_2, order 4)"


def check_table_of(group, elements, multiply, equal=lambda a, b: a == b):
    """Element number i of the group is elements[i], for the product that is given."""
    assert group.order == len(elements)
    for (i, a), (j, b) in itertools.product(enumerate(elements), repeat=2):
        assert equal(elements[group.table[i, j]], multiply(a, b))


def compose(a, b):
    return tuple(a[i] for i in b)


@pytest.mark.parametrize(
    ("n", "m", "r"), [(7, 3, 2), (7, 3, 4), (5, 4, 2), (8, 2, 3), (3, 4, -1), (9, 6, 5), (4, 3, 1)]
)
def test_semidirect_multiplies_affine_maps(n, m, r):
    """(x, i) as the map y -> r^i y + x of Z_n, with i beside it for r of lower order than m."""
    elements = [
        (tuple((r**i * y + x) % n for y in range(n)), i) for i in range(m) for x in range(n)
    ]

    def multiply(a, b):
        return compose(a[0], b[0]), (a[1] + b[1]) % m

    check_table_of(semidirect(n, m, r), elements, multiply)
    assert semidirect(n, m, r).name == f"Z_{n}:Z_{m}"


@pytest.mark.parametrize(
    ("n", "m", "r", "message"),
    [
        (7, 3, 3, r"r\^m must be 1 modulo n, but 3\^3 is 6 modulo 7"),
        (4, 2, 2, r"2\^2 is 0 modulo 4"),
        (5, 3, 0, r"0\^3 is 0 modulo 5"),
        (0, 3, 1, "n must be a whole number at least 1, got 0"),
        (3, 0, 1, "m must be a whole number at least 1, got 0"),
        (3, 2, 0.5, r"r must be a whole number, got 0\.5"),
    ],
)
def test_semidirect_without_an_action_is_an_error(n, m, r, message):
    with pytest.raises(ValueError, match=message):
        semidirect(n, m, r)


def test_semidirect_with_trivial_factors():
    assert semidirect(1, 4, 0).table.tolist() == cyclic(4).table.tolist()
    assert semidirect(4, 1, 5).table.tolist() == cyclic(4).table.tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 12])
def test_dihedral_multiplies_symmetries_of_the_polygon(n):
    """As matrices: rotations by 2 pi / n and the reflection s in the first axis."""
    angle = 2 * np.pi / n
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    flip = np.diag([1.0, -1.0])
    elements = [np.linalg.matrix_power(turn, k) @ s for s in (np.eye(2), flip) for k in range(n)]
    check_table_of(dihedral(n), elements, np.matmul, np.allclose)
    group, r, s = dihedral(n), 1 % n, n
    product_of_three = group.table[group.table[s, r], s]
    assert product_of_three == group.inverse[r]
    assert group.table[s, s] == group.identity == 0
    assert group.name == f"D_{n}"


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_dicyclic_multiplies_matrices(n):
    a = np.diag([np.exp(1j * np.pi / n), np.exp(-1j * np.pi / n)])
    x = np.array([[0, -1], [1, 0]])
    elements = [np.linalg.matrix_power(a, k) @ e for e in (np.eye(2), x) for k in range(2 * n)]
    check_table_of(dicyclic(n), elements, np.matmul, np.allclose)
    table, inverse = dicyclic(n).table, dicyclic(n).inverse
    assert table[2 * n, 2 * n] == n % (2 * n)
    assert table[table[2 * n, 1], inverse[2 * n]] == inverse[1]
    assert dicyclic(n).name == ("Q_8" if n == 2 else f"Dic_{n}")


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_symmetric_and_alternating_multiply_permutations(n):
    """An even permutation has an even number of pairs in the wrong order."""
    elements = list(itertools.permutations(range(n)))
    check_table_of(symmetric(n), elements, compose)
    even = [p for p in elements if sum(a > b for a, b in itertools.combinations(p, 2)) % 2 == 0]
    check_table_of(alternating(n), even, compose)
    assert (symmetric(n).name, alternating(n).name) == (f"S_{n}", f"A_{n}")


@pytest.mark.parametrize(
    "make",
    [
        lambda: cyclic(100_000),
        lambda: dihedral(5_001),
        lambda: dicyclic(2_501),
        lambda: semidirect(101, 100, 1),
        lambda: product(cyclic(101), cyclic(100)),
        lambda: named_group("Z_20000"),
    ],
)
def test_a_group_too_large_for_a_table_is_an_error(make):
    with pytest.raises(ValueError, match="too large: its table would not fit into memory"):
        make()


@pytest.mark.parametrize("family", [symmetric, alternating])
def test_permutations_go_up_to_seven(family):
    with pytest.raises(ValueError, match="at most 7, got 8"):
        family(8)


@pytest.mark.parametrize("family", [cyclic, dihedral, dicyclic, symmetric, alternating])
def test_families_start_at_1(family):
    for n in (0, -2, 3.7, True, "3", None):
        with pytest.raises(ValueError, match=f"must be a whole number at least 1.*got {n!r}"):
            family(n)


@given(
    st.integers(0, 5).flatmap(
        lambda n: st.lists(st.permutations(range(n)).map(tuple), min_size=1, max_size=3)
    )
)
def test_permutations_generate_all_their_products_in_alphabetical_order(generators):
    elements = {tuple(range(len(generators[0]))), *generators}
    while (larger := elements | {compose(a, b) for a in elements for b in generators}) != elements:
        elements = larger
    group = FiniteGroup.from_permutations(generators, name="some")
    check_table_of(group, sorted(elements), compose)
    assert group.identity == 0 and group.name == "some"


def test_permutations_may_be_arrays_and_come_one_by_one():
    moves = (np.roll(np.arange(5), -k) for k in (1, 2))
    assert FiniteGroup.from_permutations(moves).table.tolist() == cyclic(5).table.tolist()


@pytest.mark.parametrize(
    ("generators", "message"),
    [
        ([], "at least one generator"),
        ([(0, 0, 1)], r"\(0, 0, 1\) does not permute 0\.\.2"),
        ([(1, 2, 3)], r"\(1, 2, 3\) does not permute 0\.\.2"),
        ([(1, 0, 2), (1, 0)], r"\(1, 0\) does not permute 0\.\.2"),
        ([(1, 0), (1, 2, 0)], r"\(1, 2, 0\) does not permute 0\.\.1"),
        ([(1, 0, *range(2, 9)), (*range(1, 9), 0)], "more than 10000 elements"),
        ([(0, -1)], r"\(0, -1\) does not permute 0\.\.1"),
    ],
)
def test_what_does_not_permute_is_no_generator(generators, message):
    with pytest.raises(ValueError, match=message):
        FiniteGroup.from_permutations(generators)


def test_images_that_are_no_integers_are_an_error():
    with pytest.raises(ValueError, match=r"an image must be a whole number, got 1\.0"):
        FiniteGroup.from_permutations([(1.0, 0.0)])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("Z_1", lambda: cyclic(1)),
        ("Z_23", lambda: cyclic(23)),
        ("D_11", lambda: dihedral(11)),
        ("Dic_3", lambda: dicyclic(3)),
        ("Q_8", lambda: dicyclic(2)),
        ("S_4", lambda: symmetric(4)),
        ("A_4", lambda: alternating(4)),
        ("Z_7:Z_3", lambda: semidirect(7, 3, 2)),
        ("Z_13:Z_3", lambda: semidirect(13, 3, 3)),
        ("Z_8:Z_2", lambda: semidirect(8, 2, 3)),
        ("Z_5 x Z_5", lambda: product(cyclic(5), cyclic(5))),
        ("D_3 x Z_2 x A_3", lambda: product(dihedral(3), cyclic(2), alternating(3))),
    ],
)
def test_a_group_is_found_by_its_name(name, make):
    group = make()
    found = named_group(name)
    assert found.name == group.name == name
    assert np.array_equal(found.table, group.table)


@pytest.mark.parametrize(
    "name", ["Z_0", "Z_05", "z_5", "E_8", "Z_5 x ", "Z_5xZ_5", "", "Z_7:Z_4", 5]
)
def test_an_unknown_name_is_an_error(name):
    with pytest.raises(ValueError, match=r"names no group|no group 'Z_7:Z_4'"):
        named_group(name)
