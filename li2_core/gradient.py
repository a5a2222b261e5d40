"""The gradient of a `TwoLayer` by its weights: the one hot spot of the book.

Three matrix products a step (F V, R V', F' R) and nothing else that grows as n K M:
one-hot products are row sums, the samples pass in blocks whose features stay in the
cache, and the outputs are centred by centring V.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from li2_core.losses import Loss
from li2_core.nets import (
    ROWS_AT_ONCE,
    TwoLayer,
    centred_readout,
    gather_sum,
    hidden_rows,
    real_part,
    sum_bags,
)


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

    Attributes
    ----------
    outputs : Tensor, (S, n, M)
        The outputs that the last call found on its way.
    """

    def __init__(
        self, net: TwoLayer, pairs: Tensor, targets: Tensor, loss: Loss, seeds_at_once: int
    ) -> None:
        self.net, self.loss = net, loss
        hidden, readout = net.parameters()
        self.hidden_grad, self.readout_grad = torch.empty_like(hidden), torch.empty_like(readout)
        num_seeds, self.num_samples, _ = pairs.shape
        self.rows_at_once = self.num_samples if pairs.is_cuda else ROWS_AT_ONCE
        # dLoss/dF (times s') of one stack: the only array of size n K.
        self.signal = hidden.new_empty(seeds_at_once, self.num_samples, net.width)
        M = readout.shape[1]
        # Matrix products are faster when the classes fill whole vector registers.
        self.padding = -M % 16
        padded = real_part(hidden).new_empty(num_seeds, self.num_samples, M + self.padding)
        self.outputs = padded[..., :M]
        self.stacks = [
            _Stack(slice(start, start + seeds_at_once), pairs, targets, M)
            for start in range(0, num_seeds, seeds_at_once)
        ]

    def __call__(self) -> None:
        """Write `hidden_grad` and `readout_grad`, shaped as the network's parameters."""
        for stack in self.stacks:
            self._stack_gradient(stack)

    def _stack_gradient(self, stack: _Stack) -> None:
        net, s, n = self.net, self.net.nonlinearity, self.num_samples
        hidden, readout = (stack.of(weights) for weights in net.parameters())
        readout_grad = stack.of(self.readout_grad).zero_()
        outputs, signal = stack.of(self.outputs), self.signal[: stack.size].squeeze(0)
        centred = net.output_scale * centred_readout(readout)
        forward = pad(centred, (0, 0, 0, self.padding)).mT
        backward = centred.conj() * (-1 / n)
        for start in range(0, n, self.rows_at_once):
            rows = slice(start, start + self.rows_at_once)
            inputs = gather_sum(hidden, stack.index[..., rows, :])
            features = s.value(inputs)
            found = outputs[..., rows, :]
            found.copy_(real_part(features @ forward)[..., : found.shape[-1]])
            residual = self.loss.residual(found, stack.targets[..., rows]).to(features.dtype)
            readout_grad.add_(residual.mT @ features.conj(), alpha=-net.output_scale / n)
            slope = s.slope(inputs, features).conj()
            torch.mul(residual @ backward, slope, out=signal[..., rows, :])
        stack.of(self.hidden_grad).copy_(stack.scatter_sum(signal))


class _Stack:
    """Some seeds' samples, and for each row of their W's the samples that read it.

    A stack of one seed has no leading axis: plain products are faster than batched ones.
    """

    def __init__(self, seeds: slice, pairs: Tensor, targets: Tensor, order: int) -> None:
        self.seeds = seeds
        self.size = len(pairs[seeds])
        self.targets = self.of(targets)
        index = hidden_rows(pairs[seeds], order)
        self.index = index.squeeze(0)
        self.rows_shape = (self.size, 2 * order) if self.size > 1 else (2 * order,)
        flat = index.flatten()
        # Entry 2 i + j of the flat index is operand j of sample i: halve it to get the sample.
        self.readers = flat.argsort(stable=True) // 2
        counts = torch.bincount(flat, minlength=self.size * 2 * order)
        self.offsets = counts.cumsum(0) - counts

    def of(self, tensor: Tensor) -> Tensor:
        """The part of a tensor (S, ...) that belongs to these seeds."""
        return tensor[self.seeds].squeeze(0)

    def scatter_sum(self, signal: Tensor) -> Tensor:
        """X' signal: for each row of W the sum over the samples that read it."""
        rows = sum_bags(signal.flatten(0, -2), self.readers, self.offsets)
        return rows.unflatten(0, self.rows_shape)
