"""The answers of chapter 6's exercises, on other ways than its solutions."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def nodes(D: int) -> tuple[Array, Array]:
    """Points and weights of a quadrature over D normal numbers of variance 1/D."""
    x, w = np.polynomial.hermite_e.hermegauss(6)
    points = np.array(list(product(x, repeat=D))) / D**0.5
    weights = np.array([np.prod(row) for row in product(w / w.sum(), repeat=D)])
    return points, weights


def ex_06_1() -> float:
    """The mean of the squared answer, by quadrature, in two dimensions and in three."""
    found = []
    for D in (2, 3):
        x, w = nodes(D)
        teacher = np.arange(1, D + 1) / np.linalg.norm(np.arange(1, D + 1)) * D**0.5
        found.append(w @ ((x @ teacher) ** 2 / 2) ** 2)
    assert np.isclose(*found)
    return float(found[0])


def ex_06_2() -> float:
    """Both averages by quadrature, with a teacher and a Sigma that lie across the axes."""
    x, w = nodes(3)
    teacher, root = np.array([1.0, 2, -0.5]), np.array([[1.0, 0.3, 0], [0, 2, -1], [0.5, 0, 1]])
    sigma, y = root @ root.T, (x @ teacher) ** 2 / 2
    kernel = (x @ x.T) * (x @ sigma @ x.T)
    length = teacher @ teacher
    paper = (length**2 * np.trace(sigma) + 8 * length * teacher @ sigma @ teacher) / 3**4
    return float((w * y) @ kernel @ (w * y) / paper)


def off(D: int, n: int, epsilon: float) -> float:
    """How far a regression with the first kernel is from the answers to new questions."""
    draw = np.random.default_rng(D * n)
    teacher = draw.standard_normal(D)
    x, new = draw.standard_normal((2, n, D))

    def kernel(p: Array, q: Array) -> Array:
        return np.asarray(p @ q.T + epsilon**2 * (p @ q.T) ** 2)

    found = kernel(new, x) @ np.linalg.lstsq(kernel(x, x), (x @ teacher) ** 2, rcond=1e-13)[0]
    return float(np.abs(found - (new @ teacher) ** 2).max())


def ex_06_3() -> float:
    """Tried in three to six dimensions, then the parabola through what was found."""
    least = []
    for D in (3, 4, 5, 6):
        enough = [
            n for n in range(2, 40)
            if all(off(D, n, epsilon) < 1e-4 for epsilon in (0.3, 1))
        ]  # fmt: skip
        least.append(enough[0])
    parabola = np.polyfit((3, 4, 5), least[:3], 2)
    assert np.isclose(np.polyval(parabola, 6), least[3])
    return float(round(np.polyval(parabola, 40)))


def told(delta: float, seed: int) -> tuple[float, float, float]:
    """Hump, steps to a low test loss and kernel line, every weight moved for itself."""
    D, n, K, epsilon = 20, 80, 100, 0.1
    draw = np.random.default_rng(seed)
    x = draw.standard_normal((n, D)) / D**0.5
    new = draw.standard_normal((500, D)) / D**0.5
    teacher = draw.standard_normal(D)
    teacher *= D**0.5 / np.linalg.norm(teacher)
    W = draw.standard_normal((K // 2, D))
    W = np.vstack([W + delta * teacher, draw.standard_normal((K // 2, D)) - delta * teacher])
    y, wanted = (x @ teacher) ** 2 / 2, (new @ teacher) ** 2 / 2

    def outputs(W: Array, x: Array) -> Array:
        h = x @ W.T
        return np.asarray((h + epsilon / 2 * h**2).mean(1))

    def kernel(p: Array, q: Array) -> Array:
        slopes = (1 + epsilon * p @ W.T) @ (1 + epsilon * q @ W.T).T / K
        return np.asarray(slopes * (p @ q.T))

    line = kernel(new, x) @ np.linalg.solve(kernel(x, x), y)
    first, first_new = outputs(W, x), outputs(W, new)
    losses = []
    for step in range(1001):
        if step % 10 == 0:
            losses.append(((outputs(W, new) - first_new - wanted) ** 2).mean())
        error = outputs(W, x) - first - y
        W = W - 4 / n * ((1 + epsilon * x @ W.T) * error[:, None]).T @ x
    silence = (wanted**2).mean()
    low = np.flatnonzero(np.array(losses) < 0.25 * silence)
    steps = 10.0 * low[0] if low.size else 1000.0
    return max(losses) / silence, steps, ((line - wanted) ** 2).mean() / silence


def ex_06_4() -> int:
    """Half as many dimensions, other seeds: the ratio of each number with and without a push."""
    ratios = [np.divide(told(0.3, seed), told(0, seed)) for seed in (11, 12, 13)]
    return int(np.abs(np.log(np.median(ratios, 0))).argmin())


def ex_06_5() -> float:
    """From the table itself: within a row of the map, the median slope of all pairs of cells."""
    from li2_core.runs import read_table, select

    cells = select(read_table("book/data/committee"), sweep="map")
    slopes = []
    for epsilon in np.unique(cells["epsilon"]):
        row = select(cells, epsilon=epsilon)
        known = []
        for scale in np.unique(row["output_scale"]):
            steps = np.asarray(select(row, output_scale=scale)["steps_to_test_0.25"], float)
            if np.isfinite(steps).all():
                known.append((np.log(scale), np.log(np.median(steps))))
        slopes += [(b[1] - a[1]) / (b[0] - a[0]) for k, b in enumerate(known) for a in known[:k]]
    return float(np.median(slopes))
