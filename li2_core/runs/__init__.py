"""Many runs that nothing makes undone, and the tables they end in."""

from li2_core.runs.store import UnitStore
from li2_core.runs.sweeps import sweep
from li2_core.runs.tables import (
    machine,
    over_steps,
    read_provenance,
    read_table,
    select,
    write_table,
)
from li2_core.runs.unit import train_unit

__all__ = [
    "UnitStore",
    "machine",
    "over_steps",
    "read_provenance",
    "read_table",
    "select",
    "sweep",
    "train_unit",
    "write_table",
]
