"""The benchmarks: their gates can fail, their counting is exact, their files say where from.

No test asks how long anything took.
"""

import csv
import itertools
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import benchmarks.__main__ as command
from benchmarks import gates, gpu, page, peers, runs, sizes, steps, techniques, theory, timing
from li2_core.nets import LossGradient

A = sizes.SIZES["A"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The files of one quick run, as rows and as what JSON says."""
    folder = tmp_path_factory.mktemp("benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TQDM_DISABLE", "1")
        command.main(["--quick", "--out", str(folder)])
    with open(folder / "performance.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return rows, json.loads((folder / "performance.json").read_text(encoding="utf-8"))


def test_a_quick_run_measures_every_section(quick):
    rows, provenance = quick
    assert list(rows[0]) == ["section", "size", "quantity", "value", "low", "high", "unit"]
    sections = [name for name, _ in itertools.groupby(row["section"] for row in rows)]
    expected = ["gates", "step", "probes", "end to end", "memory", "techniques"]
    expected += ["page"] * (provenance["notes"]["page"] != page.NOT_MEASURED)
    assert sections == expected + ["GPU"] * torch.cuda.is_available()
    assert len({(row["section"], row["size"], row["quantity"]) for row in rows}) == len(rows)
    for row in rows:
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        assert 0 <= low <= value <= high < math.inf, row


def test_the_files_say_where_the_numbers_come_from(quick):
    _, provenance = quick
    assert provenance["command"].startswith("python -m benchmarks --quick --out ")
    assert provenance["wall_seconds"] > 0
    assert len(provenance["date"]) == len("2026-01-01")
    machine = provenance["machine"]
    assert machine["threads"] == 1 and machine["cores"] >= 1
    assert machine["torch"] == torch.__version__ and machine["numpy"] == np.__version__
    assert all(machine[name] for name in ("cpu", "device", "system", "python"))
    if not torch.cuda.is_available():
        assert provenance["notes"]["GPU"] == gpu.NOT_MEASURED and machine["device"] == "cpu"
    assert "scaled" in provenance["notes"]["end to end"]


def spoil(monkeypatch, change):
    """Let every gradient be changed after it is found."""
    right = LossGradient.__call__

    def wrong(self):
        right(self)
        change(self)

    monkeypatch.setattr(LossGradient, "__call__", wrong)


def test_the_trajectory_gate_notices_steps_that_go_elsewhere(monkeypatch):
    assert gates.trajectory_gate(A, steps=20) < 1e-3
    spoil(monkeypatch, lambda gradient: gradient.grads["hidden"][:, 0].zero_())
    with pytest.raises(gates.GateFailed, match="losses at A"):
        gates.trajectory_gate(A, steps=20)


@pytest.mark.parametrize("wrong", [1.01, float("nan")])
def test_losses_that_differ_are_refused(wrong):
    assert gates.same_losses("two", [1.0, 2.0], [1.0, 2.0002]) == pytest.approx(1e-4, rel=1e-3)
    with pytest.raises(gates.GateFailed, match="two: off by"):
        gates.same_losses("two", [1.0, wrong], [1.0, 1.0])


def test_nothing_is_timed_or_written_if_a_gate_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(command, "step_rows", lambda *_: pytest.fail("a step was timed"))
    spoil(monkeypatch, lambda gradient: gradient.grads["hidden"].mul_(2))
    with pytest.raises(gates.GateFailed):
        command.main(["--quick", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_candidates_take_turns_in_alternating_order_each_set_up_anew():
    said = []

    def candidate(name):
        said.append(f"set up {name}")
        return lambda: said.append(name)

    prepare = {name: (lambda name=name: candidate(name)) for name in "ab"}
    times = timing.interleaved(prepare, rounds=2, at_least=0)
    # The first two set-ups find out how often to call; then two calls a turn, one of them timed.
    turns = [said[k : k + 3] for k in range(0, len(said), 3)][2:]
    assert turns == [[f"set up {name}", name, name] for name in "abba"]
    assert times["a"].process.shape == times["a"].wall.shape == (2,)


def test_ratios_are_taken_round_by_round():
    slow, fast = (timing.Times(np.array(t), np.array(t)) for t in ([8.0, 2, 6], [2.0, 1, 1]))
    assert timing.ratio(slow, fast) == (4, 3, 5)


def test_peak_memory_is_counted_to_the_byte():
    def hold_two_of_three():
        first = torch.empty(1024)
        second = torch.empty(2048)
        del first
        return second, torch.empty(512)

    assert runs.peak_bytes(hold_two_of_three) == 4 * (1024 + 2048)


def test_a_plain_run_that_goes_on_from_ours_does_what_ours_does():
    start, history = sizes.after_grokking(A)
    plain = sizes.PlainRun.of(A.task(), start.weights, A.lr, A.weight_decay)
    sizes.load_plain_state(plain.optimizer, history.optimizer_state)
    ours = sizes.our_step(A, A.task(), start)
    for _ in range(3):
        plain.step()
        ours.gradient()
        ours.update()
    for found, expected in (
        (ours.net.hidden[0], plain.hidden),
        (ours.net.readout[0], plain.readout),
    ):
        assert torch.allclose(found, expected, rtol=0, atol=1e-4)


def test_the_plain_loop_run_whole_needs_as_many_steps_as_the_scaled_one_is_given(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    made = {}
    for full in (False, True):
        rows, how = runs.end_to_end_rows(A, full)
        made[full] = next(row.value for row in rows if row.quantity == "plain loop's steps")
        assert ("whole" in how) == full
    assert abs(made[True] - made[False]) <= 2  # another order of sums


def test_the_longer_sections_run_in_a_small_version(monkeypatch):
    monkeypatch.setattr(steps, "GRIDS", {"n": (250,), "K": (64,), "M": (23,), "seeds": (2, 1)})
    grown = steps.growth_rows(rounds=1)
    assert [(row.size, row.quantity) for row in grown][-2:] == [("seeds", "1"), ("seeds", "2")]
    stacked = steps.stack_rows(rounds=1, sizes=((7, 8, 2),))
    assert [row.quantity for row in stacked] == [
        "one by one over ours",
        "all stacked over ours",
        "ours, a seed",
    ]
    share, gain = techniques.denormal_rows(A, rounds=1, steps=3)
    assert share.value == 0 and gain.value > 0
    assert torch.zeros(1).add(1e-40).item() == 0, "denormals are no longer flushed"
    formulas = theory.energy_rows(1, order=11) + theory.lazy_rows(1, n=40, width=50)
    assert len(formulas) == 4 and all(row.value > 0 for row in grown + stacked + formulas)


def test_a_formula_that_is_wrong_is_not_timed(monkeypatch):
    right = theory.backprop_gradient
    monkeypatch.setattr(theory, "backprop_gradient", lambda *args: right(*args) * 1.001)
    with pytest.raises(gates.GateFailed, match="off by"):
        theory.lazy_rows(1, n=40, width=50)


def test_jax_makes_the_plain_losses_before_it_is_timed():
    if peers.note() == peers.NOT_MEASURED:
        pytest.skip("JAX is not installed")
    over_ours, milliseconds = peers.jax_rows(A, rounds=1)
    assert over_ours.value > 0 and milliseconds.value > 0


def test_a_page_that_goes_elsewhere_is_not_timed(monkeypatch):
    if page.note() == page.NOT_MEASURED:
        pytest.skip("no Chromium")
    monkeypatch.setattr(page, "_seconds", lambda *_: pytest.fail("a step was timed"))
    right = page.engine()
    monkeypatch.setattr(page, "engine", lambda: right.replace("0.999 ** this.step", "0.99"))
    with pytest.raises(gates.GateFailed, match="losses of the page"):
        page.page_rows((7, 8, 0.5), rounds=1)


def test_muons_steps_are_measured_beside_adams():
    rows = techniques.optimizer_rows(rounds=1, widths=(8,), order=11)
    assert [row.quantity for row in rows if row.unit == "ratio"] == ["muon over adam"] * 2
    assert [row.size for row in rows[:: len(rows) // 2]] == ["M=11, K=8, S=1", "M=11, K=8, S=5"]
    assert len(rows) == 10 and all(row.value > 0 for row in rows)


def test_a_training_is_timed_in_every_way_to_wait():
    assert all(seconds > 0 for seconds in runs._seconds(1).values())


def test_the_waits_of_the_threads_are_compared_in_processes_of_their_own(monkeypatch):
    times = "{None: 1, '300000': 3}[environ.get('GOMP_SPINCOUNT')]"
    times += " * {None: 1, '1': 5}[environ.get('OMP_NUM_THREADS')]"
    monkeypatch.setattr(runs, "TRAINING", f"from os import environ; print({times})")
    rows = runs.thread_rows(rounds=2)
    assert [(row.size, row.value) for row in rows] == [
        (company, ratio) for company in ("alone", "beside") for ratio in (3, 5)
    ]


LOADED = """
import os, sys
class Watch:
    def find_spec(self, name, path, target=None):
        if name == "torch":
            print(os.environ.get("GOMP_SPINCOUNT"))
sys.meta_path.insert(0, Watch())
import li2_core
"""


@pytest.mark.parametrize(("given", "found"), [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_the_library_sets_the_wait_before_pytorch_is_loaded(given, found):
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"} | given
    command = [sys.executable, "-c", LOADED]
    assert subprocess.check_output(command, env=environment, text=True).split() == [found]


def test_the_gpu_section_runs_as_far_as_a_cpu_goes():
    rows = gpu.gpu_rows(A, rounds=1, device="cpu", seeds=(1, 2))
    assert [row.quantity for row in rows if row.unit == "ratio"] == [
        f"{name}, S={S}" for S in (1, 2) for name in ("ours over plain loop", "share of the peak")
    ]
