"""What a training run leaves behind: its records, its final network, and how to go on."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from li2_core.activations import ACTIVATIONS
from li2_core.nets.net import Net, Network
from li2_core.nets.two_layer import TwoLayer, TwoLayerNetwork
from li2_core.training.recorder import Array, not_finite


@dataclass
class History:
    """The record of one `train` call for S seeds.

    ``history["test_accuracy"]`` is an array (S, times), and ``history.steps`` holds
    those times, in optimizer steps.

    Attributes
    ----------
    config : dict
        Everything that `train` was told, as JSON values; names of what is your own.
    step : int
        How many steps the network has made; below ``config["steps"]`` after an interrupt, or
        if all seeds diverged.
    steps : ndarray, (times,)
    records : dict of ndarray, (S, times, ...)
    net : Network
        The network after ``step`` steps.
    optimizer_state, memory : dict of Tensor
        What a resumed run needs to go on exactly where this one stopped.
    """

    config: dict[str, Any]
    step: int
    steps: Array
    records: dict[str, Array]
    net: Network
    optimizer_state: dict[str, Tensor] = field(default_factory=dict)
    memory: dict[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        if name not in self.records:
            raise KeyError(f"{name!r} was not recorded; there is {', '.join(sorted(self.records))}")
        return self.records[name]

    def __repr__(self) -> str:
        return (
            f"History({self.config['task'].get('group', 'another task')}, "
            f"{len(self['train_loss'])} seeds, "
            f"{self.step} of {self.config['steps']} steps; {', '.join(sorted(self.records))})"
        )

    @property
    def outcomes(self) -> list[str]:
        """For each seed what the run came to at its last record.

        ``diverged``: its loss or a weight is not finite; ``collapsed``: weight decay has driven
        every hidden node of a two-layer network to zero, see `TwoLayerNetwork.active_nodes`;
        ``generalised``: test accuracy at least 0.99; ``memorised``: that of training only;
        ``undecided``: none of these.
        """
        diverged = not_finite(self.net) | ~np.isfinite(self["train_loss"][:, -1])
        collapsed = np.zeros_like(diverged)
        if isinstance(self.net, TwoLayerNetwork):
            collapsed = ~self.net.active_nodes().any(dim=1).cpu().numpy()
        none = np.full((len(diverged), 1), np.nan)  # where answers are numbers
        names = ("train_accuracy", "test_accuracy")
        accuracies = (self.records.get(name, none)[:, -1] for name in names)
        return [
            "diverged" if lost
            else "collapsed" if dead
            else "generalised" if test >= 0.99
            else "memorised" if train >= 0.99
            else "undecided"
            for lost, dead, train, test in zip(diverged, collapsed, *accuracies, strict=True)
        ]  # fmt: skip

    def steps_to(self, level: float, name: str = "test_accuracy") -> Array:
        """For each seed the first step at which the record ``name`` reaches ``level``, (S,).

        Not a number where it never does.
        """
        reached = self[name] >= level
        first = np.where(reached.any(axis=1), reached.argmax(axis=1), 0)
        return np.where(reached.any(axis=1), self.steps[first], np.nan)

    def save(self, path: str | Path) -> None:
        """Write the file ``path`` (NumPy's zip format, no pickle), in place of what is there."""
        path = Path(path)
        arrays: dict[str, Any] = {f"records/{name}": r for name, r in self.records.items()}
        tensors = {f"net/{name}": value for name, value in self.net.parameters.items()}
        tensors |= {f"optimizer/{name}": value for name, value in self.optimizer_state.items()}
        tensors |= {f"memory/{name}": value for name, value in self.memory.items()}
        arrays |= {name: tensor.cpu().contiguous().numpy() for name, tensor in tensors.items()}
        recipe = self.net.recipe
        meta = {"config": self.config, "step": self.step, "net": recipe.config}
        meta |= {"recipe": type(recipe).__name__, "arrays": ["steps", *arrays]}
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with open(unfinished, "wb") as file:
                np.savez(file, meta=np.array(json.dumps(meta)), steps=self.steps, **arrays)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | Path, net: Net | None = None) -> History:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or Path
        net : Net, optional
            The recipe of the network. A file holds names and numbers, no code: needed for all
            but a `TwoLayer` with an activation that has a name.

        Raises
        ------
        ValueError
            If the file is truncated, damaged or no History, or the recipe is missing or another.
        FileNotFoundError
            If there is none.
        """
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            meta = json.loads(str(arrays.pop("meta")))
            if arrays.keys() != set(meta["arrays"]):  # one wrong bit can make a zip lose members
                raise ValueError(f"it holds only {', '.join(sorted(arrays))}")
            recipe = net or _recipe(meta["recipe"], meta["net"])
            if recipe.config != meta["net"]:
                raise ValueError(f"the network was {meta['net']}, not {recipe.config}")
            return cls(
                config=meta["config"],
                step=meta["step"],
                steps=arrays["steps"],
                records=_below(arrays, "records/"),
                net=recipe.with_parameters(_tensors(_below(arrays, "net/"))),
                optimizer_state=_tensors(_below(arrays, "optimizer/")),
                memory=_tensors(_below(arrays, "memory/")),
            )
        except FileNotFoundError:
            raise
        except Exception as error:  # a damaged zip fails in a dozen ways, RuntimeError among them
            raise ValueError(f"{path} cannot be read as a History: {error}") from error


def _recipe(kind: str, config: dict[str, Any]) -> Net:
    if kind != TwoLayer.__name__ or config["activation"] not in ACTIVATIONS:
        raise ValueError(
            f"the code of its own network is not in it, {kind} with {config}; "
            "give the recipe: History.load(path, net=...)"
        )
    return TwoLayer(**config)


def _below(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}


def _tensors(arrays: dict[str, Array]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
