"""The claims of chapter 19, from its stored runs and from a few small ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from oracles import DATA

from li2_core import GroupTask, TwoLayer, cyclic, train
from li2_core.beyond import fates, objective
from li2_core.runs import read_provenance, read_table
from li2_core.runs.tables import select

TABLE = read_table(DATA / "when_it_groks")
BASE = read_provenance(DATA / "when_it_groks")["notes"]["baseline"]
KNOBS = {name: value for name, value in BASE.items() if name not in ("steps", "seeds")}


def stored_runs(**changed: Any) -> dict[str, np.ndarray]:
    """The longest runs that differ from the baseline in these knobs."""
    rows = select(TABLE, **(KNOBS | changed))
    assert len(rows["seed"]), changed
    return select(rows, steps=rows["steps"].max())


def stored_time(**changed: Any) -> float:
    """Steps to 90%; infinite where most seeds never get there."""
    return float(np.median(np.nan_to_num(stored_runs(**changed)["t90"], nan=np.inf)))


def stored_best(**changed: Any) -> np.ndarray:
    return stored_runs(**changed)["test_max"]


# 20% of the steps to grok is the tolerance throughout, and one reading of 10 steps.


def test_without_decay_a_large_rate_groks_and_a_larger_one_loses() -> None:
    assert stored_time(decay=0.0, lr=0.05) == pytest.approx(267, rel=0.2)
    assert stored_runs(decay=0.0, lr=0.05)["test"].min() > 0.95
    assert stored_best(decay=0.0, lr=0.1).min() > 0.95
    assert stored_runs(decay=0.0, lr=0.1)["test"].max() < 0.2
    assert stored_best(decay=0.0).max() < 0.2


def test_without_decay_gradient_descent_and_cross_entropy_do_not_grok() -> None:
    slow, fast = (stored_best(decay=0.0, optimizer="sgd", lr=lr) for lr in (1.8, 2.5))
    assert slow.max() < 0.4 < fast.min() < fast.max() < 0.75
    assert stored_best(decay=0.0, lr=0.02).min() >= 0.7  # Adam with larger steps gets further still
    for lr in (0.005, 0.02, 0.05):
        assert stored_best(decay=0.0, loss="cross_entropy", lr=lr).max() < 0.2
    assert stored_best(decay=0.0, loss="cross_entropy", optimizer="sgd", lr=2.5).max() < 0.1


def test_the_tail_decides_and_not_the_precision() -> None:
    def pair(**changed: Any) -> list[dict[str, np.ndarray]]:
        both = [stored_runs(decay=0.0, dtype=f"float{bits}", **changed) for bits in (32, 64)]
        assert len(both[0]["seed"]) == len(both[1]["seed"]) == 3
        return both

    for lr, saturated in ((0.005, 0.0), (0.02, 0.8)):
        single, double = pair(loss="cross_entropy", lr=lr)
        assert (single["test"] == double["test"]).all() and single["test_max"].max() < 0.2
        assert single["saturated"].min() >= saturated and double["saturated"].max() == 0
    for one in pair(loss="stablemax"):
        assert np.median(one["t90"]) == pytest.approx(170, rel=0.2)
    calm = select(TABLE, loss="cross_entropy", decay=0.0)["largest_jump"]
    assert calm.max() < 1.01, "no slingshots"


def test_small_starts_grok_without_decay_and_collapse_with_it() -> None:
    for scale, steps in ((0.03, 52), (0.1, 72)):
        assert stored_time(init_scale=scale, decay=0.0) == pytest.approx(steps, rel=0.2)
        assert stored_runs(init_scale=scale)["norm"].max() < 1e-2
    assert stored_best(init_scale=0.3, decay=0.0).max() < 0.9
    assert stored_time(init_scale=0.1, decay=3e-4) == pytest.approx(40, abs=10)


def test_large_starts_need_decay_and_are_slow() -> None:
    for scale, steps in ((1.0, 88), (2.0, 192), (4.0, 1496)):
        assert stored_time(init_scale=scale) == pytest.approx(steps, rel=0.2)
    assert stored_best(init_scale=8.0).max() < 0.2
    assert stored_best(decay=0.0).max() < 0.2 and stored_best(init_scale=2.0, decay=0.0).max() < 0.2


def test_the_clock_of_the_decay() -> None:
    found = [d * stored_time(optimizer="sgd", lr=1.0, decay=d) for d in (2.5e-4, 5e-4, 1e-3)]
    found += [1e-3 * lr * stored_time(optimizer="sgd", lr=lr) for lr in (0.3, 1.8)]
    found += [0.005 * d * stored_time(optimizer="adamw", decay=d) for d in (0.25, 0.5, 1.0, 2.0)]
    assert 0.8 < min(found) < max(found) < 1.35


def exponent(optimizer: str) -> float:
    decays = [2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3]
    steps = [stored_time(decay=decay, optimizer=optimizer) for decay in decays]
    return float(np.polyfit(np.log(decays), np.log(steps), 1)[0])


def test_adam_has_another_exponent() -> None:
    assert exponent("adam") == pytest.approx(-0.72, abs=0.05)
    assert exponent("amsgrad") == pytest.approx(-0.76, abs=0.05)


def test_adam_remembers_the_burst() -> None:
    task, run, roots = GroupTask(cyclic(23), 0.6, seeds=2), None, []
    for steps in (50, 100, 200, 400):
        options = {"weight_decay": 2e-5, "steps": steps, "every": 50, "device": "cpu"}
        run = train(task, TwoLayer(256), resume=run, **options)
        v = run.optimizer_state["hidden/exp_avg_sq"].mean().item() / (1 - 0.999**steps)
        roots.append((v * steps) ** 0.5)
    assert max(roots) / min(roots) < 1.1


def test_more_data_is_faster() -> None:
    steps = [stored_time(p=p) for p in (0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
    assert steps == sorted(steps, reverse=True) and steps[0] > 4 * steps[1] * 0.9
    assert stored_time(p=0.25) == stored_time(p=0.3) == np.inf


def test_width_is_a_matter_of_the_rate() -> None:
    fixed = [stored_time(K=K) for K in (32, 64, 256, 512, 1024)]
    assert fixed == sorted(fixed, reverse=True) and fixed[0] > 2 * fixed[-1]
    scaled = [stored_time(K=64, lr=0.02), stored_time(), stored_time(K=1024, lr=0.00125)]
    descent = [stored_time(K=K, optimizer="sgd", lr=1.0) for K in (64, 256, 1024)]
    for slower in (scaled, descent):
        assert slower == sorted(slower) and slower[-1] > 1.5 * slower[0]


def test_a_larger_output_scale_is_slower() -> None:
    for decay, ratio in ((1e-3, 4.5), (2e-4, 7)):
        steps = [
            stored_time(output_scale=beta, decay=decay) for beta in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
        ]
        assert steps == sorted(steps)
        assert steps[-1] / steps[0] == pytest.approx(ratio, rel=0.2)


def test_cross_entropy_loses_what_it_found_and_the_squared_error_does_not() -> None:
    small = {"M": 13, "p": 0.8, "K": 128}
    task = GroupTask(cyclic(13), 0.8, seeds=3)
    options = {"weight_decay": 1e-3, "every": 20, "probes": ("hidden_norm", "readout_norm")}
    lost = train(task, TwoLayer(128), loss="cross_entropy", steps=1500, device="cpu", **options)
    assert lost["test_accuracy"].max(1).min() > 0.95
    assert lost["test_accuracy"][:, -1].max() < 0.85
    assert np.diff(objective(lost)[:, 5:], axis=1).max() < 1e-4
    assert stored_runs(loss="mse", **small)["test"].min() == 1
    single, double = (
        stored_runs(loss="cross_entropy", dtype=f"float{bits}", **small)["test"]
        for bits in (32, 64)
    )
    assert single.max() < 0.8 and abs(single - double).max() < 0.05
    for M, p, low, high in ((17, 0.7, 0.6, 0.85), (31, 0.6, 0.9, 0.97), (31, 0.8, 0.97, 1)):
        found = stored_runs(loss="cross_entropy", M=M, p=p, K=128 if M == 17 else 256)
        assert found["test_max"].min() > 0.95
        assert low < np.median(found["test"]) < high


def test_the_squared_error_loses_a_little_at_the_edge() -> None:
    edge = stored_runs(p=0.35)
    assert edge["test_max"].min() > 0.9 and 0.9 < edge["test"].min() < edge["test"].max() < 0.99
    assert stored_runs(p=0.4)["test"].min() > 0.99 and stored_runs(p=0.6)["test"].min() > 0.99


def test_below_the_optimum_of_the_table_lies_one_that_forgets() -> None:
    options = {
        "weight_decay": 1e-3, "loss": "cross_entropy", "every": 100, "device": "cpu",
        "probes": ("hidden_norm", "readout_norm"),
    }  # fmt: skip
    whole = GroupTask(cyclic(13), 168 / 169, seeds=3)
    knows = train(whole, TwoLayer(128), steps=2500, **options)
    assert knows["train_accuracy"][:, -1].min() == 1
    after = train(GroupTask(cyclic(13), 0.8, seeds=3), knows.net, steps=1000, **options)
    assert after["test_accuracy"][:, 0].min() > 0.95
    assert after["test_accuracy"][:, -1].max() < 0.85
    assert (objective(after)[:, 0] - objective(after)[:, -1]).min() > 0.006


def test_the_map_has_collapse_and_with_cross_entropy_loss() -> None:
    tiles = read_table(DATA / "grokking_map")
    lost = {}
    for loss in ("mse", "cross_entropy"):
        end = select(tiles, loss=loss, step=4000)
        dead = select(tiles, loss=loss, step=200)["active"]
        found = fates(end["train"], end["test"], end["test_max"], np.minimum(end["active"], dead))
        for word in ("collapse", "memorising", "grokking"):
            assert (found == word).sum() >= 15
        lost[loss] = int((found == "grok and lose").sum())
    assert lost["mse"] == 0 and lost["cross_entropy"] > 20


def test_decay_is_neither_necessary_nor_sufficient() -> None:
    without = (
        {"init_scale": 0.1}, {"around": "norm held"}, {"loss": "stablemax"}, {"lr": 0.05},
    )  # fmt: skip
    assert all(stored_time(decay=0.0, **how) < 300 for how in without)
    for how in ({"p": 0.3}, {"init_scale": 8.0}, {"decay": 8e-3}):
        assert stored_best(**how).max() < 0.2


def test_a_shell_groks_without_decay() -> None:

    def held(scale: float) -> float:
        return stored_time(decay=0.0, around="norm held", init_scale=scale)

    for scale, steps in ((1.0, 90), (1.5, 87), (2.0, 120), (2.3, 233)):
        assert held(scale) == pytest.approx(steps, rel=0.2)
    for scale in (2.6, 3.0, 4.0):
        assert stored_best(decay=0.0, around="norm held", init_scale=scale).max() < 0.2
    assert held(0.3) == held(0.5) == np.inf
    assert stored_runs(decay=0.0, around="norm held", init_scale=0.3)["train"].max() < 0.5
    assert stored_best(decay=0.0).max() < 0.2


def test_the_filter_is_a_weaker_decay() -> None:
    start = {"p": 0.5, "lr": 0.002}
    plain = stored_time(decay=5e-4, **start)
    filtered = {"around": "slow gradients", "memory": 0.98}
    for gain, weaker in ((2.0, 0.000166667), (5.0, 8.33333e-05)):
        slow = stored_time(decay=5e-4, gain=gain, **start, **filtered)
        assert slow > 2 * plain
        assert slow == pytest.approx(stored_time(decay=weaker, **start), rel=0.2)
        assert stored_time(decay=5e-4 * (1 + gain), gain=gain, **start, **filtered) > 1.1 * plain
    assert stored_time(decay=5e-4, gain=2.0, **start, **filtered | {"memory": 0.8}) == np.inf
