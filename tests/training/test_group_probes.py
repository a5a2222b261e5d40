"""What a network has learned of a group, irrep by irrep, against networks made for it."""

import pytest
import torch

from li2_core.energy import reconstruction_nodes
from li2_core.groups import cyclic, dicyclic, dihedral, semidirect, symmetric
from li2_core.nets import TwoLayer
from li2_core.tasks import GroupTask, pairs_of
from li2_core.training import PROBES, Snapshot, loss_function, train

# Groups, and places of their irreps: of every dimension and kind.
CASES = [
    (cyclic(7), [1]), (cyclic(7), [1, 3]), (dihedral(5), [2]), (dicyclic(2), [4]),
    (dicyclic(2), [1, 2, 3]), (symmetric(4), [3, 4]), (semidirect(7, 3, 2), [2]),
]  # fmt: skip


def fractions(group, learned, scale=1.0):
    """Of a network whose seed 0 makes the labels of some irreps, times scale; seed 1 is zero."""
    w, pairs = reconstruction_nodes(group), pairs_of(group)
    F = pairs.answers(w.T).square()
    known = group.isotypic_projectors()[learned].sum(0)
    V = torch.linalg.lstsq(F - F.mean(0), pairs.labels() @ known, driver="gelsd").solution
    both = torch.stack([w.T, w.T]), torch.stack([scale * V, torch.zeros_like(V)])
    net, task = TwoLayer(len(w)).with_weights(*both), GroupTask(group, 0.5, seeds=2)
    return PROBES["explained_fractions"](Snapshot(task, net, loss_function("mse")))


@pytest.mark.parametrize(("group", "learned"), CASES)
def test_a_network_that_makes_some_irreps_is_found_to(group, learned):
    found = fractions(group, learned)
    assert found.shape == (2, len(group.irreps())) and found[:, 0].isnan().all()
    expected = torch.zeros_like(found)
    expected[0, learned] = 1
    assert (found - expected)[:, 1:].abs().max() < 1e-9


def test_half_the_output_explains_three_quarters():
    assert abs(fractions(dihedral(5), [2], scale=0.5)[0, 2] - 0.75) < 1e-9


def test_it_is_recorded_for_every_seed_and_time():
    task = GroupTask(cyclic(11), 0.8, seeds=3)
    run = train(task, TwoLayer(64), lr=0.02, steps=200, every=100, probes="explained_fractions")
    assert run["explained_fractions"].shape == (3, 3, 6)
    assert (run["explained_fractions"][:, 0, 1:] < 0.1).all()
    assert (run["explained_fractions"][:, -1, 1:] > 0.5).all()
