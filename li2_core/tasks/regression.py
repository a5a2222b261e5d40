"""Regression on Gaussian inputs: polynomials of one direction, eigenvectors of a kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from li2_core._input import called, whole
from li2_core.tasks._split import seed_numbers
from li2_core.tasks.samples import SampledTask, pooled


def polynomial_task(
    dimension: int,
    num_train: int,
    num_test: int,
    degree: int = 2,
    seeds: int | Sequence[int] = 1,
) -> SampledTask:
    """Learn a polynomial of one hidden direction t from Gaussian inputs x ~ N(0, I/D).

    Each seed has its own inputs and its own t, of length sqrt(D). For degree 2 the answer is
    (t.x)^2 / 2, for another degree k the Hermite polynomial He_k(t.x) / sqrt(k!).

    Parameters
    ----------
    dimension : int
        D.
    num_train, num_test : int
        Inputs a seed.
    degree : int
    seeds : int or sequence of int
        An integer S means the seeds 0 .. S-1.

    Raises
    ------
    ValueError
        If a number is no positive whole number, or the seeds are none or repeated.

    References
    ----------
    Kumar et al., eq. 3 and Sec. 15.

    Examples
    --------
    >>> task = polynomial_task(10, num_train=40, num_test=100, seeds=2)
    >>> tuple(task.inputs.shape), tuple(task.targets.shape)
    ((280, 10), (280, 1))
    """
    D, k = whole("dimension", dimension, least=1), whole("degree", degree, least=1)
    n, m = whole("num_train", num_train, least=1), whole("num_test", num_test, least=1)
    numbers, inputs, targets = seed_numbers(seeds), [], []
    for seed in numbers:
        drawn = _gaussian(n + m + 1, D, seed)
        along = drawn[1:] @ (drawn[0] / drawn[0].norm())
        inputs.append(drawn[1:] / D**0.5)
        targets.append((along.square() / 2 if k == 2 else _hermite(along, k)).unsqueeze(1))
    config = {"name": "polynomial", "dimension": D, "num_train": n, "num_test": m}
    return pooled(inputs, targets, n, numbers, config | {"degree": k, "seeds": list(numbers)})


def eigenvector_task(
    kernel: Callable[[Tensor], Tensor],
    dimension: int,
    num_train: int,
    num_test: int,
    place: int,
    seeds: int | Sequence[int] = 1,
) -> SampledTask:
    """Learn an eigenvector of a kernel's Gram matrix from Gaussian inputs x ~ N(0, I/D).

    Each seed has its own inputs. The answers are the eigenvector over all of a seed's inputs,
    those of the test too, with a mean square of 1.

    Parameters
    ----------
    kernel : function
        Of inputs, float64 (N, D): their Gram matrix, (N, N).
    dimension : int
        D.
    num_train, num_test : int
        Inputs a seed.
    place : int
        1 for the eigenvector of the largest eigenvalue, 2 for the next; j in the paper.
    seeds : int or sequence of int
        An integer S means the seeds 0 .. S-1.

    Raises
    ------
    ValueError
        If a number is no positive whole number, the place is too large, the kernel gives no
        Gram matrix, or the seeds are none or repeated.

    References
    ----------
    Kumar et al., Sec. 6.1.

    Examples
    --------
    >>> def line(x):
    ...     return x @ x.T
    >>> task = eigenvector_task(line, 5, num_train=20, num_test=20, place=1)
    >>> round(task.targets.square().mean().item(), 3)
    1.0
    """
    D = whole("dimension", dimension, least=1)
    n, m = whole("num_train", num_train, least=1), whole("num_test", num_test, least=1)
    j, numbers = whole("place", place, least=1, most=n + m), seed_numbers(seeds)
    inputs, targets = [], []
    for seed in numbers:
        x = _gaussian(n + m, D, seed) / D**0.5
        gram = kernel(x)
        if tuple(gram.shape) != (n + m, n + m):
            raise ValueError(f"kernel must give {(n + m, n + m)}, got {tuple(gram.shape)}")
        vector = torch.linalg.eigh(gram).eigenvectors[:, [-j]]
        # An eigenvector has no sign of its own: the same on every machine.
        vector = vector * vector[vector.abs().argmax()].sign()
        inputs.append(x)
        targets.append((n + m) ** 0.5 * vector)
    config = {"name": "eigenvector", "kernel": called(kernel), "dimension": D, "place": j}
    sizes = {"num_train": n, "num_test": m, "seeds": list(numbers)}
    return pooled(inputs, targets, n, numbers, config | sizes)


def _gaussian(rows: int, columns: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)


def _hermite(x: Tensor, degree: int) -> Tensor:
    """He_k(x) / sqrt(k!), of variance 1 where x is standard normal."""
    before, now = torch.ones_like(x), x
    for k in range(1, degree):
        before, now = now, x * now - k * before
    return now / math.sqrt(math.factorial(degree))
