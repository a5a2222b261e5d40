"""Training, and what one may watch meanwhile."""

from li2_core.training.history import History
from li2_core.training.loop import train
from li2_core.training.losses import Loss, loss_function
from li2_core.training.muon import Muon, newton_schulz, polar_factor
from li2_core.training.optimizers import optimizer
from li2_core.training.probes import BASIC_PROBES, PROBES
from li2_core.training.snapshot import Snapshot

__all__ = [
    "BASIC_PROBES",
    "PROBES",
    "History",
    "Loss",
    "Muon",
    "Snapshot",
    "loss_function",
    "newton_schulz",
    "optimizer",
    "polar_factor",
    "train",
]
