"""The largest sum of tensors alive at once during training, exactly, from torch's profiler."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from torch.profiler import ProfilerActivity, profile

from benchmarks.reference import PlainRun
from benchmarks.report import Row, row
from benchmarks.sizes import Size, first_steps
from benchmarks.steps import our_call

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
