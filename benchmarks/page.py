"""A training step in a page, in headless Chromium, beside the library's and the plain one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.gates import same_losses
from benchmarks.sizes import PlainRun
from benchmarks.timing import Call, Row, interval, row
from li2_core.show.lab import reproduce
from li2_core.show.lab.page import engine
from li2_core.show.lab.state import LabState
from li2_core.training.step import TrainingStep

NOT_MEASURED = "no Chromium: not measured"
#: M, K and p of the networks that are timed.
SIZES = ((23, 128, 0.6), (31, 256, 0.5), (59, 256, 0.4), (71, 512, 0.4), (97, 512, 0.35))


def page_rows(size: tuple[int, int, float], rounds: int, at_least: float = 0.3) -> list[Row]:
    """Milliseconds on the clock and their ratios, once page and library make the same losses."""
    with ThreadPoolExecutor(1) as aside:  # Playwright wants a thread without an event loop
        return aside.submit(_rows, size, rounds, at_least).result()


def _rows(size: tuple[int, int, float], rounds: int, at_least: float) -> list[Row]:
    M, K, p = size
    state = LabState(group=f"Z_{M}", K=K, p=p)
    place = f"M={M}, K={K}, p={p:g}"
    with page() as visited:
        _check(visited, state, place)
        candidates = {
            "page": partial(_page_seconds, visited, state, at_least, "Li2Lab.kernelBytes()"),
            "page without SIMD": partial(_page_seconds, visited, state, at_least, "null"),
            "library": partial(_seconds, _library_call(state), at_least),
            "plain loop": partial(_seconds, _plain_run(state).step, at_least),
        }
        taken: dict[str, list[float]] = {name: [] for name in candidates}
        for number in range(rounds):
            for name in list(candidates)[:: -1 if number % 2 else 1]:
                taken[name].append(candidates[name]())
    seconds = {name: np.array(found) for name, found in taken.items()}
    ratios = [("page", "library"), ("page", "plain loop"), ("page without SIMD", "page")]
    return [
        *(row("page", place, f"time of {n}", interval(1e3 * s), "ms") for n, s in seconds.items()),
        *(
            row("page", place, f"{a} over {b}", interval(seconds[a] / seconds[b]), "ratio")
            for a, b in ratios
        ),
    ]


def note() -> str:
    """Which browser, or that there is none."""
    try:
        with ThreadPoolExecutor(1) as aside:
            version = aside.submit(_version).result()
    except (ImportError, OSError):
        return NOT_MEASURED
    return f"headless Chromium {version}; times on the clock, all in turns, one thread"


def _version() -> str:
    with page() as visited:
        return str(visited.context.browser.version)


@contextmanager
def page() -> Iterator[Any]:
    """An empty page with the engine in it.

    Raises
    ------
    ImportError, OSError
        If there is no Playwright, or no Chromium.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if not find_spec("playwright") or path is None:
        raise OSError(NOT_MEASURED)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        visited = browser.new_page()
        visited.add_script_tag(content=engine())
        yield visited
        browser.close()


def _check(visited: Any, state: LabState, place: str, steps: int = 20) -> None:
    losses = visited.evaluate(LOSSES, [state.fragment(), steps])
    expected = reproduce(state, steps=steps, every=1)["train_loss"][0]
    same_losses(f"{steps} losses of the page at {place}", losses, expected.tolist())


LOSSES = """async ([fragment, steps]) => {
  const net = new Li2Lab.Network(
    await Li2Lab.loadKernel(Li2Lab.kernelBytes()), Li2Lab.parseState(fragment));
  const found = [];
  for (let i = 0; i <= steps; i++, net.advance(1)) found.push(net.measure().trainLoss);
  return found;
}"""

# The clock runs in the page, so that the way to it and back is not counted.
TIME = """async ([fragment, least]) => {
  const net = new Li2Lab.Network(await Li2Lab.loadKernel(KERNEL), Li2Lab.parseState(fragment));
  net.advance(2);
  const begin = performance.now();
  let steps = 0;
  do { net.advance(1); steps += 1; } while (performance.now() - begin < 1000 * least);
  return (performance.now() - begin) / 1000 / steps;
}"""


def _page_seconds(visited: Any, state: LabState, at_least: float, kernel: str) -> float:
    return float(visited.evaluate(TIME.replace("KERNEL", kernel), [state.fragment(), at_least]))


def _library_call(state: LabState) -> Call:
    step = TrainingStep(*reproduce(state), lr=state.lr, weight_decay=state.decay)

    def call() -> None:
        step.gradient()
        step.update()

    return call


def _plain_run(state: LabState) -> PlainRun:
    task, net = reproduce(state)
    return PlainRun.of(task, (net.hidden[0], net.readout[0]), state.lr, state.decay)


def _seconds(call: Callable[[], object], at_least: float) -> float:
    call()
    begin, steps = time.perf_counter(), 0
    while steps == 0 or time.perf_counter() - begin < at_least:
        call()
        steps += 1
    return (time.perf_counter() - begin) / steps
