"""What Kumar et al. show on other data and other networks: the stored runs, and short live ones."""

import numpy as np
import pytest
import torch
from oracles import DATA
from torch import nn

from li2_core import GroupTask, Module, cyclic, train
from li2_core.nets import MLP, OneLayerTransformer, OutputScale
from li2_core.rich.two_layer import mean_features, two_layer_kernel
from li2_core.runs import read_table, select
from li2_core.runs.tables import over_steps
from li2_core.tasks import digits_task, teacher_task

SCALES = (0.5, 1, 2, 4)


def reached(table, column, level, **run):
    """For each seed the first step at which a column is at or above a level; inf if never."""
    steps, values = over_steps(table, column, **run)
    there = values >= level
    return np.where(there.any(1), steps[there.argmax(1)], np.inf)


def last(table, column, **run):
    return over_steps(table, column, **run)[1][:, -1]


class MeanField(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Parameter(torch.randn(46, 100))
        self.readout = nn.Parameter(torch.randn(100, 23))

    def forward(self, rows):
        return mean_features(rows, self.hidden) @ self.readout / 100


@pytest.fixture(scope="module")
def clock():
    return read_table(DATA / "modular_without_decay")


def test_a_clock_groks_without_decay_while_the_norm_grows():
    """Fig. 2, live: the shown pairs are fitted while nearly all unseen ones are wrong."""
    run = train(
        GroupTask(cyclic(23), 0.9, seeds=[5]),
        Module(lambda: OutputScale(MeanField(), 0.5)),
        optimizer="sgd",
        lr=400,
        steps=900,
        every=15,
        probes=("module.hidden_norm", "module.readout_norm"),
        device="cpu",
    )
    fit = run.steps_to(0.95, "train_accuracy")[0]
    assert run["test_accuracy"][0, run.steps == fit] < 0.3
    assert run["test_accuracy"][0, -1] == 1 and run.steps_to(0.9)[0] > fit
    for name in ("module.hidden_norm", "module.readout_norm"):
        assert (np.diff(run[name][0]) > 0).all() and run[name][0, -1] > 2 * run[name][0, 0]


def test_the_scale_stretches_the_delay_on_a_clock(clock):
    """Fig. 2c: later in steps, and as a ratio."""
    fit = [np.median(reached(clock, "train_accuracy", 0.99, scale=b)) for b in SCALES]
    know = [np.median(reached(clock, "test_accuracy", 0.9, scale=b)) for b in SCALES]
    ratio = np.divide(know, fit)
    assert (np.diff(fit) > 0).all() and (np.diff(ratio) > 0).all()
    assert 1.05 < ratio[0] < 1.3 and 1.5 < ratio[-1] < 2


def test_loss_and_accuracy_tell_it_differently(clock):
    """Fig. 16: the test loss rises while the accuracy is flat, and ends above that of training."""
    for scale in SCALES:
        steps, loss = over_steps(clock, "test_loss", scale=scale)
        accuracy = over_steps(clock, "test_accuracy", scale=scale)[1]
        peak = loss.argmax(1)
        assert (loss.max(1) > loss[:, 0] + 0.03).all() and (steps[peak] > 0).all()
        assert (accuracy[np.arange(len(peak)), peak] < 0.1).all()
        at_end = last(clock, "test_loss", scale=scale)
        assert (at_end > 2 * last(clock, "train_loss", scale=scale)).all()
        assert (accuracy[:, -1] > 0.99).all()


def test_the_signal_comes_as_the_kernel_moves_and_both_before_the_fit(clock):
    for scale in SCALES:
        moved = reached(clock, "kernel_movement", 0.1, scale=scale)
        heard = reached(clock, "signal_alignment", 0.4, scale=scale)
        fit = reached(clock, "train_accuracy", 0.99, scale=scale)
        assert (heard / moved < 1.5).all() and (moved / heard < 1.5).all()
        assert (fit > 4 * heard).all()
        # In steps over the scale it is one time for all scales.
        assert heard / scale == pytest.approx(175, rel=0.2)
        assert moved / scale == pytest.approx(150, rel=0.2)


def test_when_the_shown_pairs_are_fitted_the_kernel_is_another(clock):
    """Not first lazy, then rich: by then the kernel has moved by several times its length."""
    for scale in SCALES:
        fit = (over_steps(clock, "train_accuracy", scale=scale)[1] >= 0.99).argmax(1)
        rows = np.arange(len(fit)), fit
        assert (over_steps(clock, "kernel_movement", scale=scale)[1][rows] > 5).all()
        assert (over_steps(clock, "like_the_start", scale=scale)[1][rows] < 0.65).all()
        worst = over_steps(clock, "test_loss", scale=scale)[1].max(1)
        assert (worst < select(clock, scale=scale)["kernel_line"].min() - 0.15).all()


def test_a_large_scale_goes_to_the_line_of_its_first_kernel_and_comes_back(clock):
    (loss,) = over_steps(clock, "test_loss", scale=16)[1]
    line = select(clock, scale=16)["kernel_line"][0]
    assert 0.95 * line < loss.max() < 1.1 * line and loss[-1] < 0.65 * line
    fit = (over_steps(clock, "train_accuracy", scale=16)[1][0] >= 0.99).argmax()
    assert over_steps(clock, "kernel_movement", scale=16)[1][0, fit] < 2


def test_the_stored_kernel_starts_as_the_closed_form_says(clock):
    """One stored number again from the weights of that seed: the first kernel's alignment."""
    from li2_core.rich import kernel_alignment

    task = GroupTask(cyclic(23), 0.9, [1])
    net = Module(MeanField).initialize(task).parameters
    kernel = two_layer_kernel(task.rows(), net["hidden"][0].double(), net["readout"][0].double())
    stored = over_steps(select(clock, scale=1.0, seed=1), "kernel_alignment")[1][0, 0]
    assert kernel_alignment(kernel, task.labels()).item() == pytest.approx(stored, rel=1e-4)


@pytest.fixture(scope="module")
def labels():
    return read_table(DATA / "eigenvector_labels")


def test_later_eigenvectors_are_harder_and_the_middle_one_waits(labels):
    """Fig. 5: together, delayed, never."""
    easy, middle, hard = ({"place": j, "num_train": 150} for j in (1, 70, 160))
    assert (last(labels, "test_loss", **easy) < 0.01).all()
    steps, loss = over_steps(labels, "test_loss", **middle)
    assert (loss.max(1) > 1.05 * loss[:, 0]).all() and (loss[:, -1] < 0.55).all()
    half_test = steps[(loss < 0.5 * loss[:, :1]).argmax(1)]
    train_loss = over_steps(labels, "train_loss", **middle)[1]
    low_train = steps[(train_loss < 0.1 * train_loss[:, :1]).argmax(1)]
    assert (half_test > 2 * low_train).all()
    assert (last(labels, "test_loss", **hard) > 1).all()
    assert (last(labels, "train_loss", **hard) < 0.1).all()


def test_more_data_make_later_eigenvectors_learnable(labels):
    """Fig. 19."""
    for place in (70, 160):
        losses = [
            np.median(last(labels, "test_loss", place=place, num_train=n)) for n in (100, 150, 300)
        ]
        assert (np.diff(losses) < 0).all() and losses[-1] < 0.2


def test_the_first_kernel_has_the_same_order_and_the_same_end(labels):
    """Features bring the network sooner to where its first kernel would have ended, not below."""
    lines = [np.median(last(labels, "kernel_line", place=j, num_train=150)) for j in (1, 70, 160)]
    assert lines[0] < 0.01 < 0.2 < lines[1] < 0.6 < 0.9 < lines[2]
    for n in (100, 150):
        middle = {"place": 70, "num_train": n}
        line, end = last(labels, "kernel_line", **middle), last(labels, "test_loss", **middle)
        assert (end > 0.85 * line).all() and (end < 1.35 * line).all()
        assert (last(labels, "lazy_test_loss", **middle) > 1.3 * line).all()


@pytest.fixture(scope="module")
def digits():
    return select(read_table(DATA / "digits_scale"), from_start=0)


def test_the_scale_controls_the_delay_on_digits(digits):
    """Fig. 6a: no delay at a small scale, and the later the larger it is."""
    knows, ratios = [], []
    for scale in (0.03, 0.3, 1):
        run = {"scale": scale, "weight_decay": 0.1}
        knows.append(reached(digits, "test_accuracy", 0.8, **run))
        ratios.append(knows[-1] / reached(digits, "train_accuracy", 0.99, **run))
    assert knows[0].max() < knows[1].min() and knows[1].max() < knows[2].min() < 3500
    assert ratios[0].max() <= 1 and min(ratios[1].min(), ratios[2].min()) > 3


def test_without_decay_the_digits_are_not_understood(digits):
    run = {"scale": 1, "weight_decay": 0}
    assert (last(digits, "train_accuracy", **run) == 1).all()
    assert (last(digits, "test_accuracy", **run) < 0.25).all()


def test_a_small_scale_reads_digits_at_once_and_a_large_one_does_not():
    found = []
    for scale in (0.03, 1.0):

        def net(scale=scale):
            return OutputScale(MLP((64, 200, 200, 10), init_scale=8.0), scale, from_start=False)

        run = train(
            digits_task(200, seeds=[7]),
            Module(net),
            optimizer="adamw",
            lr=3e-3,
            weight_decay=0.1,
            steps=150,
            every=150,
            device="cpu",
        )
        found.append(run["test_accuracy"][0, -1])
    assert found[0] > 0.85 and found[1] < 0.6


def test_a_start_that_is_subtracted_and_a_decay_work_against_each_other():
    """Eq. 7 with decay: f shrinks, f_0 does not, and what it says of unseen questions stays."""
    table = read_table(DATA / "digits_scale")
    runs = {kept: {"scale": 1, "weight_decay": 0.1, "from_start": kept} for kept in (0, 1)}
    assert (last(table, "test_accuracy", **runs[1]) < 0.25).all()
    assert (last(table, "train_accuracy", **runs[1]) >= 0.99).all()
    assert (last(table, "test_accuracy", **runs[0]) > 0.75).all()
    students = read_table(DATA / "student_teacher")
    loss = over_steps(students, "test_loss", scale=1, from_start=1, threshold=0.1)[1]
    assert (loss[:, -1] > 4 * loss.min(1)).all()


@pytest.fixture(scope="module")
def students():
    return select(read_table(DATA / "student_teacher"), from_start=0)


def test_the_scale_stretches_a_students_delay(students):
    """Fig. 8."""
    know = [reached(students, "test_within", 0.9, scale=b, threshold=0.1) for b in (0.3, 1, 3)]
    fit = [reached(students, "train_within", 0.9, scale=b, threshold=0.1) for b in (0.3, 1, 3)]
    assert np.median(know[0]) < np.median(know[1]) < np.median(know[2])
    assert np.median(know[2]) > 2 * np.median(fit[2])


def test_the_threshold_decides_whether_a_student_groks(students):
    """Fig. 17: the same runs, no delay for one threshold and never for another."""
    run = {"scale": 1}
    wide, narrow = ({"threshold": t, **run} for t in (0.3, 0.01))
    assert np.median(reached(students, "test_within", 0.9, **wide)) <= 100
    assert (reached(students, "train_within", 0.9, **narrow) < np.inf).all()
    assert np.median(reached(students, "test_within", 0.9, **narrow)) == np.inf


def test_a_students_test_loss_falls_from_the_start(students):
    """Fig. 18: in the loss nothing waits."""
    loss = over_steps(students, "test_loss", scale=1, threshold=0.1)[1]
    assert (loss[:, 4] < 0.5 * loss[:, 0]).all()


def test_a_student_of_the_teachers_size_learns_from_it():
    def net():
        return OutputScale(MLP((5, 100, 100, 5), "tanh"), 1.0, from_start=False)

    run = train(
        teacher_task(num_train=100, seeds=[3]),
        Module(net, centred=False),
        loss="squared_error",
        lr=3e-3,
        steps=200,
        every=200,
        device="cpu",
    )
    assert run["test_loss"][0, -1] < 0.05 * run["test_loss"][0, 0]


@pytest.fixture(scope="module")
def attention():
    return read_table(DATA / "transformer_scale")


def test_the_scale_does_not_order_the_transformers(attention):
    """Fig. 6b at our size: a larger scale is not always later, nor always sooner."""
    times = [
        np.median(reached(attention, "fresh_accuracy", 0.5, scale=b, weight_decay=1))
        for b in (0.15, 0.5, 1.4, 5)
    ]
    assert times[1] > 1.5 * times[2] and times[3] > 1.2 * times[2]
    assert (reached(attention, "train_accuracy", 0.99, scale=1.4, weight_decay=1) < 150).all()


def test_decay_and_scale_pull_a_transformer_in_opposite_directions(attention):
    """Fig. 12: five times the decay is sooner; a larger scale then later again."""
    slow, quick, held = (
        reached(attention, "fresh_accuracy", 0.5, scale=scale, weight_decay=decay)
        for scale, decay in ((0.5, 1), (0.5, 5), (1.4, 5))
    )
    assert slow.min() > 5 * quick.max() and quick.max() < held.min() < held.max() < slow.min()


def test_a_transformer_knows_mirror_images_before_it_can_add(attention):
    for scale in (0.15, 0.5, 1.4, 5):
        run = {"scale": scale, "weight_decay": 1}
        mirror = over_steps(attention, "mirror_accuracy", **run)[1]
        fresh = over_steps(attention, "fresh_accuracy", **run)[1]
        first = (mirror >= 0.9).argmax(1)
        assert (mirror.max(1) >= 0.9).all()
        assert (fresh[np.arange(len(first)), first] < 0.2).all()


def test_a_small_transformer_first_knows_the_mirror_images():
    """Unseen pairs (a, b) with (b, a) shown: nearly all right while the others are wrong."""
    task = GroupTask(cyclic(17), 0.7)
    run = train(
        task,
        Module(lambda: OneLayerTransformer(17, dim=32), inputs="pairs"),
        optimizer="adamw",
        loss="cross_entropy",
        lr=3e-3,
        weight_decay=1,
        steps=250,
        every=250,
        device="cpu",
    )
    shown = {tuple(pair) for pair in task.pairs[task.train_index[0]].tolist()}
    unseen = task.pairs[task.test_index[0]]
    mirror = torch.tensor([(b, a) in shown for a, b in unseen.tolist()])
    right = run.net(unseen)[0].argmax(1) == task.targets[task.test_index[0]]
    assert run["train_accuracy"][0, -1] == 1
    assert right[mirror].double().mean() > 0.9 > 0.4 > right[~mirror].double().mean()
