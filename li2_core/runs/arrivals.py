"""`arrivals`: futures as they are done, also from an executor that fails or loses some."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

LOOK_EVERY = 10.0  # seconds between looks at what others have done meanwhile
QUIET = 60.0  # seconds without an arrival, at the least, before a future is taken for lost


def arrivals(
    submit: Callable[[int], Future[Any]],
    numbers: Iterable[int],
    done_elsewhere: Callable[[int], bool],
) -> Generator[tuple[int, Future[Any]], None, None]:
    """Submit the units of these numbers and give each back, once, when it is done.

    A unit that fails is submitted once more: a cluster can lose a result together with the
    machine that holds it. Should it lose the news as well, all that is out is submitted once
    more when nothing has arrived for a minute and for ten times longer than ever before.
    A unit that is done elsewhere is cancelled. If the caller stops early, all are.

    Parameters
    ----------
    submit : callable
        Gives the unit of a number to an executor.
    numbers : iterable of int
        In the order in which they are submitted.
    done_elsewhere : callable
        Whether the unit of a number need not be done any more.

    Yields
    ------
    number, future : int, Future
        The future is done or, if its unit is done elsewhere, cancelled.
    """
    arrived: SimpleQueue[Future[Any]] = SimpleQueue()
    # Only what is out: while a future of Dask is held, the death of the worker that has its
    # result makes Dask compute it again.
    futures: dict[Future[Any], int] = {}
    repeated: set[int] = set()

    def give(number: int) -> None:
        future = submit(number)
        futures[future] = number
        future.add_done_callback(arrived.put)

    def repeat(number: int) -> bool:
        """Whether a second try is out, now or already."""
        if number in repeated:
            return number in futures.values()
        repeated.add(number)
        with suppress(BrokenExecutor):
            give(number)
            return True
        return False

    longest = None
    try:
        for number in numbers:
            give(number)
        last = looked = time.monotonic()
        while futures:
            future = _next(arrived)
            now = time.monotonic()
            if future is not None and future in futures:
                number = futures.pop(future)
                longest = max(longest or 0.0, now - last)
                last = now
                if not (_failed(future) and repeat(number)):
                    if number in repeated:
                        for twin in [f for f, n in futures.items() if n == number]:
                            del futures[twin]
                            twin.cancel()
                    yield number, future
            del future
            if now > looked + LOOK_EVERY:
                looked = now
                for other in [f for f, n in futures.items() if not f.done() and done_elsewhere(n)]:
                    other.cancel()
            if longest is not None and now > last + max(QUIET, 10 * longest):
                last = now
                for number in sorted(set(futures.values())):
                    repeat(number)
    finally:
        for future in futures:
            future.cancel()


def _next(arrived: SimpleQueue[Future[Any]]) -> Future[Any] | None:
    with suppress(Empty):
        return arrived.get(timeout=0.5)
    return None


def _failed(future: Future[Any]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), Exception)
