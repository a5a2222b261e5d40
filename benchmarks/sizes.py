"""The sizes that are measured, and networks for them before and after they grok."""

from __future__ import annotations

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
