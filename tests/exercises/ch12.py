"""The answers of chapter 12's exercises, on other ways than its solutions."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def wave_answers(order: int, frequency: int = 1) -> tuple[Array, Array]:
    """What a wave says to each pair before it is squared, and the class of each pair."""
    a, b = np.meshgrid(np.arange(order), np.arange(order), indexing="ij")
    turn = 2 * np.pi * frequency / order
    return (np.cos(turn * a) + np.cos(turn * b)) / order**0.5, (a + b) % order


def noises(order: int, coins: Array, fraction: float) -> tuple[float, float, float]:
    """Largest of the block, spread of the diagonal, largest of the squares, over 4E = p^2 M."""
    said, classes = wave_answers(order)
    noise = coins - fraction
    unit = fraction**2 * order
    block = 2 * noise * fraction * np.cos(2 * np.pi * classes / order)
    sums = np.concatenate([block.sum(0), block.sum(1)])
    slopes = np.zeros((2 * order, order))
    a, b = np.indices(classes.shape)
    np.add.at(slopes, (a, classes), 2 * noise * said)
    np.add.at(slopes, (order + b, classes), 2 * noise * said)
    squares = np.linalg.norm(slopes, 2) ** 2
    return np.linalg.norm(block, 2) / unit, float(sums.std()) / unit, squares / unit


def ex_12_1() -> float:
    """Block and squares of drawn coins on a large clock, brought to the epsilon that is asked."""
    order, fraction, epsilon = 500, 0.5, 0.1
    coins = np.random.default_rng(1).random((order, order)) < fraction
    block, spread, squares = noises(order, coins, fraction)
    here = ((1 - fraction) / (fraction * order)) ** 0.5
    diagonal = spread / here * epsilon * (2 * np.log(2 * 100)) ** 0.5
    return float(block / here * epsilon + diagonal + squares / here**2 * epsilon**2)


def ex_12_2() -> float:
    """Per cent of a wave's squared length that a climb in plain NumPy loses, mean of four."""
    order, kept = 97, round(0.6 * 97**2)
    lost = []
    for seed in range(4):
        draw = np.random.default_rng(100 + seed)
        pairs = draw.permutation(order**2)[:kept]
        a, b = np.divmod(pairs, order)
        classes = (a + b) % order
        share = np.bincount(classes, minlength=order) / kept
        hours = 2 * np.pi * (3 + seed) * np.arange(order) / order
        w = np.concatenate([np.cos(hours), np.cos(hours)]) / order**0.5
        for _ in range(1500):
            said = w[a] + w[order + b]
            echo = np.bincount(classes, said**2, order) - share * (said**2).sum()
            heard = 2 * said * (echo[classes] - share @ echo)
            slope = np.concatenate([np.bincount(a, heard, order), np.bincount(b, heard, order)])
            w = w + 0.4 / (0.6**2 * order) * (slope - w * (w @ slope))
            w = w / np.linalg.norm(w)
        halves = np.fft.rfft(w.reshape(2, order))
        lost.append(1 - 2 / order * (np.abs(halves[:, 3 + seed]) ** 2).sum())
    return 100 * float(np.mean(lost))


def ex_12_3() -> float:
    """The lowest point of psi by trying, its average as a sum over a thousand angles."""
    t = 1 + np.cos(2 * np.pi * np.arange(1000) / 1000)
    q = np.linspace(2.1, 4, 2000)[:, None]
    return 8 * float((q[:, 0] * (1 + (t / (q - t)).mean(1) / 2)).min())


def ex_12_4() -> int:
    """The noises of parts with exactly p M pairs of each answer, beside those of free coins."""
    order, fraction, free, even = 151, 0.5, [], []
    for seed in range(6):
        draw = np.random.default_rng(seed)
        free.append(noises(order, draw.random((order, order)) < fraction, fraction))
        picked = np.argsort(draw.random((order, order)), axis=1) < round(fraction * order)
        a, answers = np.meshgrid(np.arange(order), np.arange(order), indexing="ij")
        coins = picked[answers, a]  # the pair (a, b) by its answer and its a
        even.append(
            noises(order, coins[np.arange(order)[:, None], (a + answers) % order], fraction)
        )
    change = np.mean(even, 0) / np.mean(free, 0)
    changed = np.flatnonzero(np.abs(change - 1) > 0.1)
    return 0 if len(changed) == 0 else 1 + int(changed[0])
