"""Slides in a browser: they turn, their formulas are set, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import quiz
import teaching
from visits import PHONE, Visit, serving

CHAPTER = "05_the_leak"  # it has formulas, figures, sliders and a lab


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("teaching")
    teaching.write(folder, [quiz.BOOK / f"{CHAPTER}.ipynb"])
    with serving(folder / "slides") as address:
        yield address


def turned(visit: Visit) -> str:
    """Which slide of how many is told, once it is the only one that is seen."""
    visit.page.wait_for_selector("body.turning")
    assert visit.page.locator(".slide:visible").count() == 1
    return str(visit.page.locator("nav output").inner_text())


@pytest.mark.parametrize("name", [CHAPTER, "quiz"])
def test_slides_turn_by_keys_and_by_buttons(name: str, browser: Any, decks: str) -> None:
    with Visit(browser, decks, f"{name}.html") as visit:
        number = int(re.fullmatch(r"1 of (\d+)", turned(visit))[1])
        for key, place in (
            ("ArrowRight", 2), ("PageDown", 3), ("ArrowLeft", 2), ("End", number),
            ("ArrowRight", number), ("Home", 1), ("ArrowLeft", 1), ("Space", 2),
        ):  # fmt: skip
            visit.page.keyboard.press(key)
            assert turned(visit) == f"{place} of {number}"
        visit.page.get_by_role("button", name="Next slide").click()
        assert turned(visit) == f"3 of {number}"
        visit.page.reload()
        assert turned(visit) == f"3 of {number}", "its place stands in the address"
        assert visit.page.locator("mjx-container").count() > 3
        assert visit.page.locator("mjx-merror").count() == 0
        assert visit.problems == []


def test_buttons_are_large_enough_for_a_finger(browser: Any, decks: str) -> None:
    with Visit(browser, decks, "quiz.html", viewport=PHONE) as visit:
        turned(visit)
        for button in visit.page.get_by_role("button").all():
            box = button.bounding_box()
            assert min(box["width"], box["height"]) >= 44
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_without_script_all_slides_stand_there(browser: Any, decks: str) -> None:
    with Visit(browser, decks, f"{CHAPTER}.html", java_script_enabled=False) as visit:
        assert visit.page.locator(".slide:visible").count() >= 20
        assert not visit.page.locator("nav").is_visible()


def test_the_list_leads_to_the_slides(browser: Any, decks: str) -> None:
    with Visit(browser, decks, "index.html") as visit:
        visit.page.get_by_role("link", name="5 The leak").click()
        assert turned(visit).startswith("1 of ")
