"""`guess` and `Sketch`: what they refuse, their faces in a notebook and in a built page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from li2_core.show import Sketch, guess
from li2_core.show._prose import inline
from li2_core.show.guesses import NO, YES, LiveGuess

ROOT = Path(__file__).resolve().parents[2]
TWO = [("$a < b$", "Because *it* is."), ("no", "So one might think.")]


def sketch(**change: object) -> Sketch:
    options = {"x": "step", "y": "accuracy", "places": (0, 50, 100), "curve": (0, 0.5, 1)}
    return Sketch(**(options | {"limits": (0, 1), "why": "It is late."} | change))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "either choices or a sketch"),
        ({"choices": TWO, "right": 0, "sketch": sketch()}, "either choices or a sketch"),
        ({"choices": TWO[:1], "right": 0}, "choices must be 2 to 5, got 1"),
        ({"choices": 3 * TWO, "right": 0}, "choices must be 2 to 5, got 6"),
        ({"choices": TWO, "right": 2}, "right must be a whole number .* got 2"),
        ({"choices": TWO}, "right must be a whole number .* got None"),
        ({"choices": [*TWO, ("maybe", " ")], "right": 0}, "the explanation of 'maybe'"),
        ({"choices": [*TWO, ("", "x")], "right": 0}, "a choice's label must be words, got ''"),
        ({"choices": [*TWO, ("no", "x")], "right": 0}, "two choices have the same label"),
        ({"sketch": sketch(), "right": 0}, "right belongs to choices"),
    ],
)
def test_bad_guesses_say_what_is_wrong(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        guess("Which?", **options)
    with pytest.raises(ValueError, match="question must be words, got ''"):
        guess("", choices=TWO, right=0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"places": (1, 2)}, "places must be 3 to 9, got 2"),
        ({"curve": (0, 1)}, "the curve has 2 values for 3 places"),
        ({"curve": (0, 0.5, 2)}, "a value of the curve must be .* got 2"),
        ({"curve": (0, float("nan"), 1)}, "a value of the curve must be"),
        ({"limits": (1, 1)}, "limits must rise"),
        ({"why": ""}, "why must be words"),
    ],
)
def test_bad_sketches_say_what_is_wrong(change: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sketch(**change)


def test_a_drawn_curve_is_compared_in_words() -> None:
    compare = sketch().compare
    assert compare([0, 0.5, 1]) == "Near the measured curve everywhere."
    assert compare([0.09, 0.41, 1]) == "Near the measured curve everywhere."
    assert compare([0, 0.8, 1]) == "Above the measured curve at step 50; near it elsewhere."
    assert compare([0.5, 0.5, 0.5]) == (
        "Above the measured curve at step 0; below the measured curve at step 100; near it "
        "elsewhere."
    )
    assert compare([1, 1, 0]) == (
        "Above the measured curve at step 0, 50; below the measured curve at step 100."
    )


def test_a_line_of_markdown_becomes_html() -> None:
    text = "If $a<b$ and *then*\n **so** `x_1` [here](x.html) & on"
    formula = '<span class="math notranslate nohighlight">\\(a&lt;b\\)</span>'
    rest = ' and <em>then</em> <strong>so</strong> <code>x_1</code> <a href="x.html">here</a>'
    assert inline(text) == f"If {formula}{rest} &amp; on"
    assert inline(text, page=False) == f"If $a&lt;b${rest} &amp; on"
    assert inline("*a $b*c$ d*").count("<em>") == 0, "stars in a formula are no emphasis"


def test_the_page_has_all_words_and_nothing_that_works_without_script() -> None:
    page = guess("Is $a < b$?", choices=TWO, right=0).page()
    assert len(re.findall(r"<input type=\"radio\"[^>]* hidden>", page)) == 2
    assert page.count(YES) == page.count(NO) == 1
    assert "Because <em>it</em> is." in page and "<legend>Is " in page
    assert re.search(r'<div class="li2-controls" hidden>', page)
    other = guess("Is it so?", choices=TWO, right=0).page()
    names = [re.search(r'id="(li2-guess-\w+)"', one)[1] for one in (page, other)]
    assert names[0] != names[1]
    drawing = guess("How?", sketch=sketch()).page()
    assert drawing.count('role="slider"') == 3 and "0.5 at 50" in drawing


def test_what_is_stored_is_short_and_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LI2_PAGES", raising=False)
    asked = guess("Which?", choices=TWO, right=0)
    shown = asked._repr_mimebundle_()
    assert shown["text/plain"] == "guess(2 choices)" and "<details>" in shown["text/html"]
    assert repr(guess("How?", sketch=sketch())) == "guess(a sketch of 3 points)"
    assert "$a &lt; b$" in shown["text/html"]
    monkeypatch.setenv("LI2_PAGES", "here")
    assert set(asked._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_live_face_tells_after_the_guess_only() -> None:
    live = LiveGuess(guess("Which?", choices=TWO, right=1))
    assert live.why.value == ""
    live.commit.click()
    assert live.why.value == "Pick one first."
    live.radio.index = 0
    assert live.why.value == "Pick one first."
    live.commit.click()
    assert NO in live.why.value and "<em>it</em>" in live.why.value
    live.radio.index = 1
    live.commit.click()
    assert YES in live.why.value
    drawn = LiveGuess(guess("How?", sketch=sketch()))
    drawn.sketch.sliders[0].value = 1
    drawn.commit.click()
    assert drawn.why.value.startswith("Above the measured curve at step 0")
    assert drawn.sketch.image.value[:4] == b"\x89PNG"


LIVE = """
import ipywidgets
import matplotlib
matplotlib.use("Agg")
from test_guesses import TWO, sketch
from li2_core.show import guess
from li2_core.show.guesses import LiveGuess
print(ipywidgets.__version__)
for asked in (guess("Which?", choices=TWO, right=0), guess("How?", sketch=sketch())):
    live = LiveGuess(asked)
    if asked.choices:
        live.radio.index = 0
    live.commit.click()
    assert "is" in live.why.value, live.why.value
    assert "application/vnd.jupyter.widget-view+json" in asked._repr_mimebundle_()
"""


@pytest.mark.parametrize("major", ["7", "8"])
def test_the_live_face_works_with_ipywidgets(major: str) -> None:
    old = Path(sys.executable).parents[1] / "ipywidgets7"
    assert old.is_dir(), "`make set-up` puts Colab's ipywidgets 7.7.1 there"
    paths = [str(ROOT), str(ROOT / "tests" / "show"), *([str(old)] if major == "7" else [])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths[::-1])}
    environment.pop("LI2_PAGES", None)
    command = [sys.executable, "-c", LIVE]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(major + ".")
