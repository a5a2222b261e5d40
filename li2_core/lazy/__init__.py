"""Stage I: the readout learns on random features, and something leaks back."""

from li2_core.lazy.flow import readout_flow
from li2_core.lazy.hermite import hermite_coefficients
from li2_core.lazy.kernel import infinite_width_kernel, kernel_on_table, table_eigenvalues
from li2_core.lazy.leak import random_features
from li2_core.lazy.resolvent import lazy_operator
from li2_core.lazy.ridge import alignment, backprop_gradient, centre, ridge_readout, signal

__all__ = [
    "alignment",
    "backprop_gradient",
    "centre",
    "hermite_coefficients",
    "infinite_width_kernel",
    "kernel_on_table",
    "lazy_operator",
    "random_features",
    "readout_flow",
    "ridge_readout",
    "signal",
    "table_eigenvalues",
]
