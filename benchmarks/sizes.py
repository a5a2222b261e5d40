"""The sizes that are measured, networks for them before and after they grok, and the plain step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from li2_core import GroupTask, History, TwoLayer, cyclic, train
from li2_core.nets import TwoLayerNetwork
from li2_core.training.step import TrainingStep


@dataclass(frozen=True)
class Size:
    """A task of Z_M and a network, with settings at which it groks.

    ``steps`` is how many steps make it grok and then some: about half of them come after
    the test accuracy has passed 99%.
    """

    name: str
    order: int
    width: int
    train_fraction: float
    lr: float
    weight_decay: float
    steps: int

    def task(self, seeds: int = 1) -> GroupTask:
        return GroupTask(cyclic(self.order), self.train_fraction, seeds)

    @property
    def flops(self) -> int:
        """Of one step's three products: 6 n K M."""
        return 6 * self.task().num_train * self.width * self.order

    def __str__(self) -> str:
        n = self.task().num_train
        return f"{self.name}: M={self.order}, K={self.width}, n={n}"


SIZES = {
    "A": Size("A", 23, 256, 0.8, lr=0.005, weight_decay=1e-3, steps=200),
    "B": Size("B", 71, 2048, 0.4, lr=0.0005, weight_decay=2e-4, steps=500),
    "C": Size("C", 127, 1024, 0.2, lr=0.002, weight_decay=2e-4, steps=500),
}


@dataclass(frozen=True)
class Start:
    """Where the steps that are timed begin: weights and the optimizer's memory."""

    net: TwoLayerNetwork
    optimizer_state: dict[str, Tensor]

    @property
    def weights(self) -> tuple[Tensor, Tensor]:
        """Of the first seed, (2M, K) and (K, M)."""
        return self.net.hidden[0], self.net.readout[0]


def first_steps(size: Size, seeds: int = 1) -> Start:
    """Random weights."""
    return Start(TwoLayer(size.width).initialize(size.task(seeds)), {})


def after_grokking(size: Size) -> tuple[Start, History]:
    """The end of a run of ``size.steps`` steps, and the run.

    Raises
    ------
    RuntimeError
        If the network has not grokked: then there is no "after".
    """
    history = train(
        size.task(), TwoLayer(size.width), lr=size.lr, weight_decay=size.weight_decay,
        steps=size.steps, device="cpu",
    )  # fmt: skip
    if history.outcomes != ["generalised"]:
        accuracy = float(history["test_accuracy"][0, -1])
        raise RuntimeError(
            f"size {size} has not grokked in {size.steps} steps: "
            f"{history.outcomes[0]}, test accuracy {accuracy:.3f}"
        )
    assert isinstance(history.net, TwoLayerNetwork)
    return Start(history.net, history.optimizer_state), history


def our_step(
    size: Size, task: GroupTask, start: Start, seeds_at_once: int | None = None
) -> TrainingStep:
    """The library's step from a start, whose weights are copied."""
    net = start.net.with_weights(start.net.hidden.clone(), start.net.readout.clone())
    step = TrainingStep(
        task, net, lr=size.lr, weight_decay=size.weight_decay, seeds_at_once=seeds_at_once
    )
    if start.optimizer_state:
        step.load_state(start.optimizer_state)
    return step


def load_plain_state(optimizer: torch.optim.Optimizer, saved: dict[str, Tensor]) -> None:
    """Give a plain Adam over (2M, K) and (K, M) the memory of ours over (1, 2M, K), (1, M, K)."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in saved.items():
        layer, name = key.split("/")
        value = value.clone() if value.ndim == 0 else value[0].clone()
        if layer == "readout" and value.ndim:
            value = value.T.contiguous()
        state.setdefault(("hidden", "readout").index(layer), {})[name] = value
    if state:
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})


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
