"""What one may watch while training: a name, or your own function of a `Snapshot`.

`train(..., probes=("backprop_gradient_norm", ...))` calls them every ``every`` steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor

from li2_core._input import called, named
from li2_core.nets.rows import as_real
from li2_core.training.feature_probes import (
    active_nodes,
    backprop_gradient_norm,
    logged_gradient_norm,
    signal_alignment,
)
from li2_core.training.group_probes import explained_fractions, spectrum
from li2_core.training.losses import loss_function
from li2_core.training.snapshot import Probe, Snapshot

AnyProbe = str | Probe
Probes = AnyProbe | Iterable[AnyProbe] | Mapping[str, AnyProbe]


def probe_functions(probes: Probes, parameters: Iterable[str]) -> dict[str, Probe]:
    """The probes of some names, or your own, by the names under which they are recorded.

    Parameters
    ----------
    probes : name or function, several, or a dict
        A name of `PROBES`; for every parameter X of the network ``X_norm``, ``X_movement``,
        ``X_cosine`` and ``X_change_cosine``, such as ``hidden_norm``; or a function of a
        `Snapshot` that gives a tensor (S, ...). A function is recorded under its own name, in
        a dict under the key.
    parameters : iterable of str
        The names of the network's parameters.

    Raises
    ------
    ValueError
        If a name is unknown (the message lists the allowed ones), or two probes have the same.
    """
    table = PROBES | {
        f"{name}_{what}": _of_parameter(name, probe)
        for name in parameters
        for what, probe in PARAMETER_PROBES.items()
    }
    if isinstance(probes, Mapping):
        pairs = list(probes.items())
    else:
        alone = isinstance(probes, str) or callable(probes)
        several: Iterable[AnyProbe] = (probes,) if alone else probes  # type: ignore[assignment]
        pairs = [(probe if isinstance(probe, str) else called(probe), probe) for probe in several]
    found: dict[str, Probe] = {}
    for name, probe in pairs:
        chosen = probe if callable(probe) else named("probe", probe, table)
        if found.setdefault(name, chosen) is not chosen:
            raise ValueError(f"two probes are called {name!r}: give them in a dict, by name")
    return found


def _of_parameter(name: str, probe: Callable[[Snapshot, str], Tensor]) -> Probe:
    return lambda moment: probe(moment, name)


def _norm(moment: Snapshot, name: str) -> Tensor:
    """The length of a parameter, (S,)."""
    return _flat(moment, name).norm(dim=1)


def _movement(moment: Snapshot, name: str) -> Tensor:
    """How far a parameter W is from that of the first record, ||W - W0|| / ||W0||, (S,).

    From W0 = 0 it is infinite.
    """
    now, first = _flat(moment, name), _first(moment, name)
    return (now - first).norm(dim=1) / first.norm(dim=1)


def _cosine(moment: Snapshot, name: str) -> Tensor:
    """The cosine with the first record, <W, W0> / (||W|| ||W0||), (S,); no number from W0 = 0."""
    now, first = _flat(moment, name), _first(moment, name)
    return (now * first).sum(1) / (now.norm(dim=1) * first.norm(dim=1))


def _change_cosine(moment: Snapshot, name: str) -> Tensor:
    """Cosine between the last two changes of a parameter, (S,).

    Not a number as long as there are not two.
    """
    memory, now = moment.memory, _flat(moment, name).clone()
    before, change = memory.get(f"{name}.weights"), memory.get(f"{name}.change")
    memory[f"{name}.weights"] = now
    if before is None:
        return now.new_full((len(now),), torch.nan)
    memory[f"{name}.change"] = now - before
    if change is None:
        return now.new_full((len(now),), torch.nan)
    return torch.cosine_similarity(change, now - before, dim=1, eps=1e-30)


def _flat(moment: Snapshot, name: str) -> Tensor:
    return as_real(moment.parameters[name]).flatten(1)


def _first(moment: Snapshot, name: str) -> Tensor:
    return moment.memory.setdefault(f"{name}.first", _flat(moment, name).clone())


def _accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(-1) == targets).float().mean(1)


def _saturated_share(moment: Snapshot) -> Tensor:
    """The share of training samples to which a softmax gives exactly 1 in this precision, (S,).

    Their cross-entropy and its slope at the right answer are then exactly zero.
    """
    targets = moment.train_targets
    loss_function("cross_entropy").check_targets(targets)
    sure = moment.train_outputs.softmax(-1).gather(-1, targets[..., None]) == 1
    return sure.float().mean((1, 2))


PARAMETER_PROBES: dict[str, Callable[[Snapshot, str], Tensor]] = {
    "norm": _norm,
    "movement": _movement,
    "cosine": _cosine,
    "change_cosine": _change_cosine,
}
#: The probes that go by a name, and what each computes of a `Snapshot`. Every parameter X of the
#: network adds ``X_norm``, ``X_movement``, ``X_cosine`` and ``X_change_cosine``. The others:
PROBES: dict[str, Probe] = {
    "train_loss": lambda m: m.loss.per_sample(m.train_outputs, m.train_targets).mean(1),
    "test_loss": lambda m: m.loss.per_sample(m.test_outputs, m.test_targets).mean(1),
    "train_accuracy": lambda m: _accuracy(m.train_outputs, m.train_targets),
    "test_accuracy": lambda m: _accuracy(m.test_outputs, m.test_targets),
    "backprop_gradient_norm": backprop_gradient_norm,
    "logged_gradient_norm": logged_gradient_norm,
    "signal_alignment": signal_alignment,
    "active_nodes": active_nodes,
    "saturated_share": _saturated_share,
    "sample_gram_rms": lambda m: m.gram_rms[0],
    "feature_gram_rms": lambda m: m.gram_rms[1],
    "spectrum": spectrum,
    "explained_fractions": explained_fractions,
}
#: What every training records:
BASIC_PROBES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
