"""The blocks of a page: code as a reader would copy it, and what it is said to print."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def fences(page: str, language: str) -> list[str]:
    """The blocks of a language on a page of the repository."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def examples(page: str) -> list[tuple[str, str]]:
    """The blocks of Python, each with the block of text that follows, or none."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?"
    return re.findall(found, text, re.DOTALL | re.MULTILINE)


def run(code: str, page: str) -> tuple[dict[str, Any], str]:
    """Run a block as a program: its names, and what it printed."""
    printed, names = io.StringIO(), {"__name__": "__main__"}
    with contextlib.redirect_stdout(printed):
        exec(compile(code, page, "exec"), names)
    return names, printed.getvalue()
