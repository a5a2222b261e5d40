"""The changelog: it tells of the version that this is, and says truly where things are now."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import pytest
import yaml

import li2_core

ROOT = Path(__file__).resolve().parents[2]
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
NEWEST = re.split(r"^## ", CHANGES, flags=re.M)[1]


def test_one_version_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    versions = [NEWEST.split()[0], citation["version"]]
    versions += re.findall(r'^version = "(.*)"', project, re.M)
    assert versions == [li2_core.__version__] * 3


def addresses() -> list[str]:
    """What the second column of the newest tables names, in code."""
    rows = [line.split("|") for line in NEWEST.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([\w.]+\.[\w.]+)`", row[2])]


@pytest.mark.parametrize("address", sorted(set(addresses())))
def test_what_moved_is_where_the_table_says(address: str) -> None:
    pkgutil.resolve_name(f"li2_core.{address}")  # raises if there is none


def test_the_tables_are_read() -> None:
    assert {"energy.landscape", "groups.parts.missing_irreps"} < set(addresses())
