"""The count of nodes on each frequency, and how even it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.energy import maximizer
from li2_core.groups.coverage import effective_number, nodes_per_frequency


def test_pure_nodes_are_counted_where_they_are() -> None:
    group = cyclic(11)
    e1, e2 = torch.eye(2, dtype=torch.float64)
    nodes = [maximizer(group, k, e1, e2, e1) for k in (1, 1, 4)]
    hidden = torch.stack(nodes, dim=1)[None].float()
    task = GroupTask(group, train_fraction=0.5)
    net = TwoLayer(width=3).with_weights(hidden, torch.zeros(1, 3, 11))
    history = train(task, net, steps=1, every=1, lr=1e-9, probes=("spectrum",))
    counts = nodes_per_frequency(history["spectrum"][0, 0])
    by_irrep = np.zeros(5, dtype=int)
    for k in (1, 1, 4):
        wave = np.abs(np.fft.rfft(nodes[0 if k == 1 else 2][:11].numpy()))
        by_irrep[wave.argmax() - 1] += 1
    assert counts.tolist() == by_irrep.tolist() and counts.sum() == 3


def test_a_mixture_and_a_constant_have_not_settled() -> None:
    power = np.array([[0.0, 1.0, 1.0], [5.0, 1.0, 0.0]])
    assert nodes_per_frequency(power).tolist() == [0, 0]


def test_effective_number_lies_between_one_and_the_number_of_kinds() -> None:
    counts = np.random.default_rng(0).integers(0, 5, (50, 7)) + np.eye(1, 7, dtype=int)
    found = effective_number(counts)
    assert (found >= 1 - 1e-12).all() and (found <= (counts > 0).sum(1) + 1e-9).all()
    assert effective_number(np.zeros((2, 3), dtype=int)).tolist() == [0.0, 0.0]


def test_shapes_without_nodes_are_refused() -> None:
    with pytest.raises(ValueError, match="nodes"):
        nodes_per_frequency(np.ones(3))
