"""What reaches the lower layers of a deep network: Li2's eq. 11, exactly and at infinite width."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from torch import Tensor
from torch.func import vjp

from li2_core.lazy.ridge import centre, signal
from li2_core.nets.deep import DeepNetwork
from li2_core.tasks.group_task import GroupTask


def layer_signals(net: DeepNetwork, task: GroupTask) -> Iterator[Tensor]:
    """What each layer hears of the labels: G_L = T F_L, and what backpropagation makes of it.

    T = Yt Yt' belongs to each seed's training pairs. One layer down, G_l is G_l+1 pulled back
    through F_l+1 = s(F_l W_l+1): through the gates s' and W'. A residual layer adds G_l+1 itself.

    Parameters
    ----------
    net : DeepNetwork
    task : GroupTask

    Yields
    ------
    Tensor, (S, n, K)
        G_L first, then down to G_1, each as wide as its layer.

    References
    ----------
    Li2, Sec. 6, eq. 11.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> from li2_core.nets import DeepNet
    >>> task = GroupTask(cyclic(5), train_fraction=0.6)
    >>> [tuple(G.shape) for G in layer_signals(DeepNet((8, 4)).initialize(task), task)]
    [(1, 15, 4), (1, 15, 8)]
    """
    features = net.layers(net.parameters, task.pairs[task.train_index])
    labels = centre(task.labels(task.train_index)).to(features[-1])
    yield (heard := signal(features[-1], labels))
    for layer in range(net.recipe.depth, 1, -1):
        above = partial(net.next_layer, weights=net.parameters[f"layers.{layer}"])
        _, pull_back, *_ = vjp(above, features[layer - 2])
        (heard,) = pull_back(heard)
        yield heard


def arc_cosine_signal(features: Tensor, labels: Tensor) -> Tensor:
    """G_1 below infinitely many random ReLU nodes, a node's share of it.

    With weights from N(0, 1) above the rows x_i of F_1, row i is the mean of
    w [x_i.w > 0] sum over k of T_ik relu(x_k.w): the gradient of tr(T kappa(F_1)) / 2, where kappa
    is the arc-cosine kernel. So the lower layer climbs an energy of all its nodes together.

    Parameters
    ----------
    features : Tensor, (..., n, K)
        F_1.
    labels : Tensor, (..., n, M)
        Yt, the centred labels: T = Yt Yt'.

    Returns
    -------
    Tensor, (..., n, K)

    Raises
    ------
    ValueError
        If a row of the features is zero, and so has no direction.

    References
    ----------
    Cho and Saul (2009) for the kernel.

    Examples
    --------
    >>> import torch
    >>> arc_cosine_signal(torch.eye(2), torch.tensor([[1.0], [0.0]]))  # each alone: x_1 / 2
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    lengths = features.norm(dim=-1, keepdim=True)
    if not lengths.all():
        raise ValueError("a row of the features is zero: there the kernel has no gradient")
    units = features / lengths
    cosines = (units @ units.mT).clamp(-1, 1)
    T = labels @ labels.mT
    towards_others = (T * (math.pi - cosines.arccos())) @ features
    along_itself = ((T * (1 - cosines.square()).sqrt()) @ lengths) * units
    return (towards_others + along_itself) / (2 * math.pi)


def width_cosine(below: int, above: int, loss: float = 3.0) -> float:
    """cos(G_1, T F_1) below a random ReLU layer: 1/sqrt(1 + 3 K_1/K_2), as measured.

    The backward pass goes through K_2 random nodes, and its noise has the size sqrt(K_1/K_2).
    Without gates the factor ``loss`` is 1, from E (W W')^2 = (1 + K_1/K_2) I.

    Parameters
    ----------
    below, above : int
        K_1 and K_2.
    loss : float
        The factor of K_1/K_2.

    Examples
    --------
    >>> width_cosine(128, 128)
    0.5
    """
    return 1 / math.sqrt(1 + loss * below / above)
