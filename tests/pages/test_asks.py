"""Guesses, fields and words on every page that has one: by mouse, by touch, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest
from visits import DESK, HTML, PHONE, Visit

PAGES = sorted(path.name for path in (HTML / "book").glob("[0-9][0-9]_*.html"))
GUESSING = [name for name in PAGES if 'class="li2-guess"' in (HTML / "book" / name).read_text()]
ASKING = [name for name in PAGES if 'class="li2-answer"' in (HTML / "book" / name).read_text()]
HANDS = "mouse", "touch", "keys"
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


def hands(name: str) -> Iterator[str]:
    """Mouse, touch and keys in turn; the next page begins with the next one."""
    return islice(cycle(HANDS), PAGES.index(name) % len(HANDS), None)


def press(hand: str, page: Any, element: Any) -> None:
    """Use a button or a choice."""
    element.scroll_into_view_if_needed()
    if hand == "keys":
        element.focus()
        page.keyboard.press("Space")
    elif hand == "touch":
        element.tap()
    else:
        element.click()


# Of what a guess covers. A folded cell without a picture takes no room on paper, and is not hidden.
HIDDEN = """[...document.querySelectorAll('.li2-covered')]
    .filter((part) => getComputedStyle(part).visibility !== 'visible')
    .map((part) => part.outerHTML)"""
LAID_OVER = """[...document.querySelectorAll('.li2-covered')]
    .map((part) => getComputedStyle(part, '::after').content).filter((words) => words !== 'none')"""


# The words that follow what a guess covers first, where they can be read: they may say the answer.
TOLD = """[...document.querySelectorAll('.li2-guess')].map((box) => {
    let part = box.closest('.cell').nextElementSibling;
    while (!part.querySelector('.cell_output')) part = part.nextElementSibling;
    while (part?.matches('.cell:not(:has(.li2-guess))')) part = part.nextElementSibling;
    return part;
}).filter((next) => next?.matches(':not(section, .exercise, .li2-covered, :has(.li2-guess))'))
    .map((next) => next.outerHTML)"""


def covered(page: Any) -> int:
    return page.locator(".li2-covered").count()


def test_there_are_pages_that_ask() -> None:
    assert PAGES and set(GUESSING) & set(ASKING)


@pytest.mark.parametrize("name", GUESSING)
def test_every_guess_opens_what_follows(browser: Any, origin: str, name: str) -> None:
    with Visit(browser, origin, f"book/{name}", **TOUCH) as visit:
        page = visit.page
        for hand, box in zip(hands(name), page.locator(".li2-guess").all(), strict=False):
            before, commit = covered(page), box.locator(".li2-commit")
            assert before > 0, "the guess covers nothing"
            hidden = page.locator(".li2-covered").first.element_handle()
            assert not hidden.is_visible() and commit.is_disabled()
            choices = box.locator(".li2-choice input").all()
            if choices:
                assert all(one.bounding_box()["height"] >= 24 for one in choices)
                press(hand, page, choices[-1])
            else:
                draw(hand, page, box)
            assert covered(page) == before, "a choice alone commits to nothing"
            height = box.bounding_box()["height"]
            press(hand, page, commit)
            assert covered(page) < before and hidden.is_visible()
            told = box.locator(".li2-why:visible")
            assert told.count() == 1 and told.evaluate("(e) => e === document.activeElement")
            if choices:
                assert abs(box.bounding_box()["height"] - height) < 2, "the layout jumps"
            # The other choices, each by another hand, have answers of their own.
            for place, (other, choice) in enumerate(zip(hands(name), choices, strict=False)):
                press(other, page, choice)
                assert told.count() == 1 and told.get_attribute("data-choice") == str(place)
        assert covered(page) == 0
        assert visit.problems == []


@pytest.mark.parametrize("hand", HANDS)
def test_a_curve_is_drawn_by_every_hand(browser: Any, origin: str, hand: str) -> None:
    drawn = 0
    for name in GUESSING:
        if 'class="li2-sketch"' not in (HTML / "book" / name).read_text():
            continue
        with Visit(browser, origin, f"book/{name}", has_touch=True) as visit:
            for sketch in visit.page.locator(".li2-sketch").all():
                box = visit.page.locator(".li2-guess").filter(has=sketch)
                assert box.locator(".li2-commit").is_disabled()
                draw(hand, visit.page, box)
                press(hand, visit.page, box.locator(".li2-commit"))
                assert box.locator(".li2-why:visible").count() == 1
                drawn += 1
    assert drawn >= 2


def draw(hand: str, page: Any, box: Any) -> None:
    """A rising line."""
    handles = box.locator("circle").all()
    if hand == "keys":
        handles[0].focus()
        for _ in range(3):
            page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("End")
        now, most = (handles[1].get_attribute(f"aria-value{end}") for end in ("now", "max"))
        assert now == most
        return
    box.locator("svg").evaluate("(e) => e.scrollIntoView({block: 'center'})")
    area = box.locator("svg").bounding_box()
    first, last = (handle.bounding_box() for handle in (handles[0], handles[-1]))
    if hand == "touch":
        page.touchscreen.tap(first["x"] + 5, area["y"] + area["height"] / 4)
    else:
        page.mouse.move(first["x"] + 5, area["y"] + area["height"] / 2)
        page.mouse.down()
        page.mouse.move(last["x"] + 5, area["y"] + 20, steps=12)
        page.mouse.up()
        assert float(handles[-1].get_attribute("aria-valuenow")) > 0.8 * float(
            handles[-1].get_attribute("aria-valuemax")
        )


@pytest.mark.parametrize("name", GUESSING)
def test_who_will_not_guess_sees_it_anyway(browser: Any, origin: str, name: str) -> None:
    with Visit(browser, origin, f"book/{name}") as visit:
        before = covered(visit.page)
        assert visit.page.evaluate(TOLD) == []
        visit.open_guesses()
        assert before > 0 == covered(visit.page)
        assert visit.page.locator(".li2-why:visible").count() == 0
        state = "() => [localStorage.length, sessionStorage.length, document.cookie]"
        keys = visit.page.evaluate("() => Object.keys({...localStorage, ...sessionStorage})")
        assert visit.page.evaluate(state)[2] == ""
        assert [key for key in keys if "li2" in key or "guess" in key] == []


@pytest.mark.parametrize("name", GUESSING)
def test_on_paper_and_without_script_everything_is_shown(
    browser: Any, origin: str, name: str
) -> None:
    with Visit(browser, origin, f"book/{name}") as visit:
        visit.page.emulate_media(media="print")
        count = visit.page.locator(".li2-why").count()
        assert count == visit.page.locator(".li2-why:visible").count() > 0
        assert covered(visit.page) > 0 and visit.page.evaluate(HIDDEN) == []
        assert visit.page.evaluate(LAID_OVER) == []
        assert visit.page.locator(".li2-commit:visible, input[type=text]:visible").count() == 0
    with Visit(browser, origin, f"book/{name}", java_script_enabled=False) as visit:
        assert visit.page.locator(".li2-why:visible").count() == count
        assert covered(visit.page) == 0
        for control in (".li2-commit", ".li2-choice input", ".li2-answer button", ".li2-drawn"):
            assert visit.page.locator(f"{control}:visible").count() == 0


@pytest.mark.parametrize("name", ASKING)
def test_every_field_tells_right_from_wrong(browser: Any, origin: str, name: str) -> None:
    with Visit(browser, origin, f"book/{name}", has_touch=True) as visit:
        page = visit.page
        visit.open_guesses()
        boxes = page.locator(".li2-answer").all()
        assert len(boxes) >= len(HANDS), "a right and a wrong answer by every hand"
        for hand, box in zip(hands(name), boxes, strict=False):
            data = json.loads(box.get_attribute("data-asks"))
            reply = box.locator(".li2-reply p:visible")
            check = box.get_by_role("button", name="Check")
            press(hand, page, check)
            assert "first" in reply.inner_text() or "number" in reply.inner_text()
            if not data:
                for place, radio in enumerate(box.locator("input").all()):
                    press(hand, page, radio)
                    press(hand, page, check)
                    assert reply.count() == 1
                    assert reply.get_attribute("data-choice") == str(place)
                right = box.locator(".li2-right")
                assert right.count() == 1
                continue
            field = box.locator("input")
            press(hand, page, check)
            cases = [(data["value"], "li2-right")]
            cases += [(value, "li2-wrong") for value, _ in data["wrong"]]
            cases.append((data["value"] + 7 * data["within"] + 1e6, "li2-wrong"))
            for value, looks in cases:
                field.fill("")
                press(hand, page, field)
                field.fill(repr(value).replace(".", ","))
                if hand == "keys":
                    page.keyboard.press("Enter")
                else:
                    press(hand, page, check)
                assert reply.count() == 1 and looks in reply.get_attribute("class"), value
                area = field.bounding_box()
                assert area["height"] >= 44
        assert visit.problems == []


def test_a_number_may_be_written_in_several_ways(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/07_beyond_arithmetic.html") as visit:
        box = visit.page.locator(".li2-answer[data-exercise='ex-07-1']")
        for text, looks in (
            ("0.21", "li2-right"), (" .21 ", "li2-right"), ("21 %", "li2-right"),
            ("21/100", "li2-right"), ("2.1e-1", "li2-right"), ("\u22120,21", "li2-wrong"),
            ("1/11", "li2-wrong"),
        ):  # fmt: skip
            box.locator("input").fill(text)
            box.locator("input").press("Enter")
            assert box.locator(f".li2-reply .{looks}:visible").count() == 1, text
        for text in ("", "one", "1/0", "0.2.1", "1e999"):
            box.locator("input").fill(text)
            box.locator("input").press("Enter")
            assert "Type a number" in box.locator(".li2-reply p:visible").inner_text(), text


@pytest.mark.parametrize("name", PAGES)
def test_the_first_use_of_a_word_explains_itself(browser: Any, origin: str, name: str) -> None:
    with Visit(browser, origin, f"book/{name}") as visit:
        page, box = visit.page, visit.page.locator("#li2-definition")
        visit.open_guesses()
        words = page.locator("main a.li2-word")
        assert words.count() >= 3
        linked = words.evaluate_all("(all) => all.map((one) => one.hash)")
        assert len(linked) == len(set(linked)), "a word is linked twice"
        first = words.first
        first.hover()
        box.wait_for(state="visible")
        assert len(box.inner_text()) > 40
        assert first.get_attribute("aria-describedby") == "li2-definition"
        box.hover()
        page.wait_for_timeout(300)
        assert box.is_visible(), "one can move onto the definition"
        page.keyboard.press("Escape")
        assert not box.is_visible() and first.get_attribute("aria-describedby") is None
        page.mouse.move(0, 0)
        before = page.locator("main a").first
        before.focus()
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("() => document.activeElement.matches('.li2-word')"):
                break
        assert box.is_visible()
        page.keyboard.press("Tab")
        assert not box.is_visible() or words.count() > 1
        assert visit.problems == []


def test_a_tap_explains_a_word_and_a_second_one_follows_it(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/08_energy.html", **TOUCH) as visit:
        page, box = visit.page, visit.page.locator("#li2-definition")
        word = page.locator("main a.li2-word").first
        word.tap()
        box.wait_for(state="visible")
        assert page.url.endswith("08_energy.html")
        area = box.bounding_box()
        assert area["x"] >= 0 and area["x"] + area["width"] <= PHONE["width"]
        page.locator(".bd-article h1").tap()
        assert not box.is_visible()
        word.tap()
        word.tap()
        page.wait_for_url("**/glossary.html#term-*")


def test_the_words_work_from_a_file_and_are_links_without_script(browser: Any) -> None:
    with Visit(browser, "file://", f"{HTML}/book/08_energy.html") as visit:
        visit.page.locator("main a.li2-word").first.hover()
        visit.page.locator("#li2-definition").wait_for(state="visible")
    options = {"java_script_enabled": False}
    with Visit(browser, "file://", f"{HTML}/book/08_energy.html", **options) as visit:
        assert visit.page.locator("main a[href*='glossary.html#term-']").count() >= 3


@pytest.mark.parametrize("name", PAGES)
def test_the_letters_of_a_chapter_are_listed(browser: Any, origin: str, name: str) -> None:
    for viewport in (DESK, PHONE):
        with Visit(browser, origin, f"book/{name}", viewport=viewport) as visit:
            fold = visit.page.locator(".li2-symbols")
            assert not fold.locator("dl").is_visible()
            fold.locator("summary").press("Enter")
            visit.settle()
            assert fold.locator("dt").count() == fold.locator("dd").count() >= 4
            assert fold.locator("dt mjx-container").count() >= 4
            assert fold.locator("mjx-merror").count() == 0
            assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert visit.problems == []


@pytest.mark.parametrize("letter", ["G_F", "P", "eta"])
def test_the_search_finds_a_letter(browser: Any, origin: str, letter: str) -> None:
    with Visit(browser, origin, f"search.html?q={letter}") as visit:
        found = visit.page.locator("#search-results a[href*='notation.html#letter-']").first
        found.click()
        row = visit.page.locator("tr:target")
        row.wait_for(state="visible")
        assert row.locator("td").first.locator("mjx-container").count() > 0
        assert visit.problems == []


@pytest.mark.parametrize("name", GUESSING)
def test_nothing_is_out_of_reach(browser: Any, origin: str, name: str) -> None:
    """axe on the page as one meets it, and with a definition and a wrong reply on it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with Visit(browser, origin, f"book/{name}", color_scheme="dark") as visit:
        visit.settle()
        visit.page.locator(".li2-answer button").first.click()
        visit.page.locator("main a.li2-word").first.hover()
        found = axe.Axe().run(visit.page).response["violations"]
        ours = [
            (finding["id"], node["html"][:200])
            for finding in found
            for node in finding["nodes"]
            if "li2" in node["html"] or "li2" in str(node["target"])
        ]
        assert ours == []
