"""The training loop: right, repeatable, and whole again after any interrupt."""

import math
import signal
import threading
from _thread import interrupt_main
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from oracles import dense_loss, dense_outputs, largest_error

from li2_core import FiniteGroup, GroupTask, History, TwoLayer, cyclic, product, train
from li2_core.nets import LossGradient

CHANGES = ("hidden_change_cosine", "readout_change_cosine")
SMALL = {"lr": 0.02, "every": 10, "device": "cpu", "probes": (*CHANGES, "hidden_norm")}


def small_task(seeds=(1, 4)):
    return GroupTask(cyclic(7), train_fraction=0.6, seeds=seeds)


def renamed_task():
    """The same task but for its table, in which two elements have changed their names."""
    swap = np.array([0, 2, 1, 3, 4, 5, 6])
    table = swap[cyclic(7).table[np.ix_(swap, swap)]]
    return GroupTask(FiniteGroup(table, name="Z_7"), train_fraction=0.6, seeds=[1, 4])


def run(steps=40, net=None, task=None, **options):
    net = net or TwoLayer(width=12, activation="silu")
    return train(task or small_task(), net, steps=steps, **(SMALL | options))


def assert_same_bits(found, expected):
    assert found.config == expected.config and found.step == expected.step
    assert np.array_equal(found.steps, expected.steps)
    assert found.records.keys() == expected.records.keys()
    for name in expected.records:
        assert np.array_equal(found[name], expected[name], equal_nan=True), name
    for ours, theirs in zip(
        found.net.parameters.values(), expected.net.parameters.values(), strict=True
    ):
        assert torch.equal(ours, theirs)
    for name in ("optimizer_state", "memory"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


# --- It trains


@pytest.mark.parametrize(
    ("name", "lr", "weight_decay"),
    [("adam", 0.005, 1e-3), ("adamw", 0.005, 0.5), ("sgd", 3.0, 1e-3)],
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-3), (torch.float64, 1e-9)])
def test_a_hundred_steps_follow_a_dense_autograd_loop(dtype, tolerance, name, lr, weight_decay):
    """Only the order of summing differs, and a hundred steps of Adam amplify that."""
    task = GroupTask(cyclic(23), 0.8, seeds=[3])
    net = TwoLayer(width=128).initialize(task, dtype=dtype)
    history = train(
        task, net, optimizer=name, lr=lr, weight_decay=weight_decay, steps=100, device="cpu"
    )

    W, V = (weights[0].clone().requires_grad_() for weights in (net.hidden, net.readout))
    plain = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[name]
    stepper = plain([W, V], lr=lr, weight_decay=weight_decay)
    train_rows, test_rows = (
        (task.rows(index[0]).to(dtype), task.labels(index[0]).to(dtype))
        for index in (task.train_index, task.test_index)
    )
    losses, answers = [], []
    for step in range(101):
        loss = dense_loss(*train_rows, W, V)
        if step % 10 == 0:
            with torch.no_grad():
                losses.append((float(loss), float(dense_loss(*test_rows, W, V))))
                right = dense_outputs(test_rows[0], W, V).argmax(1) == test_rows[1].argmax(1)
                answers.append(int(right.sum()))
        stepper.zero_grad()
        loss.backward()
        stepper.step()
    found = np.stack([history["train_loss"][0], history["test_loss"][0]], axis=1)
    assert np.allclose(found, losses, rtol=tolerance, atol=0)
    assert found[-1, 0] < 0.9 * found[0, 0]  # it went somewhere
    # In float32 a tie may fall to the other side.
    right = history["test_accuracy"][0] * task.test_index.shape[1]
    assert np.abs(right - answers).max() < (1.5 if dtype == torch.float32 else 0.01)


def test_a_small_network_groks():
    """It knows its training pairs first, and then, all at once, the pairs that it never saw."""
    task = GroupTask(cyclic(23), train_fraction=0.8, seeds=2)
    history = train(task, TwoLayer(width=128), lr=0.01, steps=200, device="cpu")
    assert (history["test_accuracy"][:, 0] < 0.2).all()
    assert (history["test_accuracy"][:, -1] > 0.99).all()
    assert (history["train_accuracy"][:, -1] == 1).all()
    assert (history.steps_to(1, "train_accuracy") < history.steps_to(0.99)).all()


def test_the_first_record_is_the_untrained_network_and_times_are_every_every():
    task = small_task()
    net = TwoLayer(width=12, activation="silu").initialize(task)
    history = run(net=net, steps=30)
    assert history.steps.tolist() == [0, 10, 20, 30] and history.step == 30
    assert np.allclose(history["hidden_norm"][:, 0], net.hidden.flatten(1).norm(dim=1), rtol=1e-6)
    last = history.net.hidden.flatten(1).norm(dim=1)
    assert np.allclose(history["hidden_norm"][:, -1], last, rtol=1e-6)
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert history[name].shape == (2, 4)


def test_the_given_network_is_not_changed():
    task = small_task()
    net = TwoLayer(width=12).initialize(task)
    hidden, readout = net.hidden.clone(), net.readout.clone()
    history = run(net=net, task=task, steps=10)
    assert torch.equal(net.hidden, hidden) and torch.equal(net.readout, readout)
    assert not torch.equal(history.net.hidden, hidden)


def test_training_goes_on_from_a_trained_network_on_another_task():
    """Its first record is the old network's answer to the new task."""
    first = run()
    other = GroupTask(cyclic(7), train_fraction=0.3, seeds=[8, 9])
    second = run(net=first.net, task=other, steps=10)
    for s in range(2):
        X, Y = other.rows(other.train_index[s]), other.labels(other.train_index[s])
        W, V = first.net.hidden[s].double(), first.net.readout[s].double()
        assert abs(second["train_loss"][s, 0] / dense_loss(X, Y, W, V, "silu") - 1) < 1e-5
    assert second["train_loss"].shape == (2, 2)


# --- It repeats, whatever the stacking


def test_the_same_seeds_give_the_same_bits():
    torch.manual_seed(0)
    first = run()
    torch.manual_seed(1)
    assert_same_bits(run(), first)


def test_a_run_in_another_thread_gives_the_same_bits():
    """Where no signal handler can be set."""
    with ThreadPoolExecutor(1) as executor:
        found = executor.submit(run).result()
    assert_same_bits(found, run())


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_stacked_seeds_are_separate_runs(name):
    """In float64, so that 40 steps of rounding stay below 1e-9."""
    options = {"optimizer": name, "lr": 0.3 if name == "sgd" else 0.01, "weight_decay": 1e-3}

    def final(seeds, seeds_at_once):
        task = small_task(seeds)
        net = TwoLayer(width=12, activation="tanh").initialize(task, dtype=torch.float64)
        return run(net=net, task=task, seeds_at_once=seeds_at_once, **options)

    one_by_one = final([5, 6, 11], 1)
    for seeds_at_once in (2, 3, 100):
        stacked = final([5, 6, 11], seeds_at_once)
        for ours, theirs in zip(
            stacked.net.parameters.values(), one_by_one.net.parameters.values(), strict=True
        ):
            assert largest_error(ours, theirs) < 1e-9
    for s, seed in enumerate([5, 6, 11]):
        alone = final([seed], None)
        for ours, theirs in zip(
            alone.net.parameters.values(), one_by_one.net.parameters.values(), strict=True
        ):
            assert largest_error(ours[0], theirs[s]) < 1e-9
        assert np.allclose(alone["test_loss"][0], one_by_one["test_loss"][s], rtol=1e-9)


# --- It stops and goes on


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("through_a_file", [False, True])
def test_a_resumed_run_has_the_bits_of_one_run(tmp_path, name, through_a_file):
    options = {"optimizer": name, "weight_decay": 1e-3}
    whole, half = run(40, **options), run(20, **options)
    if through_a_file:
        half.save(tmp_path / "half.npz")
        half = History.load(tmp_path / "half.npz")
    before = half.net.hidden.clone()
    assert_same_bits(run(40, resume=half, **options), whole)
    # The earlier part is as it was, and may be used again.
    assert torch.equal(half.net.hidden, before) and half.step == 20
    assert_same_bits(run(40, resume=half, **options), whole)
    assert np.isfinite(whole["hidden_change_cosine"][:, 2:]).all()


def test_resuming_a_finished_run_changes_nothing():
    history = run(20)
    assert_same_bits(run(20, resume=history), history)


def interrupt_at(monkeypatch, step, times=1):
    """A real SIGINT in the gradient that follows so many steps."""
    calls, whole_gradient = [], LossGradient.__call__

    def gradient(self):
        whole_gradient(self)
        calls.append(None)
        if len(calls) == step + 1:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LossGradient, "__call__", gradient)


@pytest.mark.parametrize("step", [1, 10, 13])
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_an_interrupt_returns_what_there_is_and_resume_completes_it(
    monkeypatch, tmp_path, step, name
):
    handler = signal.getsignal(signal.SIGINT)
    whole = run(30, optimizer=name)
    interrupt_at(monkeypatch, step)
    with pytest.warns(UserWarning, match=rf"interrupted at step {step} of 30; .*resume=history"):
        partial = run(30, optimizer=name)
    assert partial.step == step
    assert partial.steps.tolist() == [*range(0, step, 10), step]
    assert partial["test_loss"].shape == (2, len(partial.steps))
    assert signal.getsignal(signal.SIGINT) is handler
    partial.save(tmp_path / "partial.npz")
    assert_same_bits(run(30, optimizer=name, resume=History.load(tmp_path / "partial.npz")), whole)


def test_an_interrupt_in_a_probe_keeps_the_record_whole():
    calls = []

    def norm_and_interrupt(moment):
        calls.append(None)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return moment.net.hidden.flatten(1).norm(dim=1)

    options = {"probes": (*CHANGES, norm_and_interrupt)}
    with pytest.warns(UserWarning, match="interrupted at step 20 of 40"):
        partial = run(40, **options)
    assert partial.steps.tolist() == [0, 10, 20]
    assert {len(record[0]) for record in partial.records.values()} == {3}
    assert_same_bits(run(40, resume=partial, **options), run(40, **options))


def test_an_interrupt_in_the_last_step_has_nothing_left_to_do(monkeypatch):
    """No warning, which would be an error here."""
    whole = run(20)
    interrupt_at(monkeypatch, 20)
    assert_same_bits(run(20), whole)


def test_an_interrupt_from_outside_at_any_moment(monkeypatch):
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(0.2, interrupt_main)
    whole_gradient = LossGradient.__call__

    def gradient(self):
        if timer.ident is None:
            timer.start()
        whole_gradient(self)

    monkeypatch.setattr(LossGradient, "__call__", gradient)
    with pytest.warns(UserWarning, match="interrupted at step"):
        partial = run(10**7, every=100)
    timer.join()
    assert 0 < partial.step < 10**7
    assert partial.steps.tolist() == [*range(0, partial.step, 100), partial.step]
    assert signal.getsignal(signal.SIGINT) is handler
    steps = 100 * (partial.step // 100 + 1)
    assert_same_bits(run(steps, every=100, resume=partial), run(steps, every=100))


def test_a_second_interrupt_acts_at_once(monkeypatch):
    handler = signal.getsignal(signal.SIGINT)
    interrupt_at(monkeypatch, 5, times=2)
    with pytest.raises(KeyboardInterrupt):
        run(20)
    assert signal.getsignal(signal.SIGINT) is handler


def test_the_signal_handler_is_restored_after_a_run_and_after_an_error(monkeypatch):
    handler = signal.getsignal(signal.SIGINT)
    run(10)
    assert signal.getsignal(signal.SIGINT) is handler

    def fail(self):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(LossGradient, "__call__", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        run(10)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lr": 0.01}, "the earlier run had lr=0.02, not 0.01"),
        ({"optimizer": "sgd"}, "had optimizer='adam', not 'sgd'"),
        ({"weight_decay": 0.5}, r"had weight_decay=0\.0, not 0\.5"),
        ({"every": 20}, "had every=10, not 20"),
        ({"probes": ()}, r"had probes=\['train_loss'"),
        ({"net": TwoLayer(width=13, activation="silu")}, "had net={'width': 12"),
        ({"net": TwoLayer(width=12, activation="relu")}, "had net=.*'silu'.*'relu'"),
        ({"task": small_task([1, 5])}, r"had task=.*\[1, 4\].*\[1, 5\]"),
        ({"task": GroupTask(cyclic(7), 0.5, [1, 4])}, r"had task=.*0\.6.*0\.5"),
        ({"task": GroupTask(cyclic(5), 0.6, [1, 4])}, "had task=.*Z_7.*Z_5"),
        ({"task": renamed_task()}, "had task=.*'group': 'Z_7'.*'group': 'Z_7'"),
        ({"steps": 10}, "the earlier run made 20 steps, more than 10"),
    ],
)
def test_resuming_another_run_names_the_difference(changed, message):
    history = run(20)
    with pytest.raises(ValueError, match=f"cannot resume: .*{message}"):
        run(**({"steps": 40, "resume": history} | changed))


# --- It refuses what it cannot do


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizer": "lion"}, "unknown optimizer 'lion', allowed: adam, adamw"),
        ({"loss": "hinge"}, "unknown loss 'hinge', allowed: cross_entropy, mse"),
        (
            {"probes": ("mood",)},
            "unknown probe 'mood', allowed: active_nodes",
        ),
        ({"lr": 0}, "lr must be a finite number above 0, got 0"),
        ({"lr": math.inf}, "lr must be a finite number above 0, got inf"),
        ({"lr": "fast"}, "lr must be a finite number above 0, got 'fast'"),
        ({"readout_lr": -1}, "readout_lr must be a finite number above 0, got -1"),
        ({"weight_decay": -1}, "weight_decay must be a finite number at least 0, got -1"),
        ({"every": 0}, "every must be a whole number at least 1, got 0"),
        ({"every": 2.5}, "every must be a whole number at least 1, got 2.5"),
        ({"steps": 0}, "steps must be a whole number at least 1, got 0"),
        ({"steps": "many"}, "steps must be a whole number at least 1, got 'many'"),
        ({"seeds_at_once": 0}, "seeds_at_once must be a whole number at least 1, got 0"),
        ({"device": "gpu"}, "no device 'gpu' here, allowed: cpu"),
        ({"dtype": torch.int64}, "dtype must be torch.float32 or torch.float64, got torch.int64"),
        ({"net": 12}, r"net must be a recipe or a network, such as TwoLayer.*, got a int"),
        ({"freeze": ("V",)}, "cannot freeze 'V', allowed: hidden, readout"),
        ({"freeze": "readout"}, r"freeze must be several names, such as \('readout',\)"),
        ({"freeze": ("hidden", "readout")}, "with hidden, readout frozen there is nothing left"),
    ],
)
def test_names_and_values_out_of_range_are_errors(options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


def test_a_spectrum_of_another_group_is_an_error():
    klein = GroupTask(product(cyclic(2), cyclic(2)), 0.5)
    with pytest.raises(ValueError, match="needs a cyclic group, got Z_2 x Z_2"):
        run(task=klein, probes=("spectrum",))


@pytest.mark.parametrize("other", [GroupTask(cyclic(5), 0.5, 2), GroupTask(cyclic(7), 0.5, 3)])
def test_a_network_for_another_group_or_other_seeds_is_an_error(other):
    net = TwoLayer(width=12, activation="silu").initialize(other)
    with pytest.raises(ValueError, match=r"the task needs weights hidden \(2, 14, 12\)"):
        run(net=net)
    with pytest.raises(ValueError, match="the task needs weights hidden"):
        run(net=TwoLayer(width=12).initialize(small_task()), task=other)
