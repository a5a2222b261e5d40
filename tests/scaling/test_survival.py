"""Features on a part of the table: what survives, against ascents of the definition."""

import numpy as np
import pytest
import torch
from oracles import dense_energy, draw

from li2_core import GroupTask, cyclic, dihedral
from li2_core.energy import Landscape, ascend, energy, predicted_maxima
from li2_core.energy.landscape import weighted_labels
from li2_core.groups import irrep_shares
from li2_core.lazy import lazy_operator
from li2_core.scaling import fit_threshold, random_starts, stability, surviving_features
from li2_core.scaling.survival import Ends, pure_features
from li2_core.tasks import pairs_of


@pytest.mark.parametrize("group", [cyclic(9), cyclic(8), dihedral(5)], ids=repr)
def test_pure_features_are_maxima_of_the_full_table(group):
    predicted = {row.irrep.place: row for row in predicted_maxima(group)}
    irreps, weights = pure_features(group, 2 * len(predicted), seed=3)
    expected = torch.tensor([predicted[irrep].energy for irrep in irreps.tolist()])
    assert torch.allclose(dense_energy(weights, group), expected.double())
    shares = irrep_shares(weights, group)
    assert torch.allclose(shares[torch.arange(len(irreps)), irreps], torch.ones(()).double())
    # Each irrep comes equally often, in another order and with other phases the next time.
    assert torch.equal(irreps.bincount()[1:], torch.full((len(predicted),), 2))
    assert not torch.equal(weights, pure_features(group, 2 * len(predicted), seed=4)[1])


def test_all_survive_on_nearly_all_pairs_and_none_on_few():
    for group in (cyclic(17), dihedral(7)):
        most = surviving_features(group, 0.97, [0, 1], 8)
        assert most.converged.all() and most.shares.min() > 0.8
        assert (most.above() == 1).all() and most.above().shape == (2,)
        few = surviving_features(group, 0.2, [0, 1], 8)
        assert few.converged.all() and (few.above() == 0).all()


def test_a_survivor_is_where_the_ascent_of_the_definition_ends():
    """Plain gradient ascent of the energy by its definition, from the same feature."""
    group, p, split = cyclic(17), 0.6, 2
    task = GroupTask(group, p, [split])
    irreps, weights = pure_features(group, 6, split)
    w = weights.clone()
    for _ in range(4000):
        w.requires_grad_()
        (slope,) = torch.autograd.grad(dense_energy(w, task).sum(), w)
        w = (w + 0.1 * slope).detach()
        w /= w.norm(dim=1, keepdim=True)
    shares = irrep_shares(w, group)[torch.arange(6), irreps]
    found = surviving_features(group, p, [split], 6)
    assert found.converged.all()
    assert np.allclose(found.shares[0], shares.numpy(), atol=1e-3)
    assert 0 < found.above()[0] < 1  # some survive, some do not: both ways agree on which


def test_the_criterion_does_not_matter_once_it_is_strict():
    """Theory IV.3: a shorter ascent gives less, since some escape slowly."""
    loose, strict = (
        surviving_features(cyclic(23), 0.56, range(4), 11, tol=tol, max_steps=steps)
        for tol, steps in ((1e-6, 5000), (1e-9, 20000))
    )
    assert loose.converged.all() and strict.converged.all()
    assert np.array_equal(loose.shares > 0.5, strict.shares > 0.5)
    short = surviving_features(cyclic(23), 0.56, range(4), 11, max_steps=15)
    assert not short.converged.all()
    assert short.above().mean() > strict.above().mean() + 0.1


def test_row_weights_of_zero_and_one_are_a_part_of_the_table():
    task = GroupTask(dihedral(4), 0.6, [1])
    weights = draw(5, 16)
    row_weights = torch.zeros(64, dtype=torch.float64)
    row_weights[task.train_index[0]] = 1
    for name in ("square", "silu"):
        part = Landscape(task, name)
        weighted = Landscape(task.group, name, weighted_labels(task.group, row_weights))
        assert torch.allclose(weighted.value(weights), part.value(weights), rtol=1e-12)
        assert torch.allclose(weighted.gradient(weights), part.gradient(weights), rtol=1e-9)
        assert torch.allclose(weighted.value(weights), dense_energy(weights, task, name))
    ones = weighted_labels(task.group, torch.ones(64))
    assert torch.allclose(energy(weights, task.group, labels=ones), energy(weights, task.group))


def test_row_weights_are_counts():
    """A weight of 3 is the pair three times, in the labels' mean as well."""
    group = cyclic(5)
    counts = torch.arange(25) % 4
    w = draw(10)
    first, second = torch.arange(25) // 5, torch.arange(25) % 5
    rows = torch.repeat_interleave(torch.arange(25), counts)
    labels = torch.eye(5, dtype=torch.float64)[((first + second) % 5)[rows]]
    answers = (w[first] + w[5 + second]).square()[rows]
    expected = 0.5 * ((labels - labels.mean(0)).T @ answers).square().sum()
    found = energy(w, group, labels=weighted_labels(group, counts))
    assert torch.isclose(found, expected, rtol=1e-12)


def test_row_weights_must_fit():
    ones = torch.ones(25)
    for wrong in (ones[:24], ones[:, None], -ones, 0 * ones, ones.log().log()):
        with pytest.raises(ValueError, match=r"row_weights must be .*\(25,\)"):
            weighted_labels(cyclic(5), wrong)


def test_continuation_in_one_step_is_the_ascent(monkeypatch):
    group = cyclic(17)
    climbed = surviving_features(group, 0.6, [0], 8)
    followed = surviving_features(group, 0.6, [0], 8, by="continuation")
    monkeypatch.setattr("li2_core.scaling.survival.FADING_STEPS", 1)
    at_once = surviving_features(group, 0.6, [0], 8, by="continuation")
    assert followed.converged.all() and at_once.converged.all()
    assert np.allclose(at_once.shares, climbed.shares, atol=1e-4)
    assert not np.allclose(followed.shares, climbed.shares, atol=1e-4)


def test_continuation_keeps_all_on_most_pairs_and_none_on_few():
    followed = surviving_features(cyclic(17), 0.85, [0], 8, by="continuation")
    assert followed.converged.all() and followed.shares.min() > 0.8
    assert surviving_features(cyclic(17), 0.35, [0], 8, by="continuation").shares.max() < 0.5


def test_the_lazy_operator_keeps_features_that_the_plain_energy_loses():
    plain, lazy = (
        surviving_features(cyclic(23), 0.42, range(3), 11, kind) for kind in ("plain", "lazy")
    )
    assert plain.above().mean() < 0.05 and lazy.above().mean() > 0.9


def test_random_starts_agree_with_ascend():
    task = GroupTask(cyclic(13), 0.5, [4])
    ends = random_starts(task.group, 0.5, [4], 30)
    starts = draw(30, 26, seed=4)
    ascent = ascend(task, starts=starts)
    shares = irrep_shares(ascent.weights, task.group)[:, 1:].max(1).values
    assert ends.converged.all()
    assert np.allclose(ends.shares[0], shares.numpy(), atol=1e-4)


def test_the_constant_node_is_on_no_frequency(monkeypatch):
    def constant(landscape, weights, tol, max_steps):
        return torch.ones_like(weights), torch.ones(len(weights), dtype=torch.bool)

    monkeypatch.setattr("li2_core.scaling.survival.climb_from", constant)
    assert random_starts(cyclic(7), 0.5, [0, 1], 3).shares.max() < 1e-12


def test_ends_count_above_a_level():
    ends = Ends(np.array([[0.4, 0.6], [0.9, 0.95]]), np.ones((2, 2), dtype=bool))
    assert ends.above().tolist() == [0.5, 1] and ends.above(0.92).tolist() == [0, 0.5]


def test_the_threshold_of_a_small_group():
    """Theory IV.3: .58 at M = 23, within .04."""
    fractions = [0.44, 0.5, 0.56, 0.62, 0.68]
    survived = [
        surviving_features(cyclic(23), p, range(6), num_features=11).above() for p in fractions
    ]
    found = fit_threshold(fractions, survived)
    assert abs(found.p_c - 0.58) < 0.04
    assert found.low < found.p_c < found.high


@pytest.mark.parametrize("operator", ["plain", "lazy"])
def test_stability_by_brute_force(operator):
    """The Hessian by autograd, on a basis of the other irreps' directions."""
    group, split = cyclic(7), 1
    task = GroupTask(group, 0.7, [split])
    irreps, weights = pure_features(group, 3, split)
    Z = pairs_of(task).labels()
    if operator == "lazy":
        Z = lazy_operator(task) @ Z
    found = stability(group, 0.7, [split], 3, operator)[0]
    for irrep, w, value in zip(irreps.tolist(), weights, found, strict=True):
        projector = group.isotypic_projectors()[irrep]
        off = torch.eye(7, dtype=torch.float64) - projector
        basis = torch.linalg.svd(torch.block_diag(off, off))[0][:, :10]

        def on_rays(x, Z=Z):
            return dense_energy((x / x.norm())[None], task, labels=Z)[0]

        H = torch.autograd.functional.hessian(on_rays, w)
        fourfold = 4 * energy(w, task, labels=Z)
        expected = torch.linalg.eigvalsh(basis.T @ H @ basis)[-1] / fourfold
        assert abs(value - float(expected)) < 1e-10


def test_on_nearly_all_pairs_the_bend_is_minus_one():
    assert abs(stability(cyclic(31), 0.999, [0], 3) + 1).max() < 0.1


@pytest.mark.parametrize(
    "call",
    [
        lambda: surviving_features(cyclic(5), 0.5, [0], by="magic"),
        lambda: surviving_features(cyclic(5), 0.5, [0], operator="other"),
        lambda: surviving_features(cyclic(5), 0.5, [0], operator="lazy", by="continuation"),
        lambda: surviving_features(cyclic(5), 1.5, [0]),
        lambda: surviving_features(cyclic(5), 0.5, []),
        lambda: surviving_features(cyclic(5), 0.5, [0], num_features=0),
        lambda: random_starts(cyclic(5), 0.5, [0], num_starts=0),
        lambda: surviving_features(cyclic(5), 0.5, [0], tol=0),
        lambda: stability(cyclic(5), 0.5, []),
        lambda: pure_features(cyclic(1), 2, 0),
        lambda: surviving_features(cyclic(5), 0.5, [0], max_steps=0),
    ],
)
def test_arguments_out_of_range(call):
    with pytest.raises(ValueError, match=r"must|unknown operator|continuation"):
        call()
