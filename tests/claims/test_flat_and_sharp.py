"""Flat and sharp, as chapter 20 tells it: identities live, trainings as stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from oracles import DATA

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.beyond import balanced_trace, exact_interpolator, loss_hessian
from li2_core.beyond.phases import rotate_frequency
from li2_core.groups import wave_shares
from li2_core.nets import TwoLayerNetwork
from li2_core.runs import over_steps, read_table, select

WIDTHS = (48, 64, 96, 128, 192, 384)
PAIRS = 118
M = 13


def stored_mean(column: str, **run: Any) -> float:
    """The mean over the three seeds of a stored measure."""
    found = select(read_table(DATA / "flat_and_sharp"), **run)[column]
    assert len(found) == 3
    return float(found.mean())


def memoriser() -> tuple[TwoLayerNetwork, GroupTask]:
    """A network that answers the shown pairs of a small clock exactly, and few others."""
    task = GroupTask(cyclic(7), 0.7, seeds=2)
    run = train(task, TwoLayer(24, init_scale=2.0), steps=400, device="cpu")
    return exact_interpolator(run.net, task), task


def split(net: TwoLayerNetwork, m: int) -> TwoLayerNetwork:
    """Each node as m copies, each with a share of its readout."""
    W, V = net.hidden.repeat_interleave(m, 2), net.readout.repeat_interleave(m, 1) / m
    return TwoLayer(m * net.recipe.width).with_weights(W, V)


def test_the_curvature_along_the_weights_is_the_same_for_all() -> None:
    net, task = memoriser()
    theta = torch.cat([net.hidden.flatten(1), net.readout.flatten(1)], 1)
    found = torch.einsum("sp,spq,sq->s", theta, loss_hessian(net, task), theta)
    assert torch.allclose(found, torch.full_like(found, 18 * (1 - 1 / 7)), rtol=1e-9)


@pytest.mark.parametrize("m", [2, 5])
def test_splitting_makes_flatter_and_changes_no_answer(m: int) -> None:
    net, task = memoriser()
    parts = split(net, m)
    assert torch.allclose(parts(task.pairs), net(task.pairs), rtol=0, atol=1e-10)
    ratio = balanced_trace(parts, task) / balanced_trace(net, task)
    assert torch.allclose(ratio, torch.full_like(ratio, m ** (-1 / 3)), rtol=1e-9)


def least_length(net: TwoLayerNetwork) -> torch.Tensor:
    """The least squared length over a grid of units, node by node."""
    V = net.readout - net.readout.mean(2, keepdim=True)
    w, v = net.hidden.square().sum(1), V.square().sum(2)
    c = torch.linspace(-4, 4, 16001, dtype=torch.float64).exp()[:, None, None]
    return (c**2 * w + v / c**4).amin(0).sum(1)


def test_splitting_makes_longer() -> None:
    net, _ = memoriser()
    ratio = least_length(split(net, 8)) / least_length(net)
    assert torch.allclose(ratio, torch.full_like(ratio, 2.0), rtol=1e-4)


def test_in_a_narrow_network_the_memoriser_is_the_sharper_one() -> None:
    generaliser = stored_mean("balanced_trace", kind="generaliser_1e-3", width=48)
    for kind, trace, top in (("memoriser", 193, 3.25), ("memoriser_x2", 247, 4.2)):
        found = stored_mean("balanced_trace", kind=kind, width=48)
        assert found == pytest.approx(trace, rel=0.05)
        assert stored_mean("balanced_top", kind=kind, width=48) == pytest.approx(top, rel=0.1)
        assert 1.4 < found / generaliser < 2.1
    assert generaliser == pytest.approx(125, rel=0.05)


def test_in_a_wide_network_it_is_the_flatter_one_and_knows_nothing() -> None:
    ratios = []
    for width in WIDTHS:
        one, other = ({"kind": kind, "width": width} for kind in ("memoriser", "generaliser"))
        ratios.append(stored_mean("balanced_trace", **one) / stored_mean("balanced_trace", **other))
        assert stored_mean("test_accuracy", **other) == 1
        assert stored_mean("balanced_trace", **other) == pytest.approx(122, rel=0.05)
        if width > 1.6 * PAIRS:
            assert stored_mean("test_accuracy", **one) < 0.05
            assert stored_mean("balanced_top", **one) < stored_mean("balanced_top", **other)
            assert stored_mean("top", **one) > stored_mean("top", **other)
    assert (np.diff(ratios) < 0).all()
    assert ratios[0] > 1.5 and ratios[2] > 1.05 and ratios[4] < 0.95 and ratios[5] < 0.8


def test_the_memoriser_uses_all_nodes_and_a_part_of_each() -> None:
    for width in WIDTHS:
        assert stored_mean("live_nodes", kind="memoriser", width=width) == width
        assert stored_mean("live_nodes", kind="generaliser", width=width) < 50
    traces = [stored_mean("balanced_trace", kind="memoriser", width=width) for width in WIDTHS]
    assert (np.diff(traces) < 0).all() and traces[-1] / traces[0] == pytest.approx(0.5, abs=0.05)
    parts = select(read_table(DATA / "node_traces"), kind="memoriser", width=384)["part"]
    assert len(parts) == 384 and parts.max() < 0.8


def test_the_lazy_ridge_is_sharp_where_nodes_and_pairs_are_equally_many() -> None:
    lazy = {w: stored_mean("balanced_trace", kind="lazy", width=w) for w in (*WIDTHS, 768, 1536)}
    assert max(lazy, key=lambda w: lazy[w]) == 128
    for width, trace in ((48, 104), (96, 508), (192, 344), (384, 179), (768, 127), (1536, 96)):
        assert lazy[width] == pytest.approx(trace, rel=0.05)
    assert lazy[1536] < 0.85 * stored_mean("balanced_trace", kind="generaliser", width=384)
    assert stored_mean("train_loss", kind="lazy", width=48) > 0.5
    assert stored_mean("train_loss", kind="lazy", width=192) < 1e-12


def test_below_that_it_is_a_saddle() -> None:
    task = GroupTask(cyclic(M), 0.7)
    net = TwoLayer(48).initialize(task, dtype=torch.float64)
    index = task.train_index[0]
    V = torch.linalg.lstsq(net.features(task.pairs[index])[0], task.labels(index) - 1 / M).solution
    values = torch.linalg.eigvalsh(loss_hessian(net.with_weights(net.hidden, V[None]), task))
    assert values[0, 0] < -0.2


def test_along_a_run_sharpness_rises_with_memory_and_falls_a_little_with_grokking() -> None:
    table = read_table(DATA / "sharpness_along_a_run")
    steps, trace = over_steps(table, "balanced_trace")
    at = {int(step): np.median(trace[:, i]) for i, step in enumerate(steps)}
    assert at[0] < 5 and at[40] < 0.7 * at[1000] and 1.1 < at[100] / at[1000] < 1.3
    _, accuracy = over_steps(table, "train_accuracy")
    assert np.median(accuracy[:, steps.tolist().index(40)]) == 1


def test_the_memorisers_free_directions_are_a_count_and_the_generalisers_are_not() -> None:
    table = read_table(DATA / "zero_modes")
    for kind in ("memoriser", "memoriser_x2"):
        one = select(table, kind=kind)
        assert (one["rank_7"] == (M - 1) * PAIRS).all() and (one["live_nodes"] == 48).all()
    one = select(table, kind="generaliser_1e-3")
    free = one["live_weights"] - one["rank_7"] - 3 * one["live_nodes"]
    dead = one["weights"] - one["live_weights"]
    # Generic weights would have none: there are fewer of them than equations.
    assert (one["live_weights"] - 3 * one["live_nodes"] < (M - 1) * PAIRS).all()
    assert (free >= 90).all() and (free <= 100).all() and (dead > 6 * free).all()
    assert (table["train_loss"] < 1e-26).all()
    assert (table["last_kept"] > 1e5 * table["first_dropped"]).all()


def test_a_nodes_phase_is_not_flat_and_a_frequencys_is() -> None:
    task = GroupTask(cyclic(M), 168 / 169)
    options: dict[str, Any] = {"every": 10_000, "device": "cpu"}
    net = train(task, TwoLayer(48), weight_decay=1e-3, steps=2000, **options).net
    for lr in (1e-3, 2e-4):
        net = train(task, net, lr=lr, steps=1500, **options).net
    assert isinstance(net, TwoLayerNetwork)
    net = net.with_weights(net.hidden.double(), net.readout.double())
    alive = net.active_nodes()[0].nonzero()[:, 0]
    peaks = wave_shares(net.hidden[0, :, alive].mT).argmax(1)
    generator = torch.Generator().manual_seed(0)

    def loss(moved: TwoLayerNetwork) -> float:
        wanted = task.labels(task.train_index[0]) - 1 / M
        found = moved(task.pairs[task.train_index[0]])[0]
        return float((found - wanted).square().sum(1).mean())

    phase, chance = [], []
    for node, k in zip(alive.tolist(), peaks.tolist(), strict=True):
        turned = rotate_frequency(net, k, 0.1, -0.1, torch.tensor([node]))
        phase.append(loss(turned) - loss(net))
        way = torch.randn(2 * M, generator=generator, dtype=torch.float64)
        W = net.hidden.clone()
        W[0, :, node] += (turned.hidden - net.hidden).norm() * way / way.norm()
        chance.append(loss(net.with_weights(W, net.readout)) - loss(net))
    assert 0.5 < np.mean(phase) / np.mean(chance) < 0.9
    whole = [loss(rotate_frequency(net, k, 0.1, -0.1)) - loss(net) for k in range(1, 7)]
    assert np.abs(whole).max() < np.mean(phase) / 200
