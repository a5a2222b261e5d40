"""Whole runs: to 99% test accuracy, what watching costs, the memory, and several threads."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from torch.profiler import ProfilerActivity, profile

from benchmarks.sizes import PlainRun, Size, Start, first_steps, our_step
from benchmarks.steps import our_call
from benchmarks.timing import Call, Row, interleaved, interval, ratio, row
from li2_core import train
from li2_core.training import BASIC_PROBES, PROBES
from li2_core.training.recorder import Recorder

ACCURACY, EVERY = 0.99, 10


def end_to_end_rows(size: Size, full: bool, sample: int = 5) -> tuple[list[Row], str]:
    """Both times and their ratio, and in words how the plain loop was timed.

    The plain loop evaluates both sets and both Gram matrices after every step; ours makes
    the basic records every ten. With ``full`` the plain loop is run to the end; otherwise
    ``sample`` of its steps are timed and scaled up.
    """
    task, start = size.task(), first_steps(size)
    run_ours = partial(
        train, task, start.net, lr=size.lr, weight_decay=size.weight_decay, device="cpu"
    )
    watched = run_ours(steps=size.steps, every=1)
    reached = watched.steps_to(ACCURACY)[0]
    if np.isnan(reached):
        raise RuntimeError(f"size {size} has not reached {ACCURACY:.0%} in {size.steps} steps")
    needed = int(reached)
    recorded = EVERY * math.ceil(needed / EVERY)

    begin = time.perf_counter()
    history = run_ours(steps=recorded, every=EVERY)
    ours = time.perf_counter() - begin
    if not history["test_accuracy"][0, -1] >= ACCURACY:
        raise RuntimeError(f"size {size} has lost its accuracy again at step {recorded}")

    run = PlainRun.of(task, start.weights, size.lr, size.weight_decay)
    if full:
        begin = time.perf_counter()
        made = run.until(ACCURACY, at_most=size.steps)
        plain = time.perf_counter() - begin
        how = f"the plain loop was run whole, {made} steps"
    else:
        run.until(2.0, at_most=1)  # nothing is that accurate: one step, not timed
        begin = time.perf_counter()
        run.until(2.0, at_most=sample)
        plain = (time.perf_counter() - begin) / sample * needed
        how = f"{sample} steps of the plain loop were timed and scaled to the {needed} it needs"
    names = {"plain loop": (plain, "s"), "our train": (ours, "s")}
    names["plain loop over our train"] = (plain / ours, "ratio")
    names["plain loop's steps"] = (made if full else needed, "steps")
    names["our steps"] = (recorded, "steps")
    rows = [row("end to end", size.name, name, *found) for name, found in names.items()]
    return rows, how


EVERY = 10


def probe_rows(size: Size, start: Start, rounds: int) -> list[Row]:
    """The record that `train` makes, with the training outputs it has from the gradient."""

    def record() -> Call:
        task = size.task()
        step = our_step(size, task, start)
        step.gradient()
        basic = {name: PROBES[name] for name in BASIC_PROBES}
        recorder = Recorder(task, step.net, "mse", basic)
        count = itertools.count()
        return lambda: recorder.record(next(count), step.gradient.outputs)

    times = interleaved({"record": record, "step": lambda: our_call(size, start)}, rounds)
    median, low, high = ratio(times["record"], times["step"])
    share = (median / EVERY, low / EVERY, high / EVERY)
    quantity = f"basic probes every {EVERY} steps, share of the steps"
    return [row("probes", size.name, quantity, share, "ratio")]


BYTES = 4  # of a float32
HOW = (
    "every allocation and release by torch's CPU allocator, from before the weights were "
    "copied and the step was set up until three steps were made; the library of matrix "
    "products may hold scratch space besides"
)


def memory_rows(size: Size) -> list[Row]:
    """Peaks of our and of the plain step, beside what no step can do without.

    The last ratio is the one to keep small: all but weights and optimizer state, so the
    gradients, the samples and every temporary, over one n x K array.
    """
    task, start = size.task(), first_steps(size)
    features = BYTES * task.num_train * size.width
    weights = BYTES * 3 * size.order * size.width
    kept = 3 * weights  # the weights, and Adam's two running means of their gradients

    def ours() -> None:
        call = our_call(size, start)
        for _ in range(3):
            call()

    def plain() -> None:
        run = PlainRun.of(task, start.weights, size.lr, size.weight_decay)
        for _ in range(3):
            run.step()

    found = [("one n x K array", features / 2**20, "MiB")]
    found.append(("weights and optimizer state", kept / 2**20, "MiB"))
    for name, function in (("our step", ours), ("plain step", plain)):
        peak = peak_bytes(function)
        found.append((f"peak of {name}", peak / 2**20, "MiB"))
        found.append(
            (f"peak of {name}, over array, weights, state", peak / (features + kept), "ratio")
        )
        found.append(
            (f"peak of {name} beyond weights, state, over array", (peak - kept) / features, "ratio")
        )
    return [row("memory", size.name, *item) for item in found]


def peak_bytes(function: Callable[[], None]) -> int:
    """The most bytes of tensors that the function holds at one time, on a CPU."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        function()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    changes = [
        (event["ts"], event["args"]["Bytes"]) for event in events if event["name"] == "[memory]"
    ]
    held = peak = 0
    for _, change in sorted(changes, key=lambda pair: pair[0]):
        held += change
        peak = max(peak, held)
    return peak


TRAINING = """
import sys, time
from li2_core import GroupTask, TwoLayer, cyclic, train
task, net = GroupTask(cyclic(71), 0.4, 5), TwoLayer(512)
train(task, net, steps=5, every=5)
begin = time.perf_counter()
train(task, net, steps=int(sys.argv[1]), every=10)
print(time.perf_counter() - begin)
"""
# How long a thread turns in circles, in turns, until it lets go of its core.
WAITS = {
    "ours": {},  # what li2_core sets
    "GNU's default": {"GOMP_SPINCOUNT": "300000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}


def thread_rows(rounds: int, steps: int = 60) -> list[Row]:
    """Times of a training of five networks over ours: other waiting, one thread.

    The variables are read when PyTorch is loaded, so each training has its own process.
    """
    found = []
    for company, begin in (("alone", _nobody), ("beside", _a_busy_process)):
        with begin():
            taken = [_seconds(steps) for _ in range(rounds)]
        seconds = {name: np.array([times[name] for times in taken]) for name in WAITS}
        for name in list(WAITS)[1:]:
            ratio = interval(seconds[name] / seconds["ours"])
            found.append(row("threads", company, f"{name} over ours", ratio, "ratio"))
    return found


def _seconds(steps: int) -> dict[str, float]:
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_NUM_THREADS")
    }
    command = [sys.executable, "-c", TRAINING, str(steps)]
    return {
        name: float(subprocess.check_output(command, env=inherited | variables, text=True))
        for name, variables in WAITS.items()
    }


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _a_busy_process() -> Iterator[None]:
    # In a session of its own, like another notebook: within one session the system shares better.
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()
