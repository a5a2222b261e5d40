"""A network that the reader trains in the page, and the same network in Python."""

from li2_core.show.lab.twin import reproduce

__all__ = ["reproduce"]
