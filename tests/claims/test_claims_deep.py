"""What deeper networks do, as chapter 18 tells it: signals live, trainings as stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from oracles import DATA

from li2_core import GroupTask, cyclic, train
from li2_core.beyond import answer_share, layer_signals
from li2_core.lazy import alignment, centre, signal
from li2_core.nets import DeepNet
from li2_core.runs import read_table, select

TASK = GroupTask(cyclic(23), train_fraction=0.7, seeds=3)
PAIRS = TASK.pairs[TASK.train_index]
LABELS = centre(TASK.labels(TASK.train_index))


def table_steps(name: str, **run: Any) -> npt.NDArray[np.float64]:
    """Steps to 90% of the test pairs, (3,); never is infinite."""
    found = select(read_table(DATA / name), **run)["steps_to_test_90"].astype(float)
    assert len(found) == 3
    return np.where(np.isnan(found), np.inf, found)


def lowest_cosine(widths: tuple[int, ...], **how: Any) -> float:
    net = DeepNet(widths, len(widths), init_scale=6**0.5, **how).initialize(
        TASK, dtype=torch.float64
    )
    *_, G = layer_signals(net, TASK)
    return float(alignment(G, signal(net.features(PAIRS, 1), LABELS)).mean())


def test_one_nodes_gates_are_not_the_signal() -> None:
    net = DeepNet((256, 256)).initialize(TASK, dtype=torch.float64)
    F = net.features(PAIRS, 1)
    _, G = layer_signals(net, TASK)
    gates = (F @ net.parameters["layers.2"] > 0).double()
    by_node = torch.stack(
        [alignment(D * signal(D * F, LABELS), G) for D in gates.split(1, dim=2)[:60]]
    ).mean(1)
    assert by_node.max() < 0.6 and by_node.max() - by_node.min() > 0.15


def test_a_random_matrix_times_its_transpose_is_not_the_identity() -> None:
    assert lowest_cosine((256, 256), activation="identity") == pytest.approx(0.5**0.5, abs=0.02)
    assert lowest_cosine((64, 4096), activation="identity") > 0.98


def test_a_residual_makes_the_signal_cleaner() -> None:
    for depth, plain, residual in ((2, 0.49, 0.68), (3, 0.31, 0.51), (4, 0.21, 0.41)):
        widths = (512,) * depth
        assert lowest_cosine(widths) == pytest.approx(plain, abs=0.03)
        assert lowest_cosine(widths, residual=True) == pytest.approx(residual, abs=0.03)


def deep(depth: int, decay: float, residual: bool = False, zero: bool = False, p: float = 0.7):
    run = {"depth": depth, "weight_decay": decay, "residual": str(residual), "p": p}
    return table_steps("deep", **run, zero_readout=str(zero))


def test_depth_costs_time_at_equal_decay_and_none_at_the_best() -> None:
    TABLE = read_table(DATA / "deep")
    one, two, three = (np.median(deep(depth, 1e-3)) for depth in (1, 2, 3))
    assert 3 < two / one < 7 and three > two
    best = np.median(deep(1, 8e-3))
    assert np.median(deep(2, 4e-3)) < best
    assert np.median(deep(2, 8e-3, True)) < best and np.median(deep(3, 8e-3, True)) < best
    for decay, depth, residual in ((4e-3, 2, "False"), (8e-3, 2, "True"), (8e-3, 3, "True")):
        run = {"p": 0.7, "weight_decay": decay, "depth": depth, "residual": residual}
        assert select(TABLE, **run)["purity"].astype(float).min() > 0.75


def test_a_residual_survives_more_decay_and_hurts_at_little() -> None:
    TABLE = read_table(DATA / "deep")
    for depth in (2, 3):
        dead, alive = (
            select(TABLE, p=0.7, depth=depth, residual=residual, weight_decay=8e-3)
            for residual in ("False", "True")
        )
        assert dead["collapsed"].all() and not alive["collapsed"].any()
        assert deep(depth, 8e-3, True).max() < 200
    assert (deep(3, 2e-3, True) > 2 * deep(3, 2e-3)).all()


def test_a_zero_readout_helps_less_than_three_times() -> None:
    TABLE = read_table(DATA / "deep")
    found = []
    for p in np.unique(TABLE["p"][TABLE["p"] > 0.55]):
        for depth, residual in ((2, False), (2, True), (3, False)):
            usual = deep(depth, 1e-3, residual, p=p)
            zero = deep(depth, 1e-3, residual, zero=True, p=p)
            if np.isfinite([np.median(usual), np.median(zero)]).all():
                found.append(np.median(usual) / np.median(zero))
    assert len(found) == 9 and min(found) > 0.9 and 2 < max(found) < 3


def frozen(name: str, depth: int, decay: float, residual: bool = False, s: str = "relu"):
    run = {"frozen": name, "depth": depth, "weight_decay": decay, "residual": str(residual)}
    return table_steps("deep_frozen", **run, activation=s)


def test_a_frozen_readout_helps_and_a_frozen_middle_matrix_does_not() -> None:
    TABLE = read_table(DATA / "deep_frozen")
    assert 3 < np.median(deep(2, 1e-3)) / np.median(frozen("readout", 2, 1e-3)) < 6
    assert 1.5 < np.median(deep(2, 2e-3)) / np.median(frozen("readout", 2, 2e-3)) < 3
    assert np.median(deep(2, 4e-3)) / np.median(frozen("readout", 2, 4e-3)) < 1.1
    for decay in (1e-3, 2e-3, 4e-3):
        assert np.isinf(frozen("layers.2", 2, decay)).all()
        assert np.isinf(frozen("hidden", 2, decay)).all()
    fit = select(TABLE, frozen="layers.2", depth=2, residual="False")["train_accuracy"]
    assert fit.min() > 0.99
    assert np.isinf(frozen("readout", 1, 1e-3)).all()
    assert frozen("layers.2", 2, 2e-3, True).max() < 500
    assert frozen("layers.2", 2, 4e-3, True).max() < 500
    assert frozen("layers.3", 3, 1e-3).max() < deep(3, 1e-3).min()
    assert np.isinf(frozen("layers.2", 3, 1e-3)).all()


def test_a_frozen_middle_matrix_is_enough_if_it_is_wide() -> None:
    TABLE = read_table(DATA / "deep_wide")
    assert (TABLE["frozen"] == "layers.2").all()
    times = [table_steps("deep_wide", width_above=above) for above in (128, 256, 512, 1024)]
    assert np.isinf(times[0]).all()
    assert times[1].max() < 1500 and times[2].max() < times[1].min() / 2
    assert np.median(times[3]) < np.median(times[2])


def test_upper_layers_move_first_and_memorise() -> None:
    TABLE = read_table(DATA / "deep_layers")
    run = select(TABLE, depth=3, residual="False", weight_decay=2e-3)
    early, late = select(run, step=80), select(run, step=720)
    assert early["train_accuracy"].min() > 0.9 and early["test_accuracy"].max() < 0.1
    for layer in (2, 3):
        assert (early[f"like_start_{layer}"] < early["like_start_1"] - 0.2).all()
    assert early["held_out_3"].max() < -1 and early["held_out_2"].max() < -0.3
    between = select(run, step=240)
    assert (between["purity"] > early["purity"] + 0.1).all()
    assert between["held_out_3"].max() < -0.5
    assert late["test_accuracy"].min() > 0.9 and late["purity"].min() > 0.7


def test_the_top_of_a_plain_network_holds_the_answer() -> None:
    options = {"lr": 0.002, "every": 100, "device": "cpu"}
    for residual, decay, steps, top in ((False, 2e-3, 700, 0.95), (True, 8e-3, 300, 0.5)):
        net = DeepNet(128, 3, residual=residual)
        end = train(TASK, net, weight_decay=decay, steps=steps, **options).net
        shares = [answer_share(end.features(TASK.pairs, k), TASK.targets) for k in (1, 3)]
        assert shares[0].median().item() == pytest.approx(0.1, abs=0.05)
        assert shares[1].median().item() == pytest.approx(top, abs=0.08)
        assert residual or shares[1].median() > 0.9
