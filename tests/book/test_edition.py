"""The edition: one date whoever builds, one source for how to cite, no link without an address."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import edition
import pytest
import yaml
from pybtex.database import parse_string

ROOT = Path(__file__).resolve().parents[2]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def without_memory() -> None:
    edition.released.cache_clear()


def test_the_date_is_the_one_asked_for_or_the_last_commits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert edition.released() == date(2023, 11, 14)
    assert edition.edition() == f"Version {CITATION['version']}, 14 November 2023"
    edition.released.cache_clear()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert date(2026, 11, 1) < edition.released() <= date.today()


def test_a_copy_without_git_has_the_date_of_the_changelog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    changes = "# Changes\n\n## 0.3.0 (2027-01-02)\n\n## 0.2.0 (2026-11-26)\n"
    (tmp_path / "CHANGELOG.md").write_text(changes)
    monkeypatch.setattr(edition, "ROOT", tmp_path)
    assert edition.released() == date(2027, 1, 2)
    monkeypatch.setenv("PATH", "")
    edition.released.cache_clear()
    assert edition.released() == date(2027, 1, 2)


def test_the_entries_are_bibtex_and_say_what_the_citation_file_says() -> None:
    entries = parse_string(edition.bibtex(CITATION), "bibtex").entries
    works = [CITATION, *CITATION["references"]]
    assert len(entries) == len(works) == 3
    for entry, work in zip(entries.values(), works, strict=True):
        assert entry.fields["title"] == f"{{{work['title']}}}"
        assert len(entry.persons["author"]) == len(work["authors"])
        assert entry.fields.get("url") == work.get("url")
    book, tian, kumar = entries.values()
    assert CITATION["version"] in book.fields["note"]
    assert book.fields["year"] == str(edition.released().year)
    assert tian.fields["note"] == "arXiv:2509.21519"
    assert str(kumar.persons["author"][2]) == "Gershman, Samuel J."


@pytest.mark.parametrize(
    ("address", "new"),
    [
        ("https://github.com/a/b", "https://github.com/a/b/issues/new"),
        ("https://gitlab.com/a/b", "https://gitlab.com/a/b/-/issues/new"),
        ("https://example.org/a/b", None),
    ],
)
def test_problems_are_reported_where_the_repository_is(address: str, new: str | None) -> None:
    options = {"repository_url": address, "use_issues_button": True}
    config = SimpleNamespace(html_theme_options=options)
    found = edition.problems(config)
    assert (found and found[0]) == new
    assert found is None or "erratum" in found[1]
    options["use_issues_button"] = False
    assert edition.problems(config) is None and edition.repository(config) == ""
