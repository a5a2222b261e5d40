"""How a page looks and unfolds, with and without script."""

from __future__ import annotations

from typing import Any

import pytest
from visits import Visit

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
