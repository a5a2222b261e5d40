"""What has become of a training, in a word."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: What may become of a run: see `fates`.
FATES = ("collapse", "no fit", "memorising", "grokking", "grok and lose")
LEVEL = 0.9


def fates(train: Any, test: Any, best: Any, active: Any) -> npt.NDArray[np.str_]:
    """The fate of each run by its accuracies: one of `FATES`.

    ``collapse``: at some time no hidden node was left alive. ``no fit``: it does not know its
    own pairs, perhaps not yet. ``memorising``: it knows them and has never known the others.
    ``grokking``: it knows both. ``grok and lose``: it knew the others and does not any more.
    To know is an accuracy of 0.9.

    Parameters
    ----------
    train, test : array, (...)
        Accuracies now.
    best : array, (...)
        The highest test accuracy so far.
    active : array, (...)
        The fewest hidden nodes alive so far, as the probe ``active_nodes`` counts them: near
        zero the noise of the steps revives some.

    Returns
    -------
    ndarray of str, (...)

    Raises
    ------
    ValueError
        If a number is no accuracy, or the best is below the test accuracy.

    Examples
    --------
    >>> train, test, best = [0.1, 1, 1, 1], [0.1, 0.2, 1, 0.5], [0.1, 0.2, 1, 1]
    >>> fates(train, test, best, active=[0, 256, 200, 30]).tolist()
    ['collapse', 'memorising', 'grokking', 'grok and lose']
    """
    train, test, best = (np.asarray(values, dtype=float) for values in (train, test, best))
    for name, values in (("train", train), ("test", test), ("best", best)):
        if not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"{name} must be accuracies from 0 to 1, got {values!r}")
    if (best < test).any():
        raise ValueError(f"best must be at least test, got {best!r} below {test!r}")
    choices = [np.asarray(active) == 0, train < LEVEL, best < LEVEL, test >= LEVEL]
    return np.select(choices, FATES[:4], default=FATES[4])
