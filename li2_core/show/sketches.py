"""`Sketch`: a curve that the reader draws before seeing the measured one."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Sequence
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt

from li2_core import _input
from li2_core.show._prose import inline
from li2_core.show.style import BLUE, ORANGE

# The drawing's size, and where its axes lie in it: left, right, top, bottom.
WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 58, 348, 12, 200
NEAR = 0.1


class Sketch:
    """A curve to be drawn: its axes, its places, and what was measured there.

    Parameters
    ----------
    x, y : str
        What the axes show, in plain words without formulas.
    places : sequence of numbers or str
        Three to nine values along the x-axis, drawn at equal distances.
    curve : sequence of numbers
        What was measured at each place.
    limits : (number, number)
        The ends of the y-axis.
    why : str
        What to say when the measured curve is shown, and why a good reader drew another.

    Raises
    ------
    ValueError
        If there are not three to nine places, the curve has another number of values or leaves
        the limits, the limits do not rise, or words are missing.

    Examples
    --------
    >>> Sketch("step", "test accuracy", (0, 50, 100), (0.1, 0.2, 1), (0, 1), "Late.").compare(
    ...     [0.1, 0.8, 1]
    ... )
    'Above the measured curve at step 50; near it elsewhere.'
    """

    def __init__(
        self,
        x: str,
        y: str,
        places: Sequence[Any],
        curve: Sequence[float],
        limits: tuple[float, float],
        why: str,
    ) -> None:
        for name, words in (("x", x), ("y", y), ("why", why)):
            if not isinstance(words, str) or not words.strip():
                raise ValueError(f"{name} must be words, got {words!r}")
        if not 3 <= len(places) <= 9:
            raise ValueError(f"places must be 3 to 9, got {len(places)}")
        if len(curve) != len(places):
            raise ValueError(f"the curve has {len(curve)} values for {len(places)} places")
        self.low, self.high = (_input.real("a limit", limit) for limit in limits)
        if not self.low < self.high:
            raise ValueError(f"limits must rise, got {limits!r}")
        self.curve = [_input.real("a value of the curve", v, self.low, self.high) for v in curve]
        self.places = [p if isinstance(p, str) else f"{p:g}" for p in places]
        self.x, self.y, self.why = x, y, why

    def compare(self, drawn: Sequence[float]) -> str:
        """Where a drawn curve is above, below or near the measured one, in words."""
        near = NEAR * (self.high - self.low)
        sides: dict[str, list[str]] = {"above": [], "below": []}
        for place, mine, true in zip(self.places, drawn, self.curve, strict=True):
            if abs(mine - true) > near:
                sides["above" if mine > true else "below"].append(place)
        told = [f"{side} the measured curve at {self.x} {', '.join(at)}"
                for side, at in sides.items() if at]  # fmt: skip
        if not told:
            return "Near the measured curve everywhere."
        if sum(map(len, sides.values())) < len(self.places):
            told.append("near it elsewhere")
        words = "; ".join(told)
        return words[0].upper() + words[1:] + "."

    def page(self, name: str) -> str:
        """The drawing as SVG: the axes, a handle a place, and the measured curve.

        Parameters
        ----------
        name : str
            Of the guess, unlike all others in its page.
        """
        middle = (self.low + self.high) / 2
        across = [
            LEFT + (RIGHT - LEFT) * (k + 0.5) / len(self.places) for k in range(len(self.places))
        ]
        ticks = "".join(
            f'<text x="{LEFT - 6}" y="{self._height(v) + 4:.0f}" text-anchor="end">{v:g}</text>'
            for v in (self.low, middle, self.high)
        )
        ticks += "".join(
            f'<text x="{x:.0f}" y="{BOTTOM + 18}" text-anchor="middle">{html.escape(place)}</text>'
            for x, place in zip(across, self.places, strict=True)
        )
        points = " ".join(
            f"{x:.1f},{self._height(v):.1f}" for x, v in zip(across, self.curve, strict=True)
        )
        handles = "".join(
            _HANDLE.format(
                x=f"{x:.1f}", y=f"{self._height(middle):.1f}", low=self.low, high=self.high,
                middle=middle, label=html.escape(f"{self.y} at {self.x} {place}"),
            )
            for x, place in zip(across, self.places, strict=True)
        )  # fmt: skip
        data = {"x": self.x, "places": self.places, "curve": self.curve, "near": NEAR}
        data |= {"low": self.low, "high": self.high, "top": TOP, "bottom": BOTTOM}
        return _DRAWING.format(
            name=name, ticks=ticks, points=points, handles=handles, x=html.escape(self.x),
            y=html.escape(self.y),
            data=json.dumps(data).replace("</", "<\\/"),
        )  # fmt: skip

    def told(self) -> str:
        """The measured curve in words."""
        pairs = (f"{v:g} at {place}" for place, v in zip(self.places, self.curve, strict=True))
        return f"Measured: {self.y} by {self.x}: {', '.join(pairs)}."

    def _height(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.low) / (self.high - self.low)


class LiveSketch:
    """The ipywidgets face of a sketch: a slider a place, then both curves."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        middle, step = (sketch.low + sketch.high) / 2, (sketch.high - sketch.low) / 20
        ends = {"min": sketch.low, "max": sketch.high, "step": step, "value": middle}
        self.sliders = [
            ipywidgets.FloatSlider(**ends, description=place, orientation="vertical")
            for place in sketch.places
        ]
        self.image = ipywidgets.Image(format="png", layout={"display": "none"})
        words = ipywidgets.HTMLMath(inline(f"{sketch.y}, at each {sketch.x}", False))
        self.box = ipywidgets.VBox([words, ipywidgets.HBox(self.sliders), self.image])

    def tell(self) -> str:
        """Draw both curves, and compare them in words."""
        drawn = [slider.value for slider in self.sliders]
        figure, ax = plt.subplots(figsize=(5.0, 2.8))
        ax.plot(self.sketch.places, drawn, "o--", color=ORANGE, label="yours")
        ax.plot(self.sketch.places, self.sketch.curve, "o-", color=BLUE, label="measured")
        ax.set(xlabel=self.sketch.x, ylabel=self.sketch.y, ylim=(self.sketch.low, self.sketch.high))
        ax.legend()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        plt.close(figure)
        self.image.value, self.image.layout.display = buffer.getvalue(), ""
        return self.sketch.compare(drawn)


_DRAWING = f"""<div class="li2-sketch">
<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="Draw {{y}} by {{x}}">
<path class="li2-axes" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>{{ticks}}
<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{{x}}</text>
<text transform="translate(14 {(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{{y}}</text>
<polyline class="li2-true" points="{{points}}"/>
<g class="li2-drawn"><polyline/>{{handles}}</g></svg>
<script type="application/json">{{data}}</script></div>"""

_HANDLE = """<circle cx="{x}" cy="{y}" r="9" tabindex="0" role="slider" aria-label="{label}" \
aria-orientation="vertical" aria-valuemin="{low:g}" aria-valuemax="{high:g}" \
aria-valuenow="{middle:g}" aria-valuetext="{middle:g}"/>"""
