"""`answer`: what it refuses and how it replies, on two entries that are known by hand."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from li2_core.show import answer, answers

NUMBER = """
[ex-99-1]
ask = "How much is $2 + 2$?"
value = 4
within = 0.5
right = "And $2 \\\\cdot 2$ too."
[[ex-99-1.wrong]]
value = 22
say = "The digits stand side by side."
[[ex-99-1.wrong]]
value = 0
within = 1
say = "You took away."
[ex-99-2]
ask = "Is it so?"
choices = ["yes", "no $x$"]
right = 1
say = ["So one thinks.", "It is not."]
"""


@pytest.fixture(autouse=True)
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "99.toml").write_text(NUMBER)
    monkeypatch.setattr(answers, "FOLDER", tmp_path)


@pytest.mark.parametrize("label", ["ex-99-3", "ex-98-1", "ex-1", "", None, "../../secret"])
def test_an_exercise_that_is_not_there_is_named(label: object) -> None:
    with pytest.raises(ValueError, match=f"there is no exercise {label!r} with a checker"):
        answer(label)


@pytest.mark.parametrize("value", ["4", True, float("nan"), float("inf"), [1, 2], 3j, object()])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="the answer must be one finite number, got"):
        answer("ex-99-1", value)


@pytest.mark.parametrize("value", ["C", "", 1, "yes"])
def test_what_is_no_letter_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be one of the letters A, B, got"):
        answer("ex-99-2", value)


@pytest.mark.parametrize(
    ("value", "right", "words"),
    [
        (4, True, "Right. And"),
        (3.5, True, "Right."),
        (np.float32(4.5), True, "Right."),
        (torch.tensor([4.2]), True, "Right."),
        (4.51, False, "none of the errors we know"),
        (22.4, False, "Not yet. The digits"),
        (-0.9, False, "Not yet. You took"),
    ],
)
def test_a_number_is_right_or_told_what_it_is(value: object, right: bool, words: str) -> None:
    reply = answer("ex-99-1", value)
    assert reply.right is right and words in repr(reply) == reply._repr_markdown_()


def test_a_choice_is_its_letter() -> None:
    assert answer("ex-99-2", " b").right and answer("ex-99-2", "B").words == "Right. It is not."
    assert answer("ex-99-2", "a").right is False


def test_without_a_value_the_question_and_the_form_are_told() -> None:
    reply = answer("ex-99-1")
    assert reply.right is None
    assert reply.words == "How much is $2 + 2$? A number, within 0.5."
    assert answer("ex-99-2").words == "Is it so? A letter: A: yes; B: no $x$."


def test_the_page_s_field_holds_what_it_compares_with() -> None:
    page = answers.page("ex-99-1")
    data = json.loads(html.unescape(re.search(r'data-asks="([^"]*)"', page)[1]))
    assert data == {"value": 4, "within": 0.5, "wrong": [[22, 0.5], [0, 1]]}
    assert page.count("<p hidden") == 4 and re.search(r"<input [^>]* hidden>", page)
    choice = answers.page("ex-99-2")
    assert choice.count('type="radio"') == choice.count("<p hidden") == 2
    assert re.findall(r'class="(li2-\w+)" data-choice="(\d)"', choice) == [
        ("li2-wrong", "0"),
        ("li2-right", "1"),
    ]
