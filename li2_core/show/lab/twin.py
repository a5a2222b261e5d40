"""The page's network in Python: the same pairs, the same first weights, the same training."""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt
import torch

from li2_core.nets import TwoLayerNetwork
from li2_core.show.lab.state import LabState
from li2_core.tasks import GroupTask
from li2_core.training import History, train

# The stream of random numbers that each thing is drawn from; random.js has the same.
ORDER, HIDDEN, READOUT = 0, 1, 2


def splitmix64(stream: int, seed: int, count: int) -> npt.NDArray[np.uint64]:
    """Random numbers of 64 bits, by the generator of Steele, Lea and Flood (2014).

    Parameters
    ----------
    stream, seed : int
        Each below 2^32; together they choose the start.
    count : int

    Returns
    -------
    ndarray, uint64, (count,)

    Examples
    --------
    >>> splitmix64(0, 0, 2)
    array([12035550249420947055, 12935080325729570654], dtype=uint64)
    """
    start = _mixed(np.array([(stream << 32) + seed], dtype=np.uint64) + _STEP)
    return _mixed(start + _STEP * np.arange(1, count + 1, dtype=np.uint64))


_STEP = np.uint64(0x9E3779B97F4A7C15)


def _mixed(z: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def split(state: LabState) -> GroupTask:
    """The task: the first round(p M^2) pairs of the seed's order are trained on.

    >>> split(LabState(group="Z_5", p=0.2)).train_index.shape
    torch.Size([1, 5])
    """
    group = state.named_group
    order = np.argsort(splitmix64(ORDER, state.seed, group.order**2), kind="stable")
    return GroupTask.from_split(group, torch.tensor(order[: state.num_train]), seeds=[state.seed])


def first_network(state: LabState) -> TwoLayerNetwork:
    """The network before the first step, uniform within the bounds of `TwoLayer.initialize`.

    >>> first_network(LabState(group="Z_5", K=8)).hidden.shape
    torch.Size([1, 10, 8])
    """
    M, K = state.named_group.order, state.K
    hidden = _uniform(HIDDEN, state.seed, (2 * M, K), 2 * M)
    readout_by_class = _uniform(READOUT, state.seed, (M, K), K)
    return state.net.with_parameters({"hidden": hidden, "readout": readout_by_class})


def _uniform(layer: int, seed: int, shape: tuple[int, int], fan_in: int) -> torch.Tensor:
    """Weights (1, rows, K): in double precision first, so that they round as in the page."""
    draws = splitmix64(layer, seed, shape[0] * shape[1]) >> np.uint64(11)
    unit = draws.astype(np.float64) / 2**53
    weights = (2 * unit - 1) * (1 / np.sqrt(np.float64(fan_in)))
    return torch.tensor(weights.astype(np.float32)).reshape(1, *shape)


@overload
def reproduce(state: str | LabState, steps: None = None) -> tuple[GroupTask, TwoLayerNetwork]: ...


@overload
def reproduce(state: str | LabState, steps: int, every: int = 10) -> History: ...


def reproduce(
    state: str | LabState, steps: int | None = None, every: int = 10
) -> tuple[GroupTask, TwoLayerNetwork] | History:
    """What a lab trains, or trained, in Python.

    Parameters
    ----------
    state : str or LabState
        As the page prints it, ``"#group=Z_23&K=128..."``.
    steps, every : int, optional
        Train for so many steps, with records as of `train`. A knob that was turned while the
        page trained is not in the state.

    Returns
    -------
    (GroupTask, TwoLayerNetwork) or History
        The task and the network before its first step; with ``steps`` the run.

    Raises
    ------
    ValueError
        If the state is not allowed.

    Examples
    --------
    >>> task, net = reproduce("#group=Z_5&K=8&p=0.5")
    >>> task
    GroupTask(Z_5, 12 of 25 pairs, 1 seeds)
    >>> reproduce("#group=Z_5&K=8&p=0.5", steps=20).step
    20
    """
    start = LabState.parse(state) if isinstance(state, str) else state
    task, net = split(start), first_network(start)
    if steps is None:
        return task, net
    return train(
        task, net, lr=start.lr, weight_decay=start.decay, steps=steps, every=every, device="cpu"
    )
