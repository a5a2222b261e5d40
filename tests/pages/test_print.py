"""A chapter printed from the browser: light, unfolded, nothing to press, values named."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from visits import Visit

CHAPTER = "book/15_repulsion.html"
STATE = """() => ({
    theme: document.documentElement.dataset.theme,
    open: [...document.querySelectorAll('details')].map((d) => d.open),
    folded: document.querySelectorAll('.toggle-hidden').length,
})"""

CUT = """() => [...document.querySelectorAll('.bd-article :is(pre, table, div)')]
    .filter((e) => e.scrollWidth > e.clientWidth + 1)
    .filter((e) => getComputedStyle(e).overflowX !== 'visible')
    .map((e) => e.outerHTML.slice(0, 99))"""


def visible(visit: Visit, what: str) -> int:
    return sum(found.is_visible() for found in visit.page.locator(what).all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_all_is_light_and_unfolded_and_afterwards_as_before(
    browser: Any, origin: str, scheme: str
) -> None:
    with Visit(browser, origin, CHAPTER, color_scheme=scheme) as visit:
        visit.settle()
        before = visit.page.evaluate(STATE)
        assert before["theme"] == scheme and before["folded"] > 2
        visit.page.emulate_media(media="print")
        visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        on_paper = visit.page.evaluate(STATE)
        assert on_paper["theme"] == "light" and on_paper["folded"] == 0 and all(on_paper["open"])
        assert (
            visible(
                visit,
                # The circle before a choice stays: on paper one marks it with a pencil.
                "button, input:not([type=radio]), details.hide > summary, .headerlink, "
                ".bd-sidebar-primary",
            )
            == 0
        )
        assert visible(visit, ".solution pre") > 2 and visible(visit, ".li2-explorer img") > 2
        assert visit.page.evaluate(CUT) == []
        visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert visit.page.evaluate(STATE) == before


def test_the_printed_pages_have_numbers_solutions_and_the_sliders_values(
    browser: Any, origin: str
) -> None:
    with Visit(browser, origin, CHAPTER, color_scheme="dark") as visit:
        visit.settle()
        paper = PdfReader(io.BytesIO(visit.page.pdf(format="A4", print_background=True)))
        stills = visit.page.locator(".li2-explorer").count()
    texts = [page.extract_text() for page in paper.pages]
    for number, text in enumerate(texts, start=1):
        assert str(number) in text.split("\n")
    whole = "\n".join(texts)
    assert whole.count("Shown: ") == stills
    assert whole.count("Solution to") > 2
    assert "Show the code" not in whole and "Contents" not in texts[0]
