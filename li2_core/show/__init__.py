"""The figures of the book, in one style: what every chapter uses, and a file for each part."""

from li2_core.show.answers import answer
from li2_core.show.axes import spread
from li2_core.show.checks import check
from li2_core.show.explorer import explore
from li2_core.show.groups import matrices
from li2_core.show.guesses import guess
from li2_core.show.network import two_layers
from li2_core.show.sketches import Sketch
from li2_core.show.style import use_style
from li2_core.show.training import train_and_test

__all__ = [
    "Sketch",
    "answer",
    "check",
    "explore",
    "guess",
    "matrices",
    "spread",
    "train_and_test",
    "two_layers",
    "use_style",
]
