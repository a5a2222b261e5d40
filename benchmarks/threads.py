"""Training with all cores, alone and beside one busy process, on the clock."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.report import Row, row
from benchmarks.timing import interval

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
    """Times of a training of five stacked networks over ours: other waiting, one thread.

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
