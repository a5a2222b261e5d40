"""Li2's Figs. 10 to 13: complex weights and ridge readouts, and the script that compares them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from experiment import Experiment
from oracles import DATA

from li2_core import GroupTask, cyclic
from li2_core.runs import read_provenance, read_table

SCRIPT = Path(__file__).resolve().parents[2] / "book" / "_experiments" / "readouts_and_weights.py"
SEEDS = range(2)


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT), run_name="loaded")


@pytest.fixture(scope="module")
def steps(script: dict[str, Any]) -> dict[tuple[int, str], np.ndarray]:
    """Steps to 99% test accuracy on the two small clocks, two seeds an arm."""
    arms = {
        23: ("real", "real_ridge", "complex"),
        41: ("real", "complex", "complex_from_real", "real_512", "real_ridge"),
    }
    found = {}
    for order, names in arms.items():
        for name in names:
            cases = [{"order": order, "arm": name, "seed": seed} for seed in SEEDS]
            rows = [row for case in cases for row in script["runs"](json.loads(json.dumps(case)))]
            assert all(row["outcome"] == "generalised" for row in rows)
            found[order, name] = np.array([row["steps_to_test_99"] for row in rows])
    return found


def test_a_ridge_readout_is_slower_on_z_23_and_faster_on_z_41(steps: Any) -> None:
    assert steps[23, "real_ridge"].mean() > 1.2 * steps[23, "real"].mean()
    assert (steps[41, "real_ridge"] < 0.7 * steps[41, "real"]).all()


def test_complex_weights_are_faster_on_z_41_than_as_many_real_numbers(steps: Any) -> None:
    assert (steps[41, "complex"] < 0.9 * steps[41, "real"]).all()
    assert (steps[41, "complex"] < 0.9 * steps[41, "real_512"]).all()
    assert steps[23, "complex"].mean() > 0.8 * steps[23, "real"].mean()


def test_complex_weights_that_start_real_stay_real(script: dict[str, Any], steps: Any) -> None:
    assert (steps[41, "complex_from_real"] == steps[41, "real"]).all()
    (row,) = script["runs"]({"order": 23, "arm": "complex_from_real", "seed": 0})
    assert row["largest_imaginary"] == 0
    (row,) = script["runs"]({"order": 41, "arm": "complex", "seed": 0})
    assert row["largest_imaginary"] > 0.1


@pytest.fixture(scope="module")
def table() -> dict[tuple[int, str], np.ndarray]:
    """Steps to 99% test accuracy from the long run, five seeds an arm."""
    rows = read_table(DATA / "readouts_and_weights")
    found = {}
    for order, arm in set(zip(rows["order"].tolist(), rows["arm"].tolist(), strict=True)):
        here = (rows["order"] == order) & (rows["arm"] == arm)
        assert (rows["outcome"][here] == "generalised").all() and here.sum() == 5
        found[order, arm] = rows["steps_to_test_99"][here]
    assert len(found) == 24
    return found


def test_the_table_of_readouts(table: Any) -> None:
    assert np.median(table[23, "real_ridge"]) > 1.2 * np.median(table[23, "real"])
    for order in (41, 89, 127):
        assert table[order, "real_ridge"].max() < 0.6 * table[order, "real"].min()
    for order in (23, 41, 89, 127):
        others = (table[order, arm].min() for arm in ("real", "complex", "real_ridge"))
        assert table[order, "complex_ridge"].max() < min(others)


def test_the_table_of_weights(table: Any) -> None:
    for order in (41, 89, 127):
        for rival in ("real", "real_512"):
            assert table[order, "complex"].max() < 0.85 * table[order, rival].min()
    assert table[23, "real"].min() < table[23, "complex"].min() < table[23, "real"].max()
    for order in (23, 41, 89, 127):
        assert (table[order, "complex_from_real"] == table[order, "real"]).all()


def test_arms_begin_with_the_same_mean_square(script: dict[str, Any]) -> None:
    task = GroupTask(cyclic(23), 0.8, [0])
    sizes = []
    for weights in ("real", "complex", "real at first"):
        net = script["network"](weights, 256, task)
        sizes.append([float(layer.abs().square().mean()) for layer in (net.hidden, net.readout)])
    assert torch.allclose(torch.tensor(sizes[1]), torch.tensor(sizes[0]), rtol=0.05)
    assert sizes[2] == sizes[0]


def test_a_tiny_grid_ends_in_a_table_of_all_arms(
    script: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(script["main"].__globals__, "ORDERS", {5: (4, 2), 7: (4, 2)})
    script["main"](Experiment(SCRIPT, data=tmp_path))
    table = read_table(tmp_path / "readouts_and_weights")
    assert len(table["seed"]) == 2 * len(script["ARMS"]) * script["SEEDS"]
    for order in (5, 7):
        real, started = (
            table["test_loss"][(table["order"] == order) & (table["arm"] == arm)]
            for arm in ("real", "complex_from_real")
        )
        assert np.allclose(real, started, rtol=1e-5) and len(real) == script["SEEDS"]
    notes = read_provenance(tmp_path / "readouts_and_weights")["notes"]
    assert notes["arms"].keys() == script["ARMS"].keys() and notes["steps"] == {"5": 4, "7": 4}
