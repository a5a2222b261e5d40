"""Lazy to rich: the account of Kumar et al., tangent kernels and the committee machine."""

from li2_core.rich.alignment import cka, kernel_alignment
from li2_core.rich.committee import CommitteeRun, summaries, train_committee
from li2_core.rich.kernels import (
    committee_kernel,
    committee_regression,
    committee_spectrum,
    kernel_coefficients,
    tangent_kernel,
)
from li2_core.rich.quadratic import exact_test_loss, gaussian_questions

__all__ = [
    "CommitteeRun",
    "cka",
    "committee_kernel",
    "committee_regression",
    "committee_spectrum",
    "exact_test_loss",
    "gaussian_questions",
    "kernel_alignment",
    "kernel_coefficients",
    "summaries",
    "tangent_kernel",
    "train_committee",
]
