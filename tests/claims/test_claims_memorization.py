"""What chapter 14 says about networks: learning rates, and forgetting what was learned."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from oracles import DATA

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.energy import energy
from li2_core.runs import read_provenance, read_table

ADAM = {"lr": 0.002, "steps": 1000, "every": 100}


def forgetting(decay: float, fraction: float) -> tuple[npt.NDArray[np.float64], ...]:
    """Test and train accuracy after the cut, (seeds, times)."""
    table = read_table(DATA / "ungrokking")
    here = (table["weight_decay"] == decay) & (table["train_fraction"] == fraction)
    times = len(np.unique(table["step"]))
    names = ("test_accuracy", "train_accuracy")
    return tuple(table[name][here].reshape(-1, times) for name in names)


def test_ungrokking_data() -> None:
    """With decay and few pairs the rule goes, never the pairs; without decay nothing goes."""
    assert read_provenance(DATA / "ungrokking")["notes"]["seeds"] >= 5
    for fraction in (0.05, 0.1):
        test, train_ = forgetting(0.001, fraction)
        assert (test[:, 0] > 0.99).all() and (test[:, -1] < 0.05).all()
        assert (train_[:, -1] == 1).all()
    slow = forgetting(0.001, 0.15)[0]
    assert (slow[:, -1] < 0.5).all()
    for fraction in (0.2, 0.3):
        assert (forgetting(0.001, fraction)[0][:, -1] > 0.95).all()
    for fraction in (0.05, 0.1, 0.15, 0.2, 0.3):
        assert (forgetting(0.0, fraction)[0] > 0.99).all()


def test_ungrokking_live() -> None:
    """The smaller part is contained in the larger one, and with decay the rule goes."""
    half, few = (GroupTask(cyclic(31), p, 2) for p in (0.6, 0.1))
    for seed in range(2):
        assert set(few.train_index[seed].tolist()) < set(half.train_index[seed].tolist())
    rule = train(half, TwoLayer(192), weight_decay=1e-3, **ADAM)
    assert (rule["test_accuracy"][:, -1] > 0.99).all()
    decayed, kept = (
        train(few, rule.net, weight_decay=decay, **ADAM)["test_accuracy"][:, -1]
        for decay in (1e-3, 0.0)
    )
    assert (decayed < 0.2).all() and (kept > 0.95).all()


def test_keeping_the_rule_is_easier_than_finding_it() -> None:
    fifth = GroupTask(cyclic(41), 0.2, 2)
    new = train(fifth, TwoLayer(256), weight_decay=1e-3, lr=0.002, steps=1500, every=500)
    assert (new["test_accuracy"][:, -1] < 0.5).all()
    assert (forgetting(0.001, 0.2)[0][:, -1] > 0.95).all()


def test_semi_grokking_is_not_seen() -> None:
    """No rate memorises where a smaller one generalises, and larger rates are faster."""
    table = read_table(DATA / "semi_grokking")
    rates = np.unique(table["lr"])
    for fraction in np.unique(table["train_fraction"]):
        medians, successes = [], []
        for lr in rates:
            here = (table["train_fraction"] == fraction) & (table["lr"] == lr)
            assert here.sum() >= 5
            successes.append((table["test_accuracy"][here] >= 0.9).sum())
            medians.append(np.median(np.nan_to_num(table["steps_to_test_0.9"][here], nan=1e6)))
        assert successes == sorted(successes)
        assert medians == sorted(medians, reverse=True)


def test_memorising_nodes_stand_higher_than_waves() -> None:
    table = read_table(DATA / "semi_grokking")
    memorised = table["test_accuracy"] < 0.2
    waves = table["pure_share"] > 0.85
    assert memorised.sum() >= 5 and waves.sum() >= 5
    assert table["energy"][memorised].min() > table["energy"][waves].max()


@pytest.mark.parametrize("order", [31, 97])
def test_a_spike_is_higher_than_a_wave_below_two_thirds(order: int) -> None:
    angles = 2 * torch.pi / order * torch.arange(order, dtype=torch.float64)
    waves = torch.stack([(k * angles).cos().tile(2) for k in range(1, order // 2 + 1)])
    waves = waves / waves.norm(dim=1, keepdim=True)
    spikes = torch.eye(2 * order, dtype=torch.float64)
    for p, higher in ((0.5, True), (0.6, True), (0.75, False), (0.9, False)):
        part = GroupTask(cyclic(order), p, [0])
        assert (energy(spikes, part).mean() > energy(waves, part).mean()).item() is higher
