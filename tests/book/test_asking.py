"""What every chapter asks of its reader: objectives, guesses, exercises with a checker."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from entries import CLAIMS
from fences import ROOT

from li2_core.show import answer
from li2_core.show.answers import FOLDER, entries, question

CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
EACH = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name[:2])
EXERCISE = re.compile(
    r"^(`{3,})\{exercise\} (?P<title>[^\n·]+) · level (?P<level>[123]) · (?P<minutes>\d+) minutes\n"
    r":label: (?P<label>ex-\d\d-\d+)\n(?P<body>.*?)\n\1$",
    re.MULTILINE | re.DOTALL,
)
HINT = re.compile(r"^:::\{dropdown\} Hint ([12])\n(.+?)\n:::$", re.MULTILINE | re.DOTALL)
VAGUE = re.compile(r"(understand|know|learn|see|appreciate|be familiar|realise|grasp)\b", re.I)
OPEN = {claim["id"] for claim in CLAIMS if claim["verdict"] == "open"}
ENTRIES = [name for path in sorted(FOLDER.glob("*.toml")) for name in entries(path)]
EACH_ENTRY = pytest.mark.parametrize("label", ENTRIES)


@cache
def cells(path: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(path, as_version=4).cells


@cache
def prose(path: Path) -> str:
    return "\n\n".join(cell.source for cell in cells(path) if cell.cell_type == "markdown")


def has_words(choice: str) -> bool:
    """Whether a screen reader can name a choice: it says nothing of a formula alone."""
    return bool(re.search(r"[^\W_]{2}", re.sub(r"\$[^$]+\$", "", choice)))


def exercises(path: Path) -> Iterator[re.Match[str]]:
    yield from EXERCISE.finditer(prose(path))


@EACH
def test_the_header_says_what_you_will_be_able_to_do(path: Path) -> None:
    header = cells(path)[0].source
    found = re.search(r"\n\n\*You will be able to\*\n\n((?:- .+\n)+)\n\*\*\d+ minutes", header)
    assert found, "three lines after “*You will be able to*”, before the minutes"
    lines = found[1].strip().split("\n")
    assert len(lines) == 3
    for line in lines:
        assert len(line) < 170 and line[2].islower()
        assert not VAGUE.match(line[2:]), f"nobody can check this: {line}"
    assert re.search(r"\n\*What you need first:\*", header)


@EACH
def test_the_end_says_what_others_say_what_to_remember_and_what_is_next(path: Path) -> None:
    sections = re.split(r"^## ", prose(path), flags=re.MULTILINE)
    titles = [section.split("\n")[0] for section in sections]
    assert titles.index("What others say") < titles.index("What to remember")
    others = sections[titles.index("What others say")]
    cited = set(re.findall(r"\{cite(?::[tp])?\}`([^`]+)`", others))
    assert len(cited) >= 2 and len(others) > 400
    assert others.strip().count("\n\n") == 1, "one paragraph"
    assert re.search(r"\*\*?Next:?\*\*?", sections[-1]), "the last words name what is next"


@EACH
def test_a_guess_comes_before_something_to_see(path: Path) -> None:
    asked = [
        k for k, cell in enumerate(cells(path))
        if cell.cell_type == "code" and re.search(r"^guess\(", cell.source, re.MULTILINE)
    ]  # fmt: skip
    assert 1 <= len(asked) <= 4
    for k in asked:
        assert re.match(r"guess\(", cells(path)[k].source), "a guess has its cell for itself"
        assert cells(path)[k].metadata["tags"] == ["remove-input"]
        shown = cells(path)[k].outputs[0].data["text/html"]
        assert all(has_words(choice) for choice in re.findall(r"<li>(.+?)</li>", shown))
        for cell in cells(path)[k + 1 :]:
            assert not re.search(r"^#", cell.source, re.MULTILINE) or cell.cell_type == "code"
            if cell.get("outputs"):
                break
    text = prose(path)
    assert not re.search(r"\*\*Before you", text), "a question in the text is now a guess"


@EACH
def test_every_exercise_has_a_level_minutes_hints_a_checker_and_a_solution(path: Path) -> None:
    found = list(exercises(path))
    assert 3 <= len(found) <= 5
    assert prose(path).count("{exercise}") == len(found), "see the form in CONTRIBUTING.md"
    levels = [int(one["level"]) for one in found]
    assert levels[0] == 1 and max(levels) == 3, "from a sanity check to research"
    for one in found:
        assert [number for number, _ in HINT.findall(one["body"])] == ["1", "2"]
        assert int(one["minutes"]) <= 120
        if one["level"] == "3":
            linked = re.findall(r"\{ref\}`[^`<]+ <(claim-[\w-]+)>`", one["body"])
            assert linked and set(linked) <= OPEN, "research links to an open line of the ledger"
        label = one["label"]
        checker = [c for c in cells(path) if c.source == f'answer("{label}", None)']
        assert len(checker) == 1 and checker[0].metadata["tags"] == ["remove-cell"]
        assert f"{{solution-start}} {label}\n" in prose(path)
        question(label)
    assert set(entries(FOLDER / f"{path.name[:2]}.toml")) == {one["label"] for one in found}


def entry(label: str) -> dict[str, Any]:
    return question(label)


def oracle(label: str) -> Any:
    """The answer on another way than the printed solution: see tests/exercises."""
    _, chapter, number = label.split("-")
    module = importlib.import_module(f"exercises.ch{chapter}")
    return getattr(module, f"ex_{chapter}_{number}")()


@EACH_ENTRY
def test_an_entry_has_its_words(label: str) -> None:
    found = entry(label)
    assert found["ask"].endswith("?") and len(found["ask"]) > 20
    if "choices" in found:
        assert set(found) == {"ask", "choices", "right", "say"}
        assert 2 <= len(found["choices"]) == len(found["say"]) <= 5
        assert all(has_words(choice) for choice in found["choices"])
        assert all(len(say) > 30 for say in found["say"])
        assert len(set(found["choices"])) == len(found["choices"])
        assert 0 <= found["right"] < len(found["choices"])
    else:
        assert set(found) <= {"ask", "value", "within", "right", "wrong"}
        assert found["within"] >= 0 and found["wrong"], "name at least one common error"
        for wrong in found["wrong"]:
            assert set(wrong) <= {"value", "within", "say"} and len(wrong["say"]) > 30


@EACH_ENTRY
def test_the_answer_is_what_another_way_finds(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found, computed = entry(label), oracle(label)
    if "choices" in found:
        assert computed == found["right"]
    else:
        assert abs(computed - found["value"]) <= found["within"] + 1e-12


@EACH_ENTRY
def test_a_planted_wrong_answer_is_told_apart(label: str) -> None:
    found = entry(label)
    if "choices" in found:
        letters = [chr(65 + k) for k in range(len(found["choices"]))]
        said = [answer(label, letter) for letter in letters]
        assert [reply.right for reply in said] == [k == found["right"] for k in range(len(said))]
        assert len({reply.words for reply in said}) == len(said)
        return
    value, within = found["value"], found["within"]
    for near in (value, value + 0.99 * within, value - 0.99 * within):
        assert answer(label, near).right
    for wrong in found["wrong"]:
        reply = answer(label, wrong["value"])
        assert reply.right is False and wrong["say"] in reply.words
    step = max(3 * within, 1.01 * within + 1e-9, 1e-6)
    for off in (value + step, value - step, -value if value else 1.0, value + 1000 * (1 + within)):
        if not math.isclose(off, value):
            assert answer(label, off).right is False, off
