"""What the tests measure against, once: the formulas letter by letter, and small groups."""

import itertools
from pathlib import Path

import numpy as np
import torch

from li2_core import (
    FiniteGroup,
    GroupTask,
    alternating,
    cyclic,
    dicyclic,
    dihedral,
    product,
    semidirect,
    symmetric,
)

DATA = Path(__file__).resolve().parents[1] / "book" / "data"

# The activations, written again from other functions than the library's.
MEANING = {
    "square": lambda h: h * h,
    "relu": lambda h: h.clamp_min(0),
    "silu": lambda h: h / (1 + torch.exp(-h)),
    "gelu": lambda h: h * (1 + torch.erf(h / 2**0.5)) / 2,
    "tanh": lambda h: 1 - 2 / (torch.exp(2 * h) + 1),
    "identity": lambda h: h * 1,
}
# And some that it has no names for.
FUNCTIONS = MEANING | {
    "sigmoid": torch.sigmoid,
    "cube": lambda h: h**3,
    "fourth": lambda h: h**4,
}


def dense_outputs(X, W, V, name="square", scale=1.0):
    """scale * s(X W) V less its row mean, with one-hot X: the network as the book writes it.

    Of complex weights, the real part.
    """
    outputs = scale * (MEANING[name](X @ W) @ V)
    outputs = outputs.real if outputs.is_complex() else outputs
    return outputs - outputs.mean(-1, keepdim=True)


def dense_loss(X, Y, W, V, name="square", scale=1.0, loss="mse"):
    """The mean over samples of the squared distance to the centred one-hot labels.

    Or minus the log of the probability of the right answer.
    """
    if loss == "cross_entropy":
        powers = torch.exp(dense_outputs(X, W, V, name, scale))
        return -torch.log((powers * Y).sum(-1) / powers.sum(-1)).mean()
    labels = Y - Y.mean(-1, keepdim=True)
    return (dense_outputs(X, W, V, name, scale) - labels).square().sum(-1).mean()


def stepped(optimizer, weights, gradients):
    """The weights after a step along each of the gradients."""
    for gradient in gradients:
        weights.grad = gradient.clone()
        optimizer.step()
    return weights


def largest_error(found, expected):
    """The largest difference of two tensors over the largest expected entry."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max())


def draw(*shape, seed=0, kind=torch.float64):
    """Normal numbers that the seed chooses."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=kind)


def random_problem(n, K, M=3, seed=0, batch=(2,), rank=None):
    """F with singular values between 1/2 and 2, as many as the rank, and any Y."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*batch, *shape, dtype=torch.float64, generator=generator)

    r = min(n, K) if rank is None else min(rank, n, K)
    left, right = (torch.linalg.qr(draw(size, r)).Q for size in (n, K))
    values = 0.5 + 1.5 * torch.rand(r, dtype=torch.float64, generator=generator)
    return left * values @ right.mT, draw(n, M)


def one_hots(target):
    """X and Y of a whole table or of a task's training set, in full."""
    if isinstance(target, GroupTask):
        return target.rows(target.train_index[0]), target.labels(target.train_index[0])
    pairs = list(itertools.product(range(target.order), repeat=2))
    eye = torch.eye(target.order, dtype=torch.float64)
    X = torch.stack([torch.cat([eye[a], eye[b]]) for a, b in pairs])
    return X, torch.stack([eye[target.table[a, b]] for a, b in pairs])


def dense_energy(w, target, name="square", labels=None):
    """1/2 ||Z' s(X w)||^2, letter by letter."""
    X, Y = one_hots(target)
    Z = Y - Y.mean(0) if labels is None else labels
    return 0.5 * (Z.T.to(w.dtype) @ MEANING[name](X.to(w.dtype) @ w.mT)).abs().square().sum(0)


def random_nodes(count, group, is_complex=False, seed=0):
    kind = torch.complex128 if is_complex else torch.float64
    return draw(count, 2 * group.order, seed=seed, kind=kind)


def centred_squares(nodes, group):
    """Ft of x^2 on the full table."""
    F = (one_hots(group)[0] @ nodes.T).square()
    return F - F.mean(0)


def by_markov_chain(p, kept):
    """The mean number of nodes, state by state: which features have been found."""
    L, means = len(p), {}
    for size in range(L, -1, -1):
        for found in map(frozenset, itertools.combinations(range(L), size)):
            chances = [x * kept if i in found else x for i, x in enumerate(p.tolist())]
            new = [i for i in range(L) if i not in found]
            after = sum(chances[i] * means[found | {i}] for i in new)
            fresh = sum(chances[i] for i in new)
            means[found] = (sum(chances) + after) / fresh if new else 0.0
    return means[frozenset()]


# One answer's six pairs in S_3, and how often each is seen.
MEMORY, TARGET = symmetric(3), 4
PROBABILITIES = np.array([0.3, 0.22, 0.18, 0.14, 0.1, 0.06])


def memory_ascent(name, starts, steps=2000, length=0.3):
    """Steps of one length up 1/2 (sum p_g s(u_g + v_{g^-1 h}))^2 on |w| = 1, by definition."""
    table = MEMORY.table
    partner = [int(np.flatnonzero(table[g] == TARGET)[0]) for g in range(6)]
    p = torch.tensor(PROBABILITIES)
    w = starts / starts.norm(dim=1, keepdim=True)
    for _ in range(steps):
        w.requires_grad_()
        total = FUNCTIONS[name](w[:, :6] + w[:, [6 + b for b in partner]]) @ p
        (slope,) = torch.autograd.grad(0.5 * total.square().sum(), w)
        w = w.detach() + length * slope / slope.norm(dim=1, keepdim=True)
        w /= w.norm(dim=1, keepdim=True)
    return w, (w[:, :6] + w[:, [6 + b for b in partner]]).numpy()


def memory_starts(count, positive):
    starts = draw(count, 12)
    return starts.abs() if positive else starts


def renamed(group: FiniteGroup, seed: int = 0) -> FiniteGroup:
    """The same group with its elements renamed at random."""
    rename = np.random.default_rng(seed).permutation(group.order)
    back = np.argsort(rename)
    return FiniteGroup(rename[group.table[np.ix_(back, back)]], name=f"{group.name} renamed")


def matrix_group(generators: list, modulus: int) -> FiniteGroup:
    """The matrices that some matrices of integers generate modulo a number."""

    def multiply(a, b):
        return tuple(map(tuple, np.array(a) @ np.array(b) % modulus))

    found = [tuple(map(tuple, np.eye(len(generators[0]), dtype=int)))]
    for element in found:
        for generator in generators:
            image = multiply(generator, element)
            if image not in found:
                found.append(image)
    return FiniteGroup([[found.index(multiply(a, b)) for b in found] for a in found])


def constructed(largest: int) -> list[FiniteGroup]:
    """One way or several to every group of a small order that the constructors can make."""
    groups = [cyclic(n) for n in range(1, largest + 1)]
    groups += [dihedral(n) for n in range(1, largest // 2 + 1)]
    groups += [dicyclic(n) for n in range(1, largest // 4 + 1)]
    groups += [symmetric(3), alternating(3), symmetric(4), alternating(4)]
    for n, m in itertools.product(range(3, largest + 1), range(2, largest + 1)):
        if n * m <= largest:
            groups += [semidirect(n, m, r) for r in range(2, n) if pow(r, m, n) == 1]
    factors = [g for g in groups if 1 < g.order <= largest // 2]
    while factors:
        pairs = [(f, g) for f in factors for g in groups if 1 < g.order <= largest // f.order]
        factors = [product(f, g) for f, g in pairs if f.order <= g.order]
        groups += factors
        factors = [f for f in factors if f.order <= largest // 2]
    return groups


def look(group: FiniteGroup) -> tuple:
    """Numbers by which most groups that differ can be told apart: orders and centralizers."""
    power, orders = np.arange(group.order), np.ones(group.order, dtype=int)
    while (power != group.identity).any():
        orders += power != group.identity
        power = np.where(power == group.identity, power, group.table[power, np.arange(group.order)])
    commuting = (group.table == group.table.T).sum(axis=1)
    return tuple(sorted(zip(orders.tolist(), commuting.tolist(), strict=True)))


SMALL = list({look(group): group for group in constructed(24)}.values())


HEISENBERG = [[[1, 1, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 1, 1], [0, 0, 1]]]


OTHERS = [
    matrix_group([[[1, 1], [0, 1]], [[1, 0], [1, 1]]], 3),  # SL(2, 3): all three kinds, d > 1
    matrix_group(HEISENBERG, 3),  # of complex kind, d = 3
    semidirect(13, 3, 3),
    semidirect(5, 8, 2),
    alternating(5),  # d = 4: no element has one real eigenvalue once
    product(dihedral(4), dicyclic(2)),  # quaternionic kind, D = 8, and no eigenvalue once
]
