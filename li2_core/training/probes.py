"""What one may watch while training: measurements by name, one number (or more) a seed.

`train(..., probes=("backprop_gradient_norm", ...))` calls them every ``every`` steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.lazy.ridge import centre
from li2_core.nets.two_layer import TwoLayer, active_nodes, as_real, centred_readout, real_part
from li2_core.tasks.group_task import GroupTask
from li2_core.tasks.pairs import one_hot
from li2_core.training.losses import Loss


class Snapshot:
    """A network at one moment of its training; what several probes need is computed once.

    ``memory`` carries tensors from one record to the next, for probes of change.
    ``train_outputs``, (S, n, M), are computed unless they are known already.
    """

    def __init__(
        self,
        task: GroupTask,
        net: TwoLayer,
        loss: Loss,
        memory: dict[str, Tensor],
        train_outputs: Tensor | None = None,
    ) -> None:
        self.task, self.net, self.loss, self.memory = task, net, loss, memory
        if train_outputs is not None:
            self.train_outputs = train_outputs
        self.device = net.hidden.device

    @cached_property
    def train_pairs(self) -> Tensor:
        """(S, n, 2)."""
        return self.task.pairs[self.task.train_index].to(self.device)

    @cached_property
    def train_outputs(self) -> Tensor:
        """(S, n, M)."""
        return self.net(self.train_pairs)

    @cached_property
    def test_outputs(self) -> Tensor:
        """(S, M^2 - n, M)."""
        return self.net(self.task.pairs[self.task.test_index].to(self.device))

    @cached_property
    def train_targets(self) -> Tensor:
        """(S, n)."""
        return self.task.targets[self.task.train_index].to(self.device)

    @cached_property
    def test_targets(self) -> Tensor:
        """(S, M^2 - n)."""
        return self.task.targets[self.task.test_index].to(self.device)

    @cached_property
    def train_features(self) -> Tensor:
        """F, (S, n, K)."""
        return self.net.features(self.train_pairs)

    @cached_property
    def row_centred_error(self) -> Tensor:
        """R, the row-centred error of the outputs: minus the slope of half its square."""
        return self.loss.residual(self.train_outputs, self.train_targets) / 2

    @cached_property
    def gram_rms(self) -> tuple[Tensor, Tensor]:
        """Root mean square off-diagonal of F~F~' and F~'F~, each over its mean diagonal."""
        return gram_off_diagonal(self.train_features)


Probe = Callable[[Snapshot], Tensor]


def backprop_gradient_norm(moment: Snapshot) -> Tensor:
    """||G_F||, where G_F = R V' with R the row-centred error of the outputs, (S,).

    This is minus the derivative by F of half the summed squared error: the loss's own
    derivative times -n/2. The mean of V over classes plays no part in it, as R's rows
    sum to zero.
    """
    return _product_norm(moment.row_centred_error, _output_weights(moment))


def logged_gradient_norm(moment: Snapshot) -> Tensor:
    """The norm that Li2's released code logs as that of G_F, (S,).

    ||(Y - 1/M - F V) V'|| where neither F V nor V has lost its mean over the classes,
    although the loss that is trained removes it: not the gradient.
    """
    readout = moment.net.output_scale * moment.net.parameters()[1]
    mean = real_part(moment.train_features @ readout.mean(dim=1)[:, :, None])
    return _product_norm(moment.row_centred_error - mean, readout)


def signal_alignment(moment: Snapshot) -> Tensor:
    """The cosine between G_F = R V' and the signal T = Y~ Y~' F, (S,)."""
    error, readout = moment.row_centred_error, _output_weights(moment)
    labels = centre(one_hot(moment.train_targets, moment.task.num_classes).to(error.dtype))
    pulled = labels.mT.to(readout.dtype) @ moment.train_features
    # <R V', Y~ S> = tr(R'Y~ S V) for S = Y~'F: again without an n x K matrix.
    inner = (error.mT @ labels) * real_part(readout @ pulled.mT)
    norms = _product_norm(error, readout) * _product_norm(labels, pulled)
    return inner.sum(dim=(1, 2)) / norms


def _output_weights(moment: Snapshot) -> Tensor:
    """The readout as the outputs use it, class by class: (S, M, K)."""
    return moment.net.output_scale * centred_readout(moment.net.parameters()[1])


def _product_norm(left: Tensor, right: Tensor) -> Tensor:
    """||left right|| of (S, n, M) and (S, M, K), through M x M matrices alone, (S,)."""
    inner = (left.mT @ left) * real_part(right @ right.mH)
    return inner.sum(dim=(1, 2)).clamp_min(0).sqrt()


def spectrum(moment: Snapshot) -> Tensor:
    """How much of each node's squared norm sits on each frequency: (S, K, M//2 + 1).

    Both halves of the node's weights are Fourier transformed over the cyclic group and
    a frequency is counted with its conjugate, so a node's row adds up to ||w||^2.

    Raises
    ------
    ValueError
        If the group is not Z_M in its standard labelling.
    """
    group = moment.task.group
    if not group.is_standard_cyclic:
        raise ValueError(f"the spectrum probe needs a cyclic group, got {group.name}")
    M = group.order
    first, second = moment.net.hidden.unflatten(1, (2, M)).unbind(1)
    power = sum(torch.fft.fft(half, dim=1).abs().square() for half in (first, second)) / M
    folded = power[:, : M // 2 + 1].clone()
    folded[:, 1 : (M + 1) // 2] += power[:, M // 2 + 1 :].flip(1)
    return folded.mT


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


def _accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(-1) == targets).float().mean(1)


def _change_cosine(moment: Snapshot, name: str, weights: Tensor) -> Tensor:
    """Cosine between the last two changes of the weights, (S,).

    Not a number as long as there are not two.
    """
    memory, now = moment.memory, as_real(weights).flatten(1).clone()
    before, change = memory.get(f"{name}.weights"), memory.get(f"{name}.change")
    memory[f"{name}.weights"] = now
    if before is None:
        return now.new_full((len(now),), torch.nan)
    memory[f"{name}.change"] = now - before
    if change is None:
        return now.new_full((len(now),), torch.nan)
    return torch.cosine_similarity(change, now - before, dim=1, eps=1e-30)


def _movement(moment: Snapshot, name: str, weights: Tensor) -> tuple[Tensor, Tensor]:
    """How far the weights are from those of the first record, and the cosine with them.

    ||W - W0|| / ||W0|| and <W, W0> / (||W|| ||W0||), each (S,). From W0 = 0 the one is
    infinite and the other not a number.
    """
    now = as_real(weights).flatten(1)
    first = moment.memory.setdefault(f"{name}.first", now.clone())
    size = first.norm(dim=1)
    return (now - first).norm(dim=1) / size, (now * first).sum(1) / (now.norm(dim=1) * size)


PROBES: dict[str, Probe] = {
    "train_loss": lambda m: m.loss.per_sample(m.train_outputs, m.train_targets).mean(1),
    "test_loss": lambda m: m.loss.per_sample(m.test_outputs, m.test_targets).mean(1),
    "train_accuracy": lambda m: _accuracy(m.train_outputs, m.train_targets),
    "test_accuracy": lambda m: _accuracy(m.test_outputs, m.test_targets),
    "backprop_gradient_norm": backprop_gradient_norm,
    "logged_gradient_norm": logged_gradient_norm,
    "signal_alignment": signal_alignment,
    "hidden_movement": lambda m: _movement(m, "hidden", m.net.hidden)[0],
    "readout_movement": lambda m: _movement(m, "readout", m.net.readout)[0],
    "hidden_cosine": lambda m: _movement(m, "hidden", m.net.hidden)[1],
    "readout_cosine": lambda m: _movement(m, "readout", m.net.readout)[1],
    "hidden_change_cosine": lambda m: _change_cosine(m, "hidden", m.net.hidden),
    "readout_change_cosine": lambda m: _change_cosine(m, "readout", m.net.readout),
    "hidden_norm": lambda m: m.net.hidden.flatten(1).norm(dim=1),
    "readout_norm": lambda m: m.net.readout.flatten(1).norm(dim=1),
    "active_nodes": lambda m: active_nodes(m.net).sum(1),
    "spectrum": spectrum,
    "sample_gram_rms": lambda m: m.gram_rms[0],
    "feature_gram_rms": lambda m: m.gram_rms[1],
}

BASIC_PROBES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


class Recorder:
    """Calls the named probes and keeps what they say.

    Raises
    ------
    ValueError
        If a name is unknown; the message lists the allowed ones.
    """

    def __init__(self, task: GroupTask, net: TwoLayer, loss: Loss, names: Sequence[str]) -> None:
        for name in names:
            if name not in PROBES:
                raise ValueError(f"unknown probe {name!r}, allowed: {', '.join(sorted(PROBES))}")
        self.task, self.net, self.loss = task, net, loss
        self.memory: dict[str, Tensor] = {}
        self._times: list[int] = []
        self._values: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in names}

    def record(self, step: int, train_outputs: Tensor | None = None) -> None:
        """Call every probe on the network as it is now, unless this step is recorded already."""
        if self._times and self._times[-1] >= step:
            return
        moment = Snapshot(self.task, self.net, self.loss, self.memory, train_outputs)
        values = {name: PROBES[name](moment).cpu().numpy() for name in self._values}
        self._times.append(step)
        for name, value in values.items():
            self._values[name].append(value)

    def restore(
        self,
        times: npt.NDArray[np.int64],
        records: dict[str, npt.NDArray[Any]],
        memory: dict[str, Tensor],
    ) -> None:
        """Take over the records (S, times, ...) of an earlier part of the run."""
        self._times = times.tolist()
        self._values = {name: list(records[name].swapaxes(0, 1)) for name in self._values}
        self.memory = {name: value.to(self.net.hidden.device) for name, value in memory.items()}

    def arrays(self) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[Any]]]:
        """The times, (times,), and each probe's values, (S, times, ...)."""
        values = {name: np.stack(value, axis=1) for name, value in self._values.items()}
        return np.array(self._times, dtype=np.int64), values
