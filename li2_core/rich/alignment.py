"""How well a kernel suits some labels, and how alike two sets of features are."""

from __future__ import annotations

from torch import Tensor

from li2_core._input import tensor
from li2_core.lazy.ridge import centre


def kernel_alignment(gram: Tensor, targets: Tensor) -> Tensor:
    """The centred alignment of a kernel with labels, between -1 and 1.

    <PKP, PYY'P> / (||PKP|| ||PYY'P||), with P the centring: the cosine between the kernel and
    the one that would know the labels already.

    Parameters
    ----------
    gram : Tensor, (..., n, n)
    targets : Tensor, (..., n) or (..., n, k)
        Of one axis less than ``gram`` they are one number a sample.

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If the numbers of samples differ, or something is not finite.

    References
    ----------
    Kumar et al., Sec. 5, divide y'Ky by ||K|| ||y||^2 without centring and call it CKA; centred
    it is the alignment of Cortes et al. (2012).

    Examples
    --------
    >>> import torch
    >>> y = torch.tensor([1.0, -1.0, 2.0])
    >>> round(kernel_alignment(torch.outer(y, y), y).item(), 6)
    1.0
    """
    gram, targets = tensor("gram", gram, "(..., n, n)"), tensor("targets", targets, "(..., n)")
    rows = targets.unsqueeze(-1) if targets.ndim < gram.ndim else targets
    if gram.shape[-1] != gram.shape[-2] or rows.shape[-2] != gram.shape[-1]:
        raise ValueError(
            f"gram must be (..., n, n) and targets (..., n) or (..., n, k), got "
            f"{tuple(gram.shape)} and {tuple(targets.shape)}"
        )
    gram, rows = centre(centre(gram).mT), centre(rows)
    along = (rows * (gram @ rows)).sum((-2, -1))
    return along / (gram.norm(dim=(-2, -1)) * (rows.mT @ rows).norm(dim=(-2, -1)))


def cka(features: Tensor, others: Tensor) -> Tensor:
    """The linear centred kernel alignment of two sets of features of the same samples.

    ||F'G||^2 / (||F'F|| ||G'G||) of centred F and G: 1 if one is the other turned and scaled as
    a whole, near 0 if they have nothing in common and the samples are many.

    Parameters
    ----------
    features : Tensor, (..., n, K)
    others : Tensor, (..., n, L)

    Returns
    -------
    Tensor, (...)

    Raises
    ------
    ValueError
        If the numbers of samples differ, or something is not finite.

    References
    ----------
    Kornblith et al. (2019), eq. 3 with linear kernels.

    Examples
    --------
    >>> import torch
    >>> F = torch.eye(4)[:, :2]
    >>> round(cka(F, 3 * F.flip(1)).item(), 6)
    1.0
    """
    F = centre(tensor("features", features, "(..., n, K)"))
    G = centre(tensor("others", others, "(..., n, L)"))
    if F.shape[-2] != G.shape[-2]:
        raise ValueError(
            f"features and others must be of the same samples, got {tuple(F.shape)} and "
            f"{tuple(G.shape)}"
        )

    def overlap(a: Tensor, b: Tensor) -> Tensor:
        # The smaller of the two ways to the same number.
        if a.shape[-2] < a.shape[-1] + b.shape[-1]:
            return ((a @ a.mT) * (b @ b.mT)).sum((-2, -1))
        return (a.mT @ b).square().sum((-2, -1))

    return overlap(F, G) / (overlap(F, F) * overlap(G, G)).sqrt()
