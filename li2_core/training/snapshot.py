"""A network at one moment of its training, as a probe sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from li2_core.nets.net import Network
from li2_core.tasks.task import Task
from li2_core.training.losses import AnyLoss, loss_function


class Snapshot:
    """A network at one moment of its training; what several probes need is computed once.

    Parameters
    ----------
    task : Task
    net : Network
    loss : str, Loss or function
    memory : dict of Tensor, optional
        Carried from one record to the next, for probes of change.
    train_outputs : Tensor, (S, n, M), optional
        Where they are known already.

    Raises
    ------
    ValueError
        If the network cannot answer the task.
    """

    def __init__(
        self,
        task: Task,
        net: Network,
        loss: AnyLoss = "mse",
        memory: dict[str, Tensor] | None = None,
        train_outputs: Tensor | None = None,
    ) -> None:
        self.task, self.net, self.loss = task, net, loss_function(loss)
        self.memory = {} if memory is None else memory
        if train_outputs is not None:
            self.train_outputs = train_outputs
        self.inputs = net.read(task)

    @property
    def parameters(self) -> dict[str, Tensor]:
        """The network's parameters by name, (S, ...) each."""
        return self.net.parameters

    @cached_property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(iter(self.parameters.values())).device

    @cached_property
    def train_inputs(self) -> Tensor:
        """What the network reads of the training samples, (S, n, ...)."""
        return self.inputs[self.task.train_index].to(self.device)

    @cached_property
    def train_outputs(self) -> Tensor:
        """(S, n, M)."""
        return self.net(self.train_inputs)

    @cached_property
    def test_outputs(self) -> Tensor:
        """(S, number of test samples, M)."""
        return self.net(self.inputs[self.task.test_index].to(self.device))

    @cached_property
    def train_targets(self) -> Tensor:
        """(S, n), for targets that are numbers (S, n, M)."""
        return self.task.targets[self.task.train_index].to(self.device)

    @cached_property
    def test_targets(self) -> Tensor:
        """(S, number of test samples), for targets that are numbers with one more axis M."""
        return self.task.targets[self.task.test_index].to(self.device)

    @cached_property
    def train_features(self) -> Tensor:
        """F, (S, n, K); a ValueError if the network has no features."""
        features: Callable[[Tensor], Tensor] | None = getattr(self.net, "features", None)
        if features is None:
            raise ValueError(f"a probe needs features, which a {type(self.net).__name__} has not")
        return features(self.train_inputs)

    @cached_property
    def row_centred_error(self) -> Tensor:
        """R, the row-centred error of the outputs: minus the slope of half its square."""
        return self.loss.residual_for(True)(self.train_outputs, self.train_targets) / 2

    @cached_property
    def gram_rms(self) -> tuple[Tensor, Tensor]:
        """Root mean square off-diagonal of F~F~' and F~'F~, each over its mean diagonal."""
        return gram_off_diagonal(self.train_features)


Probe = Callable[[Snapshot], Tensor]


def gram_off_diagonal(features: Tensor) -> tuple[Tensor, Tensor]:
    """How far both Gram matrices of centred features (S, n, K) are from diagonal.

    Returns the root mean square off-diagonal entry over the mean diagonal entry of
    F~F~' (n x n) and of F~'F~ (K x K), each (S,). The two share their Frobenius norm,
    so only the smaller one is formed.
    """
    centred = features - features.mean(dim=1, keepdim=True)
    n, K = centred.shape[1:]
    smaller = centred if n <= K else centred.mT
    frobenius = (smaller @ smaller.mH).abs().square().sum(dim=(1, 2))
    squares = centred.abs().square()
    trace = squares.sum(dim=(1, 2))
    ratios = []
    for size, diagonal in ((n, squares.sum(2)), (K, squares.sum(1))):
        off_diagonal = (frobenius - diagonal.square().sum(1)).clamp_min(0)
        ratios.append((off_diagonal / max(size * (size - 1), 1)).sqrt() / (trace / size))
    return ratios[0], ratios[1]
