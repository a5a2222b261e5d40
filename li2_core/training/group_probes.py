"""Probes of a group's task: what the nodes have become, and what the network has learned."""

from __future__ import annotations

import torch
from torch import Tensor

from li2_core.groups.group import FiniteGroup
from li2_core.groups.parts import wave_power
from li2_core.nets.net import of_seed
from li2_core.tasks.pairs import one_hot
from li2_core.training.feature_probes import two_layer
from li2_core.training.snapshot import Snapshot


def spectrum(moment: Snapshot) -> Tensor:
    """How much of each node's squared norm sits on each frequency: (S, K, M//2 + 1).

    Both halves of the node's weights are Fourier transformed over the cyclic group and
    a frequency is counted with its conjugate, so a node's row adds up to ||w||^2.

    Raises
    ------
    ValueError
        If the group is not Z_M in its standard labelling, or the network not two-layer.
    """
    group = _group(moment)
    if not group.is_standard_cyclic:
        raise ValueError(f"the spectrum probe needs a cyclic group, got {group.name}")
    return wave_power(two_layer(moment).hidden.mT)


def explained_fractions(moment: Snapshot) -> Tensor:
    """How much of each irrep's labels the network explains on the full table.

    1 - ||(Yt - O) E_k||^2 / ||Yt E_k||^2 with the outputs O, centred over the pairs, and the
    projector E_k on the irrep's functions of the class. One is all of it; zero is what
    outputs of zero have, and noise makes it negative. The trivial irrep, of which centred
    labels hold nothing, has none (nan).

    Returns
    -------
    Tensor, float64, (S, irreps)
        In the order of ``group.irreps()``.

    Raises
    ------
    ValueError
        If the task is not that of a group.
    """
    group = _group(moment)
    labels = one_hot(moment.task.targets, group.order)
    labels = labels - labels.mean(0)
    projectors = group.isotypic_projectors()
    whole = (labels @ projectors).square().sum((1, 2))
    found = torch.full((moment.task.num_seeds, len(whole)), torch.nan, dtype=torch.float64)
    # One seed after the other: the full table's outputs are M^3 numbers.
    for seed in range(len(found)):
        outputs = of_seed(moment.net, seed)(moment.inputs.to(moment.device))[0].double().cpu()
        rest = labels - (outputs - outputs.mean(0))
        for k in range(1, len(whole)):
            found[seed, k] = 1 - (rest @ projectors[k]).square().sum() / whole[k]
    return found


def _group(moment: Snapshot) -> FiniteGroup:
    group = getattr(moment.task, "group", None)
    if not isinstance(group, FiniteGroup):
        kind = type(moment.task).__name__
        raise ValueError(f"this probe needs the task of a group, got a {kind}")
    return group
