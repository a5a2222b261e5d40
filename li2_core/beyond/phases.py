"""Turning the phase of a frequency in a trained network on a clock."""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core._input import whole
from li2_core.nets.two_layer import TwoLayerNetwork


def rotate_frequency(
    net: TwoLayerNetwork, k: int, a: float, b: float, nodes: Tensor | None = None
) -> TwoLayerNetwork:
    """The network with the waves of frequency k turned: u by ``a``, v by ``b``, V by ``a + b``.

    The wave cos(2 pi k g / M + phi) becomes the one with phi + a. All other frequencies stay.

    Parameters
    ----------
    net : TwoLayerNetwork
        On the cyclic group of order M, with real weights.
    k : int
        From 1 to (M - 1) / 2.
    a, b : float
        Angles. With ``b = -a`` the readout stays.
    nodes : Tensor, int64 or bool, optional
        Turn these alone; by default all.

    Returns
    -------
    TwoLayerNetwork

    Raises
    ------
    ValueError
        If there is no such frequency, or one without a phase, or the weights are complex.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> net = TwoLayer(width=3).initialize(GroupTask(cyclic(5), 0.6), dtype=torch.float64)
    >>> back = rotate_frequency(rotate_frequency(net, 2, 0.3, 0.1), 2, -0.3, -0.1)
    >>> torch.allclose(back.hidden, net.hidden)
    True
    """
    if net.hidden.is_complex():
        raise ValueError("the weights must be real, the network has complex ones")
    M = net.readout.shape[-1]
    k = whole("k", k, least=1, most=(M - 1) // 2)
    chosen = torch.zeros(net.recipe.width, dtype=torch.bool)
    chosen[slice(None) if nodes is None else nodes] = True
    u, v = net.hidden.split(M, 1)
    hidden = torch.cat([_turned(u, k, a, chosen), _turned(v, k, b, chosen)], 1)
    return net.with_weights(hidden, _turned(net.readout.mT, k, a + b, chosen).mT)


def _turned(values: Tensor, k: int, angle: float, chosen: Tensor) -> Tensor:
    """Lists over the group, (S, M, K), with the phase of one frequency moved."""
    waves = torch.fft.rfft(values, dim=1)
    angles = angle * chosen.to(values.dtype)
    waves[:, k] *= torch.polar(torch.ones_like(angles), angles)
    return torch.fft.irfft(waves, values.shape[1], dim=1)
