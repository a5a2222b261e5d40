"""The built pages as one browser sees them: formulas set, films at their end, all unfolded."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
READ = (ROOT / "book" / "_assets" / "article.js").read_text(encoding="utf-8")
NAMES = "chromium", "chromium-browser", "google-chrome", "chrome"
MISSING = """Chromium is needed to print the book, and none was found. Install it as your system
does (Debian, Ubuntu: apt install chromium), or with: {python} -m playwright install chromium"""
SETTLED = """async () => {
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode()));
}"""


@dataclass(frozen=True)
class Article:
    """A page's text, its place in the book, and what it needs to look like itself."""

    page: str
    title: str
    place: str
    sections: Sequence[dict[str, str]]
    html: str
    styles: str
    sheets: Sequence[str]


def parts_of_the_book() -> list[tuple[str, list[str]]]:
    """The names of the parts and of their pages; the index is a part without a name."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = [(p["caption"], [c["file"] for c in p["chapters"]]) for p in toc["parts"]]
    return [("", [toc["root"]]), *named]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium: the system's, or Playwright's own.

    Raises
    ------
    SystemExit
        If there is none, with what to install.
    """
    path = next((path for path in map(shutil.which, NAMES) if path), None)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=path, args=sandbox)
        except Error as error:
            raise SystemExit(MISSING.format(python=sys.executable)) from error
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until every formula is set and every picture is there."""
    page.wait_for_load_state("load")
    page.evaluate(SETTLED)


def articles(
    browser: Browser, html: Path, pages: Sequence[str], mathml: bool = False
) -> Iterator[Article]:
    """Each page's text, with links to the other ones of these pages turned to the text of those.

    Parameters
    ----------
    browser : Browser
    html : Path
        The folder of the built pages.
    pages : sequence of str
        Names of pages as in `_toc.yml`, in the order of the book.
    mathml : bool
        Whether formulas are MathML, well formed as XML, and not drawn by MathJax's styles.

    Yields
    ------
    Article
    """
    root = html.resolve().as_uri() + "/"
    context = browser.new_context(color_scheme="light")
    for name in pages:
        page = context.new_page()
        page.goto(f"{root}{name}.html")
        settle(page)
        asked: dict[str, Any] = {"root": root, "page": name, "pages": pages, "mathml": mathml}
        yield Article(**page.evaluate(READ, asked))
        page.close()
    context.close()


if __name__ == "__main__":
    with chromium():
        pass  # only whether it is there
