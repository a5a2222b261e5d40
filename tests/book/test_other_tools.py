"""The sources without Jupyter Book 1.x: what plain Sphinx is given, what the next version says."""

from __future__ import annotations

import runpy
from pathlib import Path

import next_book
import plain_sphinx

LOG = """📖 Built book/index.md in 8.58 s.
⛔️ myst.yml Unable to resolve table of contents entry: book/api
⚠️  book/index.md:46 unexpected option "widths" provided (in list-table)
⛔️ book/claims.md:5 unknown role: verdict
⛔️ book/claims.md:9 unknown role: verdict
⛔️ book/claims.md:9 unknown directive: figur
⚠️  book/02_group_tasks.ipynb Duplicate identifier in project "12-code"
⚠️  book/03_the_network.ipynb Duplicate identifier in project "13-code"
⛔️ _build/exports/index.md Unexpected grid node child is not card: undefined
"""


def test_what_the_next_version_says_is_counted_and_the_new_stands_out() -> None:
    errors, warnings = next_book.complaints(LOG)
    assert errors == {
        "Unable to resolve table of contents entry: book/api": 1,
        "unknown role: verdict": 2,
        "unknown directive: figur": 1,
    }
    assert warnings == {
        'unexpected option "widths" provided (in list-table)': 1,
        "Duplicate identifier in project": 2,
    }
    assert [text for text in errors if not next_book.known(text)] == ["unknown directive: figur"]


def test_sphinx_is_given_our_settings_without_jupyter_book(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text(plain_sphinx.conf(), encoding="utf-8")
    conf = runpy.run_path(str(tmp_path / "conf.py"))
    assert not [name for name in conf["extensions"] if "jupyter" in name]
    assert {"myst_nb", "sphinx_external_toc", "li2_book", "ledger"} <= set(conf["extensions"])
    assert conf["default_role"] == "library" and conf["nb_execution_mode"] == "cache"
    named = [conf["external_toc_path"], conf["html_favicon"], *conf["bibtex_bibfiles"]]
    assert [name for name in named if not Path(name).is_file()] == []
