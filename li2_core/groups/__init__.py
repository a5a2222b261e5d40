"""Finite groups, their irreps, and what part of a function lies on which."""

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
from li2_core.groups.parts import irrep_shares, wave_shares
from li2_core.groups.representations import Irrep

__all__ = [
    "FiniteGroup",
    "Irrep",
    "alternating",
    "cyclic",
    "dicyclic",
    "dihedral",
    "irrep_shares",
    "named_group",
    "product",
    "semidirect",
    "symmetric",
    "wave_shares",
]
