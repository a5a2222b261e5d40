"""Networks, many seeds side by side: recipes that make them, and their gradients."""

from li2_core.nets.gradient import LossGradient
from li2_core.nets.module import Module, ModuleNetwork
from li2_core.nets.net import Gradient, Net, Network
from li2_core.nets.two_layer import TwoLayer, TwoLayerNetwork

__all__ = [
    "Gradient",
    "LossGradient",
    "Module",
    "ModuleNetwork",
    "Net",
    "Network",
    "TwoLayer",
    "TwoLayerNetwork",
]
