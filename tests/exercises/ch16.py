"""The answers of chapter 16's exercises, on other ways than its solutions."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import torch

from li2_core import GroupTask, TwoLayer, dicyclic, train

Array = np.ndarray[Any, Any]


def of_three_dimensions() -> tuple[Array, Array]:
    """Functions on the shuffles of four things that span the two irreps with D = 3.

    "Where does thing j go?" asks for the trivial irrep and one of the two, so without its mean
    for that one. Times the sign of the shuffle it is the other.
    """
    matrices = np.array([np.eye(4)[list(p)] for p in permutations(range(4))])
    goes = matrices.reshape(24, 16) - 1 / 4
    return goes, goes * np.linalg.det(matrices)[:, None]


def ex_16_1() -> float:
    """The number of independent questions of this kind."""
    return float(np.linalg.matrix_rank(of_three_dimensions()[0], tol=1e-9))


def ex_16_2() -> float:
    """What these questions explain of the labels, by least squares."""
    questions = np.concatenate(of_three_dimensions(), 1)
    labels = np.eye(24) - 1 / 24
    part = questions @ np.linalg.pinv(questions, rcond=1e-9) @ labels
    return float((part**2).sum() / (labels**2).sum())


def ex_16_3() -> float:
    """A wave on seven hours, with labels that have lost half of its frequency."""
    a, b = np.divmod(np.arange(49), 7)
    wave = np.cos(2 * np.pi * 2 * np.arange(7) / 7)
    said = (wave[a] + wave[b]) ** 2
    spectrum = np.ones(4)
    spectrum[0] = 0

    def height(factor: float) -> float:
        kept = np.where(np.arange(4) == 2, factor, 1.0) * spectrum
        rows = np.fft.irfft(np.fft.rfft(np.eye(7)) * kept, 7)
        return float(0.5 * ((said @ rows[(a + b) % 7]) ** 2).sum())

    return height(0.5) / height(1.0)


def ex_16_4() -> int:
    """Other seeds and another width: the two irreps with D = 2 half-way through training.

    They come side by side if they are nearer to each other than half the way to any other.
    """
    torch.set_num_threads(1)
    group = dicyclic(3)
    task = GroupTask(group, train_fraction=0.8, seeds=range(50, 62))
    end = train(task, TwoLayer(32), steps=60, every=60, lr=0.005, weight_decay=1e-3, device="cpu")
    net = end.net
    X, target = task.rows(), task.labels() - 1 / group.order
    known = []
    for weights, readout in zip(net.hidden.double(), net.readout.double(), strict=True):
        outputs = (X @ weights).square() @ readout
        outputs = outputs - outputs.mean(0)
        parts = [(outputs @ Q, target @ Q) for Q in group.isotypic_projectors()[1:]]
        known.append([1 - ((o - t).square().sum() / t.square().sum()).item() for o, t in parts])
    kinds = [(irrep.D, irrep.kind) for irrep in group.irreps()[1:]]
    median = dict(zip(kinds, np.median(known, axis=0), strict=True))
    four, eight = median.pop((2, "complex")), median.pop((2, "real"))
    others = min(abs(one - two) for one in (four, eight) for two in median.values())
    return 2 if abs(four - eight) < others / 2 else 0 if four > eight else 1
