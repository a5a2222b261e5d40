"""`sweep`: the table, the folder, and what goes wrong without anyone being killed."""

import errno
import json
import multiprocessing
import os
import signal
import stat
import threading
import time
from _thread import interrupt_main
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import sweep_work
from sweep_work import SQUARES, TRAININGS, assert_same, unit_files

from li2_core import GroupTask, TwoLayer, named_group, train
from li2_core.runs import UnitStore, sweep, train_unit

pytestmark = pytest.mark.usefixtures("trace")


# Other things that go wrong


def test_a_full_disk_stops_it_and_the_next_call_goes_on(tmp_path, monkeypatch):
    to_the_disk = os.fsync

    def full_after_three(handle):
        if stat.S_ISREG(os.fstat(handle).st_mode) and len(unit_files(tmp_path)) >= 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        to_the_disk(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_after_three)
        with pytest.raises(OSError, match="No space left"):
            sweep(SQUARES, tmp_path, work=sweep_work.square)
    assert sweep_work.done() == [0, 1, 2, 3]
    assert len(unit_files(tmp_path)) == 3 and not list(tmp_path.glob("*.part"))
    sweep(SQUARES, tmp_path, work=sweep_work.square)
    assert sweep_work.done() == [0, 1, 2, 3, 3, 4, 5, 6, 7]


def test_an_interrupt_in_this_process_keeps_what_is_done(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        sweep(SQUARES, tmp_path, work=sweep_work.interrupt_at_three)
    assert len(unit_files(tmp_path)) == 3
    table = sweep(SQUARES, tmp_path, work=sweep_work.interrupt_at_three)
    assert sweep_work.done() == [0, 1, 2, 3, 3, 4, 5, 6, 7]
    assert table["square"][::2].tolist() == [x**2 for x in range(8)]


def test_half_a_training_is_not_a_result(tmp_path):
    config = TRAININGS[0] | {"steps": 10**6}
    before = signal.getsignal(signal.SIGINT)

    def interrupt_the_training():
        while signal.getsignal(signal.SIGINT) is before:
            time.sleep(0.01)
        interrupt_main()

    threading.Thread(target=interrupt_the_training).start()
    with pytest.warns(UserWarning, match="interrupted at step"), pytest.raises(KeyboardInterrupt):
        sweep([config], tmp_path)
    assert not unit_files(tmp_path)


def without_its_end(text, _):
    return text[: len(text) // 2]


def with_another_digit(text, _):
    return text.replace('"square": 4', '"square": 5')


def of_another_unit(_, other):
    return other


@pytest.mark.parametrize(
    "damage", [without_its_end, with_another_digit, of_another_unit, lambda *_: "", lambda *_: "[]"]
)
def test_a_damaged_file_is_reported_and_done_again(damage, tmp_path):
    expected = sweep(SQUARES, tmp_path, work=sweep_work.square)
    store = UnitStore(tmp_path, "square")
    file, other = store.file({"x": 2}), store.file({"x": 5})
    whole = file.read_text()
    file.write_text(damage(whole, other.read_text()))
    assert file.read_text() != whole
    with pytest.warns(UserWarning, match=rf"{file.name} is damaged.*done again"):
        table = sweep(SQUARES, tmp_path, work=sweep_work.square)
    assert sweep_work.done() == [*range(8), 2]
    assert_same(table, expected)
    assert_same(sweep(SQUARES, tmp_path, work=sweep_work.square), expected)


def test_a_failing_unit_is_named_when_the_others_are_done(tmp_path):
    with pytest.raises(RuntimeError, match=r"4 of 8 units failed.*\{'x': 1\}.*1 is odd") as caught:
        sweep(SQUARES, tmp_path, work=sweep_work.fail_at_odd)
    assert isinstance(caught.value.__cause__, ArithmeticError)
    assert sweep_work.done() == [0, 2, 4, 6]
    Path(os.environ[sweep_work.TRACE] + ".mended").touch()
    table = sweep(SQUARES, tmp_path, work=sweep_work.fail_at_odd)
    assert sweep_work.done() == [0, 2, 4, 6, 1, 3, 5, 7]
    assert table["x"].tolist() == [x for x in range(8) for _ in range(2)]


# Executors


def test_threads_give_the_same_in_any_order(tmp_path):
    some = TRAININGS[::20]
    expected = sweep(some, tmp_path / "here")
    with ThreadPoolExecutor(2) as executor:
        assert_same(sweep(some, tmp_path / "threads", executor), expected)
    assert_same(sweep(some[::-1], tmp_path / "threads"), sweep(some[::-1], tmp_path / "here"))


def test_a_worker_computes_with_one_thread(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        table = sweep([{"x": 0}], tmp_path, executor, sweep_work.threads)
    assert table["threads"].tolist() == [1]
    assert table["process"][0] != os.getpid()


# The table and the folder


def test_the_columns_are_the_configuration_and_then_the_row(tmp_path):
    table = sweep(TRAININGS[:2], tmp_path)
    names = ["group", "train_fraction", "lr", "seeds", "width", "steps", "every", "weight_decay"]
    names += ["seed", "order", "train_accuracy", "test_accuracy", "train_loss", "test_loss"]
    assert list(table) == [*names, "steps_50", "steps_90", "steps_99", "outcome"]
    assert table["seeds"].tolist() == ["[0, 1]"] * 4 and table["seed"].tolist() == [0, 1, 0, 1]
    assert table["lr"].tolist() == [0.001, 0.001, 0.002, 0.002]


def test_the_names_of_the_files_do_not_change(tmp_path):
    """Else all results of earlier sweeps would be lost."""
    store = UnitStore(tmp_path, "train_unit")
    file = store.file({"group": "Z_7", "seeds": [0, 1], "lr": 2e-3})
    assert file.name == "e5b48b067efd592caae8e77b9bb30e2a.json"
    assert file == store.file({"lr": 0.002, "seeds": [0, 1], "group": "Z_7"})


def test_the_provenance_says_on_what_machine(tmp_path):
    sweep(SQUARES[:3], tmp_path, work=sweep_work.square)
    sweep(SQUARES, tmp_path, work=sweep_work.square)
    about = json.loads((tmp_path / "provenance.json").read_text())
    assert about["units"] == 8 and about["work"] == "square"
    assert [machine["units"] for machine in about["machines"]] == [8]
    assert about["machines"][0]["torch"] and about["date"] and about["command"]


@pytest.mark.parametrize(
    ("configs", "work", "message"),
    [
        ([], sweep_work.square, "no configurations"),
        ([{"x": 1}, {"x": 1}], sweep_work.square, "twice"),
        ([{"x": (1, 2)}, {"x": [1, 2]}], sweep_work.square, "twice"),
        ([{"x": 1}, {"y": 1}], sweep_work.square, "other keys"),
        ([{"x": np.float32(1)}], sweep_work.square, "JSON"),
        ([{"x": float("nan")}], sweep_work.square, "JSON"),
        (["x"], sweep_work.square, "dict"),
        (SQUARES, lambda config: [config], "top level"),
    ],
)
def test_what_cannot_be_swept_is_refused(configs, work, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sweep(configs, tmp_path, work=work)
    assert not sweep_work.done()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "one or more dicts"),
        ({"a": 1}, "one or more dicts"),
        ([{"a": 1}, {"b": 1}], "columns"),
        ([{"x": 1}], "of its configuration"),
        ([{"a": object()}], "not a JSON value"),
    ],
)
def test_rows_that_make_no_table_are_a_failure(rows, message, tmp_path):
    with pytest.raises(RuntimeError, match=message):
        sweep([{"x": 1, "rows": 0}], tmp_path, work=returning(rows))
    assert not unit_files(tmp_path)


def returning(rows):
    def work(config):
        return rows

    work.__qualname__ = "work"
    return work


# The training unit


def test_a_training_unit_is_what_train_gives():
    config = {"group": "D_5", "train_fraction": 0.7, "seeds": [3, 8], "width": 32}
    about = {"lr": 0.01, "weight_decay": 1e-3, "steps": 60, "every": 5}
    rows = train_unit(config | about | {"activation": "relu", "init_scale": 0.5})
    task = GroupTask(named_group("D_5"), 0.7, [3, 8])
    history = train(task, TwoLayer(32, activation="relu", init_scale=0.5), **about)
    assert [row["seed"] for row in rows] == [3, 8] and rows[0]["order"] == 10
    for place, row in enumerate(rows):
        for name in ("train_accuracy", "test_accuracy", "train_loss", "test_loss"):
            assert row[name] == history[name][place, -1]
        for level in (50, 90, 99):
            reached = history.steps[history["test_accuracy"][place] >= level / 100]
            first = reached[0] if len(reached) else np.nan
            assert row[f"steps_{level}"] == pytest.approx(first, nan_ok=True)
        assert row["outcome"] == history.outcomes[place]


def test_an_unknown_setting_is_no_training():
    with pytest.raises(TypeError, match="speed"):
        train_unit(TRAININGS[0] | {"speed": 1})
    with pytest.raises(ValueError, match="names no group"):
        train_unit(TRAININGS[0] | {"group": "Z_0"})
