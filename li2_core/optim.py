"""The optimizers by name.

They work entry by entry, so a stack of seeds is trained as so many separate networks.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def optimizer(
    name: str, parameters: Iterable[Tensor], lr: float, weight_decay: float = 0.0
) -> torch.optim.Optimizer:
    """Make an optimizer over stacked seeds.

    ``sgd`` and ``adam`` add weight_decay * w to the gradient (an L2 penalty, the
    decay of the theory); ``adamw`` shrinks the weights by lr * weight_decay a step.

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
    options = {"lr": lr, "weight_decay": weight_decay, "fused": True}
    if name != "sgd" and tensors[0].is_cuda:
        options["capturable"] = True  # the steps may become part of a CUDA graph
    return OPTIMIZERS[name](tensors, **options)
