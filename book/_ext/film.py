"""The film on the cover, from `book/data/cover.csv`: it plays by CSS, without script.

All answers of a network are one picture of 23 x 23 pixels; the pictures of all moments stand in
one strip, of which the page shows one after the other (`cover.css`).
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from li2_core.runs import read_table
from li2_core.show.style import ANSWERS, TEST, TRAIN
from PIL import Image

DATA = Path(__file__).resolve().parents[1] / "data"
WIDE, HIGH, LEFT, RIGHT, TOP, FLOOR = 420, 230, 34, 410, 12, 200  # of the curves, in their units

COVER = """<figure class="li2-cover" style="--moments: {moments}">
<div class="li2-film" role="img" aria-label="A film. {alt}"
 style="background-image: url(data:image/png;base64,{strip})"></div>
<div class="li2-curves" role="img" aria-label="{curves_alt}">
<svg viewBox="0 0 {wide} {high}" aria-hidden="true">{axes}</svg>
<svg class="li2-reveal" viewBox="0 0 {wide} {high}" aria-hidden="true">{curves}</svg></div>
<figcaption>{words}
<label class="li2-pause"><input type="checkbox"> Hold the film</label></figcaption>
</figure>
"""


def cover() -> str:
    """The figure as HTML."""
    table = read_table(DATA / "cover")
    steps, train, test = (table[c] for c in ("step", "train_accuracy", "test_accuracy"))
    hours = round(len(table["answers"][0]) ** 0.5)
    known = int(steps[(train == 1).argmax()])
    half = int(steps[(test > 0.5).argmax()])
    words = (
        f"One network is asked all {hours**2} sums on a clock of {hours} hours, again and again "
        f"while it trains. A colour is an answer. It was told two in five of them, and has those "
        f"right by step {known}; the others are noise. At step {half} half of the others are "
        f"right too, and nothing was added: the network has grokked."
    )
    return COVER.format(
        moments=len(steps) - 1,
        strip=base64.b64encode(strip(table["answers"])).decode("ascii"),
        alt=f"A square of {hours} by {hours} coloured cells: noise in which a few stripes show "
        "through, until all cells have fallen into clean diagonal stripes.",
        curves_alt=f"Accuracy against the step. On questions it has seen it is 1 from step "
        f"{known} on; on the others near 0 for a hundred steps, then it rises to {test[-1]:.2f}.",
        wide=WIDE,
        high=HIGH,
        axes=_axes(int(steps[-1])),
        curves=_curve(train, TRAIN) + _curve(test, TEST),
        words=words,
    )


def strip(answers: np.ndarray) -> bytes:
    """The moments' answers, one square under the other, as a PNG."""
    cells = np.array([[ascii_lowercase.index(letter) for letter in row] for row in answers])
    side = round(cells.shape[1] ** 0.5)
    picture = Image.fromarray(cells.reshape(-1, side).astype(np.uint8), mode="P")
    colors = ANSWERS(np.linspace(0, 1, side))[:, :3]
    picture.putpalette((255 * colors).round().astype(np.uint8).tobytes())
    packed = io.BytesIO()
    picture.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _axes(last: int) -> str:
    lines = [f'<path d="M{LEFT} {TOP}V{FLOOR}H{RIGHT}" fill="none" stroke="currentcolor"/>']
    for value, y in ((1, TOP), (0, FLOOR)):
        lines.append(f'<text x="{LEFT - 8}" y="{y + 5}" text-anchor="end">{value}</text>')
    lines.append(f'<text x="{RIGHT}" y="{FLOOR + 20}" text-anchor="end">step {last}</text>')
    x = (LEFT + RIGHT) / 2
    words = (("questions it has seen", TOP + 28, TRAIN), ("the others", FLOOR - 18, TEST))
    for text, y, color in words:
        lines.append(f'<path d="M{x - 24} {y - 5}h18" stroke="{color}" stroke-width="3"/>')
        lines.append(f'<text x="{x}" y="{y}">{text}</text>')
    return "".join(lines)


def _curve(values: np.ndarray, color: str) -> str:
    x = np.linspace(LEFT, RIGHT, len(values))
    y = FLOOR + (TOP - FLOOR) * values
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="3"/>'
