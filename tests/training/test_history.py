"""A History comes back from its file whole, or not at all."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from li2_core import GroupTask, History, TwoLayer, cyclic, train

PROBES = ("hidden_change_cosine", "readout_change_cosine", "spectrum", "hidden_norm")


def make_history(optimizer="adam", **options):
    task = GroupTask(cyclic(5), train_fraction=0.5, seeds=[2, 7])
    net = TwoLayer(width=6, activation="silu", init_scale=0.5, output_scale=2)
    options = {"steps": 6, "every": 2, "probes": PROBES, "weight_decay": 1e-3} | options
    return train(task, net, optimizer=optimizer, device="cpu", **options)


@pytest.fixture(scope="module")
def history():
    return make_history()


def assert_same(found, expected):
    assert found.config == expected.config and found.step == expected.step
    assert np.array_equal(found.steps, expected.steps)
    assert found.steps.dtype == expected.steps.dtype
    assert found.records.keys() == expected.records.keys()
    for name, record in expected.records.items():
        assert found[name].dtype == record.dtype
        assert np.array_equal(found[name], record, equal_nan=True), name
    assert found.net.recipe == expected.net.recipe
    for name in ("optimizer_state", "memory"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
        assert all(ours[key].dtype == theirs[key].dtype for key in theirs)
    for ours, theirs in zip(
        found.net.parameters.values(), expected.net.parameters.values(), strict=True
    ):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_save_and_load_give_everything_back(tmp_path, optimizer):
    history = make_history(optimizer)
    history.save(tmp_path / "run.npz")
    assert_same(History.load(tmp_path / "run.npz"), history)
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
    assert len(history.memory) == 4
    assert len(history.optimizer_state) == (0 if optimizer == "sgd" else 6)


def test_any_file_name_will_do(tmp_path, history):
    """NumPy alone would have added .npz; a string is a path too."""
    history.save(str(tmp_path / "run"))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert_same(History.load(str(tmp_path / "run")), history)


def test_settings_from_numpy_are_saved(tmp_path):
    history = make_history(steps=np.int64(4), every=np.int64(2), lr=np.float32(0.25))
    history.save(tmp_path / "run.npz")
    assert History.load(tmp_path / "run.npz").config["lr"] == 0.25


def test_saving_again_replaces_the_file(tmp_path, history):
    path = tmp_path / "run.npz"
    history.save(path)
    other = make_history(steps=2)
    other.save(path)
    assert_same(History.load(path), other)


@pytest.mark.parametrize("error", [RuntimeError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_save_leaves_the_old_file_whole(tmp_path, monkeypatch, history, error):
    path = tmp_path / "run.npz"
    history.save(path)
    before = path.read_bytes()

    def half_a_file(file, **arrays):
        file.write(before[: len(before) // 2])
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", half_a_file)
        with pytest.raises(type(error)):
            make_history(steps=2).save(path)
        with pytest.raises(type(error)):
            history.save(tmp_path / "new.npz")
    assert path.read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["run.npz"]


def test_a_folder_that_is_not_there_is_no_place_to_save(tmp_path, history):
    with pytest.raises(FileNotFoundError):
        history.save(tmp_path / "nowhere" / "run.npz")


# --- Files that are no History


def assert_refused(path):
    with pytest.raises(ValueError) as caught:
        History.load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        History.load(tmp_path / "nothing.npz")


def test_a_truncated_file_is_refused_at_every_length(tmp_path, history):
    path = tmp_path / "run.npz"
    history.save(path)
    whole = path.read_bytes()
    lengths = {*range(0, len(whole), 97), *range(64), *range(len(whole) - 64, len(whole))}
    for length in sorted(lengths):
        path.write_bytes(whole[:length])
        assert_refused(path)


def test_one_wrong_bit_is_refused_or_harmless(tmp_path, history):
    """Never another error, and never other numbers."""
    path = tmp_path / "run.npz"
    history.save(path)
    whole = path.read_bytes()
    directory = whole.rindex(b"PK\x01\x02")
    places = {*range(0, len(whole), 41), *range(128), *range(directory, len(whole))}
    refused = 0
    for place in sorted(places):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            found = History.load(path)
        except ValueError as error:
            assert str(path) in str(error)
            refused += 1
        else:
            assert_same(found, history)
    assert refused > len(places) / 2


@pytest.mark.parametrize("content", [b"", b"\0" * 400, b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18])
def test_garbage_is_refused(tmp_path, content):
    path = tmp_path / "garbage.npz"
    for bytes_ in (content, content + np.random.default_rng(0).bytes(1000)):
        path.write_bytes(bytes_)
        assert_refused(path)


def test_an_array_file_and_a_folder_are_refused(tmp_path):
    np.save(tmp_path / "array.npy", np.arange(3))
    assert_refused(tmp_path / "array.npy")
    (tmp_path / "folder").mkdir()
    assert_refused(tmp_path / "folder")


def saved_arrays(tmp_path, history):
    history.save(tmp_path / "whole.npz")
    with np.load(tmp_path / "whole.npz") as file:
        return dict(file)


@pytest.mark.parametrize(
    "missing",
    ["meta", "steps", "net/hidden", "net/readout", "records/spectrum", "memory/hidden.change"],
)
def test_a_file_without_a_part_is_refused(tmp_path, history, missing):
    arrays = saved_arrays(tmp_path, history)
    del arrays[missing]
    np.savez(tmp_path / "part.npz", **arrays)
    assert_refused(tmp_path / "part.npz")


@pytest.mark.parametrize(
    "changed",
    [
        {"meta": np.array("{}")},
        {"meta": np.array("not JSON")},
        {"meta": np.array("[1, 2]")},
        {"meta": np.array(3)},
        {"net/hidden": np.zeros((2, 10, 5))},
        {"net/readout": np.zeros(3)},
        {"memory/hidden.weights": np.array("text")},
    ],
    ids=repr,
)
def test_a_file_with_another_content_is_refused(tmp_path, history, changed):
    np.savez(tmp_path / "other.npz", **(saved_arrays(tmp_path, history) | changed))
    assert_refused(tmp_path / "other.npz")


class Trap:
    """What a pickle can do to its reader: here it would only touch a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_no_pickle_is_ever_read(tmp_path, history):
    sprung, bait = tmp_path / "sprung", tmp_path / "bait.npz"
    bait.write_bytes(pickle.dumps(Trap(sprung)))
    assert_refused(bait)
    trap = np.array([Trap(sprung)], dtype=object)
    for name in ("meta", "steps", "records/extra", "something else"):
        np.savez(bait, **(saved_arrays(tmp_path, history) | {name: trap}))
        assert_refused(bait)
    assert not sprung.exists()
    np.load(bait, allow_pickle=True)["something else"][0].close()
    assert sprung.exists()  # the trap was a real one


# --- Reading the records


def test_an_unknown_record_is_told_the_names(history):
    with pytest.raises(KeyError, match="'mood' was not recorded; there is hidden_change_cosine, "):
        history["mood"]


def test_steps_to_is_the_first_record_at_the_level(history):
    nan = math.nan
    records = {
        "test_accuracy": np.array([[0, 0.5, 0.9, 0.2], [0.9, 0, 0, 1], [0, 0.1, 0.2, 0.3]]),
        "cosine": np.array([[nan, nan, 0.5, 1], [nan, nan, nan, nan], [nan, nan, 1, 0]]),
    }
    made_up = replace(history, steps=np.array([0, 10, 20, 30]), records=records)
    for level, name, expected in [
        (0.9, "test_accuracy", [20, 0, nan]),
        (0.95, "test_accuracy", [nan, 30, nan]),
        (0.0, "test_accuracy", [0, 0, 0]),
        (0.5, "cosine", [20, nan, 20]),
    ]:
        assert np.array_equal(made_up.steps_to(level, name), expected, equal_nan=True)
    assert np.array_equal(made_up.steps_to(0.9), [20, 0, nan], equal_nan=True)
    with pytest.raises(KeyError, match="mood"):
        made_up.steps_to(0.9, "mood")


def test_repr_says_what_it_holds(history):
    start = "History(Z_5, 2 seeds, 6 of 6 steps; hidden_change_cosine, "
    assert repr(history).startswith(start)
