"""The quiz bank has one form, is answered by the book, and its page shows all of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import quiz
from fences import ROOT

BANK = quiz.read_bank()
EACH = pytest.mark.parametrize("question", BANK, ids=lambda question: question["see"])
PAGE = (quiz.BOOK / "teaching.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d+\.\d+|\d+(?=%)")


def test_there_are_thirty_and_none_twice() -> None:
    assert len(BANK) == 30
    assert len({question["ask"] for question in BANK}) == 30
    assert {quiz.chapter_of(question) for question in BANK} == set(range(1, 21))
    chapters = [quiz.chapter_of(question) for question in BANK]
    assert chapters == sorted(chapters), "in the order of the book"


@EACH
def test_a_question_has_its_words(question: quiz.Question) -> None:
    assert set(question) == {"ask", "see", "choices", "right", "why"}
    assert question["ask"].endswith("?")
    choices, why = question["choices"], question["why"]
    assert 3 <= len(choices) == len(why) <= 4
    assert len(set(choices)) == len(choices) and len(set(why)) == len(why)
    assert all(len(words) > 30 and words.endswith((".", ")")) for words in why)
    assert 0 <= question["right"] < len(choices)
    assert all(text.count("$") % 2 == 0 for text in (question["ask"], *choices, *why))


def test_neither_place_nor_length_gives_the_answer_away() -> None:
    places = Counter(question["right"] for question in BANK)
    assert max(places.values()) <= len(BANK) / 2
    longest = [max(question["choices"], key=len) for question in BANK]
    right = [question["choices"][question["right"]] for question in BANK]
    same = sum(one == other for one, other in zip(longest, right, strict=True))
    assert same <= len(BANK) / 2


def unknown_numbers(question: quiz.Question) -> set[str]:
    """The decimals and percents of a question that its chapter does not have."""
    chapter = quiz.places()[question["see"]][0]
    cells = nbformat.read(chapter, as_version=4).cells
    outputs = [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]
    text = "\n".join([*(cell.source for cell in cells), *outputs])
    said = " ".join([question["ask"], *question["choices"], *question["why"]])
    known = {*NUMBER.findall(re.sub(r"(?<=\d) (?=%)", "", text))}
    known |= {f"{100 * float(number):g}" for number in known if float(number) < 1}
    return {*NUMBER.findall(said)} - known


@EACH
def test_its_numbers_stand_in_the_chapter_that_answers_it(question: quiz.Question) -> None:
    assert unknown_numbers(question) == set()


def test_a_planted_number_is_found() -> None:
    assert unknown_numbers(BANK[25] | {"ask": "Is it 0.894, 0.8941 or 83%?"}) == {"0.8941", "83"}


def test_a_label_is_found_with_its_section() -> None:
    found = {label: title for label, (_, title) in quiz.places().items()}
    assert found["sec-narrow"] == "Take the weight decay away"
    assert found["def-grokking"] == "What grokking means, and what the loss says"
    assert found["eq-03-wave"] == "When does a node speak about the answer?"
    assert found["fig-01-width"] == "Take the weight decay away"
    assert found["lem-latin"] == "What makes a table a group"
    assert "sec-nowhere" not in found
    assert quiz.source("thm-unseen") == (
        "Chapter 4, {doc}`04_lazy_learning`: “Why every unseen pair is wrong”, "
        "{prf:ref}`thm-unseen`."
    )


def test_the_answer_is_folded_away_and_told_first() -> None:
    question = {
        "ask": "Is it?", "see": "sec-narrow", "right": 1,
        "choices": ["yes", "no"], "why": ["Thinks so.", "It is not."],
    }  # fmt: skip
    seen, folded = "\n".join(quiz.in_myst(7, question)).split(":::{dropdown}")
    assert seen == "**7.** Is it?\n\n- **A** yes\n- **B** no\n\n"
    assert folded.index("**B.** It is not.") < folded.index("- **A** Thinks so.")
    assert "sec-narrow" in folded


def test_objectives_are_those_of_the_chapter_or_its_question() -> None:
    for path in quiz.CHAPTERS:
        header = nbformat.read(path, as_version=4).cells[0].source
        lines = [line for line in "\n".join(quiz.objectives(path)).split("\n") if line]
        assert len(lines) == (4 if "*You will be able to*" in header else 2)
        assert all(line.removeprefix("- ").strip("*") in header for line in lines[1:])


def ranges(name: str) -> list[int]:
    """The chapters that the page's directives of one name show."""
    found = re.findall(rf"^```\{{{name}\}} (\d+)-(\d+)$", PAGE, re.MULTILINE)
    return [n for first, last in found for n in range(int(first), int(last) + 1)]


def test_the_page_shows_every_question_and_every_chapter_once() -> None:
    assert ranges("quiz") == list(range(1, 21)) == ranges("objectives")


def test_every_place_that_the_page_names_is_in_a_chapter() -> None:
    named = re.findall(r"\{ref\}`(?:[^`<]+<)?([\w-]+)>?`", PAGE)
    assert len(named) >= 20 and [label for label in named if label not in quiz.places()] == []


def test_the_directives_make_a_page(tmp_path: Path) -> None:
    """Alone, so that no chapter is run: links into the chapters lead nowhere here."""
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'book' / '_ext')!r})\n"
        "extensions = ['myst_parser', 'sphinx_design', 'sphinx_proof', 'quiz']\n"
        "myst_enable_extensions = ['colon_fence', 'dollarmath']\n"
    )
    page = "# Page\n\n```{quiz} 1-20\n```\n\n```{objectives} 1-20\n```\n"
    (tmp_path / "index.md").write_text(page)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "pseudoxml",
        str(tmp_path),
        str(tmp_path / "o"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    complaints = re.findall(r"(?:ERROR|CRITICAL|Unknown).*", done.stderr)
    assert complaints == []
    written = (tmp_path / "o" / "index.pseudoxml").read_text(encoding="utf-8")
    assert written.count("Answer, and what leads to the others") == 30
    assert written.count("<bullet_list") == 60 + 20
    (tmp_path / "index.md").write_text("# Page\n\n```{quiz} all\n```\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "chapters must be a range such as 4-7, got 'all'" in done.stderr
