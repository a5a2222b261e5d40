"""`explore`: a figure with sliders, from one call, live in a kernel and in the built page.

In a notebook the sliders are ipywidgets and take any value in their range. While the
book is built there will be no kernel later, so the figure is drawn once for every
combination of the declared values, and the page brings a few lines of script that
show the right one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import itertools
import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

MAX_FRAMES = 64
FRAMES_URL = "../_static/frames"  # every chapter lies one folder below the pages' root


def explore(
    draw: Callable[..., Figure],
    *,
    alt: str,
    play: str | None = None,
    start: dict[str, Any] | None = None,
    still: dict[str, Any] | None = None,
    **grid: Sequence[Any],
) -> Explorer:
    """Show ``draw(**values)`` with a slider for every keyword.

    Parameters
    ----------
    draw : callable
        Takes one value of each keyword and returns a matplotlib figure.
    alt : str
        What the figure shows, in words; the values are added to it.
    play : str, optional
        The keyword that gets a play button.
    start : dict, optional
        Which value of a keyword is shown first, where it is not the first of its values.
    still : dict, optional
        Which values the figure has where nothing can be moved: on paper, and in viewers that have
        no widgets. Else the last of ``play``, and those of ``start``.
    **grid : sequences
        The values of each keyword. Live, evenly spaced numbers become a slider over
        everything in between, anything else a slider over just these values.

    Returns
    -------
    Explorer
        To be the last expression of a cell. Its frames exist only once it is shown.

    Raises
    ------
    ValueError
        If ``draw`` cannot be called, there is no keyword, a keyword has no sequence of values,
        ``alt`` is no text or empty, ``play``, ``start`` or ``still`` does not fit the keywords, or
        the values combine to more than 64 frames.

    Examples
    --------
    >>> explore(lambda k: plt.figure(), alt="nothing yet", k=[1, 2, 3])
    explore(<lambda>, k=[1, 2, 3])
    """
    if not callable(draw):
        raise ValueError(f"draw must be a function that returns a figure, got {draw!r}")
    if not grid:
        raise ValueError("explore needs at least one keyword with its values")
    values = {name: _values(name, given) for name, given in grid.items()}
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt must say in words what the figure shows")
    if play is not None and play not in grid:
        raise ValueError(f"play={play!r} is none of the keywords {', '.join(grid)}")
    for what, chosen in (("start", start), ("still", still)):
        for name, value in (chosen or {}).items():
            if value not in values.get(name, ()):
                raise ValueError(f"{what}: {name}={value!r} is none of the declared values")
    count = math.prod(map(len, values.values()))
    if count > MAX_FRAMES:
        raise ValueError(f"the values combine to {count} frames, at most {MAX_FRAMES} are drawn")
    first = {name: found[0] for name, found in values.items()} | (start or {})
    ended = {play: values[play][-1]} if play else {}
    return Explorer(draw, alt, play, first, first | ended | (still or {}), values)


def _values(name: str, given: Any) -> list[Any]:
    """The values of one keyword, those of an array as Python's numbers."""
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise ValueError(f"{name} must be a sequence of at least one value, got {given!r}")
    return list(given)


class Explorer:
    """What `explore` returns: an object that shows itself, see there."""

    def __init__(
        self,
        draw: Callable[..., Figure],
        alt: str,
        play: str | None,
        start: dict[str, Any],
        still: dict[str, Any],
        grid: dict[str, list[Any]],
    ) -> None:
        self.draw, self.alt, self.play, self.grid = draw, alt, play, grid
        self.start, self.still = start, still

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={_texts(values)}" for name, values in self.grid.items())
        return f"explore({_name(self.draw)}, {values})".replace("'", "")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        folder = os.environ.get("LI2_PAGES")
        if folder:
            return {"text/plain": repr(self), "text/html": self.page(Path(folder))}
        panel, picture = LivePanel(self), None
        if self.still != self.start:
            picture = _png(self.draw(**self.still))
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.box.model_id}
        return {
            "text/plain": repr(self),
            # For viewers that have no widgets.
            "image/png": base64.b64encode(picture or panel.image.value).decode("ascii"),
            "application/vnd.jupyter.widget-view+json": view,
        }

    def page(self, folder: Path) -> str:
        """Draw every frame into ``folder`` and return the HTML that shows them."""
        combinations = itertools.product(*self.grid.values())
        frames = [self._frame(folder, values) for values in combinations]
        data = {
            "draw": _name(self.draw),
            "alt": self.alt,
            "names": list(self.grid),
            "values": [_texts(values) for values in self.grid.values()],
            "frames": [name for name, _ in frames],
            "url": FRAMES_URL,
        }
        pictures = self._picture(frames, self.start)
        if self.still != self.start:
            pictures += "\n" + self._picture(frames, self.still, ' class="li2-still"')
        # A "</" in the data would end the script element early.
        return _PAGE.format(
            pictures=pictures,
            controls="".join(self._control(name) for name in self.grid),
            data=json.dumps(data).replace("</", "<\\/"),
        )

    def _frame(self, folder: Path, values: tuple[Any, ...]) -> tuple[str, tuple[int, int]]:
        figure = self.draw(**dict(zip(self.grid, values, strict=True)))
        picture = Image.open(io.BytesIO(_png(figure)))
        packed = io.BytesIO()
        picture.convert("RGB").save(packed, "WEBP", quality=80, method=6)
        name = hashlib.sha256(packed.getvalue()).hexdigest()[:20] + ".webp"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(packed.getvalue())
        return name, picture.size

    def _picture(
        self,
        frames: list[tuple[str, tuple[int, int]]],
        values: dict[str, Any],
        attributes: str = "",
    ) -> str:
        shown = ", ".join(f"{_label(k)} {_text(value)}" for k, value in values.items())
        places = [found.index(values[k]) for k, found in self.grid.items()]
        place = np.ravel_multi_index(places, [len(found) for found in self.grid.values()])
        name, (width, height) = frames[int(place)]
        return _PICTURE.format(
            source=f"{FRAMES_URL}/{name}",
            alt=html.escape(f"{self.alt} Shown: {shown}."),
            width=width,
            height=height,
            attributes=attributes,
        )

    def _control(self, name: str) -> str:
        button = _BUTTON.format(label=_label(name)) if name == self.play else ""
        values, first = self.grid[name], self.start[name]
        return _CONTROL.format(
            label=_label(name),
            last=len(values) - 1,
            place=values.index(first),
            text=_text(first),
            play=button,
        )


class LivePanel:
    """The ipywidgets face of an explorer, for the versions 7.7 (Colab) and 8."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.image = ipywidgets.Image(format="png", layout={"max_width": "44rem"})
        self.call = ipywidgets.Label()
        self.sliders = {
            name: _slider(name, values, explorer.start[name], discrete=name == explorer.play)
            for name, values in explorer.grid.items()
        }
        rows = [self._row(name) for name in self.sliders]
        self.box = ipywidgets.VBox([self.image, *rows, self.call])
        self.show()
        for slider in self.sliders.values():
            slider.observe(self.show, names="value")

    def show(self, _: object = None) -> None:
        """Draw the figure for the sliders' values, and the call that repeats it."""
        values = {name: slider.value for name, slider in self.sliders.items()}
        shown = ", ".join(f"{name}={value!r}" for name, value in values.items())
        try:
            self.image.value = _png(self.explorer.draw(**values))
            self.call.value = f"{_name(self.explorer.draw)}({shown})"
        except Exception as error:
            if not self.image.value:
                raise
            # Out of a slider's callback an error would vanish in a log.
            self.call.value = f"{type(error).__name__}: {error}"

    def _row(self, name: str) -> Any:
        slider = self.sliders[name]
        if name != self.explorer.play:
            return slider
        player = ipywidgets.Play(min=0, max=len(slider.options) - 1, interval=400)
        ipywidgets.jslink((player, "value"), (slider, "index"))
        return ipywidgets.HBox([player, slider])


def _slider(name: str, values: list[Any], start: Any, discrete: bool) -> Any:
    common: dict[str, Any] = {
        "value": start,
        "description": _label(name),
        "continuous_update": False,
        "style": {"description_width": "initial"},
    }
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    gaps = np.diff(values) if numbers and len(values) > 1 else np.zeros(1)
    if discrete or gaps[0] == 0 or not np.allclose(gaps, gaps[0]):
        return ipywidgets.SelectionSlider(options=values, **common)
    ends = {"min": min(values), "max": max(values)}
    if all(isinstance(v, int) for v in values):
        return ipywidgets.IntSlider(**ends, **common)
    step = abs(float(gaps[0])) / 10
    return ipywidgets.FloatSlider(**ends, step=step, readout_format="g", **common)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


def _text(value: Any) -> str:
    """A value as it is shown: numbers short."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _texts(values: Sequence[Any]) -> list[str]:
    return [_text(value) for value in values]


def _name(draw: Callable[..., Figure]) -> str:
    return getattr(draw, "__name__", type(draw).__name__)


def _label(name: str) -> str:
    return name.replace("_", " ")


_PICTURE = '<img{attributes} src="{source}" alt="{alt}" width="{width}" height="{height}">'

_PAGE = """<div class="li2-explorer">
{pictures}
<div class="li2-controls" hidden>{controls}</div>
<code class="li2-call" hidden></code>
<script type="application/json">{data}</script>
</div>"""

_CONTROL = """<div class="li2-control">
<label><span class="li2-name">{label}</span>
<input type="range" min="0" max="{last}" value="{place}" step="1" aria-valuetext="{text}"></label>
<output>{text}</output>{play}</div>"""

_BUTTON = '<button type="button" class="li2-play" aria-label="Play {label}">&#9654;</button>'
