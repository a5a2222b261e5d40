"""Networks, many seeds side by side."""

from li2_core.nets.gradient import LossGradient
from li2_core.nets.two_layer import TwoLayer

__all__ = [
    "LossGradient",
    "TwoLayer",
]
