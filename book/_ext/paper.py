"""The whole book as one PDF: its pages put behind each other, and printed by Chromium."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter

from articles import ROOT, Article, articles, settle
from edition import edition, released

STYLE = (ROOT / "book" / "_assets" / "paper.css").read_text(encoding="utf-8")
PICTURE = ROOT / "book" / "_assets" / "three_stages.svg"
TITLE, AUTHOR = "The Li2 book", "The Li2 book authors"
Parts = Sequence[tuple[str, Sequence[str]]]


def write_pdf(browser: Browser, pages: Path, parts: Parts, target: Path) -> None:
    """Print the pages of some parts, one behind the other, into one file.

    Parameters
    ----------
    browser : Browser
    pages : Path
        The folder of the built pages.
    parts : sequence of (str, sequence of str)
        Names of parts and the names of their pages.
    target : Path
        The PDF. A document beside it, with the same name and `.html`, is what was printed.
    """
    names = [name for _, part in parts for name in part]
    read = {article.page: article for article in articles(browser, pages, names)}
    source = target.with_suffix(".html")
    folder = pages.resolve().as_uri() + "/"
    # Once to learn on which page everything is, once more with the numbers in the contents.
    printed: PdfReader | None = None
    for _ in range(2):
        numbers = _numbers(printed) if printed else {}
        source.write_text(_document(folder, parts, read, numbers), encoding="utf-8")
        printed = PdfReader(io.BytesIO(_print(browser, source)))
    assert printed and numbers == _numbers(printed), "the contents' numbers moved what they count"
    source.unlink()
    writer = PdfWriter(clone_from=printed)
    _add_bookmarks(writer, parts, read, numbers)
    _describe(writer)
    writer.write(target)


def _print(browser: Browser, source: Path) -> bytes:
    page = browser.new_page()
    # All chapters on one page: more than the half minute that is usual.
    page.goto(source.resolve().as_uri(), timeout=300_000)
    settle(page)
    pdf = page.pdf(format="A4", prefer_css_page_size=True, print_background=True, tagged=True)
    page.close()
    return pdf


def _numbers(printed: PdfReader) -> dict[str, int]:
    """The page of every place to which something in the document leads."""
    named = printed.named_destinations.items()
    places = {
        str(name).removeprefix("/"): printed.get_destination_page_number(d) for name, d in named
    }
    return {name: number + 1 for name, number in places.items() if number is not None}


def _add_bookmarks(
    writer: PdfWriter, parts: Parts, read: Mapping[str, Article], numbers: Mapping[str, int]
) -> None:
    """Parts, in them chapters, in them sections."""
    for part, names in parts:
        first = numbers[read[names[0]].place] - 1
        above = _bookmark(writer, part, first) if part else None
        for article in (read[name] for name in names):
            chapter = _bookmark(writer, article.title, numbers[article.place] - 1, above)
            for section in article.sections:
                _bookmark(writer, section["title"], numbers[section["place"]] - 1, chapter)


def _bookmark(writer: PdfWriter, title: str, page: int, above: Any = None) -> Any:
    return writer.add_outline_item(title=title, page_number=page, parent=above, is_open=False)


def _describe(writer: PdfWriter) -> None:
    """Say in the file what it is; the date is the edition's, not today's."""
    day = datetime.combine(released(), time(), UTC)
    writer.metadata = {
        "/Title": f"{TITLE}. {edition()}",
        "/Author": AUTHOR,
        "/CreationDate": f"D:{day:%Y%m%d%H%M%S}Z",
    }


def _document(
    folder: str, parts: Parts, read: Mapping[str, Article], numbers: Mapping[str, int]
) -> str:
    """The text that is printed."""
    chosen = [read[name] for _, part in parts for name in part]
    sheets = "".join(f'<link rel="stylesheet" href="{folder}{s}">' for s in chosen[0].sheets)
    heads = "\n".join(
        f'@page {a.place} {{ @top-center {{ content: "{_quoted(a.title)}"; '
        "font: 9pt sans-serif; color: #555; } }\n"
        f"#{a.place} {{ page: {a.place}; }}"
        for a in chosen
    )
    formulas = "\n".join(a.styles for a in chosen)
    texts = "\n".join(re.sub(r'(<img[^>]* src=")', rf"\g<1>{folder}", a.html) for a in chosen)
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>{TITLE}</title>{sheets}'
        f"<style>{formulas}\n{STYLE}\n{heads}</style></head><body>"
        f'<main class="bd-main"><div class="bd-content"><div class="bd-article-container">'
        f"{_first_page()}{_contents(parts, read, numbers)}{texts}"
        "</div></div></main></body></html>"
    )


def _first_page() -> str:
    picture = f'<img src="{PICTURE.as_uri()}" alt="The three stages of feature learning.">'
    licences = "Text and figures: CC BY 4.0. Code: MIT."
    words = "".join(f"<p>{line}</p>" for line in (AUTHOR, edition(), licences))
    return f'<section class="li2-title"><h1>{TITLE}</h1>{picture}{words}</section>'


def _contents(parts: Parts, read: Mapping[str, Article], numbers: Mapping[str, int]) -> str:
    lines = ["<h1>Contents</h1>"]
    for part, names in parts:
        if part:
            lines.append(f'<p class="part">{html.escape(part)}</p>')
        for article in (read[name] for name in names):
            lines.append(_line("chapter", article.place, article.title, numbers))
            for section in article.sections:
                lines.append(_line("section", section["place"], section["title"], numbers))
    return f'<nav class="li2-contents">{"".join(lines)}</nav>'


def _line(kind: str, place: str, title: str, numbers: Mapping[str, int]) -> str:
    number = numbers.get(place, "000")
    words = html.escape(title)
    return f'<a class="{kind}" href="#{place}" data-number="{number}"><span>{words}</span></a>'


def _quoted(text: str) -> str:
    """Text for a string of CSS."""
    return re.sub(r'(["\\])', r"\\\1", text)
