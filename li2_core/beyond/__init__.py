"""Beyond the two layers and the one optimizer: other accounts, and what they are worth."""

from li2_core.beyond.ends import FATES, fates
from li2_core.beyond.penalised import objective
from li2_core.beyond.wrapped import HeldNorm, SlowGradients

__all__ = ["FATES", "HeldNorm", "SlowGradients", "fates", "objective"]
