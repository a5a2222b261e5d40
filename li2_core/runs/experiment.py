"""`Experiment`: a script whose runs outlive an interrupt and end as data files of the book."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from li2_core.runs.store import UnitStore
from li2_core.runs.sweeps import Config, Rows, Work, sweep
from li2_core.runs.tables import DATA, write_table


class Experiment:
    """The runs and the tables of one script in ``book/_experiments``.

    Each unit of work is stored in ``_build/units`` as soon as it is done, in a folder that
    belongs to this text of the script: called again, the script goes on where it stopped,
    and after a change to it everything is done anew. After a change to `li2_core` that
    changes results, delete the folder.

    Parameters
    ----------
    script : str or Path
        The script itself, its ``__file__``. It is run from the top of the repository.
    data : Path
        The folder for the tables.

    Examples
    --------
    ::

        experiment = Experiment(__file__)
        rows = experiment.rows([{"seed": seed} for seed in range(5)], work)
        experiment.write("zero_init", rows, notes={"width": 512})
    """

    def __init__(self, script: str | Path, data: Path = DATA) -> None:
        script = Path(script)
        text = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
        self.command = f"python book/_experiments/{script.name}"
        self.units = Path("_build", "units", f"{script.stem}-{text}")
        self.data = data
        self.seconds = 0.0

    def rows(self, configs: Sequence[Config], work: Work) -> Rows:
        """What ``work`` finds for each configuration, joined to it: see `sweep`."""
        table = sweep(configs, self.units, work=work)
        store = UnitStore(self.units, work.__name__)
        stored = (store.read(config) for config in configs)
        self.seconds += sum(result["seconds"] for result in stored if result)
        columns = (column.tolist() for column in table.values())
        return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]

    def write(self, name: str, rows: Rows, notes: dict[str, Any]) -> None:
        """Write the table of this name: `write_table`, with the seconds that all units took."""
        notes = notes | {"wall_seconds": "the sum over the units, perhaps of several calls"}
        write_table(
            name,
            rows,
            command=self.command,
            seconds=self.seconds,
            notes=notes,
            folder=self.data,
        )
