"""What comes in from outside: one place that says what was given and what is allowed."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

T = TypeVar("T")


def whole(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """A whole number, Python's or NumPy's, within bounds that are allowed themselves.

    Raises
    ------
    ValueError
        If it is none (3.7, True and "3" are not), or out of bounds.
    """
    try:
        found = operator.index(value)
    except TypeError:
        found = None
    if found is None or isinstance(value, bool) or not _within(found, least, most):
        raise ValueError(f"{name} must be a whole number{_bounds(least, most)}, got {value!r}")
    return found


def real(
    name: str,
    value: Any,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """A finite real number within bounds; ``least`` and ``most`` are allowed themselves.

    Raises
    ------
    ValueError
        If it is none (True and "0.1" are not), not finite, or out of bounds.
    """
    is_number = isinstance(value, (int, float, np.integer, np.floating)) or (
        isinstance(value, (Tensor, np.ndarray)) and value.ndim == 0 and value.dtype != torch.bool
    )
    found = float(value) if is_number and not isinstance(value, bool) else float("nan")
    fits = np.isfinite(found) and _within(found, least, most)
    fits = fits and (above is None or found > above) and (below is None or found < below)
    if not fits:
        limits = _bounds(least, most, above, below)
        raise ValueError(f"{name} must be a finite number{limits}, got {value!r}")
    return found


def tensor(name: str, value: Any, shape: str, last: int | None = None) -> Tensor:
    """Numbers as a tensor: a tensor as it is, an array of NumPy or a list taken over.

    Parameters
    ----------
    shape : str
        What the message asks for, as "(..., 2M)".
    last : int, optional
        The length that the last axis must have.

    Raises
    ------
    ValueError
        If these are no numbers, some are not finite, or the last axis has another length.
    """
    try:
        found = value if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers of shape {shape}, got {value!r}") from error
    if found.dtype == torch.bool or not found.isfinite().all():
        raise ValueError(f"{name} must be finite numbers of shape {shape}")
    if found.ndim < 1 or (last is not None and found.shape[-1] != last):
        raise ValueError(f"{name} must be {shape}, got {tuple(found.shape)}")
    return found


def instance(name: str, value: Any, kind: type[T]) -> T:
    """An object of a class.

    Raises
    ------
    TypeError
        If it is another thing.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {value!r}")
    return value


def named(what: str, name: Any, table: Mapping[str, T]) -> T:
    """The entry of this name.

    Raises
    ------
    ValueError
        If there is none; the message lists the allowed names.
    """
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown {what} {name!r}, allowed: {', '.join(sorted(table))}")
    return table[name]


def name_of(given: Any) -> str:
    """How a name or somebody's own is written down: the name, or "own" and what it is called.

    So that nobody's own is taken for one of ours with the same name.
    """
    if isinstance(given, str):
        return given
    return f"own {getattr(given, 'name', None) or called(given)}"


def called(function: Any) -> str:
    """What a function calls itself, or else its type."""
    return str(getattr(function, "__name__", type(function).__name__))


def device(given: Any) -> torch.device:
    """A device on which there is something to compute with.

    Raises
    ------
    ValueError
        If this machine has no such device.
    """
    try:
        found = torch.device(given)
        torch.empty(0, device=found)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        allowed = "cpu, cuda" if torch.cuda.is_available() else "cpu"
        raise ValueError(f"no device {given!r} here, allowed: {allowed}") from error
    return found


def floating(given: Any) -> torch.dtype:
    """One of the two number types that a network may have.

    Raises
    ------
    ValueError
        If it is another.
    """
    if given not in (torch.float32, torch.float64):
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {given!r}")
    return given


def _within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _bounds(
    least: float | None,
    most: float | None,
    above: float | None = None,
    below: float | None = None,
) -> str:
    words = {"at least": least, "above": above, "at most": most, "below": below}
    said = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
    return f" {' and '.join(said)}" if said else ""
