"""How the training loss bends around a trained network: its Hessian, whole.

The loss is the library's mean squared error without weight decay, L = 1/n ||F V - Y||^2 (rows
centred). With the Jacobian J of the residual, H = 2/n (J'J + sum_i r_i (second derivative of
r_i)). The first part, the Gauss-Newton matrix, is all of it where the residual r is zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core.beyond.expansion import Expansion, expansions
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.group_task import GroupTask

MOST_WEIGHTS = 2500


def loss_hessian(net: TwoLayerNetwork, task: GroupTask) -> Tensor:
    """The second derivatives of the training loss by all P = 3 M K weights.

    A row of weights is W, (2M, K), and then V, (K, M), each row by row.

    Parameters
    ----------
    net : TwoLayerNetwork
        With real weights and any activation.
    task : GroupTask
        Its training pairs count.

    Returns
    -------
    Tensor, float64, (S, P, P)

    Raises
    ------
    ValueError
        If there are more than 2500 weights (see `top_curvature` for more), the weights are
        complex, or the network is not one for this task.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(5), train_fraction=0.6, seeds=2)
    >>> H = loss_hessian(TwoLayer(width=4).initialize(task), task)
    >>> H.shape, bool((H - H.mT).abs().max() < 1e-12)
    (torch.Size([2, 60, 60]), True)
    """
    return _matrices(net, task, with_residual=True)


def gauss_newton(net: TwoLayerNetwork, task: GroupTask) -> Tensor:
    """The part of the Hessian that is left where the residual is zero: 2/n J'J.

    Arguments and errors are as of `loss_hessian`.

    Returns
    -------
    Tensor, float64, (S, P, P)

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(3), train_fraction=0.6)
    >>> G = gauss_newton(TwoLayer(width=4).initialize(task), task)
    >>> bool(torch.linalg.eigvalsh(G).min() > -1e-12)
    True
    """
    return _matrices(net, task, with_residual=False)


def residual_jacobian(net: TwoLayerNetwork, task: GroupTask) -> Tensor:
    """How each number of the residual answers to each weight: J.

    Its null directions are those in which a network that answers all training pairs exactly can
    move on without a loss, to first order. Arguments and errors are as of `loss_hessian`.

    Returns
    -------
    Tensor, float64, (S, nM, P)
    """
    found = []
    for near in check_small(expansions(net, task)):
        eye = torch.eye(near.num_weights, dtype=torch.float64)
        columns = [near.change(part).flatten(-2) for part in near.batches(eye)]
        found.append(torch.cat(columns).mT)
    return torch.stack(found)


def _matrices(net: TwoLayerNetwork, task: GroupTask, with_residual: bool) -> Tensor:
    found = []
    for near in check_small(expansions(net, task)):
        eye = torch.eye(near.num_weights, dtype=torch.float64)
        found.append(torch.cat([near.bend(part, with_residual) for part in near.batches(eye)]))
    return torch.stack(found)


def check_small(found: list[Expansion]) -> list[Expansion]:
    """The expansions, if there are few enough weights for a whole matrix.

    Raises
    ------
    ValueError
        If not.
    """
    if found[0].num_weights > MOST_WEIGHTS:
        raise ValueError(
            f"the whole matrix is made for at most {MOST_WEIGHTS} weights, the network has "
            f"{found[0].num_weights}; top_curvature and curvature_trace do without it"
        )
    return found
