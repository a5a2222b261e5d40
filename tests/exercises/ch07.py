"""The answers of chapter 7's exercises, on other ways than its solutions."""

from __future__ import annotations

import numpy as np
import torch

HOURS, NODES = 23, 100


def ex_07_1() -> float:
    """Power by NumPy's Fourier transform of each half of a node."""
    nodes = np.random.default_rng(7).standard_normal((4000, 2, HOURS))
    power = (np.abs(np.fft.rfft(nodes)) ** 2).sum(1)
    power[:, 1:] *= 2  # each frequency stands for itself and its mirror
    return float((power[:, 1:].max(1) / power.sum(1)).mean())


def ex_07_2() -> float:
    """How far a readout moves: the rate times the slope of the loss, by differences."""

    def moved(beta: float) -> float:
        def loss(readout: float) -> float:
            return (1 - beta * 0.7 * (readout - 0.3)) ** 2

        slope = (loss(0.3 + 1e-6) - loss(0.3 - 1e-6)) / 2e-6
        return abs(100 / beta**2 * slope)

    return moved(0.5) / moved(2)


def clock_times(silent: bool, seed: int) -> tuple[int, int]:
    """Steps to 99% of the shown and 90% of the unseen pairs, with gradients by hand."""
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(seed)
    a, b = torch.cartesian_prod(*2 * [torch.arange(HOURS)]).T
    X = torch.cat([torch.eye(HOURS)[a], torch.eye(HOURS)[b]], 1) / (2 * HOURS) ** 0.5
    answers = (a + b) % HOURS
    order = torch.randperm(HOURS**2, generator=draw)
    cut = round(0.9 * HOURS**2)
    shown, unseen = order[:cut], order[cut:]
    W = torch.randn(2 * HOURS, NODES, generator=draw)
    V = torch.randn(NODES, HOURS, generator=draw) * (not silent)
    first = (X @ W) ** 2 @ V / NODES
    fitted = None
    for step in range(3000):
        h = X @ W
        out = h**2 @ V / NODES - first
        out = out - out.mean(1, keepdim=True)
        right = (out.argmax(1) == answers).float()
        if fitted is None and right[shown].mean() >= 0.99:
            fitted = step
        if fitted is not None and right[unseen].mean() >= 0.9:
            return fitted, step
        error = (torch.eye(HOURS)[answers] - 1 / HOURS - out)[shown] * 2 / cut
        into_V = (h[shown] ** 2).T @ error / NODES
        into_W = X[shown].T @ (error @ V.T / NODES * 2 * h[shown])
        V, W = V + 100 * into_V, W + 100 * into_W
    raise AssertionError("the clock was not understood")


def ex_07_3() -> int:
    """Which of the four choices two starts of two seeds show."""
    loud = np.median([clock_times(False, seed) for seed in range(2)], 0)
    silent = np.median([clock_times(True, seed) for seed in range(2)], 0)
    if silent[0] < 1.05 * loud[0]:
        return 0 if silent[0] < 0.95 * loud[0] else 3
    return 2 if silent[1] / silent[0] > 1.05 else 1


def ex_07_4() -> int:
    """An MLP of PyTorch's own, another clock and rate: the share of mirrors that it knows."""
    torch.manual_seed(3)
    hours = 13
    a, b = torch.cartesian_prod(*2 * [torch.arange(hours)]).T
    X = torch.cat([torch.eye(hours)[a], torch.eye(hours)[b]], 1)
    order = torch.randperm(hours**2)
    shown, unseen = order[:118], order[118:]
    net = torch.nn.Sequential(
        torch.nn.Linear(2 * hours, 128), torch.nn.ReLU(), torch.nn.Linear(128, hours)
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=1)
    answers = (a + b) % hours
    while (net(X).argmax(1) == answers)[shown].double().mean() < 1:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(X[shown]), answers[shown]).backward()
        optimizer.step()
    pairs = {(int(a[k]), int(b[k])) for k in shown}
    mirrors = [k for k in unseen.tolist() if (int(b[k]), int(a[k])) in pairs]
    known = (net(X).argmax(1) == answers)[mirrors].double().mean()
    return 0 if known > 0.9 else 1 if known > 0.4 else 2


def ex_07_5() -> float:
    """From the table itself: a line through all pairs of scales, the median of their slopes."""
    from li2_core.runs import read_table

    table = read_table("book/data/modular_without_decay")
    scales = np.asarray(table["scale"], float)
    at_fit = {}
    for scale in np.unique(scales):
        moved = []
        for seed in np.unique(np.asarray(table["seed"])[scales == scale]):
            rows = np.flatnonzero((scales == scale) & (np.asarray(table["seed"]) == seed))
            rows = rows[np.argsort(np.asarray(table["step"])[rows])]
            first = np.argmax(np.asarray(table["train_accuracy"], float)[rows] >= 0.99)
            moved.append(float(np.asarray(table["kernel_movement"])[rows[first]]))
        at_fit[scale] = np.median(moved)
    x, y = np.log(list(at_fit)), np.log(list(at_fit.values()))
    pairs = [(i, j) for i in range(len(x)) for j in range(i)]
    slope = np.median([(y[i] - y[j]) / (x[i] - x[j]) for i, j in pairs])
    return float(np.exp((np.log(0.1) - np.median(y - slope * x)) / slope))
