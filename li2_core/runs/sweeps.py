"""`sweep`: many runs, in this process or on many machines, that nothing makes undone."""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import sys
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm.auto import tqdm

from li2_core.runs.store import UnitStore, canonical, to_json, write_whole
from li2_core.runs.tables import machine
from li2_core.runs.unit import train_unit

Config = dict[str, Any]
Rows = list[dict[str, Any]]
Work = Callable[[Config], Rows]
# The number of each unit as it is done, and what gives its result or raises.
Finished = Generator[tuple[int, Callable[[], dict[str, Any]]], None, None]


def sweep(
    configs: Sequence[Config],
    path: str | Path,
    executor: Executor | None = None,
    work: Work = train_unit,
) -> dict[str, npt.NDArray[Any]]:
    """Do one unit of work for each configuration, and keep each result on disk as it arrives.

    A unit whose result is in ``path`` already is not done again. So after a crash, an
    interrupt or a full disk, the same call goes on where it stopped: what is lost is at
    most the units that were being done. One process at a time may work in ``path``.

    Parameters
    ----------
    configs : sequence of dict
        JSON values, the same keys in each. One configuration is one unit: runs of one
        shape, such as several seeds, computed as one.
    path : str or Path
        A folder for the results. They are found again by the configuration and the name of
        ``work``: after a change to what ``work`` computes, take another folder.
    executor : concurrent.futures.Executor, optional
        What does the units, for instance a ``ProcessPoolExecutor`` or
        ``distributed.Client(...).get_executor()``. Its workers compute with one thread
        each, and need not see ``path``. Default: this process does them one by one.
    work : callable
        A function at the top level of a module that takes a configuration and returns a
        list of rows, dicts with the same keys, of JSON values or numbers of NumPy.

    Returns
    -------
    dict of ndarray
        The columns of a table with a line for each row of each unit, in the order of
        ``configs``: first the configuration (lists and dicts as JSON text), then the row.
        ``path/provenance.json`` says on what machines it was computed.

    Raises
    ------
    ValueError
        If there is no configuration, one appears twice, is not JSON or has other keys than
        the first; or if ``work`` is not at the top level of a module.
    RuntimeError
        If units fail: at the end, when all others are stored. If another process works in
        ``path``: at once.
    OSError
        If a result cannot be written; at once.

    Examples
    --------
    >>> import tempfile
    >>> config = {"group": "Z_7", "seeds": [0], "width": 16, "steps": 10, "every": 10}
    >>> grid = [config | {"train_fraction": fraction} for fraction in (0.4, 0.8)]
    >>> table = sweep(grid, tempfile.mkdtemp())
    >>> table["train_fraction"]
    array([0.4, 0.8])
    """
    units = _checked(configs)
    store = UnitStore(path, _name(work))
    # In a notebook the bar is a widget, which does not heed this variable by itself.
    disable = os.environ.get("TQDM_DISABLE") == "1"
    failures: dict[int, Exception] = {}
    with store.lock(), tqdm(total=len(units), unit="unit", disable=disable) as bar:
        results = _stored(store, units)
        num_found = len(results)
        bar.update(num_found)
        todo = {number: unit for number, unit in enumerate(units) if number not in results}
        finished = _here(work, todo) if executor is None else _by(executor, work, todo)
        try:
            with closing(finished):
                for number, outcome in finished:
                    try:
                        result = outcome()
                    except Exception as error:
                        failures[number] = error
                        continue
                    store.write(units[number], result)
                    results[number] = result
                    bar.update()
        finally:
            if len(results) > num_found:
                _write_provenance(store, list(results.values()))
    if failures:
        number = min(failures)
        raise RuntimeError(
            f"{len(failures)} of {len(units)} units failed; {len(results)} are stored in {path}. "
            f"The first that failed: {units[number]}: {failures[number]!r}"
        ) from failures[number]
    return _table(units, results)


def _name(work: Work) -> str:
    name = getattr(work, "__qualname__", "")
    if not name.isidentifier():
        raise ValueError(f"work must be a function at the top level of a module, got {work!r}")
    return name


def _checked(configs: Sequence[Config]) -> list[Config]:
    if not configs:
        raise ValueError("no configurations to sweep over")
    for config in configs:
        if not isinstance(config, dict):
            raise ValueError(f"a configuration must be a dict, got {config!r}")
    units: list[Config] = []
    seen = set()
    for config in configs:
        try:
            text = json.dumps(config, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"a configuration must be JSON values, got {config!r}") from error
        unit = json.loads(text)  # what a worker far away would be given: lists for tuples
        if unit.keys() != configs[0].keys():
            raise ValueError(f"{config!r} has other keys than the first, {list(configs[0])}")
        if canonical(unit) in seen:
            raise ValueError(f"a configuration appears twice: {config!r}")
        seen.add(canonical(unit))
        units.append({name: unit[name] for name in configs[0]})
    return units


def _stored(store: UnitStore, units: list[Config]) -> dict[int, Any]:
    results = {}
    for number, config in enumerate(units):
        try:
            result = store.read(config)
        except ValueError as error:
            warnings.warn(f"{error}; this unit is done again", stacklevel=3)
        else:
            if result is not None:
                results[number] = result
    return results


def _here(work: Work, todo: dict[int, Config]) -> Finished:
    for number, config in todo.items():
        yield number, partial(_do, work, config)


def _by(executor: Executor, work: Work, todo: dict[int, Config]) -> Finished:
    futures = {}
    try:
        for number, config in todo.items():
            # A call of its own: Dask takes equal calls for one, and gives an old failure again.
            futures[executor.submit(_on_worker, work, config, uuid.uuid4().hex)] = number
        # Kept only while they are out: what a worker has done, and a future still asks for, is
        # done again by Dask when this worker dies.
        for future in as_completed(list(futures)):
            yield futures.pop(future), future.result
    finally:
        for future in futures:
            future.cancel()


def _on_worker(work: Work, config: Config, call: str) -> dict[str, Any]:
    torch.set_num_threads(1)  # else each of n workers would use all n cores
    if multiprocessing.parent_process() is not None:
        os.environ["TQDM_DISABLE"] = "1"  # the bars of the workers would write over ours
    return _do(work, config)


def _do(work: Work, config: Config) -> dict[str, Any]:
    start = time.perf_counter()
    rows = work(copy.deepcopy(config))
    seconds = time.perf_counter() - start
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"the work must return a list of one or more dicts, got {rows!r}")
    for row in rows:
        if list(row) != list(rows[0]):
            raise ValueError(f"a row has the columns {list(row)}, the first {list(rows[0])}")
        if both := sorted(row.keys() & config.keys()):
            raise ValueError(f"a row has the columns {both} of its configuration")
    # Through JSON, so that a result is the same now and when it is read from the disk.
    rows = json.loads(to_json(rows))
    return {"rows": rows, "seconds": round(seconds, 3), "machine": machine()}


def _table(units: list[Config], results: dict[int, Any]) -> dict[str, npt.NDArray[Any]]:
    rows = []
    for number, config in enumerate(units):
        settings = {
            name: to_json(value) if isinstance(value, (list, dict)) else value
            for name, value in config.items()
        }
        rows += [settings | row for row in results[number]["rows"]]
    for row in rows:
        if list(row) != list(rows[0]):
            raise ValueError(f"a unit has the columns {list(row)}, the first {list(rows[0])}")
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _write_provenance(store: UnitStore, results: list[dict[str, Any]]) -> None:
    machines = Counter(canonical(result["machine"]) for result in results)
    provenance = {
        "command": " ".join(sys.argv),
        "date": datetime.now(UTC).date().isoformat(),
        "work": store.work,
        "units": len(results),
        "unit_seconds": round(sum(result["seconds"] for result in results), 1),
        "machines": [json.loads(text) | {"units": n} for text, n in machines.items()],
    }
    write_whole(store.path / "provenance.json", json.dumps(provenance, indent=2) + "\n")
