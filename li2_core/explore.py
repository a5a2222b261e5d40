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
    draw: Callable[..., Figure], *, alt: str, play: str | None = None, **grid: Sequence[Any]
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
    **grid : sequences
        The values of each keyword; the first is shown first. Live, evenly spaced
        numbers become a slider over everything in between, anything else a slider
        over just these values.

    Returns
    -------
    Explorer
        To be the last expression of a cell. Its frames exist only once it is shown.

    Raises
    ------
    ValueError
        If there is no keyword, a keyword has no values, ``alt`` is empty, ``play`` is
        not a keyword, or the values combine to more than 64 frames.

    Examples
    --------
    >>> explore(lambda k: plt.figure(), alt="nothing yet", k=[1, 2, 3])
    explore(<lambda>, k=[1, 2, 3])
    """
    if not grid or any(len(values) == 0 for values in grid.values()):
        raise ValueError("explore needs at least one keyword, each with at least one value")
    if not alt.strip():
        raise ValueError("alt must say in words what the figure shows")
    if play is not None and play not in grid:
        raise ValueError(f"play={play!r} is none of the keywords {', '.join(grid)}")
    count = int(np.prod([len(values) for values in grid.values()]))
    if count > MAX_FRAMES:
        raise ValueError(f"the values combine to {count} frames, at most {MAX_FRAMES} are drawn")
    return Explorer(draw, alt, play, {name: list(values) for name, values in grid.items()})


class Explorer:
    """What `explore` returns: an object that shows itself, see there."""

    def __init__(
        self, draw: Callable[..., Figure], alt: str, play: str | None, grid: dict[str, list[Any]]
    ) -> None:
        self.draw, self.alt, self.play, self.grid = draw, alt, play, grid

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={_texts(values)}" for name, values in self.grid.items())
        return f"explore({_name(self.draw)}, {values})".replace("'", "")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        folder = os.environ.get("LI2_PAGES")
        if folder:
            return {"text/plain": repr(self), "text/html": self.page(Path(folder))}
        panel = LivePanel(self)
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.box.model_id}
        return {
            "text/plain": repr(self),
            # For viewers that have no widgets.
            "image/png": base64.b64encode(panel.image.value).decode("ascii"),
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
        shown = ", ".join(f"{_label(name)} {_texts(v)[0]}" for name, v in self.grid.items())
        width, height = frames[0][1]
        # A "</" in the data would end the script element early.
        return _PAGE.format(
            source=f"{FRAMES_URL}/{frames[0][0]}",
            alt=html.escape(f"{self.alt} Shown: {shown}."),
            width=width,
            height=height,
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

    def _control(self, name: str) -> str:
        button = _BUTTON.format(label=_label(name)) if name == self.play else ""
        texts = _texts(self.grid[name])
        return _CONTROL.format(label=_label(name), last=len(texts) - 1, text=texts[0], play=button)


class LivePanel:
    """The ipywidgets face of an explorer, for the versions 7.7 (Colab) and 8."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.image = ipywidgets.Image(format="png")
        self.call = ipywidgets.Label()
        self.sliders = {
            name: _slider(name, values, discrete=name == explorer.play)
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


def _slider(name: str, values: list[Any], discrete: bool) -> Any:
    common: dict[str, Any] = {
        "description": _label(name),
        "continuous_update": False,
        "style": {"description_width": "initial"},
    }
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    gaps = np.diff(values) if numbers and len(values) > 1 else np.zeros(1)
    if discrete or gaps[0] == 0 or not np.allclose(gaps, gaps[0]):
        return ipywidgets.SelectionSlider(options=values, value=values[0], **common)
    ends = {"min": min(values), "max": max(values), "value": values[0]}
    if all(isinstance(v, int) for v in values):
        return ipywidgets.IntSlider(**ends, **common)
    step = abs(float(gaps[0])) / 10
    return ipywidgets.FloatSlider(**ends, step=step, readout_format="g", **common)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


def _texts(values: Sequence[Any]) -> list[Any]:
    """Values as they are shown: short numbers, everything else as text."""
    return [f"{v:g}" if isinstance(v, int | float) else str(v) for v in values]


def _name(draw: Callable[..., Figure]) -> str:
    return getattr(draw, "__name__", type(draw).__name__)


def _label(name: str) -> str:
    return name.replace("_", " ")


_PAGE = """<div class="li2-explorer">
<img src="{source}" alt="{alt}" width="{width}" height="{height}">
<div class="li2-controls" hidden>{controls}</div>
<code class="li2-call" hidden></code>
<script type="application/json">{data}</script>
</div>"""

_CONTROL = """<div class="li2-control">
<label><span class="li2-name">{label}</span>
<input type="range" min="0" max="{last}" value="0" step="1" aria-valuetext="{text}"></label>
<output>{text}</output>{play}</div>"""

_BUTTON = '<button type="button" class="li2-play" aria-label="Play {label}">&#9654;</button>'
