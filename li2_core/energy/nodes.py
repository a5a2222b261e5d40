"""Points of the unit sphere that the energy lives on: at random, and along a walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def random_nodes(number: int, order: int, seed: int = 0) -> Tensor:
    """Nodes at random on the unit sphere; the ``seed`` chooses them.

    Returns
    -------
    Tensor, float64, (number, 2M)

    Examples
    --------
    >>> random_nodes(3, order=5).norm(dim=1).round(decimals=6)
    tensor([1., 1., 1.], dtype=torch.float64)
    """
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(number, 2 * order, dtype=torch.float64, generator=generator)
    return torch.nn.functional.normalize(weights, dim=1)


def walk(start: Tensor, first: Tensor, second: Tensor, distance: npt.NDArray[Any]) -> Tensor:
    """Unit vectors reached from ``start`` on the sphere: a grid.

    One leaves in the direction x first + y second and goes as far as its length. The
    directions are made orthogonal to the start and to each other, first come first served.

    Parameters
    ----------
    start, first, second : Tensor, float64, (N,)
    distance : ndarray, (L,)
        The x, and the y.

    Returns
    -------
    Tensor, float64, (L, L, N)

    Examples
    --------
    >>> e1, e2, e3 = torch.eye(3, dtype=torch.float64)
    >>> walk(e1, e2, e3, np.array([0, np.pi / 2]))[0].abs().round(decimals=6)
    tensor([[1., 0., 0.],
            [0., 1., 0.]], dtype=torch.float64)
    """
    basis = torch.linalg.qr(torch.stack([start, first, second], dim=1))
    axes = basis.Q * basis.R.diag().sign()
    y, x = np.meshgrid(distance, distance, indexing="ij")
    far = np.maximum(np.hypot(x, y), 1e-12)
    parts = np.stack([np.cos(far), np.sin(far) * x / far, np.sin(far) * y / far], axis=-1)
    return torch.from_numpy(parts) @ axes.T
