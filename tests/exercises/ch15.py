"""The answers of chapter 15's exercises, on other ways than its solutions."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def features(nodes: Array, order: int) -> tuple[Array, Array, Array]:
    """Answers and centred features of all pairs, and the class of each: by NumPy alone."""
    a, b = np.divmod(np.arange(order**2), order)
    answers = nodes[:, a].T + nodes[:, order + b].T
    squares = answers**2
    return answers, squares - squares.mean(0), (a + b) % order


def unit(nodes: Array) -> Array:
    return nodes / np.linalg.norm(nodes, axis=1, keepdims=True)


def pull(nodes: Array, order: int, eta: float) -> Array:
    """The gradient along the sphere that nodes hear through their common readout."""
    answers, F, classes = features(nodes, order)
    mixed = np.linalg.solve(F.T @ F + eta * np.eye(len(nodes)), F.T).T
    echo = np.zeros((order, len(nodes)))
    np.add.at(echo, classes, mixed)
    rows = (2 * answers * echo[classes]).reshape(order, order, -1)
    gradient = np.concatenate([rows.sum(1), rows.sum(0)]).T
    return gradient - nodes * (nodes * gradient).sum(1, keepdims=True)


def ex_15_1() -> float:
    """Through the pairs instead of the nodes: F B is (F F' + eta) inverse times F."""
    f = np.array([[1.0, 2.0, -3.0]]).T
    F = np.hstack([f, f])
    heard = np.linalg.solve(F @ F.T + 0.5 * np.eye(3), F)
    return float(heard[1, 0] / f[1, 0])


def ex_15_2() -> float:
    """The smallest eta of the four at which fewer than one sign in a hundred is wrong."""
    for eta in (0.01, 1.0, 100.0, 10000.0):
        wrong = []
        for seed in range(8):
            nodes = unit(np.random.default_rng(seed).standard_normal((40, 22)))
            _, F, _ = features(nodes, 11)
            table = F.T @ F
            readout = np.linalg.inv(table + eta * np.eye(40))
            upper = np.triu_indices(40, 1)
            wrong.append((table * readout > 0)[upper].mean())
        if np.mean(wrong) < 0.01:
            return eta
    raise AssertionError("none of the four is large enough")


def parting(apart: float, rate: float = 0.02) -> float:
    """The time at which two nodes on Z_7 have let go of each other, in small steps."""
    draw = np.random.default_rng(5)
    first, way = unit(draw.standard_normal((2, 14)))
    nodes = unit(np.stack([first, first + apart * way]))
    for step in range(20000):
        _, F, _ = features(nodes, 7)
        if abs(np.corrcoef(F.T)[0, 1]) < 0.5:
            return step * rate
        nodes = unit(nodes + rate * pull(nodes, 7, 1.0))
    raise AssertionError("they never parted")


def ex_15_3() -> int:
    """Which law the times follow over four tenths of the distance."""
    times = np.array([parting(10.0**-k) for k in (2, 3, 4, 5)])
    steps = np.diff(times)
    if times[-1] < 1.05 * times[0]:
        return 3
    if steps.max() < 1.5 * steps.min():
        return 1
    return 0 if steps[-1] > 6 * steps[-2] else 2


def ex_15_4() -> int:
    """Crowds of 20 on Z_11, every node by NumPy: how they are spread with a large ridge."""

    def variance(eta: float) -> float:
        spread = []
        for seed in range(12):
            nodes = unit(np.random.default_rng(seed).standard_normal((20, 22)))
            for _ in range(150):
                way = pull(nodes, 11, eta)
                nodes = unit(nodes + 0.1 * way / np.linalg.norm(way, axis=1).max())
            power = (np.abs(np.fft.rfft(nodes.reshape(20, 2, 11))) ** 2).sum(1)[:, 1:]
            spread.append(np.bincount(power.argmax(1), minlength=5).var())
        return float(np.mean(spread))

    ratio = variance(10.0) / variance(0.01)
    return 2 if ratio > 1.5 else 0 if ratio < 1 / 1.5 else 1


def ex_15_5() -> float:
    """The correlation itself, over the full table of a clock that no formula knows."""
    turn = 2 * np.pi * 4 * np.arange(37) / 37
    first, moved = (
        np.add.outer(np.cos(turn + shift), np.cos(turn + shift)).ravel() ** 2
        for shift in (0, np.pi / 2)
    )
    return float(np.corrcoef(first, moved)[0, 1])
