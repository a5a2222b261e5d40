"""A clock's network with x squared and Adam, in plain NumPy, for the oracles of chapters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = tuple[Array, Array]


class Clock:
    """Some sums of a clock: ``X`` and ``Y`` are shown, ``far`` and ``sums`` are not."""

    def __init__(self, hours: int, share: float, seed: int) -> None:
        self.hours, self.draw = hours, np.random.default_rng(seed)
        a, b = np.divmod(np.arange(hours**2), hours)
        X, sums = np.concatenate([np.eye(hours)[a], np.eye(hours)[b]], 1), (a + b) % hours
        order = self.draw.permutation(hours**2)
        cut = round(share * hours**2)
        self.X, self.far = X[order[:cut]], X[order[cut:]]
        self.Y, self.sums = np.eye(hours)[sums[order[:cut]]], sums[order[cut:]]

    def start(self, width: int, scale: float = 1.0) -> Weights:
        """Uniform weights within one over the root of the fan-in, times a scale."""
        shapes = ((2 * self.hours, width), (width, self.hours))
        W, V = (scale / s[0] ** 0.5 * self.draw.uniform(-1, 1, s) for s in shapes)
        return W, V - V.mean(1, keepdims=True)

    def error(self, out: Array, loss: str) -> Array:
        """The slope of one pair's loss by its outputs."""
        if loss == "squares":
            return 2 * (out - out.mean(1, keepdims=True) - self.Y + 1 / self.hours)
        soft = np.exp(out - out.max(1, keepdims=True))
        wanted = self.Y if loss == "entropy" else 0.9 * self.Y + 0.1 / self.hours
        return soft / soft.sum(1, keepdims=True) - wanted

    def train(
        self, weights: Weights, steps: int, decay: float, rate: float = 0.005, loss: str = "squares"
    ) -> Weights:
        """Some steps of Adam, whose decay goes into the gradient."""
        now = [part.copy() for part in weights]
        first, second = ([np.zeros_like(part) for part in weights] for _ in range(2))
        for step in range(1, steps + 1):
            h = self.X @ now[0]
            F = h * h
            error = self.error(F @ now[1], loss) / len(self.X)
            slopes = self.X.T @ (error @ now[1].T * (2 * h)), F.T @ error
            for k, slope in enumerate(slopes):
                slope = slope + decay * now[k]
                first[k] += 0.1 * (slope - first[k])
                second[k] += 0.001 * (slope * slope - second[k])
                size = np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8
                now[k] -= rate / (1 - 0.9**step) * first[k] / size
        return now[0], now[1]

    def knows(self, weights: Weights) -> float:
        """The share of right answers among the pairs that were not shown."""
        out = (self.far @ weights[0]) ** 2 @ weights[1]
        return float((out.argmax(1) == self.sums).mean())


def node_slopes(X: Array, weights: Weights) -> tuple[Array, Array]:
    """Per node, the mean squared slopes of the centred outputs by its weights and its readout."""
    (W, V), M = weights, weights[1].shape[1]
    h = X @ W
    v = V - V.mean(1, keepdims=True)
    A = 2 / len(X) * ((2 * h) ** 2 * (X * X).sum(1, keepdims=True)).sum(0) * (v * v).sum(1)
    return A, 2 / len(X) * (M - 1) * (h**4).sum(0)


def least(A: Any, B: Any) -> Array:
    """The least of A / c^2 + B c^4 over c, by search and not by a formula."""
    logs = np.linspace(-6, 6, 4801)[:, None]
    return np.asarray((A * np.exp(-2 * logs) + B * np.exp(4 * logs)).min(0))
