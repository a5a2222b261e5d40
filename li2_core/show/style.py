"""The book's one style: colours that colour-blind readers can tell apart, large type."""

from __future__ import annotations

import os

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

# Okabe and Ito's palette, which colour-blind readers can tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
# The order in which lines of one figure take their colours.
CYCLE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
STAGE_COLORS = {"lazy": ORANGE, "independent": BLUE, "interactive": GREEN}
TRAIN, TEST = VERMILION, BLUE
# The answers of a table: viridis without its dark end, which is kept for unseen cells.
ANSWERS = LinearSegmentedColormap.from_list("answers", mpl.colormaps["viridis"](np.r_[0.25:1:64j]))
UNSEEN = "#12203A"  # no grey: on a dark page ink is turned to light, and this is no ink


def use_style() -> None:
    """Switch matplotlib to the book's style: large type, few lines, a white card.

    Figures are sharper in the built pages than in the stored notebooks.
    """
    mpl.rcParams.update(
        {
            "figure.figsize": (5.8, 3.3),
            "figure.dpi": 160 if os.environ.get("LI2_PAGES") else 100,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "axes.titlesize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.prop_cycle": cycler(color=CYCLE),
            "image.cmap": "viridis",
            "legend.frameon": False,
            "lines.linewidth": 2,
        }
    )


def tint(color: str, amount: float) -> str:
    """The colour mixed with white (amount > 0) or black (amount < 0)."""
    other = 1.0 if amount > 0 else 0.0
    red, green, blue = ((1 - abs(amount)) * part + abs(amount) * other for part in to_rgb(color))
    return to_hex((red, green, blue))
