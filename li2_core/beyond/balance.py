"""Sharpness that a change of units cannot move: the least trace over all rescalings of nodes.

With s(x) = x^2 the node c w with the readout v / c^2 says what w with v says, and the trace of
the Gauss-Newton matrix is a sum over nodes of A_j + B_j, by w_j and by v_j, which then becomes
A_j / c^2 + B_j c^4. Its minimum, at c^6 = A_j / 2 B_j, is (2^(1/3) + 2^(-2/3)) (A_j^2 B_j)^(1/3).
"""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core.beyond.expansion import expansions
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.group_task import GroupTask

LEAST = 2 ** (1 / 3) + 2 ** (-2 / 3)


def node_traces(net: TwoLayerNetwork, task: GroupTask) -> tuple[Tensor, Tensor]:
    """Each node's part of the trace of the Gauss-Newton matrix, exactly and for any width.

    Parameters
    ----------
    net : TwoLayerNetwork
        With real weights and the activation ``square``.
    task : GroupTask

    Returns
    -------
    by_hidden : Tensor, float64, (S, K)
        A_j = 2/n sum_i ``|x_i|^2`` (2 h_ij)^2 ``|v_j|^2``, v_j centred over the answers.
    by_readout : Tensor, float64, (S, K)
        B_j = 2/n (M - 1) sum_i h_ij^4.

    Raises
    ------
    ValueError
        If the activation is another, the weights are complex, or the network is not one for
        this task.
    """
    if net.recipe.activation != "square":
        raise ValueError(
            "only a node of the activation 'square' can be rescaled like this, "
            f"got {net.recipe.nonlinearity.name!r}"
        )
    found = []
    for near in expansions(net, task):
        squares = near.slopes.square() * near.readout.square().sum(1)
        by_hidden = 2 * near.rows.sum(1) @ squares / len(near.rows)
        by_readout = 2 * near.features.square().mean(0) * (near.shapes[1][1] - 1) * near.scale**2
        found.append((by_hidden, by_readout))
    first, second = zip(*found, strict=True)
    return torch.stack(first), torch.stack(second)


def balanced_trace(net: TwoLayerNetwork, task: GroupTask) -> Tensor:
    """The least trace of the Gauss-Newton matrix over all rescalings of the nodes.

    Where the training residual is zero, that is the trace of the loss's Hessian. Arguments and
    errors are as of `node_traces`.

    Returns
    -------
    Tensor, float64, (S,)

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> net = TwoLayer(width=8).initialize(task, dtype=torch.float64)
    >>> stretched = net.with_weights(3 * net.hidden, net.readout / 9)
    >>> torch.allclose(balanced_trace(net, task), balanced_trace(stretched, task))
    True
    """
    by_hidden, by_readout = node_traces(net, task)
    return LEAST * (by_hidden.square() * by_readout).pow(1 / 3).sum(1)


def balance(net: TwoLayerNetwork, task: GroupTask) -> TwoLayerNetwork:
    """The network with the same outputs and the least trace; its weights are in float64.

    Arguments and errors are as of `node_traces`. A node whose weights or readout are zero stays
    as it is.

    Returns
    -------
    TwoLayerNetwork
    """
    by_hidden, by_readout = node_traces(net, task)
    alive = (by_hidden > 0) & (by_readout > 0)
    factor = torch.where(alive, by_hidden / (2 * by_readout), 1.0).pow(1 / 6)
    hidden = net.hidden.double() * factor[:, None]
    return net.with_weights(hidden, net.readout.double() / factor[..., None].square())
