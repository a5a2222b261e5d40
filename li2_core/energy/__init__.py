"""Stage II: the energy that each hidden node climbs, and its peaks."""

from li2_core.energy.ascent import Ascent, ascend
from li2_core.energy.hessian import flat_directions, riemannian_hessian
from li2_core.energy.landscape import Landscape, energy, energy_gradient
from li2_core.energy.maxima import maximizer, predicted_maxima
from li2_core.energy.nodes import random_nodes
from li2_core.energy.reconstruction import reconstruction_nodes, reconstruction_residual

__all__ = [
    "Ascent",
    "Landscape",
    "ascend",
    "energy",
    "energy_gradient",
    "flat_directions",
    "maximizer",
    "predicted_maxima",
    "random_nodes",
    "reconstruction_nodes",
    "reconstruction_residual",
    "riemannian_hessian",
]
