"""The answers of chapter 5's exercises, on other ways than its solutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from li2_core.runs import read_table

Array = np.ndarray[Any, Any]


def ex_05_1() -> float:
    """Ten thousand small steps of the flow, for other numbers than the solution's."""
    feature, label, step = 1.5, -0.7, 5e-4
    readout, largest, learned = 0.0, 0.0, 0.0
    for _ in range(10_000):
        readout += step * feature * (label - feature * readout)
        leak = abs((label - feature * readout) * readout)
        if leak > largest:
            largest, learned = leak, feature * readout / label
    return learned


def ex_05_2() -> float:
    """Labels in one eigenspace of random features, and the ridge readout by its equations."""
    draw = np.random.default_rng(1)
    pairs, nodes, height = 9, 14, 3.0
    frame = np.linalg.qr(draw.standard_normal((pairs, pairs)))[0]
    sizes = np.sqrt(np.r_[height, height, draw.uniform(0.1, 20, pairs - 2)])
    right = np.linalg.qr(draw.standard_normal((nodes, nodes)))[0][:pairs]
    F = frame * sizes @ right
    Y = frame[:, :2] @ draw.standard_normal((2, 3))

    def leak(ridge: float) -> float:
        V = np.linalg.solve(F.T @ F + ridge * np.eye(nodes), F.T @ Y)
        return float(np.linalg.norm((Y - F @ V) @ V.T))

    return leak(4 * height) / max(leak(ridge) for ridge in height * np.geomspace(0.1, 10, 401))


def cosine_at_rest(F: Array, Y: Array, ridge: float) -> float:
    """The cosine between the gradient at rest and the signal, for centred features."""
    R = np.linalg.inv(F @ F.T + ridge * np.eye(len(F)))
    G, T = R @ Y @ (Y.T @ R @ F), Y @ (Y.T @ F)
    return float((G * T).sum() / np.linalg.norm(G) / np.linalg.norm(T))


def table(hours: int, nodes: int, draw: np.random.Generator) -> tuple[Array, Array]:
    """Random nodes with the square on all pairs, one row a pair, and the answers' ones."""
    left, right = draw.standard_normal((2, hours, nodes))
    a, b = np.divmod(np.arange(hours**2), hours)
    return (left[a] + right[b]) ** 2 / nodes**0.5, np.eye(hours)[(a + b) % hours]


def ex_05_3() -> float:
    """Eight drawn parts of the table, in per cent."""
    found = []
    for seed in range(8):
        draw = np.random.default_rng(seed)
        n = round(0.4 * 23**2)
        F, Y = table(23, 16 * n, draw)
        shown = draw.permutation(23**2)[:n]
        F, Y = F[shown] - F[shown].mean(0), Y[shown] - Y[shown].mean(0)
        found.append(cosine_at_rest(F, Y, 1e-6))
    return 100 * float(np.mean(found))


def ex_05_4() -> float:
    """Interactions drawn as products of two centred numbers, brought to one length, in per cent."""
    found = []
    for seed in range(12):
        draw = np.random.default_rng(seed)
        left, right = draw.standard_normal((2, 23, 66))
        left, right = left - left.mean(0), right - right.mean(0)
        left, right = left / np.linalg.norm(left, axis=0), right / np.linalg.norm(right, axis=0)
        F = (left[:, None] * right).reshape(23**2, 66)
        a, b = np.divmod(np.arange(23**2), 23)
        Y = np.eye(23)[(a + b) % 23]
        found.append(cosine_at_rest(F, Y - Y.mean(0), 1e-6))
    return 100 * float(np.mean(found))


def ex_05_5() -> int:
    """The page's own engine, five seeds: which of the two networks knows the others in the end."""
    runs = read_table("book/data/small_labs")

    def knows(name: str) -> bool:
        here = (runs["run"] == name) & (runs["phase"] == 1)
        return bool(np.median(runs["test"][here].astype(float)) > 0.5)

    early, late = knows("tap closed at 50"), knows("tap opened at 200")
    return (2 if late else 1) if early else (0 if late else 3)
