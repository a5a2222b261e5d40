"""Finite groups, their representations, and what part of a function lies on which."""

from li2_core.groups.families import (
    alternating,
    dicyclic,
    dihedral,
    named_group,
    semidirect,
    symmetric,
)
from li2_core.groups.group import FiniteGroup, cyclic, product
from li2_core.groups.parts import missing_projector
from li2_core.groups.representations import Irrep, RealIrrep

__all__ = [
    "FiniteGroup",
    "Irrep",
    "RealIrrep",
    "alternating",
    "cyclic",
    "dicyclic",
    "dihedral",
    "missing_projector",
    "named_group",
    "product",
    "semidirect",
    "symmetric",
]
