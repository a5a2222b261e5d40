"""How a page looks and unfolds, with and without script."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
import yaml
from film import strip
from matplotlib.colors import to_rgb
from PIL import Image
from visits import HTML, PHONE, ROOT, Visit

from li2_core.runs import read_table
from li2_core.show.style import STAGE_COLORS

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@SCRIPT
def test_code_that_only_shows_is_a_line_that_unfolds(
    browser: Any, origin: str, script: bool
) -> None:
    page = "book/01_grokking_live.html"
    with Visit(browser, origin, page, java_script_enabled=script) as visit:
        fold = visit.page.locator("details.hide", has_text="show.learning_curves").first
        code = fold.locator("pre")
        assert not code.is_visible() and fold.bounding_box()["height"] < 60
        fold.locator("summary").click()
        assert code.is_visible()
        # What teaches is open from the start, and a solution's code has no second fold.
        train = visit.page.locator(".cell_input pre", has_text="history = train(").first
        assert train.is_visible()
        assert visit.page.locator(".solution details.hide").count() == 0


@SCRIPT
def test_checks_are_one_line_that_unfolds(browser: Any, origin: str, script: bool) -> None:
    page = "book/01_grokking_live.html"
    with Visit(browser, origin, page, java_script_enabled=script) as visit:
        # Two tables of one cell, one after the other.
        fold = visit.page.locator("details.li2-checks", has_text="8 of 8 checks hold")
        assert fold.count() == 1 and fold.locator("pre").count() == 2
        assert not fold.locator("pre").first.is_visible()
        fold.locator("summary").click()
        assert fold.locator("pre").first.is_visible()
        assert fold.locator("pre").first.inner_text().startswith("quantity")


STAGES = {"I Lazy": "lazy", "II Independent": "independent", "III Interactive": "interactive"}
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [
    (page["file"], part["caption"])
    for part in TOC["parts"]
    for page in part["chapters"]
    if page["file"].removeprefix("book/")[0].isdigit()
]


@pytest.mark.parametrize(("page_name", "part"), CHAPTERS, ids=lambda value: value[-12:])
def test_a_chapter_says_its_part_and_lights_its_stage(
    browser: Any, origin: str, page_name: str, part: str
) -> None:
    with Visit(browser, origin, f"{page_name}.html") as visit:
        line = visit.page.locator(".li2-part")
        stage = STAGES.get(part)
        words = f"Stage {part.split()[0]}, {stage}" if stage else part
        assert line.inner_text() == words
        title = visit.page.locator("article h1").last
        assert line.bounding_box()["y"] < title.bounding_box()["y"]
        lit = [
            bar.get_attribute("class")
            for bar in line.locator("i").all()
            if bar.evaluate("bar => getComputedStyle(bar).opacity") == "1"
        ]
        assert lit == ([f"li2-{stage}"] if stage else [f"li2-{name}" for name in STAGES.values()])


def test_pages_that_are_no_chapters_have_no_part_above_the_title() -> None:
    for name in ("index", "claims", "what_we_know", "performance"):
        assert "li2-part" not in (HTML / "book" / f"{name}.html").read_text("utf-8")


def test_the_stages_have_the_colours_of_the_figures() -> None:
    text = (ROOT / "book" / "_assets" / "static" / "face.css").read_text("utf-8")
    found = re.findall(r"--li2-(lazy|independent|interactive): (#\w+)", text)
    assert dict(found) == {name: color.lower() for name, color in STAGE_COLORS.items()}


def moving(film: Any) -> bool:
    """Whether another moment is shown a second later."""
    look = "film => getComputedStyle(film).backgroundPosition"
    before = film.evaluate(look)
    film.page.wait_for_timeout(1000)
    return bool(film.evaluate(look) != before)


@SCRIPT
def test_the_film_on_the_cover_plays_and_can_be_held(
    browser: Any, origin: str, script: bool
) -> None:
    with Visit(browser, origin, "book/index.html", java_script_enabled=script) as visit:
        film, hold = visit.page.locator(".li2-film"), visit.page.locator(".li2-pause input")
        assert "clean diagonal stripes" in film.get_attribute("aria-label")
        assert film.bounding_box()["y"] < 500, "below the fold"
        hold.focus()
        visit.page.keyboard.press("Home")
        assert moving(film)
        visit.page.keyboard.press("Space")
        assert not moving(film)
        visit.page.keyboard.press("Space")
        assert moving(film)


def test_the_film_is_its_end_for_who_wants_less_motion(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/index.html", reduced_motion="reduce") as visit:
        film = visit.page.locator(".li2-film")
        assert film.evaluate("film => getComputedStyle(film).backgroundPosition") == "0px 100%"
        assert not moving(film)
        assert not visit.page.locator(".li2-pause").is_visible()


def test_the_film_shows_what_was_measured() -> None:
    table = read_table(ROOT / "book" / "data" / "cover")
    picture = Image.open(io.BytesIO(strip(table["answers"])))
    assert picture.size == (23, 23 * len(table["step"]))
    last = np.array(picture)[-23:]
    right = (last == (np.arange(23)[:, None] + np.arange(23)) % 23).mean()
    known = 0.4 * table["train_accuracy"][-1] + 0.6 * table["test_accuracy"][-1]
    assert right == pytest.approx(known, abs=2e-3) and right > 0.99


def seen(locator: Any) -> np.ndarray:
    """The pixels of an element as they are on the screen, (height, width, 3)."""
    locator.scroll_into_view_if_needed()
    return np.array(Image.open(io.BytesIO(locator.screenshot())).convert("RGB")).astype(int)


def share_near(pixels: np.ndarray, color: str) -> float:
    wanted = [round(255 * part) for part in to_rgb(color)]
    return float((abs(pixels - wanted).max(axis=-1) <= 24).mean())


def test_a_figure_has_no_card_in_the_dark_and_keeps_the_colours_of_the_stages(
    browser: Any, origin: str
) -> None:
    shots = {}
    for scheme in ("light", "dark"):
        # High enough for the whole map below the bar that stays at the top.
        options = {"viewport": {"width": 1280, "height": 1600}, "color_scheme": scheme}
        with Visit(browser, origin, "book/index.html", **options) as visit:
            visit.settle()
            shots[scheme] = seen(visit.page.locator("img[src*=three_stages]"))
    light, dark = shots["light"], shots["dark"]
    assert (light[2, -3] == 255).all() and dark.mean() < 60
    assert (dark[2, -3] == (18, 18, 18)).all(), "a figure's ground is not the page's"
    for color in STAGE_COLORS.values():
        there = share_near(light, color)
        assert there > 0.005 and 0.6 < share_near(dark, color) / there < 1.6
    # Black letters are light, and no fewer.
    assert share_near(dark, "#e8e8e8") > 0.7 * share_near(light, "#000000") > 0.003


def test_dark_letters_on_a_coloured_cell_stay_dark(browser: Any, origin: str) -> None:
    with Visit(browser, origin, "book/09_representations.html", color_scheme="dark") as visit:
        visit.settle()
        cells = seen(visit.page.locator("figure#fig-09-table img, img[alt*='table']").first)
    yellow = share_near(cells, "#fde725")
    assert yellow > 0.02
    rows, columns = np.nonzero(abs(cells - (253, 231, 37)).max(axis=-1) <= 24)
    box = cells[rows.min() : rows.max(), columns.min() : columns.max()]
    assert share_near(box, "#000000") > 0.002


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_what_scrolls_shows_it(browser: Any, origin: str, scheme: str) -> None:
    options = {"viewport": PHONE, "color_scheme": scheme}
    with Visit(browser, origin, "book/01_grokking_live.html", **options) as visit:
        code = visit.page.locator(".cell_input .highlight pre", has_text="history = train(").first
        assert code.evaluate("pre => pre.scrollWidth > pre.clientWidth")
        before = seen(code)
        code.evaluate("pre => { pre.scrollLeft = pre.scrollWidth; }")
        after = seen(code)
        # The last line is empty: there is nothing but the ground, and the shadow upon it.
        ground, edge = before[-4, 150], before[-4, -3]
        assert abs(edge - ground).max() > 30, "no shadow at the edge that hides something"
        assert abs(after[-4, -3] - after[-4, 150]).max() < 12
        assert abs(after[-4, 3] - after[-4, 150]).max() > 30
