"""The gradient of a `TwoLayer` by its weights: the one hot spot of the book.

Three matrix products a step (F V, R V', F' R) and nothing else that grows as n K M:
one-hot products are row sums, the samples pass in blocks whose features stay in the
cache, and the outputs are centred by centring V.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from li2_core.losses import Loss
from li2_core.nets import ROWS_AT_ONCE, TwoLayer, centred_readout, gather_sum, hidden_rows


class LossGradient:
    """The gradient of the mean training loss of a stack of seeds.

    Parameters
    ----------
    net : TwoLayer
        With weights for S seeds.
    pairs, targets : Tensor, (S, n, 2) and (S, n)
        The training samples of each seed.
    loss : Loss
    seeds_at_once : int
        How many seeds one matrix product stacks. One keeps a CPU's cache warm; all of
        them keep a GPU busy.
    """

    def __init__(
        self, net: TwoLayer, pairs: Tensor, targets: Tensor, loss: Loss, seeds_at_once: int
    ) -> None:
        self.net, self.loss = net, loss
        hidden, readout = net.parameters()
        self.hidden_grad = hidden.grad = torch.empty_like(hidden)
        self.readout_grad = readout.grad = torch.empty_like(readout)
        num_seeds, self.num_samples, _ = pairs.shape
        self.rows_at_once = ROWS_AT_ONCE if seeds_at_once == 1 else self.num_samples
        # dLoss/dF (times s') of one stack, the only array of size n K.
        self.signal = hidden.new_empty(seeds_at_once, self.num_samples, net.width)
        order = readout.shape[1]
        self.stacks = [
            _Stack(slice(start, start + seeds_at_once), pairs, targets, order)
            for start in range(0, num_seeds, seeds_at_once)
        ]

    def __call__(self) -> None:
        """Write the gradients into the ``grad`` of the network's parameters."""
        for stack in self.stacks:
            self._stack_gradient(stack)

    def _stack_gradient(self, stack: _Stack) -> None:
        net, s = self.net, self.net.nonlinearity
        hidden, readout = (weights[stack.seeds] for weights in net.parameters())
        signal = self.signal[: len(hidden)]
        forward = net.output_scale * centred_readout(readout)
        backward = forward * (-1 / self.num_samples)
        readout_grad = self.readout_grad[stack.seeds].zero_()
        for start in range(0, self.num_samples, self.rows_at_once):
            rows = slice(start, start + self.rows_at_once)
            inputs = gather_sum(hidden, stack.index[:, rows])
            features = s.value(inputs)
            residual = self.loss.residual(features @ forward.mT, stack.targets[:, rows])
            readout_grad.baddbmm_(residual.mT, features, alpha=-net.output_scale / self.num_samples)
            torch.mul(residual @ backward, s.slope(inputs, features), out=signal[:, rows])
        self.hidden_grad[stack.seeds] = stack.scatter_sum(signal)


class _Stack:
    """Some seeds' samples, and for each row of their W's the samples that read it."""

    def __init__(self, seeds: slice, pairs: Tensor, targets: Tensor, order: int) -> None:
        self.seeds = seeds
        self.targets = targets[seeds]
        self.index = hidden_rows(pairs[seeds], order)
        self.num_rows = 2 * order
        flat = self.index.flatten()
        # Entry 2 i + j of the flat index is operand j of sample i: halve it to get the sample.
        self.readers = flat.argsort(stable=True) // 2
        counts = torch.bincount(flat, minlength=len(self.index) * self.num_rows)
        self.offsets = counts.cumsum(0) - counts

    def scatter_sum(self, signal: Tensor) -> Tensor:
        """X' signal, (S, 2M, K): for each row of W the sum over the samples that read it."""
        rows = embedding_bag(self.readers, signal.flatten(0, 1), self.offsets, mode="sum")
        return rows.unflatten(0, (len(signal), self.num_rows))
