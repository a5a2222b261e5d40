"""What training's first stage multiplies the energy's signal by: R = (Ft Ft' + eta)^-1.

With the readout at its ridge optimum the gradient at the features is eta R Yt Yt' R Ft
(Li2, eq. 4). On the full table R acts on Yt as a number, on a part of it R removes what
one operand alone can explain. `energy` with the labels R Yt is what a node climbs then.
"""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core._input import real
from li2_core.activations import AnyActivation
from li2_core.activations import activation as _activation
from li2_core.lazy.kernel import infinite_width_kernel, shared_elements, table_eigenvalues
from li2_core.tasks.group_task import Target, pairs_of

SINGULAR = "Ft Ft' + eta is singular for eta = {:g}: take a larger eta"


def lazy_operator(
    target: Target,
    activation: AnyActivation = "square",
    eta: float = 1e-6,
    features: Tensor | None = None,
) -> Tensor:
    """R = (Ft Ft' + eta)^-1 for random features of a given or of infinite number.

    Parameters
    ----------
    target : FiniteGroup or GroupTask
        The full table, or the training pairs of a task of one seed: n pairs.
    activation : str, Activation or function
        s.
    eta : float
        The ridge.
    features : Tensor, (n, K), optional
        F, in the order of the pairs. Without it, Ft Ft'/K in the limit of infinitely many
        nodes with weights from N(0, 1); ``eta`` then is the ridge a node. On the full table
        that has a closed form.

    Returns
    -------
    Tensor, float64, (n, n)
        R on vectors without mean, and zero on the constant one, which the energy never sees.

    Raises
    ------
    ValueError
        If ``eta`` is negative, the features are complex or not (n, K), the task has several
        seeds, the activation is unknown, or Ft Ft' + eta is singular.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> R = lazy_operator(cyclic(3), eta=1.0)
    >>> labels = pairs_of(cyclic(3)).labels()
    >>> bool(torch.allclose(R @ labels, labels / (4 + 1)))  # on the labels R is a number
    True
    """
    eta = real("eta", eta, least=0)
    pairs = pairs_of(target)
    n = len(pairs)
    if features is None and pairs.is_full:
        return _on_the_table(target, activation, eta)
    if features is None:
        kernel = infinite_width_kernel(target, activation)
        kernel = kernel - kernel.mean(0)
        gram = kernel - kernel.mean(1, keepdim=True)
    else:
        _activation(activation)
        if features.ndim != 2 or len(features) != n or features.is_complex():
            raise ValueError(f"features must be real, ({n}, K), got {tuple(features.shape)}")
        centred = features.double() - features.double().mean(0)
        gram = centred @ centred.T
    size = float(gram.diagonal().mean())
    gram.diagonal().add_(eta)
    # The constant vector, on which Ft Ft' is zero, gets an eigenvalue of the usual size
    # and loses it afterwards: 1/eta there would drown the rest.
    gram += size / n
    factor, failed = torch.linalg.cholesky_ex(gram)
    if failed or not factor.diagonal().min().square() > 1e-13 * size:
        raise ValueError(SINGULAR.format(eta))
    return torch.cholesky_inverse(factor) - 1 / (n * (size + eta))


def _on_the_table(target: Target, activation: AnyActivation, eta: float) -> Tensor:
    """R of infinitely many nodes on a full table: one number on each of two eigenspaces."""
    M = pairs_of(target).order
    _, main_effects, interaction = table_eigenvalues(activation, M)
    if not min(main_effects, interaction) + eta > 1e-13 * main_effects:
        raise ValueError(SINGULAR.format(eta))
    own = 1 / (interaction + eta)
    one = (1 / (main_effects + eta) - own) / M
    none = -(own + 2 * M * one) / M**2  # so that each row adds up to zero
    values = torch.tensor([none, none + one, none + 2 * one + own], dtype=torch.float64)
    return values[shared_elements(target)]
