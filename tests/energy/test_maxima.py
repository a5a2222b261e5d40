"""The predicted maxima, judged by the dense definition of the energy."""

import pytest
import torch
from oracles import OTHERS, SMALL, dense_energy, draw

from li2_core import cyclic, dicyclic, dihedral, product, semidirect, symmetric
from li2_core.energy import energy_gradient, maximizer, predicted_maxima

GROUPS = [*SMALL, *OTHERS]


def random_units(count, size, seed=0):
    vectors = draw(count, size, seed=seed)
    return vectors / vectors.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("group", GROUPS, ids=repr)
def test_maximisers_are_critical_and_have_the_predicted_energy(group):
    rows = predicted_maxima(group)
    assert [row.irrep for row in rows] == list(group.irreps()[1:])
    for row in rows:
        w = maximizer(group, row.irrep, *random_units(3, row.irrep.D, seed=row.irrep.place))
        assert w.norm() == pytest.approx(1, abs=1e-12)
        gradient = energy_gradient(w, group)
        assert (gradient - (gradient @ w) * w).norm() < 1e-10 * gradient.norm()
        if group.order <= 24:
            assert float(dense_energy(w[None], group)) == pytest.approx(row.energy, rel=1e-10)
        else:  # E is of degree 4
            assert gradient @ w / 4 == pytest.approx(row.energy, rel=1e-10)


def test_predicted_rows():
    """Theory II.4, by hand: kind, d, D, c, E*/M, flat directions."""
    expected = {
        cyclic(7): [("complex", 1, 2, 2, 1 / 4, 2)] * 3,
        cyclic(8): [("real", 1, 1, 1, 1 / 2, 0)] + [("complex", 1, 2, 2, 1 / 4, 2)] * 3,
        product(cyclic(2), cyclic(2)): [("real", 1, 1, 1, 1 / 2, 0)] * 3,
        symmetric(3): [("real", 1, 1, 1, 1 / 2, 0), ("real", 2, 2, 1, 1 / 4, 3)],
        dihedral(5): [("real", 1, 1, 1, 1 / 2, 0)] + [("real", 2, 2, 1, 1 / 4, 3)] * 2,
        dicyclic(2): [("real", 1, 1, 1, 1 / 2, 0)] * 3 + [("quaternionic", 2, 4, 4, 1 / 8, 6)],
        symmetric(4): [("real", 1, 1, 1, 1 / 2, 0), ("real", 2, 2, 1, 1 / 4, 3)]
        + [("real", 3, 3, 1, 1 / 6, 6)] * 2,
        semidirect(7, 3, 2): [("complex", 1, 2, 2, 1 / 4, 2), ("complex", 3, 6, 2, 1 / 12, 14)],
        cyclic(1): [],
    }
    for group, rows in expected.items():
        found = predicted_maxima(group)
        assert [row.irrep.place for row in found] == list(range(1, len(rows) + 1))
        for row, (kind, d, D, c, share, flat) in zip(found, rows, strict=True):
            rho = row.irrep
            assert (rho.kind, rho.d, rho.D, rho.c, row.flat) == (kind, d, D, c, flat)
            assert row.energy == pytest.approx(share * group.order)


def test_maximiser_by_its_formula():
    group = symmetric(3)
    p, q, r = random_units(3, 2)
    rho = group.irrep(2).matrices
    w = maximizer(group, 2, p, q, r)
    for g in range(6):
        assert w[g] == pytest.approx(float(p @ rho[g] @ q) * (2 / 12) ** 0.5)
        assert w[6 + g] == pytest.approx(float(q @ rho[g] @ r) * (2 / 12) ** 0.5)


def test_the_printed_energies_are_not_those_of_the_maxima():
    """M/8d for real and M/16d for complex irreps, as the paper has it, are four times too small."""
    for group in (cyclic(7), symmetric(3), semidirect(7, 3, 2)):
        for row in predicted_maxima(group):
            printed = group.order / {"real": 8, "complex": 16}[row.irrep.kind] / row.irrep.d
            w = maximizer(group, row.irrep, *random_units(3, row.irrep.D))
            assert float(dense_energy(w[None], group)) == pytest.approx(4 * printed, rel=1e-10)


def test_bad_input_is_refused():
    group = symmetric(3)
    p, q, r = random_units(3, 2)
    with pytest.raises(ValueError, match="the trivial irrep of S_3 has no maxima"):
        maximizer(group, 0, p, q, r)
    for irrep in (3, -1):
        with pytest.raises(ValueError, match=f"irrep of S_3 must be .* at most 2, got {irrep}"):
            maximizer(group, irrep, p, q, r)
    for wrong in (2 * p, p[:1], p[None], p + 0j, torch.zeros(2), torch.full((2,), torch.nan)):
        for place, name in enumerate("pqr"):
            vectors = [p, q, r]
            vectors[place] = wrong
            with pytest.raises(ValueError, match=f"{name} must be a real unit vector in R\\^2"):
                maximizer(group, 2, *vectors)
