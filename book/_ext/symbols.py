"""The letters of a formula, and the rows of the notation that explain them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

BOOK = Path(__file__).resolve().parents[1]
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|"
    "tau|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell"
)
ACCENTS = "tilde|bar|hat|check|mathbb|mathcal|mathbf|vec|widehat"
NAMED = re.compile(r"_\{\\text\{(\w+)\}\}")
WORDS = re.compile(r"\\(?:text|mathrm|mathtt|begin|end|tag|color|hspace)\{[^{}]*\}")
SCRIPT = r"(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+|[^\\{}\s])"
LOOSE = re.compile(rf"([)\]}}|])(?:'*\s*[_^]\s*{SCRIPT})+")  # the index of a bracket is no letter
LETTER = re.compile(
    rf"(?P<name>\\operatorname\*?\{{(?P<word>[^{{}}]*)\}}"
    rf"|\\(?P<accent>{ACCENTS})\s*\{{?\s*(?P<under>\\[A-Za-z]+|[A-Za-z])\s*\}}?"
    rf"|\\(?P<greek>{GREEK})(?![A-Za-z])"
    rf"|\\[A-Za-z]+"
    rf"|(?P<letter>[A-Za-z]))"
    rf"'*(?P<scripts>(?:\s*[_^]\s*{SCRIPT}'*)*)"
)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?!\$)([^$]+)\$(?!\$)")
CHAPTERS = re.compile(r"\bin chapters? (\d+)(?: (to|and) (\d+))?")


class Row(NamedTuple):
    """A line of the notation."""

    symbol: str
    what: str
    first: int
    letters: frozenset[str]

    def belongs_to(self, chapter: int) -> bool:
        """Whether the symbol means this in the chapter, as far as the row says so."""
        said = CHAPTERS.search(re.sub(r"\([^()]*chapters?[^()]*\)", "", self.what))
        if not said:
            return self.first <= chapter
        first, last = int(said[1]), int(said[3] or said[1])
        return first <= chapter <= last if said[2] != "and" else chapter in (first, last)


def letters(formula: str) -> set[str]:
    """Every letter of a formula, with its accent; and with its index, one letter for all.

    ``\\tilde Y`` is "tilde Y", ``p_c`` is both "p" and "p_*", and ``k_0`` both "k" and "k_0".
    """
    found: set[str] = set()
    formula = WORDS.sub(" ", NAMED.sub(r"_{the \1}", formula))
    for part in LETTER.finditer(LOOSE.sub(r"\1", formula)):
        base = part["greek"] or part["letter"] or part["word"]
        if part["accent"]:
            base = f"{part['accent']} {part['under'].lstrip(chr(92))}"
        if base:
            found.add(base)
            for script in re.findall(rf"_\s*({SCRIPT})", part["scripts"]):
                plain = script.strip("{}")
                found.add(f"{base}_{'*' if re.fullmatch('[a-z]+', plain) else plain}")
    return found


@cache
def rows() -> tuple[Row, ...]:
    """The notation, line by line."""
    found = []
    for line in (BOOK / "notation.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5 and re.fullmatch(r"\d\d", cells[4]):
            found.append(Row(cells[0], cells[3], int(cells[4]), frozenset(_named(cells[0]))))
    return tuple(found)


def spoken(formula: str) -> list[str]:
    """What one types to search for the letters of a formula: "G_F", "tilde Y", "p_c"."""
    pieces = re.split(r",(?![^{(]*[})])", formula)
    return [name for piece in pieces if (name := _typed(piece))]


def _typed(piece: str) -> str:
    """Without the signs of LaTeX, up to a bracket or an equals sign; nothing for a digit."""
    plain = re.sub(
        r"\\(?:text|mathbb|mathbf|overline|operatorname)|(?<=[_^])\\|[{}']",
        "",
        re.split(r"[(=]", piece)[0],
    )
    plain = " ".join(plain.replace("\\", " ").split()).rstrip("^")
    return plain if re.search("[A-Za-z]", plain) else ""


def _named(cell: str) -> set[str]:
    """The letters that a row explains: what stands before a bracket or an equals sign."""
    found: set[str] = set()
    for formula in INLINE.findall(cell):
        for piece in re.split(r",(?![^{(]*[})])", formula):
            named = letters(re.split(r"\(|=", piece)[0])
            found |= {name for name in named if f"{name}_" not in " ".join(named)}
    return found


def rows_of(formulas: list[str], chapter: int) -> list[Row]:
    """The rows for the letters of some formulas, as they are used in a chapter."""
    there = set().union(*map(letters, formulas)) if formulas else set()
    return [row for row in rows() if row.letters & there and row.belongs_to(chapter)]


def unexplained(text: str) -> set[str]:
    """The letters of display formulas in a text that no row of the notation explains."""
    known = {name.split("_")[0] for row in rows() for name in row.letters}
    there = {name for formula in DISPLAY.findall(text) for name in letters(formula)}
    return {name for name in there if "_" not in name} - known
