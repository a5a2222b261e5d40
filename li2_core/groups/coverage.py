"""Which frequencies the hidden nodes of a network have taken, and how evenly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def nodes_per_frequency(power: Array) -> Array:
    """How many nodes have settled on each frequency but 0.

    A node has settled where more than half of its squared norm sits on one of them.

    Parameters
    ----------
    power : ndarray, (..., K, F + 1)
        What the ``spectrum`` probe records, frequency 0 first.

    Returns
    -------
    ndarray, int, (..., F)

    Raises
    ------
    ValueError
        If ``power`` has no axis of nodes, or no frequency but 0.

    Examples
    --------
    >>> nodes_per_frequency(np.array([[0.0, 9, 1], [0, 1, 8], [0, 3, 0], [0, 1, 1]]))
    array([2, 1])
    """
    if power.ndim < 2 or power.shape[-1] < 2:
        raise ValueError(f"power must be (..., nodes, frequencies from 0), got {power.shape}")
    settled = 2 * power > power.sum(axis=-1, keepdims=True)
    return np.asarray(settled[..., 1:].sum(axis=-2))


def effective_number(counts: Array) -> Array:
    """How many equally common kinds would be as diverse: exp of the shares' entropy.

    Parameters
    ----------
    counts : ndarray, (..., F)
        How many there are of each kind.

    Returns
    -------
    ndarray, float64, (...)
        0 where there are none at all.

    Examples
    --------
    >>> effective_number(np.array([[2, 2, 2], [6, 0, 0]])).round(6)
    array([3., 1.])
    """
    total = counts.sum(axis=-1, keepdims=True)
    shares = counts / np.maximum(total, 1)
    logs = np.log(np.where(shares > 0, shares, 1))
    found = np.exp(-(shares * logs).sum(axis=-1))
    return np.asarray(np.where(total[..., 0] > 0, found, 0.0))


def order_by_frequency(power: Array) -> Array:
    """An order of the nodes that puts equal strongest frequencies together.

    Within a frequency the purest node comes first.

    Parameters
    ----------
    power : ndarray, (K, F + 1)

    Returns
    -------
    ndarray, int64, (K,)

    Examples
    --------
    >>> order_by_frequency(np.array([[0, 1, 9], [0, 5, 1], [0, 0, 3]])).tolist()
    [1, 2, 0]
    """
    purity = power.max(axis=1) / np.maximum(power.sum(axis=1), 1e-30)
    return np.lexsort((-purity, power.argmax(axis=1)))
