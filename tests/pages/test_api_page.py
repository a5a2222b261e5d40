"""The library's page as it is built: an entry for every name, and chapters that link to it."""

from __future__ import annotations

import re

import library
import pytest
from visits import HTML

PAGE = (HTML / "book" / "api.html").read_text("utf-8") if HTML.exists() else ""
ENTRY = r'<dt class="sig sig-object py" id="{}">.*?</dt>\s*<dd>(.*?)</dd>'


@pytest.mark.parametrize("room", library.rooms())
def test_every_name_has_an_entry_with_words(room: str) -> None:
    assert PAGE, "run `make book` first"
    for name in library.room_module(room).__all__:
        (entry,) = re.findall(ENTRY.format(re.escape(f"li2_core.{room}.{name}")), PAGE, re.S)
        assert len(re.sub("<.*?>", "", entry).split()) > 3, name


@pytest.mark.parametrize("chapter", library.CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_links_what_it_takes_from_the_library(chapter: library.Path) -> None:
    text = (HTML / "book" / f"{chapter.stem}.html").read_text("utf-8")
    linked = set(re.findall(r'href="api\.html#([\w.]+)"', text))
    taken = {a for a in library.imports(chapter) if a in library.public_names().values()}
    assert taken and taken <= linked
    assert all(f'id="{address}"' in PAGE for address in linked)
