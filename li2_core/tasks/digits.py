"""Handwritten digits, those that scikit-learn brings along."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from li2_core._input import whole
from li2_core.tasks._split import random_split, seed_numbers
from li2_core.tasks.samples import SampledTask


def digits_task(num_train: int, seeds: int | Sequence[int] = 1) -> SampledTask:
    """Read handwritten digits: 1797 images of 8 x 8 grey values, in rows of 64 from 0 to 1.

    Each seed trains on some of them and is tested on the rest.

    Parameters
    ----------
    num_train : int
        n.
    seeds : int or sequence of int
        An integer S means the seeds 0 .. S-1.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    ValueError
        If n is no whole number from 1 to 1796, or the seeds are none or repeated.

    Examples
    --------
    >>> task = digits_task(200, seeds=2)
    >>> tuple(task.inputs.shape), tuple(task.test_index.shape)
    ((1797, 64), (2, 1597))
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn: pip install scikit-learn, or li2_core[digits]"
        ) from error
    images, labels = load_digits(return_X_y=True)
    n, numbers = whole("num_train", num_train, least=1, most=len(images) - 1), seed_numbers(seeds)
    splits = [random_split(len(images), n, seed) for seed in numbers]
    train, test = (torch.stack(index) for index in zip(*splits, strict=True))
    return SampledTask(
        torch.from_numpy(images / 16).float(),
        torch.from_numpy(labels).long(),
        train,
        test,
        numbers,
        10,
        {"name": "digits", "num_train": n, "seeds": list(numbers)},
    )
