"""`make repository URL=...` writes the book's address everywhere it belongs, on a copy."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "book/02_group_tasks"
HUB, LAB = "https://github.com/someone/li2-book", "https://gitlab.com/a/group/li2-book"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext")
    (tmp_path / "book" / "_assets").mkdir()
    for name in ("setup_cell.py", "favicon.svg"):
        shutil.copy(ROOT / "book" / "_assets" / name, tmp_path / "book" / "_assets")
    for path in (ROOT / "book").glob("*.ipynb"):
        shutil.copy(path, tmp_path / "book")
    return tmp_path


def tell(copy: Path, url: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(copy / "book" / "_ext" / "repository.py"), url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def address_in(copy: Path) -> set[str]:
    """What the shared cell and every chapter's first cell say."""
    cells = [(copy / "book" / "_assets" / "setup_cell.py").read_text(encoding="utf-8")]
    for path in (copy / "book").glob("*.ipynb"):
        code = (c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
        cells.append(next(code).source)
    assert len(cells) > 20
    return {re.findall(r'^REPOSITORY = "(.*)"$', cell, re.MULTILINE)[0] for cell in cells}


def test_the_address_reaches_every_first_cell_and_a_second_one_replaces_it(copy: Path) -> None:
    before = (copy / "_config.yml").read_text(encoding="utf-8")
    for url in (HUB, LAB, "https://example.org/else/li2-book"):
        done = tell(copy, url)
        assert done.returncode == 0, done.stderr
        assert address_in(copy) == {url}
        config = yaml.safe_load((copy / "_config.yml").read_text(encoding="utf-8"))
        assert ("repository" in config) is ("example" not in url)
        assert ("launch_buttons" in config) is (url == HUB), "Colab opens only GitHub's notebooks"
    assert "No buttons: they need a repository at github.com or gitlab.com" in done.stdout
    assert (copy / "_config.yml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("url", [f"{HUB}/", f"{HUB}.git"])
def test_an_address_is_written_in_one_form(copy: Path, url: str) -> None:
    assert tell(copy, url).returncode == 0
    assert address_in(copy) == {HUB}


@pytest.mark.parametrize(
    "url", ["", "example.org/a/b", "https://example.org", "https://host/a", 'https://a/b/c"d']
)
def test_what_is_no_address_changes_nothing(copy: Path, url: str) -> None:
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    done = tell(copy, url)
    assert done.returncode == 1 and "expected an address such as" in done.stderr
    after = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    assert after == before


def built(copy: Path, page: str) -> str:
    """A page of a small book, one chapter and one page that has no code, with this address."""
    config: dict[str, Any] = yaml.safe_load((copy / "_config.yml").read_text(encoding="utf-8"))
    config["execute"] = {"execute_notebooks": "off"}
    ours = {*config["sphinx"].pop("local_extensions"), "sphinxcontrib.bibtex"}
    settings = config["sphinx"]["config"]
    settings["extensions"] = [name for name in settings["extensions"] if name not in ours]
    del config["bibtex_bibfiles"], settings["bibtex_reference_style"], settings["default_role"]
    (copy / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (copy / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/index\nchapters: [{{file: {CHAPTER}}}]\n", encoding="utf-8"
    )
    (copy / "book" / "index.md").write_text("# A book\n", encoding="utf-8")
    notebook = nbformat.read(copy / f"{CHAPTER}.ipynb", as_version=4)
    notebook.cells = [nbformat.v4.new_markdown_cell("# A chapter"), notebook.cells[1]]
    nbformat.write(notebook, copy / f"{CHAPTER}.ipynb")
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    done = subprocess.run(
        [*command, "build", "-W", "."], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return (copy / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")


def buttons(page: str) -> dict[str, str]:
    """Where the buttons at the head of a page lead, by what they say."""
    links = re.findall(r'<a href="(https?://[^"]+)" target="_blank"(.*?)</a>', page, re.DOTALL)
    words = re.compile(r'text-container">([^<]+)<')
    return {name[1]: link for link, rest in links if (name := words.search(rest))}


@pytest.mark.parametrize("url", [HUB, LAB])
def test_each_button_leads_where_it_says(copy: Path, url: str) -> None:
    assert tell(copy, url).returncode == 0
    found = buttons(built(copy, CHAPTER))
    on_hub = url == HUB
    dash = "" if on_hub else "/-"
    assert found.pop("Repository") == url
    assert found.pop("Suggest edit") == f"{url}{dash}/edit/main/{CHAPTER}.ipynb"
    report = found.pop("Open issue")
    assert report.startswith(f"{url}{dash}/issues/new?") and f"{CHAPTER}.html" in report
    if on_hub:
        hub = "https://colab.research.google.com/github/someone/li2-book/blob/main/"
        assert found.pop("Colab") == f"{hub}{CHAPTER}.ipynb"
    assert found == {}
    assert (ROOT / f"{CHAPTER}.ipynb").is_file(), "the path in these links is no file here"
    index = buttons((copy / "_build" / "html" / "book" / "index.html").read_text("utf-8"))
    assert index.pop("Suggest edit") == f"{url}{dash}/edit/main/book/index.md"
    assert sorted(index) == ["Open issue", "Repository"]


@pytest.mark.parametrize("url", ["", "https://example.org/someone/li2-book"])
def test_without_an_address_and_at_an_unknown_host_there_is_no_dead_button(
    copy: Path, url: str
) -> None:
    if url:
        assert tell(copy, url).returncode == 0
    page = built(copy, CHAPTER)
    assert buttons(page) == {}
    assert not re.search("source-buttons|launch-buttons|btn-source-|issues/new", page)
    assert "btn-download-source-button" in page
