"""What a page wears: its part, or stage, above the title, and on the first page the cover."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from li2_core.show.style import STAGE_COLORS
from sphinx.application import Sphinx

from film import cover
from numbering import number_of

ROOT = Path(__file__).resolve().parents[2]
DARK_FIGURES = ROOT / "book" / "_assets" / "dark.svg"
PART = (
    '<p class="li2-part{of}"><span class="li2-mark" aria-hidden="true">{bars}</span>{words}</p>\n'
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", dress)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def dress(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    body = context.get("body", "")
    if page == app.config.root_doc:
        # After the first paragraph: the film shows what it says.
        body = body.replace("</p>", "</p>\n" + cover(), 1)
    body = part_line(page) + body
    if "<img " in body:
        # Browsers find a filter of SVG for sure only where it stands in the page itself.
        body += DARK_FIGURES.read_text(encoding="utf-8")
    context["body"] = body


def part_line(page: str) -> str:
    """The line above a chapter's title: its part of the contents, and which stage is lit."""
    part = parts().get(page)
    if part is None or not number_of(page).isdigit():
        return ""
    numeral, _, name = part.partition(" ")
    stage = name.lower() if name.lower() in STAGE_COLORS else None
    bars = "".join(f'<i class="li2-{bar}"></i>' for bar in STAGE_COLORS)
    words = f"Stage {numeral}, {stage}" if stage else part
    return PART.format(of=f" li2-in-{stage}" if stage else "", bars=bars, words=html.escape(words))


@cache
def parts() -> dict[str, str]:
    """The caption of the part in which each page of the contents stands."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return {page["file"]: part["caption"] for part in toc["parts"] for page in part["chapters"]}
