"""The answers of chapter 11's exercises, on other ways than its solutions."""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import minimize

from li2_core.groups import dicyclic, dihedral, symmetric


def said(w: np.ndarray, table: np.ndarray) -> np.ndarray:
    """What nodes, one a row, say to all pairs, centred."""
    u, v = np.split(w, 2, axis=1)
    F = ((u[:, :, None] + v[:, None, :]) ** 2).reshape(len(w), -1).T
    return F - F.mean(0)


def labels(table: np.ndarray) -> np.ndarray:
    return np.eye(len(table))[table.ravel()] - 1 / len(table)


def left(w: np.ndarray, table: np.ndarray) -> float:
    F, Y = said(w, table), labels(table)
    fit = F @ np.linalg.lstsq(F, Y, rcond=1e-10)[0]
    return float(((Y - fit) ** 2).sum() / (Y**2).sum())


def ex_11_1() -> float:
    """From the characters of a random matrix that commutes: the dimensions of its blocks."""
    table = np.asarray(dihedral(4).table)
    regular = np.eye(8)[table].transpose(0, 2, 1)
    draw = np.random.default_rng(0).standard_normal((8, 8))
    mean = sum(g @ (draw + draw.T) @ g.T for g in regular) / 8
    # An irrep with c = 1 appears D times, each time with one eigenvalue D times.
    values = np.round(np.linalg.eigvalsh(mean), 6)
    sizes = np.unique(values, return_counts=True)[1]
    total = sum(int(D) ** 3 / int(D) for D in sizes)  # each irrep counted D times
    return float(total - 1)


def ex_11_2() -> float:
    """By a solver over the phases of three waves, in the eight coordinates of a node."""

    def over(x: np.ndarray) -> float:
        f, s = x[:3], x[3:]
        pairs = ((0.5, 2 * f), (0.5, 2 * s), (1.0, f + s), (1.0, f - s))
        parts = [size * g(angle) for size, angle in pairs for g in (np.cos, np.sin)]
        rows = np.array(parts)
        wanted = np.zeros((8, 2))
        wanted[4, 0] = wanted[5, 1] = 1
        fit = rows @ np.linalg.lstsq(rows, wanted, rcond=1e-9)[0]
        return float(((wanted - fit) ** 2).sum() / 2)

    draw = np.random.default_rng(2)
    starts = (draw.uniform(0, 2 * np.pi, 6) for _ in range(40))
    options = {"maxiter": 3000, "fatol": 1e-9, "xatol": 1e-6}
    return min(minimize(over, x, method="Nelder-Mead", options=options).fun for x in starts)


def ex_11_3() -> int:
    """The least-squares readout of four designed nodes on 13 hours, by its Fourier phase."""
    turn = 2 * np.pi * np.arange(13) / 13
    table = np.add.outer(np.arange(13), np.arange(13)) % 13
    phases = np.pi / 2 * np.array([[0, 0], [1, -1], [0, 1], [1, 0]])
    w = np.array([
        np.r_[np.cos(k * turn + f), np.cos(k * turn + s)] for k in range(1, 7) for f, s in phases
    ])  # fmt: skip
    V = np.linalg.lstsq(said(w, table), labels(table), rcond=1e-10)[0]
    angle = np.array([np.angle(np.fft.rfft(row)[1 + j // 4]) for j, row in enumerate(V)])
    f, s = np.tile(phases, (6, 1)).T
    gaps = [np.abs(np.exp(1j * angle) - np.exp(1j * of)).max() for of in (f + s, f - s, -f - s)]
    return int(np.argmin(gaps)) if min(gaps) < 1e-6 else 3


def ex_11_4() -> float:
    """The least charge of six over that of four, by a search over the amplitude."""
    alpha = np.linspace(0.05, 3, 200001)
    least = [(m * (2 * alpha**2 + (1 / (m * alpha**2)) ** 2)).min() for m in (4, 6)]
    return float(least[1] / least[0])


def ex_11_5() -> int:
    """By a quasi-Newton search, with the readout solved for, from a few starts."""
    torch.set_num_threads(1)

    def found(group: object, nodes: int, level: float = 5e-3) -> bool:
        table = np.asarray(group.table)
        Y = torch.from_numpy(labels(table))

        def over(flat: np.ndarray) -> tuple[float, np.ndarray]:
            w = torch.tensor(flat.reshape(nodes, -1), requires_grad=True)
            u, v = (w / w.norm(dim=1, keepdim=True)).chunk(2, dim=1)
            F = (u[:, :, None] + v[:, None]).square().flatten(1).T
            F = F - F.mean(0)
            gram = F.T @ F + 1e-7 * torch.eye(nodes, dtype=F.dtype)
            rest = 1 - (torch.linalg.solve(gram, F.T @ Y) * (F.T @ Y)).sum() / Y.square().sum()
            rest.backward()
            return rest.item(), w.grad.numpy().ravel()

        for seed in range(3):
            start = np.random.default_rng(seed).standard_normal(nodes * 2 * len(table))
            done = minimize(over, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
            if done.fun < level:
                return True
        return False

    both = found(dicyclic(2), 13), found(symmetric(3), 7)
    return {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[both]
