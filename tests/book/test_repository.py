"""`make repository URL=...` writes the book's address everywhere it belongs, on a copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext")
    (tmp_path / "book" / "_assets").mkdir()
    shutil.copy(ROOT / "book" / "_assets" / "setup_cell.py", tmp_path / "book" / "_assets")
    for path in (ROOT / "book").glob("*.ipynb"):
        shutil.copy(path, tmp_path / "book")
    return tmp_path


def tell(copy: Path, url: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(copy / "book" / "_ext" / "repository.py"), url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_address_reaches_the_launch_buttons_and_every_first_cell(copy: Path) -> None:
    before = yaml.safe_load((copy / "_config.yml").read_text())
    before = {k: v for k, v in before.items() if k not in ("repository", "launch_buttons")}
    for url in ("https://example.org/someone/book", "https://example.org/else/li2-book"):
        assert tell(copy, url).returncode == 0
        config = yaml.safe_load((copy / "_config.yml").read_text())
        assert config.pop("repository") == {"url": url, "branch": "main", "path_to_book": ""}
        assert config.pop("launch_buttons")["colab_url"] == "https://colab.research.google.com"
        assert config == before
        cell = (copy / "book" / "_assets" / "setup_cell.py").read_text().rstrip("\n")
        assert f'REPOSITORY = "{url}"\n' in cell
        for path in (copy / "book").glob("*.ipynb"):
            cells = nbformat.read(path, as_version=4).cells
            assert next(c.source for c in cells if c.cell_type == "code") == cell


@pytest.mark.parametrize("url", ["", "example.org/a/b", "https://example.org", 'https://a/b"c'])
def test_what_is_no_address_changes_nothing(copy: Path, url: str) -> None:
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    done = tell(copy, url)
    assert done.returncode == 1 and "expected an address such as" in done.stderr
    after = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    assert after == before
