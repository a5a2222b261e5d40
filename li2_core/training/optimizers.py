"""The optimizers: a name, or your own.

The named ones work entry by entry, or (Muon) matrix by matrix, so a stack of seeds is
trained as so many separate networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from li2_core._input import named, real
from li2_core.training.muon import Muon

ENTRYWISE: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
# Orthogonal steps are for hidden matrices; all else is stepped entry by entry, as in Li2.
BESIDE_MUON = {"muon": "adam", "muonw": "adamw"}
OPTIMIZERS = {name: name for name in (*ENTRYWISE, *BESIDE_MUON)}

AnyOptimizer = str | Callable[[list[Tensor], float, float], torch.optim.Optimizer]


def layer_optimizers(
    choice: AnyOptimizer,
    parameters: Mapping[str, Tensor],
    lr: float,
    readout_lr: float | None,
    weight_decay: float,
    inputs_first: bool = True,
) -> list[torch.optim.Optimizer]:
    """The optimizers of a network: as few as step all parameters, given by name.

    The readout, ``readout`` or ``readout.NAME``, has a rate of its own where ``readout_lr``
    says so. ``muon`` leaves it, and all that are no matrices, to ``adam``; ``muonw`` to
    ``adamw``. For ``inputs_first`` see `muon.Muon`; for what is raised see `optimizer`.
    """
    lr = real("lr", lr, above=0)
    beside = BESIDE_MUON.get(choice, choice) if isinstance(choice, str) else choice
    rates = {False: lr, True: lr if readout_lr is None else real("readout_lr", readout_lr, above=0)}
    groups: dict[tuple[AnyOptimizer, float], list[Tensor]] = {}
    for name, parameter in parameters.items():
        kind = beside if _is_readout(name) or parameter.ndim < 3 else choice
        groups.setdefault((kind, rates[_is_readout(name)]), []).append(parameter)
    return [
        optimizer(kind, tensors, rate, weight_decay, inputs_first)
        for (kind, rate), tensors in groups.items()
    ]


def optimizer(
    choice: AnyOptimizer,
    parameters: list[Tensor],
    lr: float,
    weight_decay: float = 0.0,
    inputs_first: bool = True,
) -> torch.optim.Optimizer:
    """Make an optimizer over stacked seeds.

    Parameters
    ----------
    choice : str or function
        ``sgd``, ``adam`` and ``muon`` add weight_decay * w to the gradient (an L2 penalty,
        the decay of the theory); ``adamw`` and ``muonw`` shrink the weights by
        lr * weight_decay a step. The two Muons take stacks of matrices: see `muon.Muon`. A
        function of your own takes the tensors, (S, ...) each, lr and weight_decay.
    parameters : list of Tensor
    lr, weight_decay : float
    inputs_first : bool
        Only for the Muons.

    Raises
    ------
    ValueError
        If the name is unknown (the message lists the allowed ones), ``lr`` is not
        positive, ``weight_decay`` is negative, or your own function makes no optimizer.
    """
    lr, weight_decay = real("lr", lr, above=0), real("weight_decay", weight_decay, least=0)
    if callable(choice):
        made = choice(parameters, lr, weight_decay)
        if not isinstance(made, torch.optim.Optimizer):
            raise ValueError(f"the optimizer function must make an Optimizer, got {made!r}")
        return made
    if named("optimizer", choice, OPTIMIZERS) in BESIDE_MUON:
        decoupled = choice == "muonw"
        return Muon(parameters, lr, weight_decay, decoupled=decoupled, inputs_first=inputs_first)
    options: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay, "fused": True}
    if choice != "sgd" and parameters[0].is_cuda:
        options["capturable"] = True  # the steps may become part of a CUDA graph
    return ENTRYWISE[choice](parameters, **options)


def check_readout(choice: AnyOptimizer, readout_lr: float | None, names: Iterable[str]) -> None:
    """Whether a network's parameters say what its readout is, where that must be known.

    Raises
    ------
    ValueError
        If a Muon or ``readout_lr`` is asked for and none is called readout.
    """
    is_asked = readout_lr is not None or (isinstance(choice, str) and choice in BESIDE_MUON)
    if is_asked and not any(map(_is_readout, names)):
        raise ValueError(
            "the Muons and readout_lr need to know the readout: call a layer of the module so; "
            f"there are {', '.join(names)}"
        )


def _is_readout(name: str) -> bool:
    return name.split(".")[0] == "readout"
