"""The optimizers by name.

They work entry by entry, or (Muon) matrix by matrix, so a stack of seeds is trained as so
many separate networks.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from li2_core.training.muon import Muon

ENTRYWISE = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
# Orthogonal steps are for the hidden layer; the readout's are entry by entry, as in Li2.
FOR_READOUT = {"muon": "adam", "muonw": "adamw"}
OPTIMIZERS = (*ENTRYWISE, *FOR_READOUT)


def layer_optimizers(
    name: str, layers: list[Tensor], lr: float, readout_lr: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """The optimizers of a network: one for both layers where their steps are alike.

    ``layers`` are W and V, or W alone; ``muon`` steps V by ``adam``, ``muonw`` by
    ``adamw``. For what is raised see `optimizer`.
    """
    hidden, readout = (name, lr), (FOR_READOUT.get(name, name), readout_lr)
    if hidden == readout or len(layers) == 1:
        return [optimizer(name, layers, lr, weight_decay)]
    return [
        optimizer(kind, [layer], rate, weight_decay)
        for (kind, rate), layer in zip((hidden, readout), layers, strict=True)
    ]


def optimizer(
    name: str, parameters: Iterable[Tensor], lr: float, weight_decay: float = 0.0
) -> torch.optim.Optimizer:
    """Make an optimizer over stacked seeds.

    ``sgd``, ``adam`` and ``muon`` add weight_decay * w to the gradient (an L2 penalty,
    the decay of the theory); ``adamw`` and ``muonw`` shrink the weights by
    lr * weight_decay a step. The two Muons take stacks of matrices: see `muon.Muon`.

    Raises
    ------
    ValueError
        If the name is unknown (the message lists the allowed ones), ``lr`` is not
        positive or ``weight_decay`` is negative.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"unknown optimizer {name!r}, allowed: {', '.join(sorted(OPTIMIZERS))}")
    if not lr > 0:
        raise ValueError(f"lr must be positive, got {lr}")
    if not weight_decay >= 0:
        raise ValueError(f"weight_decay must not be negative, got {weight_decay}")
    tensors = list(parameters)
    if name in FOR_READOUT:
        return Muon(tensors, lr, weight_decay, decoupled=name == "muonw")
    options = {"lr": lr, "weight_decay": weight_decay, "fused": True}
    if name != "sgd" and tensors[0].is_cuda:
        options["capturable"] = True  # the steps may become part of a CUDA graph
    return ENTRYWISE[name](tensors, **options)
