"""The ledger of claims in a browser: its filter, its badges, its tests, with and without script."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from entries import CLAIMS
from visits import DESK, HTML, PHONE, Visit

PAGE = "book/claims.html"


def rows(visit: Visit) -> Any:
    return visit.page.locator(".li2-ledger tbody tr:not([hidden])")


def choose(visit: Visit, label: str, text: str) -> None:
    """By keyboard alone: to the control, and to the option that begins so."""
    select = visit.page.get_by_label(label, exact=True)
    options = select.locator("option").all_text_contents()
    (place,) = [i for i, option in enumerate(options) if re.fullmatch(rf"{text} \(\d+\)", option)]
    select.focus()
    visit.page.keyboard.press("Home")
    for _ in range(place):
        visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    assert select.input_value() == select.locator("option").nth(place).get_attribute("value")


def test_every_claim_is_a_row_with_its_page_and_its_tests(browser: Any, origin: str) -> None:
    with Visit(browser, origin, PAGE) as visit:
        assert rows(visit).count() == len(CLAIMS)
        for claim in CLAIMS:
            row = rows(visit).filter(has=visit.page.locator(f"#{claim['id']}"))
            assert row.count() == 1, claim["id"]
            text = row.inner_text()
            assert claim["verdict"] in text and claim.get("number", claim["paper"]) in text
            link = row.locator(f"a[href$='#{claim['anchor']}']")
            assert link.count() == 1
            page = link.get_attribute("href").split("#")[0]
            assert re.match(rf"{claim['chapter']:02d}_", page)
            assert f'id="{claim["anchor"]}"' in (HTML / "book" / page).read_text("utf-8")
            named = claim.get("test", [])
            for test in [named] if isinstance(named, str) else named:
                shown = row.locator("details").inner_html()
                assert test in shown and "def" in shown
        assert visit.problems == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_filter_by_verdict_paper_and_chapter(
    browser: Any, origin: str, viewport: dict[str, int]
) -> None:
    with Visit(browser, origin, PAGE, viewport=viewport) as visit:
        status = visit.page.locator(".li2-filter output")
        counts = Counter(claim["verdict"] for claim in CLAIMS)
        for verdict, count in counts.items():
            choose(visit, "Verdict", verdict)
            assert rows(visit).count() == count
            assert set(rows(visit).locator(".li2-badge").all_inner_texts()) == {verdict}
            assert status.inner_text() == f"{count} of {len(CLAIMS)} statements"
        choose(visit, "Verdict", "fails")
        choose(visit, "Paper", "Li2")
        choose(visit, "Chapter", "17 .*")
        wanted = {
            claim["id"]
            for claim in CLAIMS
            if (claim["verdict"], claim["paper"], claim["chapter"]) == ("fails", "Li2", 17)
        }
        found = {row.locator("[id^=claim-]").first.get_attribute("id") for row in rows(visit).all()}
        assert wanted == found != set()
        visit.page.get_by_role("button", name="Show all").press("Enter")
        assert rows(visit).count() == len(CLAIMS)
        # A link to a row that is filtered away brings it back.
        choose(visit, "Verdict", "open")
        visit.page.evaluate("location.hash = 'claim-gf'")
        visit.page.locator("#claim-gf").wait_for(state="visible")
        assert rows(visit).count() == len(CLAIMS)
        for control in visit.page.locator(".li2-filter :is(select, button)").all():
            assert control.bounding_box()["height"] >= 44
        assert visit.problems == []


def test_without_script_all_rows_are_shown_and_no_filter(browser: Any, origin: str) -> None:
    with Visit(browser, origin, PAGE, java_script_enabled=False) as visit:
        assert rows(visit).count() == len(CLAIMS)
        assert rows(visit).last.is_visible()
        assert not visit.page.locator(".li2-filter").is_visible()
        first = rows(visit).locator("details").first
        first.locator("summary").press("Enter")
        assert first.locator("pre").first.is_visible()


def test_the_page_works_from_a_file(browser: Any) -> None:
    with Visit(browser, "file://", f"{HTML}/{PAGE}") as visit:
        choose(visit, "Verdict", "fails")
        assert rows(visit).count() == sum(claim["verdict"] == "fails" for claim in CLAIMS)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_badges_can_be_read_and_told_apart(browser: Any, origin: str, scheme: str) -> None:
    with Visit(browser, origin, PAGE, color_scheme=scheme) as visit:
        looks = {}
        for verdict in {claim["verdict"] for claim in CLAIMS}:
            badge = rows(visit).locator(".li2-badge", has_text=re.compile(f"^{verdict}$")).first
            colour, ground = badge.evaluate(
                "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
            )
            light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, verdict
            looks[verdict] = (colour, ground)
        assert len(set(looks.values())) == len(looks) == 4


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_is_cut_off_with_all_tests_unfolded(
    browser: Any, origin: str, viewport: dict[str, int]
) -> None:
    with Visit(browser, origin, PAGE, viewport=viewport) as visit:
        visit.settle()
        visit.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        # What is wider than the screen scrolls in its own box.
        parts = "p, summary, a, .li2-badge, mjx-container"
        cut = visit.page.evaluate(
            "(parts, right = (e) => e.getBoundingClientRect().right) => "
            "[...document.querySelectorAll(`.li2-ledger :is(${parts})`)]"
            ".filter((e) => right(e) > right(e.closest('td, th')) + 1)"
            ".map((e) => e.closest('td, th').innerText)",
            parts,
        )
        assert cut == []
