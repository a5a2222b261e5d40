"""`Experiment`: an interrupted script goes on, a changed one begins anew, a table is traceable."""

import os
import subprocess
import sys

import pytest
import sweep_work
from experiment import DATA, Experiment, perform

from li2_core.runs import read_provenance, read_table

SCRIPTS = DATA.parent / "_experiments"
CASES = [{"x": x} for x in range(5)]
pytestmark = pytest.mark.usefixtures("trace")


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "squares.py"
    path.write_text("# first\n")
    return path


def test_a_script_goes_on_where_it_stopped(script, tmp_path):
    first = Experiment(script, data=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        first.rows(CASES, sweep_work.interrupt_at_three)
    again = Experiment(script, data=tmp_path)
    rows = again.rows(CASES, sweep_work.interrupt_at_three)
    assert sweep_work.done() == [0, 1, 2, 3, 3, 4]
    assert rows[:2] == [{"x": 0, "seed": 0, "square": 0}, {"x": 0, "seed": 1, "square": 1}]
    assert [row["square"] for row in rows[::2]] == [0, 1, 4, 9, 16]


def test_a_changed_script_begins_anew(script, tmp_path):
    Experiment(script, data=tmp_path).rows(CASES, sweep_work.square)
    script.write_text("# second\n")
    Experiment(script, data=tmp_path).rows(CASES, sweep_work.square)
    assert sweep_work.done() == [0, 1, 2, 3, 4] * 2


def test_the_seconds_are_those_of_all_units_also_of_earlier_calls(script, tmp_path):
    first = Experiment(script, data=tmp_path)
    rows = first.rows(CASES, sweep_work.slow_square)
    assert 5 * 0.05 <= first.seconds < 60
    again = Experiment(script, data=tmp_path)
    again.rows(CASES[:2], sweep_work.slow_square)
    half = again.seconds
    again.rows(CASES[2:], sweep_work.slow_square)
    assert 0 < half < again.seconds == pytest.approx(first.seconds)
    again.write("squares", rows, {"what": "squares"})
    made = read_provenance(tmp_path / "squares")
    assert made["command"] == "python book/_experiments/squares.py"
    assert made["wall_seconds"] == round(first.seconds, 1)
    assert made["notes"]["what"] == "squares" and "several calls" in made["notes"]["wall_seconds"]
    assert read_table(tmp_path / "squares")["square"].tolist() == [row["square"] for row in rows]


@pytest.mark.parametrize(
    ("words", "kind"), [([], "NoneType"), (["--workers", "2"], "ProcessPoolExecutor")]
)
def test_the_command_line_says_how_many_workers(words, kind, script):
    found = []
    perform(str(script), lambda experiment: found.append(experiment.executor), words)
    assert [type(executor).__name__ for executor in found] == [kind]


def test_the_command_line_takes_workers_or_a_scheduler(script, capsys):
    with pytest.raises(SystemExit):
        perform(str(script), print, ["--workers", "2", "--scheduler", "tcp://a:1"])
    assert "not allowed with" in capsys.readouterr().err


SQUARES = """
import os
from experiment import perform

def square(config):
    return [{"square": config["x"] ** 2, "process": os.getpid()}]

def main(experiment):
    rows = experiment.rows([{"x": x} for x in range(4)], square)
    print([row["square"] for row in rows], rows[0]["process"] != os.getpid())

if __name__ == "__main__":
    perform(__file__, main)
"""


def test_a_script_is_done_by_other_processes(tmp_path):
    (tmp_path / "squares.py").write_text(SQUARES)
    found = [str(SCRIPTS), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(found)}
    command = [sys.executable, "squares.py", "--workers", "2"]
    said = subprocess.check_output(command, cwd=tmp_path, env=environment, text=True)
    assert said == "[0, 1, 4, 9] True\n"


SCRIPT = [path for path in sorted(SCRIPTS.glob("*.py")) if path.stem != "experiment"]


@pytest.mark.parametrize("path", SCRIPT, ids=lambda path: path.stem)
def test_every_script_takes_its_workers_from_the_command_line(path):
    command = [sys.executable, str(path), "--help"]
    assert "--workers" in subprocess.check_output(command, text=True)
