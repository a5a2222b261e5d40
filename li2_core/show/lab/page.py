"""The lab's page part: one script, one style sheet, and the HTML that asks for them."""

from __future__ import annotations

import base64
import html
import json
from functools import cache
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "sources"
# Each file uses those before it.
ENGINE = ("random.js", "groups.js", "state.js", "plain.js", "network.js")
FACE = ("worker.js", "draw.js", "controls.js")


@cache
def engine() -> str:
    """What trains, as a script that makes ``Li2Lab`` and gives it the compiled kernel."""
    kernel = base64.b64encode((SOURCES / "kernel.wasm").read_bytes()).decode("ascii")
    groups = (SOURCES / "groups.json").read_text(encoding="utf-8").strip()
    return _ENGINE.format(kernel=kernel, groups=groups, sources=_joined(ENGINE))


@cache
def script() -> str:
    """Everything that a lab needs as one script.

    The script is a function and a call of it. Its Worker is made of the text of that same
    function, so that no second file has to be found, which a page opened from a disk cannot do.
    """
    return _SCRIPT.format(engine=engine(), sources=_joined(FACE))


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join((SOURCES / name).read_text(encoding="utf-8") for name in names)


@cache
def styles() -> str:
    """The lab's style sheet."""
    return (SOURCES / "lab.css").read_text(encoding="utf-8")


def element(fragment: str, options: dict[str, Any]) -> str:
    """The HTML of one lab, for a page that loads `script` and `styles`.

    Without script it is a sentence, and the call that trains the same network in Python.
    """
    values = (html.escape(text) for text in (fragment, json.dumps(options)))
    return _ELEMENT.format(*values)


def frame(fragment: str, options: dict[str, Any]) -> str:
    """A lab in a frame of its own that brings all it needs, for the output of a notebook."""
    # A "</" in a script would end its element early.
    program = script().replace("</", "<\\/")
    page = _PAGE.format(styles=styles(), element=element(fragment, options), script=program)
    return _FRAME.format(html.escape(page))


_ENGINE = """const Li2Lab = {{}};
Li2Lab.kernelBytes = () => Uint8Array.from(atob("{kernel}"), (letter) => letter.charCodeAt(0));
Li2Lab.groupData = {groups};
{sources}"""

_SCRIPT = """(function bundle() {{
"use strict";
{engine}
{sources}
if (typeof document === "undefined") Li2Lab.work();
else Li2Lab.start(bundle);
}})();
"""

_ELEMENT = """<div class="li2-lab" data-state="{0}" data-options="{1}">
<p>Here a network trains in the page, if scripts may run. In Python it is</p>
<pre>from li2_core.show.lab import reproduce
reproduce("{0}")</pre>
</div>"""

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>A network to train</title>
<style>body {{ margin: 0.5rem; font: 16px system-ui, sans-serif; }}
{styles}</style></head><body>{element}<script>{script}</script></body></html>"""

_FRAME = """<iframe title="A network to train" srcdoc="{0}" loading="lazy"
style="width: 100%; max-width: 46rem; height: 72rem; border: 0"></iframe>"""
