"""A trained two-layer network near its weights, to second order.

All follows from how the residual F V - Y of the training pairs answers to a small change of the
weights. With h = X W and a change (dW, dV): dF = s'(h) dh, and the residual changes by
dF V + F dV to first order.
"""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core._input import instance
from li2_core.energy.hessian import two_derivatives
from li2_core.nets.two_layer import TwoLayerNetwork
from li2_core.tasks.group_task import GroupTask

AT_ONCE = 2**23  # numbers that a batch of directions may take up: 64 MiB


class Expansion:
    """The training residual of one seed's network near its weights; everything in float64.

    A direction is a change of all weights in one row, (..., P): W, (2M, K), and then V, (K, M),
    each row by row.

    Attributes
    ----------
    residual : Tensor, (n, M)
        The outputs less the centred one-hot labels.
    num_weights : int
        P = 3 M K.
    """

    def __init__(self, net: TwoLayerNetwork, task: GroupTask, place: int) -> None:
        index = task.train_index[place]
        scale = net.recipe.output_scale
        self.rows = task.rows(index)
        W, V = net.hidden[place].double(), scale * net.readout[place].double()
        self.shapes, self.scale = (W.shape, V.shape), scale
        self.num_weights = W.numel() + V.numel()
        h = self.rows @ W
        self.features = net.recipe.nonlinearity.value(h)
        self.slopes, self.bends = two_derivatives(net.recipe.nonlinearity, h)
        self.readout = V - V.mean(1, keepdim=True)
        labels = task.labels(index)
        self.residual = self.features @ self.readout - (labels - 1 / labels.shape[1])
        self.heard = self.residual @ self.readout.mT  # what comes back to the nodes, (n, K)

    def change(self, directions: Tensor) -> Tensor:
        """The first-order change of the residual, (..., n, M)."""
        dW, dV = self._layers(directions)
        return self._change(self.slopes * (self.rows @ dW), dV)

    def bend(self, directions: Tensor, with_residual: bool = True) -> Tensor:
        """The Hessian of the mean loss times each direction, (..., P).

        Without the part that has the residual in it, it is the Gauss-Newton matrix.
        """
        dW, dV = self._layers(directions)
        dh = self.rows @ dW
        dF = self.slopes * dh
        change = self._change(dF, dV)
        back = self.slopes * (change @ self.readout.mT)
        answer = self.features.mT @ change
        if with_residual:
            back = back + self.bends * dh * self.heard + self.slopes * (self.residual @ dV.mT)
            answer = answer + dF.mT @ self.residual
        parts = (self.rows.mT @ back).flatten(-2), self.scale * answer.flatten(-2)
        return 2 / len(self.rows) * torch.cat(parts, -1)

    def batches(self, directions: Tensor) -> tuple[Tensor, ...]:
        """The rows of many directions, a few at a time."""
        size = len(self.rows) * (self.shapes[0][1] + self.shapes[1][1])
        return directions.split(max(1, AT_ONCE // size))

    def _layers(self, directions: Tensor) -> tuple[Tensor, Tensor]:
        dW, dV = directions.split([shape.numel() for shape in self.shapes], -1)
        dV = self.scale * dV.unflatten(-1, self.shapes[1])
        return dW.unflatten(-1, self.shapes[0]), dV - dV.mean(-1, keepdim=True)

    def _change(self, dF: Tensor, dV: Tensor) -> Tensor:
        return dF @ self.readout + self.features @ dV


def expansions(net: TwoLayerNetwork, task: GroupTask) -> list[Expansion]:
    """One for each seed.

    Raises
    ------
    TypeError
        If it is no two-layer network, or no task of a group.
    ValueError
        If the network has complex weights, or is not one for this task.
    """
    instance("net", net, TwoLayerNetwork)
    instance("task", task, GroupTask)
    if net.hidden.is_complex():
        raise ValueError("the Hessian is that of real weights, the network has complex ones")
    net.read(task)
    return [Expansion(net, task, place) for place in range(task.num_seeds)]
