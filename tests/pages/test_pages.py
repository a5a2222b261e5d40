"""The built pages in a real browser: nothing leaves the origin, every slider moves its figure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from visits import DESK, HTML, PHONE, ROOT, Visit, serving

# Made by the theme and by docutils, not ours to change: the rule and the element.
THEIRS = {
    ("region", "sidebar-primary-item"),
    ("aria-allowed-role", "doc-biblioentry"),
    ("aria-deprecated-role", "doc-biblioentry"),
    ("aria-required-children", "citation-list"),
}


def toc_pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(chapter["file"] for chapter in chapters)]


PAGES = toc_pages()
CHAPTERS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
EACH_PAGE = pytest.mark.parametrize("page_name", PAGES)
EACH_CHAPTER = pytest.mark.parametrize("page_name", CHAPTERS)


@EACH_PAGE
def test_every_page_of_the_contents_is_built(page_name: str) -> None:
    path = HTML / f"{page_name}.html"
    assert path.exists(), "run `make book` first"
    assert path.stat().st_size < 3_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@EACH_PAGE
def test_page_is_sound_on_a_desk_and_a_phone(
    browser: Any, origin: str, page_name: str, scheme: str
) -> None:
    for viewport in (DESK, PHONE):
        options = {"viewport": viewport, "color_scheme": scheme}
        with Visit(browser, origin, f"{page_name}.html", **options) as visit:
            visit.settle()
            assert visit.problems == []
            wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0
            # A display formula scrolls in its own box, a table too; one in a sentence cannot.
            cut = visit.page.evaluate(
                "[...document.querySelectorAll('mjx-container:not([display])')]"
                ".filter((e) => !e.closest('table'))"
                ".filter((e) => e.getBoundingClientRect().right > innerWidth)"
                ".map((e) => e.closest('p, li, dd').innerText)"
            )
            assert cut == []
            # document.body is transparent where the theme paints the root instead.
            shade = visit.page.evaluate(
                "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)"
            )
            darkness = sum(map(int, shade)) / 3
            assert darkness < 60 if scheme == "dark" else darkness > 200
            pictures = visit.page.evaluate(
                "[...document.images].map((i) => [i.alt, i.naturalWidth, i.currentSrc])"
            )
            for alt, width, source in pictures:
                assert width > 0, source
                assert len(alt) > 20 and " " in alt, f"no real alt text: {source} has {alt!r}"
            assert visit.page.locator(".MathJax_Error, mjx-merror").count() == 0


def test_the_check_would_notice_what_it_looks_for(browser: Any, tmp_path: Path) -> None:
    """Positive controls: a planted external picture, a missing file, a script error."""
    (tmp_path / "page.html").write_text(
        "<img src='http://127.0.0.1:9/x.png' alt=''><img src='missing.png' alt=''>"
        "<script>throw new Error('planted')</script>"
    )
    with serving(tmp_path) as origin, Visit(browser, origin, "page.html") as visit:
        found = "\n".join(visit.problems)
    assert "external http://127.0.0.1:9/x.png" in found
    assert re.search(r"404 .*missing\.png", found)
    assert "error planted" in found


@EACH_CHAPTER
def test_every_slider_changes_its_figure_by_keyboard_and_by_mouse(
    browser: Any, origin: str, page_name: str
) -> None:
    with Visit(browser, origin, f"{page_name}.html") as visit:
        visit.open_guesses()
        boxes = visit.page.locator(".li2-explorer")
        assert boxes.count() + visit.page.locator(".li2-lab").count() > 0
        for box in boxes.all():
            assert box.locator("input").count() > 0
            for slider in box.locator("input").all():
                start, place = shown(box), int(slider.input_value())
                slider.focus()
                last = place == int(slider.get_attribute("max"))
                visit.page.keyboard.press("ArrowLeft" if last else "ArrowRight")
                by_key = shown(box)
                assert all(now != before for now, before in zip(by_key, start, strict=True))
                slider.scroll_into_view_if_needed()
                area = slider.bounding_box()
                assert area["height"] >= 44
                visit.page.mouse.click(area["x"] + area["width"] - 4, area["y"] + 22)
                assert slider.input_value() == slider.get_attribute("max")
                by_mouse = shown(box)
                if int(slider.get_attribute("max")) > place + 1:
                    assert by_mouse[0] != by_key[0]
                assert slider.get_attribute("aria-valuetext") in by_mouse[1]
                visit.page.keyboard.press("Home")
                for _ in range(place):
                    visit.page.keyboard.press("ArrowRight")
                assert shown(box) == start
        assert visit.problems == []


def shown(box: Any) -> tuple[str, str, str]:
    """The picture's file, its alt text and the printed call, once the picture is loaded."""
    image = box.locator("img").first.element_handle()
    box.page.wait_for_function("(image) => image.complete && image.naturalWidth > 0", arg=image)
    return (
        image.get_attribute("src"),
        image.get_attribute("alt"),
        box.locator("code").inner_text(),
    )


def test_the_play_button_plays_and_pauses(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/01_grokking_live.html") as visit:
        visit.open_guesses()
        box = visit.page.locator(".li2-explorer", has=visit.page.locator(".li2-play")).first
        button, slider = box.locator(".li2-play"), box.locator("input").first
        button.click()
        visit.page.wait_for_function(
            "(input) => Number(input.value) >= 3", arg=slider.element_handle()
        )
        assert button.get_attribute("aria-label").startswith("Pause")
        button.click()
        stopped = slider.input_value()
        visit.page.wait_for_timeout(700)
        assert slider.input_value() == stopped and int(stopped) > 0
        assert button.get_attribute("aria-label").startswith("Play")


@EACH_CHAPTER
def test_first_frame_is_there_without_script(browser: Any, origin: str, page_name: str) -> None:
    with Visit(browser, origin, f"{page_name}.html", java_script_enabled=False) as visit:
        for box in visit.page.locator(".li2-explorer").all():
            assert box.locator("img").first.is_visible()
            assert not box.locator("input").first.is_visible()
            source = box.locator("img").first.get_attribute("src")
            assert (HTML / page_name).parent.joinpath(source).resolve().is_file()


def test_on_paper_a_film_is_the_frame_that_the_text_speaks_of(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/15_repulsion.html") as visit:
        visit.open_guesses()
        box = visit.page.locator(".li2-explorer", has=visit.page.locator(".li2-still")).first
        seen = [box.locator("img:not(.li2-still)"), box.locator("input").first]
        still = box.locator(".li2-still")
        assert all(part.is_visible() for part in seen) and not still.is_visible()
        visit.page.emulate_media(media="print")
        assert still.is_visible() and not any(part.is_visible() for part in seen)


@EACH_PAGE
def test_accessibility(browser: Any, origin: str, page_name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for viewport, scheme in ((DESK, "light"), (PHONE, "dark")):
        options = {"viewport": viewport, "color_scheme": scheme}
        with Visit(browser, origin, f"{page_name}.html", **options) as visit:
            visit.settle()
            visit.open_guesses()
            found = axe.Axe().run(visit.page).response["violations"]
            ours = [
                (finding["id"], node["html"][:200])
                for finding in found
                for node in finding["nodes"]
                if not any(finding["id"] == rule and part in node["html"] for rule, part in THEIRS)
            ]
            assert ours == []
