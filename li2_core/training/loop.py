"""`train`: the one training loop."""

from __future__ import annotations

import os
import signal
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from tqdm.auto import tqdm

from li2_core.nets.two_layer import TwoLayer
from li2_core.tasks.group_task import GroupTask
from li2_core.training.history import History
from li2_core.training.losses import loss_function
from li2_core.training.probes import BASIC_PROBES, Recorder
from li2_core.training.step import TrainingStep, captured

# Nodes that die decay into denormal numbers, with which a CPU is many times slower. The
# setting is taken over by threads that start later, so it is made before any work is done.
torch.set_flush_denormal(True)


def train(
    task: GroupTask,
    net: TwoLayer,
    *,
    optimizer: str = "adam",
    lr: float = 0.005,
    weight_decay: float = 0.0,
    steps: int = 400,
    every: int = 10,
    probes: tuple[str, ...] = (),
    loss: str = "mse",
    readout: str = "trained",
    device: torch.device | str | None = None,
    seeds_at_once: int | None = None,
    tf32: bool = False,
    readout_lr: float | None = None,
    resume: History | None = None,
) -> History:
    """Train one network a seed on the whole training set, all seeds in one call.

    Parameters
    ----------
    task : GroupTask
        Its S seeds choose the splits and the first weights.
    net : TwoLayer
        A description, or a network with weights to start from (they are not changed).
    optimizer : str
        ``adam``, ``adamw``, ``sgd``, ``muon`` or ``muonw``. The Muons make W's steps
        orthogonal (see `li2_core.training.muon`) and leave V to ``adam`` or ``adamw``.
    lr, weight_decay : float
        With the mean squared error and ``adam``, ``muon`` or ``sgd``, weight decay corresponds
        to the ridge eta = n * weight_decay / 2 of the theory, whose loss is half the
        sum over samples.
    steps, every : int
        Number of full-batch steps, and of steps between records; ``every`` divides ``steps``.
    probes : tuple of str
        What to record besides train and test loss and accuracy: see `li2_core.training.probes`.
    loss : str
        ``mse`` or ``cross_entropy``: see `li2_core.training.losses`.
    readout : str
        ``trained``, or ``ridge``: V is at every step the exact minimiser for the present
        features (Li2, eq. 3), with weight decay as its ridge, and only W is trained.
    device : optional
        Default: CUDA where there is one.
    seeds_at_once : int, optional
        How many seeds are stacked in one matrix product; default one on a CPU, all on CUDA.
    tf32 : bool
        Let CUDA multiply with fewer digits (about three instead of seven), faster.
    readout_lr : float, optional
        The learning rate of V, where it is not that of W.
    resume : History, optional
        Go on where that run of the same call (perhaps with more steps) stopped.

    Returns
    -------
    History
        Ctrl-C, or the notebook's stop button, ends the run early with what it has and
        a warning; ``resume`` then continues it bit for bit on a CPU.

    Raises
    ------
    ValueError
        For an unknown name, a value out of range, or a ``resume`` of another run.

    Examples
    --------
    >>> from li2_core import cyclic
    >>> task = GroupTask(cyclic(7), train_fraction=0.8, seeds=2)
    >>> history = train(task, TwoLayer(width=32), steps=20, every=10)
    >>> history["test_accuracy"].shape, history.steps
    ((2, 3), array([ 0, 10, 20]))
    """
    if steps < 1 or every < 1 or steps % every:
        raise ValueError(f"every must divide steps, both positive, got {every} and {steps}")
    if seeds_at_once is not None and seeds_at_once < 1:
        raise ValueError(f"seeds_at_once must be at least 1, got {seeds_at_once}")
    torch.set_flush_denormal(True)
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    names = BASIC_PROBES + tuple(name for name in probes if name not in BASIC_PROBES)
    config = {
        "task": _describe(task), "net": net.config, "optimizer": optimizer, "lr": float(lr),
        "weight_decay": float(weight_decay), "steps": int(steps), "every": int(every),
        "probes": list(names), "loss": loss, "readout": readout,
        "readout_lr": None if readout_lr is None else float(readout_lr),
    }  # fmt: skip
    if resume is not None:
        _check_resume(config, resume)
        net = resume.net
    if net.is_initialized:
        _check_fits(task, net)
    net = _to_device(net, device) if net.is_initialized else net.initialize(task, device)
    recorder = Recorder(task, net, loss_function(loss), names)
    step = TrainingStep(
        task, net, optimizer, lr, weight_decay, loss, readout, seeds_at_once, readout_lr
    )
    start = 0
    if resume is not None:
        start = resume.step
        recorder.restore(resume.steps, resume.records, resume.memory)
        step.load_state(resume.optimizer_state)
    done = start
    # In a notebook the bar is a widget, which does not heed this variable by itself.
    bar: dict[str, Any] = {"leave": False, "disable": os.environ.get("TQDM_DISABLE") == "1"}
    with _deferred_interrupt() as interrupted, _tf32(tf32):
        gradient, update = captured(step)
        for done in tqdm(range(start, steps + 1), initial=start, total=steps, **bar):
            gradient()
            if done % every == 0:
                recorder.record(done, step.gradient.outputs)
            if done == steps or interrupted.is_set():
                break
            update()
    if done < steps:
        message = f"interrupted at step {done} of {steps}; train(..., resume=history) goes on"
        warnings.warn(message, stacklevel=2)
    times, records = recorder.arrays()
    return History(config, done, times, records, net, step.save_state(), recorder.memory)


def _describe(task: GroupTask) -> dict[str, Any]:
    return {
        "group": task.group.name,
        "table_checksum": zlib.crc32(task.group.table.tobytes()),
        "train_fraction": task.train_fraction,
        "seeds": list(task.seeds),
    }


def _check_resume(config: dict[str, Any], resume: History) -> None:
    for name, value in config.items():
        before = resume.config.get(name)
        if name != "steps" and before != value:
            raise ValueError(f"cannot resume: the earlier run had {name}={before!r}, not {value!r}")
    if config["steps"] < resume.step:
        raise ValueError(
            f"cannot resume: the earlier run made {resume.step} steps, more than {config['steps']}"
        )


def _check_fits(task: GroupTask, net: TwoLayer) -> None:
    found, expected = tuple(net.hidden.shape), (task.num_seeds, task.input_dim, net.width)
    if found != expected:
        raise ValueError(f"the task needs weights hidden {expected}, the network has {found}")


def _to_device(net: TwoLayer, device: torch.device) -> TwoLayer:
    return net.with_weights(net.hidden.to(device).clone(), net.readout.to(device).clone())


@contextmanager
def _tf32(allowed: bool) -> Iterator[None]:
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before


@contextmanager
def _deferred_interrupt() -> Iterator[threading.Event]:
    """Hold Ctrl-C back until a step is whole; a second one acts at once."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def note(*_: object) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
