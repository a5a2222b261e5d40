"""`lab` in Python: what a notebook stores, what a page gets, and what it refuses."""

from __future__ import annotations

import html
import json
import re

import pytest

from li2_core.show.lab import lab, page

FRAGMENT = "#group=S_3+x+Z_5&K=64&p=0.7&s=relu&lr=0.01&decay=0&scale=1&seed=3"


def shown(**options: object) -> dict[str, object]:
    made = lab("S_3 x Z_5", 64, 0.7, "relu", decay=0, seed=3, **options)  # type: ignore[arg-type]
    return made._repr_mimebundle_()


def test_a_notebook_stores_one_line_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LI2_PAGES", raising=False)
    bundle = shown()
    assert set(bundle) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == f"lab({FRAGMENT})"


def test_a_page_gets_an_element_that_names_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LI2_PAGES", "anywhere")
    text = str(shown(pace=30, stop=1500, coast={23: 0.34567, 11: 0.5})["text/html"])
    state, options = re.findall(r'data-(?:state|options)="([^"]*)"', text)
    assert html.unescape(state) == FRAGMENT
    expected = {"pace": 30, "stop": 1500, "coast": [[11, 0.5], [23, 0.3457]]}
    assert json.loads(html.unescape(options)) == expected
    assert html.escape(f'reproduce("{FRAGMENT}")', quote=False) in text


def test_a_frame_brings_all_it_needs() -> None:
    text = html.unescape(page.frame(FRAGMENT, {}))
    assert page.styles() in text
    # Nothing in the script may end its element.
    assert text.count("</script>") == 1 and "</script" not in page.script()
    assert not re.search(r"(?:https?:)?//[a-z]+\.[a-z]", text), "asks for something elsewhere"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"group": "banana"}, "got banana"),
        ({"K": 0}, "K must be a whole number"),
        ({"p": 1.0}, "p must be"),
        ({"pace": 0}, "pace must be"),
        ({"pace": 50}, "pace must be one of 2, 10, 30, 100 and 1e9, got 50"),
        ({"stop": 1.5}, "stop must be a whole number"),
        ({"coast": {"Z_23": 0.3}}, "an order must be a whole number"),
        ({"coast": {23: "low"}}, "p_c must be a finite number"),
    ],
)
def test_what_is_not_allowed_is_named(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lab(**wrong)  # type: ignore[arg-type]
