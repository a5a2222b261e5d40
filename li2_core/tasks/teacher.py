"""A student learns what its teacher, a network with random weights, says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from li2_core._input import whole
from li2_core.tasks._split import seed_numbers
from li2_core.tasks.samples import SampledTask, pooled


def teacher_task(
    sizes: Sequence[int] = (5, 100, 100, 5),
    num_train: int = 100,
    num_test: int = 400,
    seeds: int | Sequence[int] = 1,
) -> SampledTask:
    """Learn the outputs of a random network with tanh nodes from standard normal inputs.

    Each seed has its own teacher, with PyTorch's own first weights, and its own inputs.

    Parameters
    ----------
    sizes : sequence of int
        The teacher's widths from the inputs to the outputs.
    num_train, num_test : int
        Inputs a seed.
    seeds : int or sequence of int
        An integer S means the seeds 0 .. S-1.

    Raises
    ------
    ValueError
        If there are fewer than two sizes, a number is no positive whole number, or the seeds are
        none or repeated.

    References
    ----------
    Kumar et al., Sec. 8.3.1, after Liu et al. (2022), Omnigrok.

    Examples
    --------
    >>> task = teacher_task(num_train=50, num_test=200, seeds=3)
    >>> tuple(task.inputs.shape), tuple(task.targets.shape)
    ((750, 5), (750, 5))
    """
    widths = [whole("a size", size, least=1) for size in sizes]
    if len(widths) < 2:
        raise ValueError(f"sizes must be at least two, inputs and outputs, got {sizes!r}")
    n, m = whole("num_train", num_train, least=1), whole("num_test", num_test, least=1)
    numbers, inputs, targets = seed_numbers(seeds), [], []
    for seed in numbers:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.default_generator.manual_seed(seed)
            x = torch.randn(n + m, widths[0])
            layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
            said = x
            for layer in layers[:-1]:
                said = layer(said).tanh()
            inputs.append(x)
            targets.append(layers[-1](said))
    config = {"name": "teacher", "sizes": widths, "num_train": n, "num_test": m}
    return pooled(inputs, targets, n, numbers, config | {"seeds": list(numbers)})
