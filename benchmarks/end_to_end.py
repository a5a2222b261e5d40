"""From random weights to 99% test accuracy: `train` against a loop that watches every step."""

from __future__ import annotations

import math
import time
from functools import partial

import numpy as np

from benchmarks.reference import PlainRun
from benchmarks.report import Row, row
from benchmarks.sizes import Size, first_steps
from li2_core import train

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
