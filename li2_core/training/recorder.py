"""The `Recorder` calls the probes and keeps what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from li2_core.nets.net import Network
from li2_core.tasks.task import Task
from li2_core.training.losses import AnyLoss, loss_function
from li2_core.training.snapshot import Probe, Snapshot

Array = npt.NDArray[Any]


class Recorder:
    """Calls each probe every ``every`` steps, and once more at the end.

    A record between two of these times does not touch ``memory``, and a run that goes on
    drops it: so an interrupt leaves no trace in what comes later.
    """

    def __init__(
        self, task: Task, net: Network, loss: AnyLoss, probes: Mapping[str, Probe], every: int = 1
    ) -> None:
        self.task, self.net, self.loss = task, net, loss_function(loss)
        self.probes, self.every = dict(probes), every
        self.memory: dict[str, Tensor] = {}
        self._times: list[int] = []
        self._values: dict[str, list[Array]] = {name: [] for name in self.probes}

    def record(self, step: int, train_outputs: Tensor | None = None) -> None:
        """Call every probe on the network as it is now, unless this step is recorded already.

        Raises
        ------
        ValueError
            If a probe gives no number a seed, or not as many as before.
        """
        if self._times and self._times[-1] >= step:
            return
        memory = self.memory
        if step % self.every:
            memory = {name: value.clone() for name, value in memory.items()}
        moment = Snapshot(self.task, self.net, self.loss, memory, train_outputs)
        values = {name: self._ask(name, moment) for name in self.probes}
        self._times.append(step)
        for name, value in values.items():
            self._values[name].append(value)

    def _ask(self, name: str, moment: Snapshot) -> Array:
        try:
            answer = self.probes[name](moment)
        except ValueError as error:
            raise ValueError(f"the probe {name}: {error}") from error
        # A copy: a probe may give the weights themselves, which go on changing.
        found = answer.detach().cpu().numpy() if isinstance(answer, Tensor) else answer
        value = np.array(found)
        before = self._values[name]
        expected = before[0].shape if before else (self.task.num_seeds, *value.shape[1:])
        if value.shape != expected:
            wanted = expected if before else f"({self.task.num_seeds}, ...)"
            raise ValueError(f"the probe {name} must give a tensor {wanted}, got {value.shape}")
        return value

    def diverged(self) -> npt.NDArray[np.bool_]:
        """For each seed whether its last training loss or a weight is not finite, (S,)."""
        loss = self._values["train_loss"][-1]
        return not_finite(self.net) | ~np.isfinite(loss)

    def restore(
        self, times: Array, records: Mapping[str, Array], memory: Mapping[str, Tensor]
    ) -> None:
        """Take over the records (S, times, ...) of an earlier part of the run."""
        kept = [place for place, time in enumerate(times.tolist()) if time % self.every == 0]
        self._times = times[kept].tolist()
        self._values = {name: list(records[name][:, kept].swapaxes(0, 1)) for name in self.probes}
        device = next(iter(self.net.parameters.values())).device
        self.memory = {name: value.to(device) for name, value in memory.items()}

    def arrays(self) -> tuple[npt.NDArray[np.int64], dict[str, Array]]:
        """The times, (times,), and each probe's values, (S, times, ...)."""
        values = {name: np.stack(value, axis=1) for name, value in self._values.items()}
        return np.array(self._times, dtype=np.int64), values


def not_finite(net: Network) -> npt.NDArray[np.bool_]:
    """For each seed whether some weight is infinite or no number, (S,)."""
    wrong = [
        ~torch.isfinite(values).reshape(len(values), -1).all(1)
        for values in net.parameters.values()
    ]
    return torch.stack(wrong).any(0).cpu().numpy()
