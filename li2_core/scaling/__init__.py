"""How much data is enough."""

from li2_core.scaling.boundary import hessian_terms, predicted_boundary, stability_boundary
from li2_core.scaling.derivation import sampled_curvature
from li2_core.scaling.laws import Law, fit_laws
from li2_core.scaling.survival import random_starts, stability, surviving_features
from li2_core.scaling.thresholds import Threshold, boundaries, fit_threshold

__all__ = [
    "Law",
    "Threshold",
    "boundaries",
    "fit_laws",
    "fit_threshold",
    "hessian_terms",
    "predicted_boundary",
    "random_starts",
    "sampled_curvature",
    "stability",
    "stability_boundary",
    "surviving_features",
]
