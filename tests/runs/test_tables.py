"""Tables of results: written with their provenance, read back as numbers."""

import numpy as np
import pytest
import torch

from li2_core.runs import over_steps, read_provenance, read_table, select, write_table

ROWS = [
    {"group": "Z_5", "M": 5, "loss": 0.123456789, "steps": float("nan")},
    {"group": "S_3, twisted", "M": 6, "loss": 1e-9, "steps": 30.0},
]


def test_rows_come_back_as_columns_of_numbers_or_text(tmp_path):
    write_table(tmp_path / "run", ROWS, command="python x.py", seconds=1.26, notes={})
    table = read_table(tmp_path / "run")
    assert list(table) == ["group", "M", "loss", "steps"]
    assert table["group"].tolist() == ["Z_5", "S_3, twisted"]
    assert table["M"].dtype == np.int64 and table["M"].tolist() == [5, 6]
    assert table["loss"].tolist() == [0.123457, 1e-9]
    assert np.isnan(table["steps"][0]) and table["steps"][1] == 30


def test_the_provenance_says_how_to_make_it_again(tmp_path):
    notes = {"seeds": [0, 1]}
    write_table(tmp_path / "run", ROWS, command="python x.py", seconds=1.26, notes=notes)
    about = read_provenance(tmp_path / "run")
    assert (about["command"], about["wall_seconds"]) == ("python x.py", 1.3)
    assert about["notes"] == notes
    assert about["machine"]["torch"] == torch.__version__


def test_rows_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no rows"):
        write_table(tmp_path / "run", [], command="", seconds=0, notes={})
    with pytest.raises(ValueError, match=r"columns \['M'\]"):
        rows = [*ROWS, {"M": 7}]
        write_table(tmp_path / "run", rows, command="", seconds=0, notes={})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "a,b\n1\n", "a\n1,2\n"])
def test_a_file_that_holds_no_table_is_refused(text, tmp_path):
    (tmp_path / "run.csv").write_text(text)
    with pytest.raises(ValueError, match=r"run\.csv must hold lines"):
        read_table(tmp_path / "run")


RUNS = {
    "lr": np.array([0.1, 0.1, 0.2, 0.2, 0.2, 0.2]),
    "step": np.array([0, 5, 0, 5, 0, 5]),
    "loss": np.array([9.0, 8, 7, 6, 5, 4]),
}


def test_rows_are_selected_by_every_given_column():
    assert select(RUNS, lr=0.2, step=5)["loss"].tolist() == [6, 4]
    assert select(RUNS)["loss"].tolist() == RUNS["loss"].tolist()
    with pytest.raises(ValueError, match="unknown column 'rate', allowed: loss, lr, step"):
        select(RUNS, rate=0.2)


def test_a_column_over_the_steps_has_one_row_a_run():
    steps, loss = over_steps(RUNS, "loss", lr=0.2)
    assert steps.tolist() == [0, 5] and loss.tolist() == [[7, 6], [5, 4]]
    with pytest.raises(ValueError, match=r"no run with \{'lr': 3\}"):
        over_steps(RUNS, "loss", lr=3)
    with pytest.raises(ValueError, match="unknown column 'accuracy'"):
        over_steps(RUNS, "accuracy")
