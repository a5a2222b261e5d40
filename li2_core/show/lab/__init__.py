"""A network that the reader trains in the page, and the same network in Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import ipywidgets

from li2_core._input import real, whole
from li2_core.show.lab import page
from li2_core.show.lab.state import LabState
from li2_core.show.lab.twin import reproduce

__all__ = ["lab", "reproduce"]
PACES = 2, 10, 30, 100, 1e9


def lab(
    group: str = "Z_23",
    K: int = 128,
    p: float = 0.6,
    s: str = "x2",
    lr: float = 0.01,
    decay: float = 0.001,
    scale: float = 1.0,
    seed: int = 0,
    *,
    pace: float = 100,
    stop: int | None = None,
    coast: Mapping[int, float] | None = None,
) -> Lab:
    """A network that trains in the page, with knobs to turn while it does.

    Parameters
    ----------
    group, K, p, s, lr, decay, scale, seed
        What it starts from, as in `LabState`.
    pace : float
        Steps a second at first: 2, 10, 30, 100, or 1e9, which is as fast as it can.
    stop : int, optional
        The step at which it pauses.
    coast : mapping of int to float, optional
        A map of thresholds p_c by the order of a group. It is drawn, and each run that comes
        to ``stop`` puts a dot on it.

    Returns
    -------
    Lab
        To be the last expression of a cell.

    Raises
    ------
    ValueError
        If a value of the start, ``pace``, ``stop`` or ``coast`` is not allowed.

    Examples
    --------
    >>> lab(group="Z_31", K=256)
    lab(#group=Z_31&K=256&p=0.6&s=x2&lr=0.01&decay=0.001&scale=1&seed=0)
    """
    if pace not in PACES:
        raise ValueError(f"pace must be one of 2, 10, 30, 100 and 1e9, got {pace!r}")
    options: dict[str, Any] = {"pace": float(pace)}
    if stop is not None:
        options["stop"] = whole("stop", stop, least=1)
    if coast is not None:
        options["coast"] = sorted(
            [whole("an order", order, least=1), round(real("p_c", p_c, least=0, most=1), 4)]
            for order, p_c in coast.items()
        )
    state = LabState(group=group, K=K, p=p, s=s, lr=lr, decay=decay, scale=scale, seed=seed)
    return Lab(state, options)


class Lab:
    """What `lab` returns: an object that shows itself, see there."""

    def __init__(self, state: LabState, options: dict[str, Any]) -> None:
        self.state, self.options = state, options

    def __repr__(self) -> str:
        return f"lab({self.state.fragment()})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        fragment = self.state.fragment()
        if os.environ.get("LI2_PAGES"):
            return {"text/plain": repr(self), "text/html": page.element(fragment, self.options)}
        # A widget's contents are not stored with the notebook, of which the script is half a page.
        box = ipywidgets.HTML(page.frame(fragment, self.options))
        view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}
