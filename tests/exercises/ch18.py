"""The answers of chapter 18's exercises, on other ways than its solutions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch


def ex_18_1() -> int:
    """A gradient by NumPy's hand and one of autograd, fifty steps of Adam in doubles."""
    hours, width = 7, 10
    draw = np.random.default_rng(5)
    a, b = np.divmod(np.arange(hours**2), hours)
    X = np.concatenate([np.eye(hours)[a], np.eye(hours)[b]], 1)
    Y = np.eye(hours)[(a + b) % hours] - 1 / hours
    start = draw.uniform(-0.4, 0.4, (2 * hours, width)), draw.uniform(-0.4, 0.4, (width, hours))

    auto = [torch.tensor(values, requires_grad=True) for values in start]
    optimizer = torch.optim.Adam(auto, lr=0.005)
    x, y = torch.tensor(X), torch.tensor(Y)
    hand = [values.copy() for values in start]
    first, second = ([np.zeros_like(values) for values in start] for _ in range(2))
    for step in range(1, 51):
        optimizer.zero_grad()
        out = torch.relu(x @ auto[0]) @ auto[1]
        (out - out.mean(1, keepdim=True) - y).square().sum(1).mean().backward()
        optimizer.step()

        h = X @ hand[0]
        out = np.maximum(h, 0) @ hand[1]
        error = 2 / len(X) * (out - out.mean(1, keepdims=True) - Y)
        slopes = X.T @ (error @ hand[1].T * (h > 0)), np.maximum(h, 0).T @ error
        for k, slope in enumerate(slopes):
            first[k] = 0.9 * first[k] + 0.1 * slope
            second[k] = 0.999 * second[k] + 0.001 * slope**2
            size = np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8
            hand[k] = hand[k] - 0.005 * first[k] / (1 - 0.9**step) / size
    pairs = zip(auto, hand, strict=True)
    apart = max(np.abs(t.detach().numpy() - values).max() for t, values in pairs)
    moved = max(np.abs(values - old).max() for values, old in zip(hand, start, strict=True))
    assert moved > 0.1
    return 0 if apart < 1e-9 else 1 if apart < 0.1 else 2


def ex_18_2() -> float:
    """Four thousand matrices of NumPy: the squared length of the rows of W W'."""
    W = np.random.default_rng(2).standard_normal((4000, 30, 60)) / 60**0.5
    return float(((W @ W.transpose(0, 2, 1)) ** 2).sum(2).mean())


def ends(residual: bool, seed: int) -> tuple[bool, bool]:
    """Whether a network of two squares, in plain PyTorch, collapses, and whether it groks."""
    hours, width = 13, 64
    torch.manual_seed(seed)
    a, b = torch.cartesian_prod(*2 * [torch.arange(hours)]).T
    X = torch.cat([torch.eye(hours)[a], torch.eye(hours)[b]], 1)
    Y = torch.eye(hours)[(a + b) % hours]
    order = torch.randperm(hours**2)
    cut = round(0.8 * hours**2)
    shown, unseen = order[:cut], order[cut:]
    shapes = (2 * hours, width), (width, width), (width, hours)
    net = [((2 * torch.rand(s) - 1) / s[0] ** 0.5).requires_grad_() for s in shapes]
    optimizer = torch.optim.Adam(net, lr=0.002, weight_decay=1e-3)

    def outputs(X: torch.Tensor) -> torch.Tensor:
        F = (X @ net[0]) ** 2
        F = (F @ net[1]) ** 2 + residual * F
        return F @ net[2]

    for _ in range(1000):
        optimizer.zero_grad()
        out = outputs(X[shown])
        error = out - out.mean(1, keepdim=True) - (Y[shown] - 1 / hours)
        loss = error.square().sum(1).mean()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = (outputs(X[unseen]).argmax(1) == Y[unseen].argmax(1)).double().mean()
    return bool(loss > 0.98 * (1 - 1 / hours)), bool(right > 0.9)


def ex_18_3() -> int:
    """A smaller clock and network, another start."""
    torch.set_num_threads(1)
    plain, through = (ends(residual, seed=1) for residual in (False, True))
    found = {(False, False): 0, (True, False): 1, (False, True): 2, (True, True): 3}
    assert [plain[1], through[1]] == [not plain[0], not through[0]], "each collapses or groks"
    return found[plain[0], through[0]]


def ex_18_4() -> int:
    """Row by row from the file: how many seeds of either kind arrive."""
    arrived: dict[tuple[str, str], int] = {}
    with Path("book/data/deep_31.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["depth"] == "3":
                key = row["weight_decay"], row["residual"]
                arrived[key] = arrived.get(key, 0) + (row["steps_to_test_90"] != "nan")
    helps = [arrived[decay, "True"] > arrived[decay, "False"] for decay in ("0.008", "0.002")]
    return [[3, 1], [0, 2]][helps[0]][helps[1]]
