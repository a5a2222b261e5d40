"""Tell the book where it lives: `make repository URL=https://...`.

Writes the address into the chapters' shared first cell and, for the launch buttons,
into `_config.yml`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat

from notebooks import SETUP_CELL, set_up

ROOT = Path(__file__).resolve().parents[2]
CONFIG_BLOCK = """repository:
  url: {url}
  branch: main
  path_to_book: ""
launch_buttons:
  colab_url: https://colab.research.google.com
"""


def main(url: str) -> None:
    """Write the address everywhere; a second call with another address replaces the first.

    Raises
    ------
    ValueError
        If it is no http(s) address of a repository.
    """
    if not re.fullmatch(r"https?://[\w.:-]+/[\w./-]+", url):
        raise ValueError(f"expected an address such as https://host/owner/name, got {url!r}")
    cell = SETUP_CELL.read_text(encoding="utf-8")
    SETUP_CELL.write_text(re.sub(r'REPOSITORY = ".*"', f'REPOSITORY = "{url}"', cell))
    config = ROOT / "_config.yml"
    text = config.read_text(encoding="utf-8")
    block = re.compile(r"^(# repository:|repository:\n(  .*\n)+launch_buttons:\n(  .*\n)+)", re.M)
    config.write_text(block.sub(lambda _: CONFIG_BLOCK.format(url=url), text, count=1))
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        set_up(notebook)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1])
