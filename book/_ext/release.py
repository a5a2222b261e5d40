"""What a reader takes home: `python book/_ext/release.py FOLDER`, which `make release` calls.

Into the folder come the pages as an archive that opens without a server, the book as one PDF and
as one EPUB, the chapters' copies for hosted kernels, the wheel that these carry, and checksums.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from articles import ROOT, chromium, parts_of_the_book
from edition import version
from epub import write_epub
from hosted import wheel, write_copies
from packing import files_below, write_checksums, write_zip
from paper import Parts, write_pdf

PAGES = ROOT / "_build" / "html"
LICENCES = "LICENSE", "LICENSE-TEXT"


def release(folder: Path, pages: Path = PAGES, parts: Parts | None = None) -> None:
    """Write a release.

    Parameters
    ----------
    folder : Path
        What is in it is replaced.
    pages : Path
        The folder of the built pages.
    parts : sequence of (str, sequence of str), optional
        The names of the parts and pages that come into the PDF and the EPUB, all by default.

    Raises
    ------
    SystemExit
        If there is no Chromium; nothing has been written then.
    """
    name = f"li2-book-{version()}"
    parts = parts or parts_of_the_book()
    with chromium() as browser:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_zip(folder / f"{name}-html.zip", html_files(pages, name))
        write_pdf(browser, pages, parts, folder / f"{name}.pdf")
        write_epub(browser, pages, parts, folder / f"{name}.epub")
    write_zip(folder / f"{name}-notebooks.zip", notebook_files(f"{name}-notebooks"))
    file, content = wheel()
    (folder / file).write_bytes(content)
    write_checksums(folder)
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {path.name}")


def html_files(pages: Path, name: str) -> dict[str, bytes]:
    """The files of the pages, below one folder."""
    files = files_below(pages, f"{name}/")
    files.pop(f"{name}/.buildinfo", None)  # Sphinx keeps it for its next build
    return files | licences(name)


def notebook_files(name: str) -> dict[str, bytes]:
    """The chapters' copies that run anywhere, below one folder."""
    with tempfile.TemporaryDirectory() as place:
        write_copies(Path(place))
        return files_below(Path(place), f"{name}/") | licences(name)


def licences(name: str) -> dict[str, bytes]:
    """Both licences, below one folder."""
    return {f"{name}/{file}": (ROOT / file).read_bytes() for file in LICENCES}


if __name__ == "__main__":
    release(Path(sys.argv[1]))
