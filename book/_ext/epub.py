"""The whole book as one EPUB: its pages with MathML in place of drawn formulas."""

from __future__ import annotations

import html
import io
import re
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from articles import ROOT, Article, articles
from edition import released, version
from packing import write_zip
from paper import AUTHOR, TITLE, Parts

STYLE = ROOT / "book" / "_assets" / "epub.css"
SOURCE = re.compile(r'(<img[^>]*? src=")([^"]+)(")')
# What EPUB does not allow in a drawing: a document type from elsewhere, a path without a way.
DOCTYPE, EMPTY = re.compile(rb"<!DOCTYPE[^>]*>"), re.compile(rb"<path(?![^>]*\sd=)")
BLACKBOARD = re.compile(r'<mi mathvariant="double-struck">([A-Z])</mi>')
LINK = re.compile(r'href="#([\w-]+?)--([^"]*)"')
TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"
 xml:lang="en"><head><title>{title}</title><link rel="stylesheet" href="epub.css"/></head>
<body>{body}</body></html>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier><dc:title>{title}</dc:title>
<dc:language>en</dc:language><dc:creator>{author}</dc:creator><dc:date>{day}</dc:date>
<dc:rights>Text and figures: CC BY 4.0. Code: MIT.</dc:rights>
<meta property="dcterms:modified">{day}T00:00:00Z</meta></metadata>
<manifest>{manifest}</manifest><spine>{spine}</spine></package>
"""


def write_epub(browser: Browser, pages: Path, parts: Parts, target: Path) -> None:
    """Put the pages of some parts into one EPUB.

    Parameters
    ----------
    browser : Browser
    pages : Path
        The folder of the built pages.
    parts : sequence of (str, sequence of str)
        Names of parts and the names of their pages.
    target : Path
        The EPUB.
    """
    names = [name for _, part in parts for name in part]
    files: dict[str, bytes] = {}
    read: dict[str, Article] = {}
    for article in articles(browser, pages, names, mathml=True):
        read[article.page] = article
        text = SOURCE.sub(lambda found: _picture(found, pages, files), _formulas(article.html))
        body = LINK.sub(r'href="\1.xhtml#\1--\2"', text)
        page = PAGE.format(title=html.escape(article.title), body=body)
        files[f"book/{_file(article)}"] = page.encode()
    files["book/epub.css"] = STYLE.read_bytes()
    contents = PAGE.format(title=TITLE, body=_contents(parts, read))
    files["book/contents.xhtml"] = contents.encode()
    files["book/package.opf"] = _package(files, list(read.values())).encode()
    first = {"mimetype": b"application/epub+zip", "META-INF/container.xml": CONTAINER.encode()}
    write_zip(target, first | dict(sorted(files.items())), stored=("mimetype",))


def _file(article: Article) -> str:
    return article.place.removesuffix("--top") + ".xhtml"


def _formulas(text: str) -> str:
    """MathML as readers know it: without MathJax's own words, letters like Z by their sign."""

    def letter(found: re.Match[str]) -> str:
        try:
            return f"<mi>{unicodedata.lookup(f'DOUBLE-STRUCK CAPITAL {found[1]}')}</mi>"
        except KeyError:
            name = f"MATHEMATICAL DOUBLE-STRUCK CAPITAL {found[1]}"
            return f"<mi>{unicodedata.lookup(name)}</mi>"

    return BLACKBOARD.sub(letter, re.sub(r' data-mjx-[a-z]+="[^"]*"', "", text))


def _picture(found: re.Match[str], pages: Path, files: dict[str, bytes]) -> str:
    """Take a picture along, as one of the kinds that every reader shows."""
    path = pages / found[2]
    content, suffix = path.read_bytes(), path.suffix
    if suffix not in TYPES:
        packed = io.BytesIO()
        picture = Image.open(path).convert("RGB")
        picture.quantize(256, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        content, suffix = packed.getvalue(), ".png"
    if suffix == ".svg":
        content = EMPTY.sub(b'<path d="M0 0"', DOCTYPE.sub(b"", content))
    name = f"pictures/{path.stem}{suffix}"
    assert files.setdefault(f"book/{name}", content) == content, f"two pictures are {name}"
    return f"{found[1]}{name}{found[3]}"


def _contents(parts: Parts, read: Mapping[str, Article]) -> str:
    def line(title: str, address: str, below: str = "") -> str:
        return f'<li><a href="{address}">{html.escape(title)}</a>{below}</li>'

    lines = []
    for part, names in parts:
        chapters = []
        for article in (read[name] for name in names):
            file = _file(article)
            sections = "".join(line(s["title"], f"{file}#{s['place']}") for s in article.sections)
            chapters.append(line(article.title, file, f"<ol>{sections}</ol>" if sections else ""))
        inside = "".join(chapters)
        lines.append(
            f"<li><span>{html.escape(part)}</span><ol>{inside}</ol></li>" if part else inside
        )
    return f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'


def _package(files: Mapping[str, bytes], read: Sequence[Article]) -> str:
    items, spine = [], ['<itemref idref="contents"/>']
    for name, content in files.items():
        file = name.removeprefix("book/")
        key = re.sub(r"\W", "-", Path(file).stem)
        if file.endswith(".xhtml"):
            kind = "application/xhtml+xml"
            marks = ["nav"] if file == "contents.xhtml" else []
            marks += ["mathml"] if b"<math" in content else []
            marks += ["svg"] if b"<svg" in content else []
            said = f' properties="{" ".join(marks)}"' if marks else ""
        else:
            kind, said, key = TYPES.get(Path(file).suffix, "text/css"), "", f"file-{key}"
        items.append(f'<item id="{key}" href="{file}" media-type="{kind}"{said}/>')
    spine += [f'<itemref idref="{Path(_file(a)).stem}"/>' for a in read]
    return PACKAGE.format(
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, f"{TITLE} {version()}"),
        title=TITLE,
        author=AUTHOR,
        day=released(),
        manifest="".join(items),
        spine="".join(spine),
    )
