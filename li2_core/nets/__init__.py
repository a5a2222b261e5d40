"""Networks, many seeds side by side: recipes that make them, and their gradients."""

from li2_core.nets.deep import DeepNet
from li2_core.nets.gradient import LossGradient
from li2_core.nets.mlp import MLP
from li2_core.nets.module import Module, ModuleNetwork
from li2_core.nets.net import Gradient, Net, Network
from li2_core.nets.scaled import OutputScale
from li2_core.nets.transformer import OneLayerTransformer
from li2_core.nets.two_layer import TwoLayer, TwoLayerNetwork

__all__ = [
    "MLP",
    "DeepNet",
    "Gradient",
    "LossGradient",
    "Module",
    "ModuleNetwork",
    "Net",
    "Network",
    "OneLayerTransformer",
    "OutputScale",
    "TwoLayer",
    "TwoLayerNetwork",
]
