"""A line of the book's Markdown as HTML, for what shows itself outside a Markdown cell."""

from __future__ import annotations

import html
import re

MATH = re.compile(r"\$([^$]+)\$")
STYLES = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
)
# The class is the one by which the pages' MathJax knows what it may touch.
FORMULA = '<span class="math notranslate nohighlight">\\({}\\)</span>'


def inline(text: str, page: bool = True) -> str:
    """HTML of a line with formulas, emphasis, code and links.

    In a ``page`` a formula is wrapped as Sphinx wraps it; elsewhere it keeps its dollars.
    """
    pieces = MATH.split(" ".join(text.split()))
    for place, piece in enumerate(pieces):
        pieces[place] = html.escape(piece, quote=False)
        if place % 2:
            pieces[place] = FORMULA.format(pieces[place]) if page else f"${pieces[place]}$"
            continue
        for pattern, form in STYLES:
            pieces[place] = pattern.sub(form, pieces[place])
    return "".join(pieces)
