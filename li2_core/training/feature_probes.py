"""Probes of hidden features, and of the gradient that comes back to them."""

from __future__ import annotations

from torch import Tensor

from li2_core.lazy.ridge import centre
from li2_core.nets.rows import centred_readout, real_part
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.pairs import one_hot
from li2_core.training.snapshot import Snapshot


def backprop_gradient_norm(moment: Snapshot) -> Tensor:
    """||G_F||, where G_F = R V' with R the row-centred error of the outputs, (S,).

    This is minus the derivative by F of half the summed squared error: the loss's own
    derivative times -n/2. The mean of V over classes plays no part in it, as R's rows
    sum to zero.
    """
    return _product_norm(moment.row_centred_error, _output_weights(moment))


def logged_gradient_norm(moment: Snapshot) -> Tensor:
    """The norm that Li2's released code logs as that of G_F, (S,).

    ||(Y - 1/M - F V) V'|| where neither F V nor V has lost its mean over the classes,
    although the loss that is trained removes it: not the gradient.
    """
    net = two_layer(moment)
    readout = net.recipe.output_scale * net.parameters["readout"]
    mean = real_part(moment.train_features @ readout.mean(dim=1)[:, :, None])
    return _product_norm(moment.row_centred_error - mean, readout)


def signal_alignment(moment: Snapshot) -> Tensor:
    """The cosine between G_F = R V' and the signal T = Y~ Y~' F, (S,)."""
    error, readout = moment.row_centred_error, _output_weights(moment)
    labels = centre(one_hot(moment.train_targets, moment.task.num_classes).to(error.dtype))
    pulled = labels.mT.to(readout.dtype) @ moment.train_features
    # <R V', Y~ S> = tr(R'Y~ S V) for S = Y~'F: again without an n x K matrix.
    inner = (error.mT @ labels) * real_part(readout @ pulled.mT)
    norms = _product_norm(error, readout) * _product_norm(labels, pulled)
    return inner.sum(dim=(1, 2)) / norms


def active_nodes(moment: Snapshot) -> Tensor:
    """How many hidden nodes are alive: see `TwoLayerNetwork.active_nodes`, (S,)."""
    return two_layer(moment).active_nodes().sum(1)


def two_layer(moment: Snapshot) -> TwoLayerNetwork:
    """The network, where it is two-layer.

    Raises
    ------
    ValueError
        If it is another one.
    """
    if not isinstance(moment.net, TwoLayerNetwork):
        kind = type(moment.net).__name__
        raise ValueError(f"this probe needs the layers of a TwoLayer, the network is a {kind}")
    return moment.net


def _output_weights(moment: Snapshot) -> Tensor:
    """The readout as the outputs use it, class by class: (S, M, K)."""
    net = two_layer(moment)
    return net.recipe.output_scale * centred_readout(net.parameters["readout"])


def _product_norm(left: Tensor, right: Tensor) -> Tensor:
    """||left right|| of (S, n, M) and (S, M, K), through M x M matrices alone, (S,)."""
    inner = (left.mT @ left) * real_part(right @ right.mH)
    return inner.sum(dim=(1, 2)).clamp_min(0).sqrt()
