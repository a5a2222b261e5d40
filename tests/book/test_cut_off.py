"""A build that is killed as it stores an executed chapter leaves nothing that stops the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from li2_book import forget_what_was_cut_off
from nbformat.v4 import new_code_cell, new_notebook


@pytest.fixture
def cache(tmp_path: Path) -> JupyterCacheAbstract:
    """Two chapters that were run."""
    cache = get_cache(str(tmp_path))
    for name in ("whole", "cut"):
        store(cache, name)
    return cache


def store(cache: JupyterCacheAbstract, name: str) -> None:
    notebook = new_notebook(cells=[new_code_cell(name, id=name)])
    cache.cache_notebook_bundle(CacheBundleIn(notebook, name), check_validity=False, overwrite=True)


@pytest.mark.parametrize("harm", ["nothing", "no notebook", "half a notebook", "no folder"])
def test_a_half_stored_chapter_runs_anew(
    tmp_path: Path, cache: JupyterCacheAbstract, harm: str
) -> None:
    (record,) = [record for record in cache.list_cache_records() if record.uri == "cut"]
    file = tmp_path / "executed" / record.hashkey / "base.ipynb"
    text = file.read_text(encoding="utf-8")
    if harm == "half a notebook":
        file.write_text(text[: len(text) // 2], encoding="utf-8")
    elif harm != "nothing":
        file.unlink()
    if harm == "no folder":
        file.parent.rmdir()
    forget_what_was_cut_off(tmp_path)
    left = {record.uri for record in cache.list_cache_records()}
    assert left == ({"whole", "cut"} if harm == "nothing" else {"whole"})
    store(cache, "cut")
    assert file.read_text(encoding="utf-8") == text
