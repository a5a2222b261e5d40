"""`train`: the one training loop."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm.auto import tqdm

from li2_core._input import device as checked_device
from li2_core._input import floating, name_of, real, whole
from li2_core.nets.net import Net, Network, copied
from li2_core.tasks.task import Task
from li2_core.training.history import History
from li2_core.training.interrupt import deferred_interrupt, tensor_float_32
from li2_core.training.losses import AnyLoss
from li2_core.training.optimizers import AnyOptimizer
from li2_core.training.probes import BASIC_PROBES, Probes, probe_functions
from li2_core.training.recorder import Recorder
from li2_core.training.step import TrainingStep, captured

# Nodes that die decay into denormal numbers, with which a CPU is many times slower. The
# setting is taken over by threads that start later, so it is made before any work is done.
# Before that NumPy measures its smallest numbers: releases up to 2.1 warn if they are zero.
for kind in (np.float16, np.float32, np.float64, np.longdouble):
    np.finfo(kind)
torch.set_flush_denormal(True)


def train(
    task: Task,
    net: Net | Network,
    *,
    optimizer: AnyOptimizer = "adam",
    lr: float = 0.005,
    weight_decay: float = 0.0,
    steps: int = 400,
    every: int = 10,
    probes: Probes = (),
    loss: AnyLoss = "mse",
    readout: str = "trained",
    freeze: Sequence[str] = (),
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    seeds_at_once: int | None = None,
    tf32: bool = False,
    readout_lr: float | None = None,
    resume: History | None = None,
) -> History:
    """Train one network a seed on the whole training set, all seeds in one call.

    Parameters
    ----------
    task : Task
        Its S seeds choose the splits and the first weights.
    net : Net or Network
        A recipe, such as `TwoLayer` or `Module`, or a network with weights to start from
        (they are not changed).
    optimizer : str or function
        ``adam``, ``adamw``, ``sgd``, ``muon`` or ``muonw``. The Muons make the steps of hidden
        matrices orthogonal (see `Muon`) and leave all else to ``adam`` or ``adamw``. Or a
        function of the tensors, lr and weight_decay that makes an optimizer, such as those
        of `beyond`.
    lr, weight_decay : float
        With the mean squared error and ``adam``, ``muon`` or ``sgd``, weight decay corresponds
        to the ridge eta = n * weight_decay / 2 of the theory, whose loss is half the
        sum over samples.
    steps, every : int
        Number of full-batch steps, and of steps between records. The last step is recorded too.
    probes : name or function, several, or a dict
        What to record besides train and test loss and accuracy (of classes): names of
        `PROBES`, or functions of a `Snapshot`.
    loss : str, Loss or function
        ``mse``, ``cross_entropy``, ``stablemax``, ``squared_error``, or your own: see
        `loss_function`.
    readout : str
        ``trained``, or ``ridge``: V is at every step the exact minimiser for the present
        features (Li2, eq. 3), with weight decay as its ridge, and only W is trained.
    freeze : sequence of str
        Parameters that stay as they are, by name or what their names begin with:
        ``("readout",)``, or ``("0",)`` for the ``0.weight`` and ``0.bias`` of a module.
    device : optional
        Default: CUDA where there is one.
    dtype : torch.dtype, optional
        Default: float32 for a recipe, and what a network has.
    seeds_at_once : int, optional
        How many seeds are stacked in one matrix product; by default, on a CPU, those whose
        features fit its cache, on CUDA all. It changes no result but by rounding.
    tf32 : bool
        Let CUDA multiply with fewer digits (about three instead of seven), faster.
    readout_lr : float, optional
        The learning rate of the readout, where it is another.
    resume : History, optional
        Go on where that run of the same call (perhaps with more steps) stopped.

    Returns
    -------
    History
        Ctrl-C, or the notebook's stop button, ends the run early with what it has and
        a warning; ``resume`` then continues it bit for bit on a CPU. A run whose seeds have
        all diverged, to infinite numbers or none, ends at the next record, with a warning.

    Raises
    ------
    ValueError
        For an unknown name, a value out of range, a network that does not fit the task, or a
        ``resume`` of another run.

    Examples
    --------
    >>> from li2_core import GroupTask, TwoLayer, cyclic
    >>> task = GroupTask(cyclic(7), train_fraction=0.8, seeds=2)
    >>> history = train(task, TwoLayer(width=32), steps=25, every=10)
    >>> history["test_accuracy"].shape, history.steps
    ((2, 4), array([ 0, 10, 20, 25]))
    """
    steps, every = whole("steps", steps, least=1), whole("every", every, least=1)
    if seeds_at_once is not None:
        seeds_at_once = whole("seeds_at_once", seeds_at_once, least=1)
    torch.set_flush_denormal(True)
    network = _with_weights(net if resume is None else resume.net, task, device, dtype)
    basic = BASIC_PROBES[:2] if task.targets.is_floating_point() else BASIC_PROBES
    watched = probe_functions(basic, network.parameters)
    watched |= probe_functions(probes, network.parameters)
    config = {
        "task": task.config, "net": recipe_of(net).config, "optimizer": name_of(optimizer),
        "lr": real("lr", lr, above=0), "weight_decay": real("weight_decay", weight_decay, least=0),
        "steps": steps, "every": every, "probes": list(watched), "loss": name_of(loss),
        "readout": readout, "freeze": list(freeze),
        "readout_lr": None if readout_lr is None else real("readout_lr", readout_lr, above=0),
        "dtype": str(next(iter(network.parameters.values())).dtype),
    }  # fmt: skip
    if resume is not None:
        _check_resume(config, resume)
    step = TrainingStep(
        task, network, optimizer=optimizer, lr=lr, weight_decay=weight_decay, loss=loss,
        readout=readout, readout_lr=readout_lr, freeze=freeze, seeds_at_once=seeds_at_once,
    )  # fmt: skip
    recorder = Recorder(task, network, loss, watched, every)
    start = 0
    if resume is not None:
        start = resume.step
        recorder.restore(resume.steps, resume.records, resume.memory)
        step.load_state(resume.optimizer_state)
    done = start
    # In a notebook the bar is a widget, which does not heed this variable by itself.
    bar: dict[str, Any] = {"leave": False, "disable": os.environ.get("TQDM_DISABLE") == "1"}
    with deferred_interrupt() as interrupted, tensor_float_32(tf32):
        gradient, update = captured(step)
        for done in tqdm(range(start, steps + 1), initial=start, total=steps, **bar):
            gradient()
            is_last = done == steps or interrupted.is_set()
            if is_last or done % every == 0:
                recorder.record(done, step.gradient.outputs)
                if is_last or interrupted.is_set() or recorder.diverged().all():
                    break
            update()
    _warn(done, steps, recorder.diverged())
    times, records = recorder.arrays()
    return History(config, done, times, records, network, step.save_state(), recorder.memory)


def recipe_of(net: Net | Network) -> Net:
    """The recipe of a network, or one as it is.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if isinstance(net, Network):
        return net.recipe
    if isinstance(net, Net):
        return net
    raise ValueError(
        "net must be a recipe or a network, such as TwoLayer(...) or Module(lambda: ...), "
        f"got a {type(net).__name__}"
    )


def _with_weights(
    net: Net | Network, task: Task, device: torch.device | str | None, dtype: torch.dtype | None
) -> Network:
    place = checked_device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    kind = None if dtype is None else floating(dtype)
    if isinstance(net, Network):
        return copied(net, place, kind)
    return recipe_of(net).initialize(task, place, kind or torch.float32)


def _check_resume(config: dict[str, Any], resume: History) -> None:
    for name, value in config.items():
        before = resume.config.get(name)
        if name != "steps" and before != value:
            raise ValueError(f"cannot resume: the earlier run had {name}={before!r}, not {value!r}")
    if config["steps"] < resume.step:
        raise ValueError(
            f"cannot resume: the earlier run made {resume.step} steps, more than {config['steps']}"
        )


def _warn(done: int, steps: int, diverged: npt.NDArray[np.bool_]) -> None:
    message = ""
    if diverged.any():
        count = "all" if diverged.all() else f"{diverged.sum()} of {len(diverged)}"
        message = (
            f"{count} seeds diverged by step {done} of {steps}: their loss or weights are not "
            "finite (outcome 'diverged'); a smaller lr may help"
        )
    elif done < steps:
        message = f"interrupted at step {done} of {steps}; train(..., resume=history) goes on"
    if message:
        warnings.warn(message, stacklevel=3)
