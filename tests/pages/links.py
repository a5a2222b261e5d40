"""Where the links of built pages lead, and which of them lead nowhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes whose value is an address, whatever the tag.
ADDRESSES = {"href", "src", "srcset", "poster", "data", "action"}
ELSEWHERE = re.compile(
    r"https?://([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?(/[!-~]*)?|mailto:[\w.+-]+@[\w.-]+"
)


class Page(HTMLParser):
    """The addresses that a page names, frames of explorers too, and the anchors that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.in_data = False
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.append(value or "")
            elif name == "srcset":
                self.links += [part.split()[0] for part in (value or "").split(",")]
            elif name in ADDRESSES:
                self.links.append(value or "")
        self.in_data = tag == "script" and ("type", "application/json") in attrs

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        found = json.loads(data) if self.in_data else {}
        self.in_data = False
        self.links += [f"{found['url']}/{frame}" for frame in found.get("frames", [])]


def pages(html: Path) -> dict[Path, Page]:
    """All pages below a folder; those in `_static` are the theme's templates."""
    paths = [path for path in html.rglob("*.html") if "_static" not in path.parts]
    return {path.resolve(): Page(path.resolve()) for path in sorted(paths)}


def dead_links(html: Path) -> list[str]:
    """ "page: address" of each link that leads nowhere.

    One within the book must name a file below `html` and an anchor that it has, by a relative
    path: then it works from a folder, too. One to elsewhere must be well formed.
    """
    root, found = html.resolve(), pages(html)
    return [
        f"{path.relative_to(root).as_posix()}: {link}"
        for path, page in found.items()
        for link in dict.fromkeys(page.links)
        if not _leads_somewhere(link, page, found, root)
    ]


def _leads_somewhere(link: str, page: Page, found: dict[Path, Page], root: Path) -> bool:
    parts = urlsplit(link)
    if parts.scheme == "data":
        return True
    if parts.scheme or parts.netloc:
        return ELSEWHERE.fullmatch(link) is not None
    if link == "" or parts.path.startswith("/"):
        return False
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
    if not target.is_relative_to(root) or not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or (target in found and anchor in found[target].anchors)
