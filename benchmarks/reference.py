"""The plain way to do the same: dense one-hot products and autograd. Also the oracle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from li2_core.tasks import GroupTask

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "square": torch.square,
    "relu": torch.relu,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
    "identity": lambda h: h,
}


def plain_step(
    X: Tensor, Y: Tensor, W: Tensor, V: Tensor, optimizer: torch.optim.Optimizer
) -> Tensor:
    """One full-batch step for one-hot X (n, 2M) and centred one-hot Y (n, M); its loss."""
    optimizer.zero_grad()
    outputs = torch.square(X @ W) @ V
    outputs = outputs - outputs.mean(1, keepdim=True)
    loss = (Y - outputs).square().sum(1).mean()
    loss.backward()
    optimizer.step()
    return loss.detach()


def plain_loss(
    X: Tensor, Y: Tensor, W: Tensor, V: Tensor, activation: str, loss: str, output_scale: float
) -> Tensor:
    """The training loss in every variant that the library knows, for autograd."""
    outputs = output_scale * (ACTIVATIONS[activation](X @ W) @ V)
    outputs = outputs.real if outputs.is_complex() else outputs
    outputs = outputs - outputs.mean(1, keepdim=True)
    if loss == "cross_entropy":
        return functional.cross_entropy(outputs, Y.argmax(1))
    return (Y - outputs).square().sum(1).mean()


@dataclass
class PlainRun:
    """One seed of a task in the plain way: dense arrays, leaf weights and torch's own Adam.

    ``inputs`` and ``labels`` are those of the training samples, ``test_inputs`` and
    ``test_labels`` the rest.
    """

    inputs: Tensor
    labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor
    hidden: Tensor
    readout: Tensor
    optimizer: torch.optim.Optimizer

    @classmethod
    def of(
        cls,
        task: GroupTask,
        weights: Sequence[Tensor],
        lr: float,
        weight_decay: float,
        seed: int = 0,
    ) -> PlainRun:
        """The run of seed number ``seed`` from weights (2M, K), (K, M), which are copied."""
        hidden, readout = (weight.clone().requires_grad_() for weight in weights)
        train, test = task.train_index[seed], task.test_index[seed]
        M = task.num_classes
        X, test_X = (task.rows(index).to(hidden) for index in (train, test))
        Y, test_Y = ((task.labels(index) - 1 / M).to(hidden) for index in (train, test))
        optimizer = torch.optim.Adam([hidden, readout], lr=lr, weight_decay=weight_decay)
        return cls(X, Y, test_X, test_Y, hidden, readout, optimizer)

    def step(self) -> Tensor:
        """One training step; the loss before it."""
        return plain_step(self.inputs, self.labels, self.hidden, self.readout, self.optimizer)

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Losses, accuracies and the off-diagonal of both Gram matrices, all from the start."""
        found = {}
        for part, X, Y in (
            ("train", self.inputs, self.labels),
            ("test", self.test_inputs, self.test_labels),
        ):
            outputs = torch.square(X @ self.hidden) @ self.readout
            outputs = outputs - outputs.mean(1, keepdim=True)
            found[f"{part}_loss"] = (Y - outputs).square().sum(1).mean().item()
            right = outputs.argmax(1) == Y.argmax(1)
            found[f"{part}_accuracy"] = right.float().mean().item()
        features = torch.square(self.inputs @ self.hidden)
        centred = features - features.mean(0)
        for name, gram in (("sample", centred @ centred.T), ("feature", centred.T @ centred)):
            diagonal = gram.diagonal()
            found[f"{name}_gram_rms"] = ((gram - diagonal.diag()).norm() / diagonal.sum()).item()
        return found

    def until(self, accuracy: float, at_most: int) -> int:
        """Step and evaluate until the test accuracy is reached; the number of steps made."""
        done, reached = 0, False
        while done < at_most and not reached:
            self.step()
            done += 1
            reached = self.evaluate()["test_accuracy"] >= accuracy
        return done
