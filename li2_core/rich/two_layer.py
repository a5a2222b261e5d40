"""The tangent kernel of a two-layer network in closed form, for tables of many moments.

f(x) = beta/K V's(W'x / sqrt(D)) for inputs of length D: the scaling in which the hidden layer
moves as much as the readout, whatever the width K.
"""

from __future__ import annotations

from torch import Tensor

from li2_core.activations import AnyActivation, activation


def mean_features(inputs: Tensor, hidden: Tensor, s: AnyActivation = "square") -> Tensor:
    """F = s(XW / sqrt(D)).

    Parameters
    ----------
    inputs : Tensor, (n, D)
    hidden : Tensor, (D, K)
        W.
    s : str, Activation or function

    Returns
    -------
    Tensor, (n, K)
    """
    return activation(s).value(inputs @ hidden / inputs.shape[-1] ** 0.5)


def two_layer_kernel(
    inputs: Tensor, hidden: Tensor, readout: Tensor, s: AnyActivation = "square"
) -> Tensor:
    """The tangent kernel, summed over the row-centred outputs, without the factor beta^2.

    K^2 k(x, x') = (M - 1) F(x).F(x') + (x.x' / D) sum_i |v_i|^2 s'(h_i) s'(h_i'), v_i row i of
    the readout less its mean.

    Parameters
    ----------
    inputs : Tensor, (n, D)
    hidden : Tensor, (D, K)
        W.
    readout : Tensor, (K, M)
        V.
    s : str, Activation or function

    Returns
    -------
    Tensor, (n, n)

    Examples
    --------
    >>> import torch
    >>> W, V = torch.ones(2, 1), torch.tensor([[1.0, -1.0]])
    >>> two_layer_kernel(torch.eye(2), W, V).round(decimals=3).tolist()
    [[2.25, 0.25], [0.25, 2.25]]
    """
    D, (K, M) = inputs.shape[-1], readout.shape
    F = mean_features(inputs, hidden, s)
    slopes = activation(s).derivative(inputs @ hidden / D**0.5)
    lengths = (readout - readout.mean(1, keepdim=True)).square().sum(1)
    through_hidden = (inputs @ inputs.mT / D) * ((slopes * lengths) @ slopes.mT)
    return ((M - 1) * (F @ F.mT) + through_hidden) / K**2
