"""What a node memorises: one pair (focused), or all pairs of a target at once (spreading).

Li2, Theorem 5, corrected. With training pairs of one single target h the labels are constant,
so that the centred energy vanishes; take it uncentred. Of a node only the pair sums
s_g = u_g + v_{g^-1 h} count, their squares add up to at most 2 ||w||^2, and the node climbs
sum p_g s(s_g). In q_g = s_g^2 that is convex where s'(x)/x rises: one vertex wins (x^2); and
concave where s'(x)/x falls: one inner point wins (ReLU, SiLU, tanh).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.activations import Activation, activation
from li2_core.groups import FiniteGroup

Array = npt.NDArray[np.float64]
RADIUS = 2**0.5  # the longest vector of pair sums of a node of length one
BISECTIONS = 200
SIGMOID = Activation(torch.sigmoid, lambda h, f: f * (1 - f))


def power(q: float) -> Activation:
    """The activation x^q."""
    return Activation(lambda h: h**q, lambda h, f: h ** (q - 1), factor=q)


def spike_energy(order: int, train_fraction: float) -> float:
    """Of w = [e_a; 0] on a random part p of the table, for x^2: p (1 - p) M/2, on average.

    Raises
    ------
    ValueError
        If p is not in [0, 1] or the order is below 1.
    """
    _check_part(order, train_fraction)
    return train_fraction * (1 - train_fraction) * order / 2


def mode_energy(order: int, train_fraction: float) -> float:
    """Of a Fourier mode of Z_M, M odd, on a part p of the table, for x^2: p^2 M/4, to leading order.

    Raises
    ------
    ValueError
        As `spike_energy`.
    """
    _check_part(order, train_fraction)
    return train_fraction**2 * order / 4
