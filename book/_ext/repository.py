"""Tell the book where it lives: `make repository URL=https://...`.

Writes the address into the chapters' shared first cell and, for the buttons that launch, edit
and report, into `_config.yml`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import nbformat

from notebooks import SETUP_CELL, set_up

ROOT = Path(__file__).resolve().parents[2]
NO_ADDRESS = "# repository:\n"
BUTTONS = """repository:
  url: {url}
  branch: main
  path_to_book: ""
"""
COLAB = """launch_buttons:
  colab_url: https://colab.research.google.com
"""
# What the theme can make for a host: Colab opens notebooks of GitHub only, and for a host that
# is not here a button would lead nowhere.
HOSTS = {"github.com": BUTTONS + COLAB, "gitlab.com": BUTTONS}
BLOCK = re.compile(r"^(# repository:\n|repository:\n(  .*\n)+(launch_buttons:\n(  .*\n)+)?)", re.M)
SWITCH = re.compile(r"^(  use_(?:issues|repository|edit_page)_button): \w+$", re.M)


def main(url: str) -> None:
    """Write the address everywhere; a second call with another address replaces the first.

    Raises
    ------
    ValueError
        If it is no http(s) address of a repository.
    """
    if not re.fullmatch(r"https?://[\w.:-]+(/[\w.-]+){2,}/?", url):
        raise ValueError(f"expected an address such as https://host/owner/name, got {url!r}")
    url = url.rstrip("/").removesuffix(".git")
    cell = SETUP_CELL.read_text(encoding="utf-8")
    write(SETUP_CELL, re.sub(r'REPOSITORY = ".*"', f'REPOSITORY = "{url}"', cell))
    config = ROOT / "_config.yml"
    write(config, with_buttons(config.read_text(encoding="utf-8"), url))
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        set_up(notebook)
        nbformat.write(notebook, path)


def with_buttons(config: str, url: str) -> str:
    """The configuration with the buttons that work for this address, and no others."""
    host = urlsplit(url).hostname or ""
    if host not in HOSTS:
        print(f"No buttons: they need a repository at {' or '.join(HOSTS)}, this is at {host}")
    block = HOSTS.get(host, NO_ADDRESS).format(url=url)
    config = SWITCH.sub(rf"\1: {str(host in HOSTS).lower()}", config)
    return BLOCK.sub(lambda _: block, config, count=1)


def write(path: Path, text: str) -> None:
    """Write a file with the same bytes on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1])
