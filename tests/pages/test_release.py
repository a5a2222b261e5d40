"""A release of a few pages: it opens without a server, is a book on paper, and adds up."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from articles import parts_of_the_book
from epub import write_epub
from hosted import wheel
from packing import write_checksums, write_zip
from paper import write_pdf
from pypdf import PdfReader
from release import html_files, notebook_files
from visits import HTML, ROOT

PARTS = [
    ("The beginning", ["book/01_grokking_live", "book/02_group_tasks"]),
    ("Back", ["book/bibliography"]),
]
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader has who unpacked the archive of the pages."""
    folder = tmp_path_factory.mktemp("home")
    archive = folder / "pages.zip"
    write_zip(archive, html_files(HTML, "book"))
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(folder)
    return folder / "book"


@pytest.fixture(scope="session")
def pdf(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    path = tmp_path_factory.mktemp("paper") / "book.pdf"
    write_pdf(browser, HTML, PARTS, path)
    assert [file.name for file in path.parent.iterdir()] == ["book.pdf"]
    return PdfReader(path)


@pytest.fixture(scope="session")
def epub(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    write_epub(browser, HTML, PARTS, path)
    return zipfile.ZipFile(path)


def test_the_archive_has_every_page_and_both_licences(site: Path) -> None:
    pages = [f"{name}.html" for _, part in parts_of_the_book() for name in part]
    for name in [*pages, "index.html", "search.html", "searchindex.js", "LICENSE", "LICENSE-TEXT"]:
        assert (site / name).is_file(), name
    assert len(list((site / "_sources" / "book").glob("*.ipynb"))) > 20


def test_the_archive_opens_without_a_server_and_can_be_searched(browser: Any, site: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/book/index.html")
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "requestfailed",  # one that is left because the page moves on has not failed
        lambda r: "ABORTED" in r.failure or problems.append(f"{r.failure} {r.url}"),
    )
    page.goto((site / "book" / "05_the_leak.html").as_uri())
    page.wait_for_function("() => document.querySelectorAll('mjx-container').length > 20")
    page.evaluate("document.querySelectorAll('.li2-skip').forEach((button) => button.click())")
    slider, image = (page.locator(f".li2-explorer {what}").first for what in ("input", "img"))
    before = image.get_attribute("src")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert image.get_attribute("src") != before
    page.wait_for_function("() => document.querySelector('.li2-explorer img').naturalWidth > 0")
    assert problems == []
    page.goto((site / "search.html").as_uri() + "?q=Gram+matrix")
    found = page.locator("#search-results li a")
    found.first.wait_for()
    page.wait_for_function(
        "() => /\\d+ page/.test(document.querySelector('#search-results').innerText)"
    )
    assert found.count() > 3
    found.first.click()
    page.locator("article h1").wait_for()
    assert page.url.startswith((site / "book").as_uri())
    context.close()


def test_the_pdf_has_parts_chapters_and_sections_as_bookmarks(pdf: PdfReader) -> None:
    (first, chapters, back, last) = pdf.outline
    assert (first.title, back.title, len(last)) == ("The beginning", "Back", 1)
    titles = [item.title for item in chapters if not isinstance(item, list)]
    assert [title.split()[-1] for title in titles] == ["grok", "tasks"]
    for sections in (item for item in chapters if isinstance(item, list)):
        assert len(sections) > 5
        for section in sections:
            page = pdf.pages[pdf.get_destination_page_number(section)]
            assert letters(section.title)[:12] in letters(page.extract_text())


def letters(text: str) -> str:
    """Letters and digits alone, ligatures taken apart."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text))


def test_every_page_of_the_pdf_has_its_number_and_no_formula_is_left_as_code(
    pdf: PdfReader,
) -> None:
    texts = [page.extract_text() for page in pdf.pages]
    assert len(texts) > 20
    for number, text in enumerate(texts[1:], start=2):
        assert str(number) in text.split("\n"), f"page {number}"
    whole = "\n".join(texts)
    assert "$$" not in whole
    commands = re.compile(r"\\(?:frac|mathbb|begin|tilde|sum|eta|text|bar)\b")
    assert [line for line in whole.split("\n") if commands.search(line) and 'r"' not in line] == []
    assert whole.count("Shown: ") > 1 and whole.count("Solution to") > 5
    assert "Show the code" not in whole and "# Set-up, the same" not in whole


def test_the_contents_of_the_pdf_say_where_the_chapters_begin(pdf: PdfReader) -> None:
    contents = pdf.pages[1].extract_text()
    (_, chapters, *_) = pdf.outline
    for chapter in (item for item in chapters if not isinstance(item, list)):
        number = pdf.get_destination_page_number(chapter) + 1
        assert re.search(rf"{re.escape(chapter.title[-8:])}\s+{number}\b", contents)


def test_links_between_chapters_stay_in_the_pdf(pdf: PdfReader) -> None:
    links = [a.get_object() for page in pdf.pages for a in page.get("/Annots", [])]
    inside = {str(link["/Dest"]).removeprefix("/") for link in links if "/Dest" in link}
    outside = [str(link["/A"]["/URI"]) for link in links if "/URI" in link.get("/A", {})]
    assert any(name.startswith("book-02") for name in inside)
    assert {name.removeprefix("/") for name in pdf.named_destinations} >= inside
    assert [address for address in outside if not address.startswith("http")] == []


def test_the_epub_is_well_formed_and_whole(epub: zipfile.ZipFile) -> None:
    first = epub.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    files = set(epub.namelist())
    package = ElementTree.fromstring(epub.read("book/package.opf"))
    listed = [item.get("href") for item in package.iter("{http://www.idpf.org/2007/opf}item")]
    assert {f"book/{name}" for name in listed} | {"book/package.opf", "mimetype"} | {
        "META-INF/container.xml"
    } == files
    places: dict[str, set[str]] = {}
    links: list[str] = []
    for name in (name for name in files if name.endswith(".xhtml")):
        page = ElementTree.fromstring(epub.read(name))
        file = name.removeprefix("book/")
        places[file] = {element.get("id", "") for element in page.iter()}
        links += [link.get("href", "") for link in page.iter(f"{XHTML}a")]
        links += [image.get("src", "") for image in page.iter(f"{XHTML}img")]
        assert not any("mjx" in str(element.tag) for element in page.iter())
        assert all(image.get("alt") for image in page.iter(f"{XHTML}img"))
    text = epub.read("book/book-02_group_tasks.xhtml").decode()
    assert "<math" in text and "\u2124" in text and "double-struck" not in text
    for link in (link for link in links if not link.startswith("http")):
        file, _, place = link.partition("#")
        assert f"book/{file}" in files and (not place or place in places[file]), link


def test_the_wheel_of_a_release_is_the_one_that_the_notebooks_carry() -> None:
    files = notebook_files("notebooks")
    copies = [content for name, content in files.items() if name.endswith(".ipynb")]
    assert len(copies) > 20
    carried = nbformat.reads(copies[0].decode(), as_version=4).cells[-1].source
    assert base64.b64decode(carried.partition("\n")[2]) == wheel()[1]


def test_checksums_are_those_of_the_files_and_the_same_files_pack_to_the_same(
    tmp_path: Path,
) -> None:
    for name in ("one.zip", "two.zip"):
        write_zip(tmp_path / name, {"a/b.txt": b"text", "c": b"\0"})
    write_checksums(tmp_path)
    lines = [line.split("  ") for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    assert [name for _, name in lines] == ["one.zip", "two.zip"] and lines[0][0] == lines[1][0]
    for digest, name in lines:
        assert digest == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


def test_without_chromium_it_says_what_to_install(tmp_path: Path) -> None:
    script = ROOT / "book" / "_ext" / "articles.py"
    environment = os.environ | {"PATH": "", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "apt install chromium" in done.stderr and "Traceback" not in done.stderr
