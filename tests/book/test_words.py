"""The glossary and the notation are complete: every bold term and every letter is in one."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from fences import ROOT
from symbols import BOOK, letters, rows, rows_of, spoken, unexplained
from words import EVERYDAY, glossary, patterns

CHAPTERS = sorted(BOOK.glob("[0-9][0-9]_*.ipynb"))
EACH = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name[:2])
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
# Bold that stresses a word or names a paper's authors. New text stresses with *one* star.
STRESSED = re.compile(
    "error|open|odd|four|eight|the answer alone|sum|difference|pairs|two triples|"
    "largest|rises|falls|lost it again|like the start|like the end|over the samples|"
    "over the classes|they begin to interact|not a critical point|two independent phases|"
    "three different eigenvalues|the same three runs|Prieto and others|"
    "The training loss|The theory's loss|What is loose"
)


def prose(path: Path) -> str:
    return "\n\n".join(
        cell.source for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    )  # fmt: skip


def terms(text: str) -> list[str]:
    """The bold spans of up to three words without formula, digit, quotation or a last stop."""
    return [
        span for span in BOLD.findall(text)
        if len(span.split()) <= 3 and not re.search(r"[$\d{\"]|[.:?!]$", span)
    ]  # fmt: skip


def without_entry(text: str) -> set[str]:
    return {
        term for term in terms(text)
        if not STRESSED.fullmatch(term)
        and not any(pattern.fullmatch(term) for _, pattern in patterns())
    }  # fmt: skip


@EACH
def test_every_bold_term_is_in_the_glossary(path: Path) -> None:
    assert without_entry(prose(path)) == set()


@EACH
def test_every_letter_of_a_display_formula_is_in_the_notation(path: Path) -> None:
    assert unexplained(prose(path)) == set()


def test_what_is_planted_is_found() -> None:
    assert without_entry("a **shibboleth** of **irreps**, **Said.** **a $x$** **as of old**") == {
        "shibboleth", "as of old"
    }  # fmt: skip
    assert unexplained(r"$$ \zeta(x) = \tilde Q_c + \hat{B}^2 $$ and $\Xi$") == {
        "zeta", "tilde Q", "hat B"
    }  # fmt: skip


def test_no_stressed_word_is_stressed_for_nothing() -> None:
    used = {span for path in CHAPTERS for span in BOLD.findall(prose(path))}
    assert {word for word in STRESSED.pattern.split("|") if word not in used} == set()


def test_letters_of_a_formula() -> None:
    assert letters(r"\tilde Y'F + p_c^2 \operatorname{polar}(G_{\text{open}})") == {
        "tilde Y", "F", "p", "p_*", "polar", "G", "G_the open",
    }  # fmt: skip
    assert letters(r"\frac{1}{2} \sum_{i=1}^n \log 3 (a)_{\text{pair}}") == {"a"}


def test_rows_speak_of_their_chapters() -> None:
    assert len(rows()) > 70
    polar = [row for row in rows_of([r"\operatorname{polar}(G)"], 17) if "singular" in row.what]
    assert polar and not [row for row in rows_of([r"\operatorname{polar}(G)"], 3) if row in polar]
    learning = next(row for row in rows() if "in chapter 19 the learning rate" in row.what)
    assert learning.belongs_to(19) and not learning.belongs_to(20)


def test_the_glossary_is_in_order_and_everyday_words_are_in_it() -> None:
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    first = re.findall(r"(?:^|\n\n|\{glossary\}\n)(?! )(\S[^\n]*)(?:\n\S[^\n]*)*\n  ", text)
    named = [name for name in first if name in glossary()]
    assert named == sorted(named, key=str.lower) and len(named) > 60
    assert all(len(said) > 30 and said.endswith((".", ")")) for said in glossary().values())
    assert len([term for term in glossary() if EVERYDAY.fullmatch(term)]) > 20
    assert (ROOT / "book" / "notation.md").exists()


def test_a_letter_is_searched_for_as_one_types_it() -> None:
    assert spoken("G_F = P(Y - FV)V'") == ["G_F"]
    assert spoken(r"\tilde Y = PY") == ["tilde Y"]
    assert spoken(r"t_{\text{open}}, P_\eta, \mathbf 1, \hat\alpha") == [
        "t_open",
        "P_eta",
        "hat alpha",
    ]
