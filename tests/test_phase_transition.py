"""What chapter 13 says about the boundary, read from the committed grid of trainings."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from li2_core.families import named_group
from li2_core.phase_data import boundaries, select
from li2_core.sweep import train_unit
from li2_core.tables import read_provenance, read_table

SCRIPT = Path(__file__).resolve().parents[1] / "book" / "_experiments" / "phase_transition.py"
TABLE = read_table("phase_transition")
# theory: K = 512, Adam with lr .002 and weight decay 1e-3, 1500 steps
EXPECTED = {"Z_11": 0.558, "Z_17": 0.409, "Z_23": 0.321, "Z_31": 0.268, "Z_41": 0.224}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("phase_transition", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_script_asks_for(script: ModuleType) -> None:
    asked = {
        (unit["group"], unit["train_fraction"], unit["weight_decay"], seed)
        for unit in script.grid()
        for seed in unit["seeds"]
    }
    columns = ("group", "train_fraction", "weight_decay", "seed")
    found = list(zip(*(TABLE[column].tolist() for column in columns), strict=True))
    assert len(found) == len(set(found)) and set(found) == asked


def test_the_provenance_belongs_to_the_table(script: ModuleType) -> None:
    made = read_provenance("phase_transition")
    assert made["command"] == script.COMMAND
    assert made["notes"]["runs"] == len(TABLE["seed"])
    assert made["notes"]["units"] == len(script.grid())
    for name, value in script.SETTINGS.items():
        assert made["notes"][name] == value
    orders = {name: named_group(name).order for name in set(TABLE["group"].tolist())}
    assert [orders[name] for name in TABLE["group"]] == TABLE["order"].tolist()


def test_at_least_five_seeds_stand_behind_every_cell() -> None:
    cells = list(
        zip(
            TABLE["group"].tolist(),
            TABLE["train_fraction"].tolist(),
            TABLE["weight_decay"].tolist(),
            strict=True,
        )
    )
    assert min(cells.count(cell) for cell in set(cells)) >= 5


@pytest.mark.parametrize("group, fraction", [("Z_11", 0.7), ("Z_11", 0.392)])
def test_a_unit_run_again_gives_its_rows(script: ModuleType, group: str, fraction: float) -> None:
    (unit,) = [
        unit
        for unit in script.grid()
        if (unit["group"], unit["train_fraction"], unit["weight_decay"]) == (group, fraction, 1e-3)
    ]
    again = train_unit(json.loads(json.dumps(unit | {"seeds": unit["seeds"][:3]})))
    rows = select(TABLE, group=group, train_fraction=fraction, weight_decay=1e-3)
    for row in again:
        stored = select(rows, seed=row["seed"])
        assert row["outcome"] == stored["outcome"][0]
        assert row["test_accuracy"] == pytest.approx(stored["test_accuracy"][0], abs=0.05)
        assert row["train_accuracy"] == pytest.approx(stored["train_accuracy"][0], abs=0.02)


def test_p_c_of_the_small_clocks() -> None:
    found = boundaries(TABLE, EXPECTED, 1e-3)
    for group, expected in EXPECTED.items():
        assert found[group].p_c == pytest.approx(expected, abs=0.03)
        assert found[group].high - found[group].low < 0.03
