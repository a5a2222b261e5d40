"""How much data is enough."""

from li2_core.scaling.derivation import SampledCurvature, sampled_curvature
from li2_core.scaling.phase import boundaries
from li2_core.scaling.survival import Ends, random_starts, stability
from li2_core.scaling.thresholds import (
    Law,
    Threshold,
    fit_laws,
    fit_threshold,
    hessian_terms,
    stability_boundary,
)

__all__ = [
    "Ends",
    "Law",
    "SampledCurvature",
    "Threshold",
    "boundaries",
    "fit_laws",
    "fit_threshold",
    "hessian_terms",
    "random_starts",
    "sampled_curvature",
    "stability",
    "stability_boundary",
]
