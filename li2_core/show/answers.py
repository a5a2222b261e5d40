"""`answer`: check what a reader found for an exercise, here and in a field of the built page.

What is right, how near one must be and what is said of common errors stands in one table a
chapter, `exercises/NN.toml`. The tests find the right values anew, on another way than the
printed solution.
"""

from __future__ import annotations

import html
import json
import math
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from li2_core.show._prose import inline

FOLDER = Path(__file__).parent / "exercises"
LABEL = re.compile(r"ex-([0-9]{2})-[0-9]+")
RIGHT, NOT_YET = "Right.", "Not yet."
TRY_AGAIN = "That is none of the errors we know. Look at a hint, or at the exercise's words again."


def answer(exercise: str, value: Any = None) -> Reply:
    """Say whether an exercise's answer is right, and if not, what may have happened.

    Parameters
    ----------
    exercise : str
        The exercise's label, ``"ex-07-1"``.
    value : number or str, optional
        What you found: a number, or for a question with choices the letter of yours. Without
        it you are told what is asked.

    Returns
    -------
    Reply
        Its ``right`` is True, False or, without a value, None.

    Raises
    ------
    ValueError
        If there is no such exercise, or the value is neither a finite number nor, where there
        are choices, one of their letters.

    Examples
    --------
    >>> answer("ex-07-2", 16).right
    False
    """
    found = question(exercise)
    if value is None:
        return Reply(None, f"{found['ask']} {asked(found)}")
    if "choices" in found:
        place = _place(found, value)
        right = place == found["right"]
        return Reply(right, f"{RIGHT if right else NOT_YET} {found['say'][place]}")
    number = _number(value)
    if abs(number - found["value"]) <= found["within"]:
        return Reply(True, f"{RIGHT} {found.get('right', '')}".strip())
    for wrong in found.get("wrong", []):
        if abs(number - wrong["value"]) <= wrong.get("within", found["within"]):
            return Reply(False, f"{NOT_YET} {wrong['say']}")
    return Reply(False, f"{NOT_YET} {TRY_AGAIN}")


class Reply:
    """What `answer` returns: ``right``, and ``words`` that say it."""

    def __init__(self, right: bool | None, words: str) -> None:
        self.right, self.words = right, words

    def __repr__(self) -> str:
        return self.words

    def _repr_markdown_(self) -> str:
        return self.words


def question(exercise: str) -> dict[str, Any]:
    """The entry of one exercise.

    Raises
    ------
    ValueError
        If there is none.
    """
    path = table_of(exercise)
    found: dict[str, Any] = entries(path).get(exercise, {}) if path else {}
    if not found:
        raise ValueError(f'there is no exercise {exercise!r} with a checker: name one as "ex-07-1"')
    return found


def asked(found: dict[str, Any]) -> str:
    """The form that an answer has, in words."""
    if "choices" in found:
        listed = (f"{chr(65 + k)}: {choice}" for k, choice in enumerate(found["choices"]))
        return f"A letter: {'; '.join(listed)}."
    return f"A number, within {found['within']:g}." if found["within"] else "A number, exactly."


def page(exercise: str) -> str:
    """The HTML of an exercise's field in a built page; without script only its question."""
    found = question(exercise)
    if "choices" in found:
        body = "".join(
            _CHOICE.format(name=exercise, place=k, label=inline(choice))
            for k, choice in enumerate(found["choices"])
        )
        said = [_said("choice", k, k == found["right"], say) for k, say in enumerate(found["say"])]
        data: dict[str, Any] = {}
        fields = _CHOICES.format(ask=inline(found["ask"]), body=body)
    else:
        data = {"value": found["value"], "within": found["within"]}
        wrong = found.get("wrong", [])
        data["wrong"] = [[w["value"], w.get("within", found["within"])] for w in wrong]
        said = [_said("right", 0, True, found.get("right", ""))]
        said += [_said("wrong", k, False, w["say"]) for k, w in enumerate(wrong)]
        said.append(_said("other", 0, False, TRY_AGAIN))
        fields = _FIELD.format(name=exercise, ask=inline(found["ask"]), form=asked(found))
    packed = html.escape(json.dumps(data))
    return _PAGE.format(name=exercise, data=packed, fields=fields, said="".join(said))


def _said(kind: str, place: int, right: bool, words: str) -> str:
    verdict, looks = (RIGHT, "li2-right") if right else (NOT_YET, "li2-wrong")
    return (
        f'<p hidden class="{looks}" data-{kind}="{place}"><strong>{verdict}</strong> '
        f"{inline(words)}</p>"
    )


def table_of(exercise: Any) -> Path | None:
    """The file with the chapter's entries, if there is one."""
    chapter = LABEL.fullmatch(str(exercise))
    path = FOLDER / f"{chapter[1]}.toml" if chapter else FOLDER
    return path if path.is_file() else None


@cache
def entries(path: Path) -> dict[str, Any]:
    """All entries of a file, by the exercises' labels."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _number(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool | str) else float(np.asarray(value).item())
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"the answer must be one finite number, got {value!r}")
    return number


def _place(found: dict[str, Any], value: Any) -> int:
    letters = [chr(65 + k) for k in range(len(found["choices"]))]
    letter = value.strip().upper() if isinstance(value, str) else value
    if letter not in letters:
        raise ValueError(
            f"the answer must be one of the letters {', '.join(letters)}, got {value!r}"
        )
    return letters.index(letter)


_PAGE = """<div class="li2-answer" data-exercise="{name}" data-asks="{data}">
<form class="li2-form">{fields}
<div class="li2-controls" hidden><button type="submit">Check</button></div></form>
<div class="li2-reply" role="status">{said}</div></div>"""

_FIELD = """<label for="{name}-field">{ask} <span class="li2-form-of">{form}</span></label>
<input id="{name}-field" type="text" inputmode="text" autocomplete="off" hidden>"""

_CHOICES = """<fieldset><legend>{ask}</legend>{body}</fieldset>"""

_CHOICE = """<div class="li2-choice"><input type="radio" name="{name}-choice" \
id="{name}-{place}" value="{place}" hidden><label for="{name}-{place}">{label}</label></div>"""
