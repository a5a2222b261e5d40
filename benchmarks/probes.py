"""What watching costs: the basic probes every ten steps, as a share of those steps."""

from __future__ import annotations

import itertools

from benchmarks.report import Row, row
from benchmarks.sizes import Size, Start, our_step
from benchmarks.steps import our_call
from benchmarks.timing import Call, interleaved, ratio
from li2_core.training import BASIC_PROBES, PROBES
from li2_core.training.recorder import Recorder

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
