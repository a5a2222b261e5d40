"""Docstrings that tell the truth: the shapes they state are checked at every call in a test.

A parameter or a result of the theory's functions reads "weights : Tensor, float64, (..., 2M)".
What such lines say is compared with what a call took and gave, once it has taken it. A letter
is one number in a call; M and n are those of the group or the pairs, and whole numbers and
lists among the arguments lend their value or length to the axes that have their name.
"""

import functools
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable
from typing import Any

import jaxtyping
import numpy as np
import torch

from li2_core import FiniteGroup
from li2_core.tasks import pairs_of

ROOMS = ("groups", "lazy", "rich", "energy", "scaling", "interaction")
KINDS = {
    "bool": jaxtyping.Bool,
    "int64": jaxtyping.Int64,
    "int": jaxtyping.Int,
    "float64": jaxtyping.Float64,
    "complex128": jaxtyping.Complex128,
}
Function = Callable[..., Any]


@functools.cache
def types_of(stated: str) -> tuple[Any, ...]:
    """What "Tensor, float64, (..., 2M)" or "(P,) or (P, S)" says; none if it says no shape."""
    kinds = [KINDS[word] for word in re.findall(r"\w+", stated) if word in KINDS]
    found = []
    for shape in re.findall(r"\(([^()]*)\)", stated):
        dims = shape.replace(" ", "").replace("...", "*batch").replace(",", " ")
        dims = re.sub(r"\b(\d+)(?=[A-Za-z])", r"\1*", dims)
        found += [k[a, dims] for k in kinds or [jaxtyping.Num] for a in (torch.Tensor, np.ndarray)]
    return tuple(found)


def section(said: str, title: str) -> dict[str, str]:
    """The entries of one section of a docstring by name, or by "" where they have none."""
    found = re.search(rf"^{title}\n-+\n([\s\S]*?)(?=^\w.*\n---|\Z)", said, re.MULTILINE)
    lines = re.findall(r"^\S.*", found[1] if found else "", re.MULTILINE)
    entries = [line.split(" : ") if " : " in line else ["", line] for line in lines]
    return {name: text for names, text in entries for name in names.split(", ")}


@functools.cache
def parameters(function: Function) -> dict[str, str]:
    """What a docstring says of the arguments, or another one to which it refers."""
    said = inspect.getdoc(function) or ""
    room = ".".join(function.__module__.split(".")[:2])
    known = vars(sys.modules[room]) | function.__globals__
    found: dict[str, str] = {}
    for other in re.findall(r"\b[Aa]s of `(\w+)`", said):
        found |= parameters(inspect.unwrap(known[other]))
    found |= section(said, "Parameters")
    return {name: found[name] for name in inspect.signature(function).parameters if name in found}


@functools.cache
def results(function: Function) -> dict[str, str]:
    said = inspect.getdoc(function) or ""
    return section(said, "Returns") | section(said, "Yields")


@functools.cache
def fields(kind: type) -> dict[str, str]:
    return section(inspect.getdoc(kind) or "", "Attributes")


@functools.cache
def letter_type(letter: str) -> Any:
    return jaxtyping.Shaped[np.ndarray, letter]


def letters(values: dict[str, Any], arrays: list[tuple[str, str, Any]]) -> dict[str, int]:
    """What the arguments themselves say of the letters, and arrays of the M in 2M."""
    found: dict[str, int] = {}
    for name, value in values.items():
        group = value if isinstance(value, FiniteGroup) else getattr(value, "group", None)
        if group is not None:
            found["M"] = group.order
        if group is not None and name == "target":
            found["n"] = len(pairs_of(value))
        if isinstance(value, int | np.integer) and value >= 0:
            found["M" if name == "order" else name] = int(value)
        if isinstance(value, list | tuple | range):
            found[name] = len(value)
    for _, stated, value in arrays:
        for kind in types_of(stated)[:1]:
            axes = zip(kind.dim_str.split()[::-1], np.shape(value)[::-1], strict=False)
            for axis, size in axes:
                if part := re.fullmatch(r"(\d+)\*([A-Z])|([A-Z])\+(\d+)", axis):
                    twice, more = int(part[1] or 1), int(part[4] or 0)
                    found.setdefault(part[2] or part[3], (size - more) // twice)
    return found


def check(function: Function, values: dict[str, Any], result: Any) -> Any:
    """Compare a call with the docstring; give the result.

    Raises
    ------
    AssertionError
        If something has another shape, or holds other numbers, than is stated.
    """
    gave = results(function)
    parts = result if len(gave) > 1 else [result] * len(gave)
    arrays = [(name, text, values[name]) for name, text in parameters(function).items()]
    arrays += [(name, *part) for name, *part in zip(gave, gave.values(), parts, strict=True)]
    arrays += [(name, text, getattr(result, name)) for name, text in fields(type(result)).items()]
    with jaxtyping.jaxtyped("context"):
        for letter, size in letters(values, arrays).items():
            isinstance(np.broadcast_to(0, size), letter_type(letter))
        for name, stated, value in arrays:
            types = types_of(stated)
            if value is None or not types:
                continue
            array = value if isinstance(value, torch.Tensor) else np.asarray(value)
            fits = isinstance(array, types)
            where = f"{function.__module__}.{function.__name__}: {name or 'the result'}"
            assert fits, f"{where} should be {stated}, got {array.dtype} {tuple(array.shape)}"
    return result


def checked(function: Function) -> Function:
    """The function, which then fails where it does not do as its docstring says."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        result = function(*args, **options)
        bound = signature.bind(*args, **options)
        bound.apply_defaults()
        if inspect.isgenerator(result):
            return (check(function, bound.arguments, item) for item in result)
        return check(function, bound.arguments, result)

    return call


def theory() -> list[Function]:
    """The public functions of the theory's rooms."""
    found = []
    for room in ROOMS:
        path = importlib.import_module(f"li2_core.{room}").__path__
        for info in pkgutil.iter_modules(path, f"li2_core.{room}."):
            own = vars(importlib.import_module(info.name)).values()
            found += [f for f in own if inspect.isfunction(f) and f.__module__ == info.name]
    return [function for function in found if not function.__name__.startswith("_")]


def install() -> None:
    """Put checked functions in the place of the theory's, wherever the library has them.

    What is imported later finds them there.
    """
    pairs = {function: checked(function) for function in theory()}
    for module in [m for name, m in sys.modules.items() if name.split(".")[0] == "li2_core"]:
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value in pairs:
                setattr(module, name, pairs[value])
