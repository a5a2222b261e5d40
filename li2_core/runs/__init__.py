"""Many runs that nothing makes undone, and the tables they end in."""

from li2_core.runs.store import UnitStore
from li2_core.runs.sweeps import sweep
from li2_core.runs.tables import machine, read_provenance, read_table, write_table
from li2_core.runs.unit import train_unit

__all__ = [
    "UnitStore",
    "machine",
    "read_provenance",
    "read_table",
    "sweep",
    "train_unit",
    "write_table",
]
