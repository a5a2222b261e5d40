"""The mathematics and the experiments of the Li2 book on grokking."""

import os

# Read when PyTorch is loaded, so it comes first. Between two small operations GNU's threads
# turn in circles for milliseconds, each on its core. If another program wants that core, a
# training with several threads takes many times as long; letting go early costs nothing.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from li2_core.groups.families import (
    alternating,
    cyclic,
    dicyclic,
    dihedral,
    named_group,
    product,
    semidirect,
    symmetric,
)
from li2_core.groups.group import FiniteGroup
from li2_core.nets.module import Module
from li2_core.nets.two_layer import TwoLayer
from li2_core.tasks.group_task import GroupTask
from li2_core.training.history import History
from li2_core.training.loop import train

__all__ = [
    "FiniteGroup",
    "GroupTask",
    "History",
    "Module",
    "TwoLayer",
    "alternating",
    "cyclic",
    "dicyclic",
    "dihedral",
    "named_group",
    "product",
    "semidirect",
    "symmetric",
    "train",
]
__version__ = "0.2.0"
