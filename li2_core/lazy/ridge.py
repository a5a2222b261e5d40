"""Stage I in closed form: where the readout ends while the features stand still.

Nothing is centred here. The theory's loss 1/2 ||P (Y - F V)||^2 is had by passing
``centre(features)`` and ``centre(targets)``.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 256  # rows of a Gram matrix made at once


def centre(values: Tensor) -> Tensor:
    """P x: each column minus its mean over the n samples.

    Parameters
    ----------
    values : Tensor, (..., n, k)

    Returns
    -------
    Tensor, (..., n, k)
    """
    return values - values.mean(dim=-2, keepdim=True)


def ridge_readout(features: Tensor, targets: Tensor, eta: float) -> Tensor:
    """The readout that minimises 1/2 ||targets - F V||^2 + eta/2 ||V||^2.

    V = (F'F + eta)^-1 F' targets, through the smaller of F'F and F F'. With eta = 0 it is
    the shortest of the least-squares solutions, whatever the rank of F.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, (..., n, M)
    eta : float
        The ridge.

    Returns
    -------
    Tensor, (..., K, M)

    Raises
    ------
    ValueError
        If ``eta`` is negative, or positive but lost in rounding; if the numbers of samples
        differ; if anything is not finite.

    Examples
    --------
    >>> ridge_readout(torch.eye(2), torch.tensor([[4.0], [2.0]]), eta=1.0)
    tensor([[2.],
            [1.]])
    """
    check_regression(features, targets, eta)
    if eta == 0:
        return torch.linalg.pinv(features) @ targets
    if _is_wide(features):
        return features.mT @ _ridge_solve(features, targets, eta)
    return _ridge_solve(features.mT, features.mT @ targets, eta)


def backprop_gradient(features: Tensor, targets: Tensor, eta: float) -> Tensor:
    """G = (Y - F V) V' at the ridge readout V: what reaches the features then (Li2, eq. 4).

    With A = (F F' + eta)^-1 Y the readout is F'A and its error eta A, so that one Cholesky
    factor of the smaller Gram matrix does. At eta = 0 nothing is left of it if Y lies in the
    span of F, as it does for K >= n features of full rank; with fewer, something is.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, (..., n, M)
    eta : float
        The ridge.

    Returns
    -------
    Tensor, (..., n, K)

    Raises
    ------
    ValueError
        As `ridge_readout`.

    Examples
    --------
    >>> backprop_gradient(torch.eye(2), torch.tensor([[4.0], [2.0]]), eta=1.0)
    tensor([[4., 2.],
            [2., 1.]])
    """
    if eta > 0 and _is_wide(features):
        check_regression(features, targets, eta)
        dual = _ridge_solve(features, targets, eta)
        return eta * dual @ (dual.mT @ features)
    readout = ridge_readout(features, targets, eta)
    return (targets - features @ readout) @ readout.mT


def signal(features: Tensor, targets: Tensor) -> Tensor:
    """T = Y Y' F: the direction in which the theory expects the gradient.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    targets : Tensor, (..., n, M)

    Returns
    -------
    Tensor, (..., n, K)
    """
    return targets @ (targets.mT @ features)


def alignment(gradient: Tensor, direction: Tensor) -> Tensor:
    """The cosine between a gradient and a direction, taken as long vectors.

    Parameters
    ----------
    gradient, direction : Tensor, (..., n, K)

    Returns
    -------
    Tensor, (...)
        Not a number where one of them is zero.
    """
    product = (gradient * direction).sum(dim=(-2, -1))
    return product / (gradient.norm(dim=(-2, -1)) * direction.norm(dim=(-2, -1)))


def learned_share(scores: Tensor, labels: Tensor) -> float:
    """What scores have of the labels, both centred: <scores, labels> / |labels|^2.

    Parameters
    ----------
    scores, labels : Tensor, (n, M)

    Examples
    --------
    >>> learned_share(torch.eye(3) / 2, torch.eye(3))
    0.5
    """
    said, asked = centre(scores), centre(labels)
    return float((said * asked).sum() / asked.square().sum())


def check_regression(features: Tensor, targets: Tensor, eta: float) -> None:
    """Raise a ValueError that names what is wrong with the input, as of `ridge_readout`."""
    if not 0 <= eta < float("inf"):
        raise ValueError(f"eta must be finite and not negative, got {eta}")
    if features.ndim < 2 or targets.ndim < 2:
        shapes = f"{tuple(features.shape)} and {tuple(targets.shape)}"
        raise ValueError(f"features and targets must be (..., n, K) and (..., n, M), got {shapes}")
    if (n := features.shape[-2]) != (found := targets.shape[-2]):
        raise ValueError(f"{n} samples of features but {found} of targets")
    for name, values in (("features", features), ("targets", targets)):
        if not values.isfinite().all():
            raise ValueError(f"{name} must be finite")


def _is_wide(features: Tensor) -> bool:
    return features.shape[-2] <= features.shape[-1]


def _ridge_solve(rows: Tensor, right: Tensor, eta: float) -> Tensor:
    """(rows rows' + eta)^-1 right by a Cholesky factor, which needs only the lower half."""
    n = rows.shape[-2]
    gram = rows.new_zeros(*rows.shape[:-1], n)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        gram[..., start:stop, :stop] = rows[..., start:stop, :] @ rows[..., :stop, :].mT
    gram.diagonal(dim1=-2, dim2=-1).add_(eta)
    factor, failed = torch.linalg.cholesky_ex(gram)
    if failed.any():
        raise ValueError(f"eta = {eta:g} is lost in rounding: take a larger eta, or 0")
    return torch.cholesky_solve(right, factor)
