"""Every link of every built page leads somewhere, and no anchor stands twice on a page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from links import dead_links, pages
from test_pages import PAGES
from visits import HTML

# Given by sphinx-exercise and sphinx-proof to each box; nothing links to them.
THEIRS = {"exercise-content", "solution-content", "proof-content", "proof"}


def test_every_link_and_every_anchor_leads_somewhere() -> None:
    assert HTML.exists(), "run `make book` first"
    assert dead_links(HTML) == []


def test_the_links_of_every_page_were_looked_at() -> None:
    found = pages(HTML)
    assert {(HTML / f"{page}.html").resolve() for page in PAGES} <= set(found)
    chapter = found[(HTML / "book" / "01_grokking_live.html").resolve()]
    kinds = "_sources/book/01_grokking_live.ipynb", "_static/frames/", "api.html#li2_core."
    assert [kind for kind in kinds if not any(kind in link for link in chapter.links)] == []


def test_no_anchor_stands_twice() -> None:
    for path, page in pages(HTML).items():
        twice = {anchor for anchor, times in Counter(page.anchors).items() if times > 1}
        assert twice - THEIRS == set(), path.name


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "book").mkdir()
    (tmp_path / "page.html").write_text('<p id="here"></p>')
    (tmp_path / "book" / "a b.png").write_text("")
    (tmp_path / "book" / "index.html").write_text(
        '<a href="#top">x</a><p id="top"></p><a href="../page.html#here">x</a>'
        '<img src="a%20b.png"><a href="https://example.org/x?y=1#z">x</a>'
        '<script type="application/json">{"url": "..", "frames": ["page.html"]}</script>'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("planted", "link"),
    [
        ('<a href="nowhere.html">x</a>', "nowhere.html"),
        ('<a href="../page.html#gone">x</a>', "../page.html#gone"),
        ('<a href="#gone">x</a>', "#gone"),
        ('<a href="a%20b.png#gone">x</a>', "a%20b.png#gone"),
        ('<a href="">x</a>', ""),
        ('<a href="/page.html">x</a>', "/page.html"),
        ('<a href="../../outside.html">x</a>', "../../outside.html"),
        ('<img src="gone.png"/>', "gone.png"),
        ('<img srcset="a%20b.png 1x, gone.png 2x">', "gone.png"),
        ('<script src="gone.js"></script>', "gone.js"),
        ('<a href="https://nodots/x">x</a>', "https://nodots/x"),
        ('<a href="https://example.org/a b">x</a>', "https://example.org/a b"),
        ('<a href="javascript:x()">x</a>', "javascript:x()"),
        ('<script type="application/json">{"url": "f", "frames": ["1"]}</script>', "f/1"),
    ],
)
def test_a_planted_dead_link_is_found(site: Path, planted: str, link: str) -> None:
    assert dead_links(site) == []
    with (site / "book" / "index.html").open("a") as page:
        page.write(planted)
    assert dead_links(site) == [f"book/index.html: {link}"]
