"""The form of an entry of `book/claims.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

BOOK = Path(__file__).resolve().parents[1] / "book"
CLAIMS = yaml.safe_load((BOOK / "claims.yml").read_text(encoding="utf-8"))
PAPERS = {"Li2", "lazy to rich", "ours"}
VERDICTS = {"holds", "holds with a correction", "fails", "open"}
FIELDS = {
    "id", "paper", "number", "about", "statement", "verdict", "chapter", "anchor", "test", "why",
    "data",
}  # fmt: skip


def named_by(claim: dict[str, Any]) -> list[str]:
    """The tests that an entry names."""
    named = claim.get("test", [])
    return [named] if isinstance(named, str) else named


def check_entry(claim: dict[str, Any]) -> None:
    """Whether it has the fields that it must have and no others, and stands in its chapter.

    Raises
    ------
    AssertionError
        If not.
    """
    needed = {"id", "paper", "about", "statement", "verdict", "chapter", "anchor"}
    assert needed <= claim.keys() <= FIELDS
    assert claim["verdict"] in VERDICTS and claim["paper"] in PAPERS
    assert ("number" in claim) == (claim["paper"] != "ours")
    assert ("why" in claim) == (claim["verdict"] == "open")
    # What is open may be without a test: nobody has run it.
    assert named_by(claim) or claim["verdict"] == "open"
    if "data" in claim:
        assert (BOOK / "data" / f"{claim['data']}.csv").exists()
    (chapter,) = BOOK.glob(f"{claim['chapter']:02d}_*.ipynb")
    assert f"({claim['anchor']})=" in chapter.read_text(encoding="utf-8")
