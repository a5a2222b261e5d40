"""The gradient of a `TwoLayer` by its weights: the one hot spot of the book.

Three matrix products a step (F V, R V', F' R) and nothing else that grows as n K M:
one-hot products are row sums, the samples pass in blocks whose features stay in the
cache, and the outputs are centred by centring V.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from li2_core.nets.net import Residual
from li2_core.nets.rows import (
    blocks,
    centred_readout,
    hidden_rows,
    padded_classes,
    real_part,
    seeds_that_fit,
    sum_bags,
)

if TYPE_CHECKING:
    from li2_core.nets.two_layer import TwoLayerNetwork


class LossGradient:
    """The gradient of the mean training loss of a stack of seeds.

    Parameters
    ----------
    net : TwoLayerNetwork
        With weights for S seeds.
    pairs, targets : Tensor, (S, n, 2) and (S, n)
        The training samples of each seed.
    residual : callable
        Minus the derivative of the loss by the outputs, with rows that sum to zero (see
        `training.losses`).
    seeds_at_once : int, optional
        How many seeds one matrix product stacks: see `rows.seeds_that_fit` for the default.

    Attributes
    ----------
    grads : dict of Tensor
        Of ``hidden`` and ``readout``, shaped as the network's parameters.
    outputs : Tensor, (S, n, M)
        The outputs that the last call found on its way.
    """

    def __init__(
        self,
        net: TwoLayerNetwork,
        pairs: Tensor,
        targets: Tensor,
        residual: Residual,
        seeds_at_once: int | None = None,
    ) -> None:
        self.net, self.residual = net, residual
        self.scale, self.nonlinearity = net.recipe.output_scale, net.recipe.nonlinearity
        self.grads = {name: torch.empty_like(value) for name, value in net.parameters.items()}
        hidden, readout = net.parameters.values()
        num_seeds, self.num_samples, _ = pairs.shape
        self.outputs = real_part(hidden).new_empty(num_seeds, self.num_samples, readout.shape[1])
        width = hidden.shape[2]
        at_once = seeds_at_once or seeds_that_fit(
            num_seeds, self.num_samples * width, pairs.is_cuda
        )
        # dLoss/dF (times s') of one stack: the only array of size n K.
        self.signal = hidden.new_empty(at_once, self.num_samples, width)
        self.stacks = [
            _Stack(self, slice(start, start + at_once), pairs, targets)
            for start in range(0, num_seeds, at_once)
        ]

    def __call__(self) -> None:
        """Write `grads` and `outputs`."""
        for stack in self.stacks:
            self._stack_gradient(stack)

    def _stack_gradient(self, stack: _Stack) -> None:
        s, n = self.nonlinearity, self.num_samples
        centred = self.scale * centred_readout(stack.readout)
        forward = padded_classes(centred).mT
        backward = centred.conj() * (-s.factor / n)
        stack.readout_grad.zero_()
        for block in stack.blocks:
            inputs = block.rows_of(stack.hidden)
            features = s.value(inputs)
            block.outputs.copy_(real_part(features @ forward)[..., : block.outputs.shape[-1]])
            residual = self.residual(block.outputs, block.targets).to(features.dtype)
            stack.add_to_readout(residual.mT, features.conj(), alpha=-self.scale / n)
            torch.matmul(residual, backward, out=block.signal)
            block.signal.mul_(s.slope(inputs, features).conj())
        stack.hidden_grad.copy_(stack.scatter_sum())


class _Stack:
    """Some seeds: views of all that is theirs, and for each row of W the samples that read it.

    A stack of one seed has no leading axis: plain products are faster than batched ones.
    """

    def __init__(self, whole: LossGradient, seeds: slice, pairs: Tensor, targets: Tensor) -> None:
        def of(tensor: Tensor) -> Tensor:
            return tensor[seeds].squeeze(0)

        self.hidden, self.readout = (of(weights) for weights in whole.net.parameters.values())
        self.hidden_grad, self.readout_grad = (of(grad) for grad in whole.grads.values())
        plain = self.readout_grad.ndim == 2
        self.add_to_readout = self.readout_grad.addmm_ if plain else self.readout_grad.baddbmm_
        size, (n, width) = len(pairs[seeds]), whole.signal.shape[1:]
        self.signal = whole.signal[:size].squeeze(0)
        index = hidden_rows(pairs[seeds], whole.net.hidden.shape[1] // 2)
        self.blocks = [
            _Block(
                index.squeeze(0)[..., rows, :],
                of(targets)[..., rows],
                of(whole.outputs)[..., rows, :],
                self.signal[..., rows, :],
            )
            for rows in blocks(n, width, pairs.is_cuda)
        ]
        flat = index.flatten()
        # Entry 2 i + j of the flat index is operand j of sample i: halve it to get the sample.
        self.readers = flat.argsort(stable=True) // 2
        counts = torch.bincount(flat, minlength=size * whole.net.hidden.shape[1])
        self.offsets = counts.cumsum(0) - counts

    def scatter_sum(self) -> Tensor:
        """X' signal: for each row of W the sum over the samples that read it."""
        rows = sum_bags(self.signal.flatten(0, -2), self.readers, self.offsets)
        return rows.view_as(self.hidden)


class _Block:
    """Some samples of a stack: which rows of W they add up, and where their results go."""

    def __init__(self, index: Tensor, targets: Tensor, outputs: Tensor, signal: Tensor) -> None:
        self.targets, self.outputs, self.signal = targets, outputs, signal
        self.index = index.flatten()
        self.offsets = torch.arange(0, len(self.index), 2, device=index.device)

    def rows_of(self, hidden: Tensor) -> Tensor:
        """X W of these samples."""
        return sum_bags(hidden.flatten(0, -2), self.index, self.offsets).view_as(self.signal)
