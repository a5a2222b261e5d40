"""The figures of the book, in one style."""

from li2_core.show.checks import check
from li2_core.show.diagrams import two_layers
from li2_core.show.explorer import explore
from li2_core.show.style import use_style

__all__ = [
    "check",
    "explore",
    "two_layers",
    "use_style",
]
