"""Stage I in closed form: what the readout does while the features stand still."""

from __future__ import annotations

import torch
from torch import Tensor


def ridge_readout(features: Tensor, targets: Tensor, eta: float) -> Tensor:
    """The readout that minimises 1/2 ||targets - F V||^2 + eta/2 ||V||^2.

    V = (F'F + eta)^-1 F' targets, through the smaller of F'F and F F'.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, (..., n, M)
    eta : float
        The ridge, positive.

    Returns
    -------
    Tensor, (..., K, M)

    Raises
    ------
    ValueError
        If ``eta`` is not positive or the numbers of samples differ.

    Examples
    --------
    >>> ridge_readout(torch.eye(2), torch.tensor([[4.0], [2.0]]), eta=1.0)
    tensor([[2.],
            [1.]])
    """
    if not eta > 0:
        raise ValueError(f"eta must be positive, got {eta}")
    n, K = features.shape[-2:]
    if targets.shape[-2] != n:
        raise ValueError(f"{n} samples of features but {targets.shape[-2]} of targets")
    wide = n < K
    gram = features @ features.mT if wide else features.mT @ features
    gram.diagonal(dim1=-2, dim2=-1).add_(eta)
    factor, _ = torch.linalg.cholesky_ex(gram)
    if wide:
        return features.mT @ torch.cholesky_solve(targets, factor)
    return torch.cholesky_solve(features.mT @ targets, factor)
