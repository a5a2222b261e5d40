"""The lab in the pages: its script and style are put together, and loaded where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from li2_core.show.lab import page
from sphinx.application import Sphinx
from sphinx.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "_build" / "lab"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", bring_the_lab)
    app.connect("html-page-context", load_the_lab_where_there_is_one)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def bring_the_lab(app: Sphinx, config: Config) -> None:
    """The lab's script and style are put together from the library's sources."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "lab.js").write_text(page.script(), encoding="utf-8")
    (FOLDER / "lab.css").write_text(page.styles(), encoding="utf-8")
    config.html_static_path += [str(FOLDER)]


def load_the_lab_where_there_is_one(
    app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Files that are added while a page is written belong to that page."""
    if 'class="li2-lab"' in context.get("body", ""):
        app.add_js_file("lab.js", loading_method="defer")
        app.add_css_file("lab.css")
