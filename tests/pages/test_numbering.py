"""Chapters are found by their number, and pages and hosted copies count alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from numbering import number_of
from plain_markdown import labels_of_book, labels_of_chapter
from visits import HTML, ROOT

NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if number_of(path.stem).isdigit()]
KINDS = {"Figure": "Fig.", "exercise": "Exercise"}


def page(name: str) -> str:
    path = HTML / "book" / f"{name}.html"
    assert path.exists(), "run `make book` first"
    return path.read_text("utf-8")


def test_other_pages_have_letters_of_their_own() -> None:
    pages = [p.stem for p in (ROOT / "book").iterdir() if p.suffix in (".md", ".ipynb", ".rst")]
    letters = [number_of(name) for name in pages if not number_of(name).isdigit()]
    numbered = [name for name in pages if re.search(r'eqno">|caption-number">', page(name))]
    used = [number_of(name) for name in numbered]
    assert letters and all(len(letter) == 1 for letter in letters)
    assert sorted(used) == sorted(set(used)), "two pages whose figures have the same numbers"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_its_files_number_in_its_title_and_the_side_bar(path: Path) -> None:
    number = str(int(path.stem[:2]))
    text = page(path.stem)
    assert re.search(rf'<h1><span class="section-number">{number}\. </span>', text)
    headings = re.findall(r'<h\d><span class="section-number">', text)
    assert len(headings) == 1, "a section has a number"
    assert re.search(
        rf'class="reference internal" href="{path.stem}.html">{number}\. ', page("index")
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_counts_as_its_hosted_copy_does(path: Path) -> None:
    text = page(path.stem)
    labels = labels_of_chapter(path)
    counted = {label: name for label, name in labels.items() if re.search(r"\d+\.\d+", name)}
    counted = {label: name for label, name in counted.items() if not name.startswith("“")}
    for label, name in counted.items():
        if name.startswith("("):
            shown = re.search(rf'id="equation-{label}">\s*<span class="eqno">([^<]*)', text)
        else:
            shown = re.search(rf'id="{label}">.*?caption-number">([^<]*)', text, re.DOTALL)
            kind, number = name.split(" ")
            name = f"{KINDS.get(kind, kind)} {number}"
        assert shown and shown[1].strip() == name, label


def test_a_reference_to_another_chapter_gives_its_number() -> None:
    name = labels_of_book(ROOT / "book")["thm-maxima"]
    assert re.fullmatch(r"Theorem 10\.\d+", name)
    assert re.search(
        rf'href="10_energy_maxima\.html#thm-maxima"[^>]*>.*?{name}', page("11_reconstruction")
    )
