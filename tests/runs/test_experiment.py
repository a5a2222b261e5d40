"""`Experiment`: an interrupted script goes on, a changed one begins anew, a table is traceable."""

import subprocess
import sys
from pathlib import Path

import pytest
import sweep_work

from li2_core.runs import read_provenance, read_table
from li2_core.runs.experiment import Experiment

SCRIPTS = Path(__file__).resolve().parents[2] / "book" / "_experiments"
CASES = [{"x": x} for x in range(5)]
pytestmark = pytest.mark.usefixtures("trace")


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "squares.py"
    path.write_text("# first\n")
    return path


def test_a_script_goes_on_where_it_stopped(script, tmp_path):
    first = Experiment(script, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.rows(CASES, sweep_work.interrupt_at_three)
    again = Experiment(script, tmp_path)
    rows = again.rows(CASES, sweep_work.interrupt_at_three)
    assert sweep_work.done() == [0, 1, 2, 3, 3, 4]
    assert rows[:2] == [{"x": 0, "seed": 0, "square": 0}, {"x": 0, "seed": 1, "square": 1}]
    assert [row["square"] for row in rows[::2]] == [0, 1, 4, 9, 16]


def test_a_changed_script_begins_anew(script, tmp_path):
    Experiment(script, tmp_path).rows(CASES, sweep_work.square)
    script.write_text("# second\n")
    Experiment(script, tmp_path).rows(CASES, sweep_work.square)
    assert sweep_work.done() == [0, 1, 2, 3, 4] * 2


def test_the_seconds_are_those_of_all_units_also_of_earlier_calls(script, tmp_path):
    first = Experiment(script, tmp_path)
    rows = first.rows(CASES, sweep_work.slow_square)
    assert 5 * 0.05 <= first.seconds < 60
    again = Experiment(script, tmp_path)
    again.rows(CASES[:2], sweep_work.slow_square)
    half = again.seconds
    again.rows(CASES[2:], sweep_work.slow_square)
    assert 0 < half < again.seconds == pytest.approx(first.seconds)
    again.write("squares", rows, {"what": "squares"})
    made = read_provenance("squares", tmp_path)
    assert made["command"] == "python book/_experiments/squares.py"
    assert made["wall_seconds"] == round(first.seconds, 1)
    assert made["notes"]["what"] == "squares" and "several calls" in made["notes"]["wall_seconds"]
    assert read_table("squares", tmp_path)["square"].tolist() == [row["square"] for row in rows]


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_script_loads_without_running(path):
    load = f"import runpy; runpy.run_path({str(path)!r}, run_name='loaded')"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stderr
