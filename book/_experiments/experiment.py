"""What all experiments share: nothing is lost, and more workers help.

Each script beside this one is run from the top of the repository:

    python book/_experiments/fig3.py
    python book/_experiments/fig3.py --workers 8
    python book/_experiments/fig3.py --scheduler tcp://10.0.0.1:8786
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from li2_core.runs import UnitStore, sweep, write_table
from li2_core.runs.sweeps import Config, Rows, Work

DATA = Path(__file__).resolve().parents[1] / "data"


class Experiment:
    """The runs and the tables of one script.

    Each unit of work is stored in ``_build/units`` as soon as it is done,
    in a folder that belongs to this text of the script: called again, the
    script goes on where it stopped, and after a change to it everything is
    done anew. After a change to `li2_core` that changes results, delete the
    folder.

    Parameters
    ----------
    script : str or Path
        The script itself, its ``__file__``.
    executor : concurrent.futures.Executor, optional
        What does the units: see `sweep`.
    data : Path
        The folder for the tables.
    """

    def __init__(
        self,
        script: str | Path,
        executor: Executor | None = None,
        data: Path = DATA,
    ) -> None:
        script = Path(script)
        text = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
        self.command = f"python book/_experiments/{script.name}"
        self.units = Path("_build", "units", f"{script.stem}-{text}")
        self.executor = executor
        self.data = data
        self.seconds = 0.0

    def rows(self, configs: Sequence[Config], work: Work) -> Rows:
        """What ``work`` finds for each configuration, joined to it."""
        table = sweep(configs, self.units, self.executor, work)
        store = UnitStore(self.units, work.__name__)
        stored = (store.read(config) for config in configs)
        self.seconds += sum(result["seconds"] for result in stored if result)
        columns = (column.tolist() for column in table.values())
        return [
            dict(zip(table, row, strict=True))
            for row in zip(*columns, strict=True)
        ]

    def write(self, name: str, rows: Rows, notes: dict[str, Any]) -> None:
        """Write the table of this name, with the seconds of all units."""
        about = "the sum over the units, perhaps of several calls"
        write_table(
            self.data / name,
            rows,
            command=self.command,
            seconds=self.seconds,
            notes=notes | {"wall_seconds": about},
        )


def perform(
    script: str,
    main: Callable[[Experiment], None],
    arguments: Sequence[str] | None = None,
) -> None:
    """Run a script's ``main`` with the workers its command line asks for."""
    parser = argparse.ArgumentParser(prog=Path(script).name)
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=int, default=1, help="processes on this machine"
    )
    who.add_argument("--scheduler", help="the address of a Dask scheduler")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)  # a machine then repeats itself bit for bit
    with _workers(asked.workers, asked.scheduler) as executor:
        main(Experiment(script, executor))


@contextmanager
def _workers(
    number: int, scheduler: str | None
) -> Iterator[Executor | None]:
    if scheduler:
        from distributed import Client  # only where it is asked for

        with Client(scheduler) as client:
            yield client.get_executor()
    elif number > 1:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(number, spawn) as pool:
            yield pool
    else:
        yield None
