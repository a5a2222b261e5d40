"""What Sphinx needs from us to build the book: see `setup` for the list."""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from sphinx.application import Sphinx
from sphinx.config import Config

from face import DARK_FIGURES
from hosted import write_copies

ROOT = Path(__file__).resolve().parents[2]


def setup(app: Sphinx) -> dict[str, bool]:
    # Chapters run again when the library changes; by itself the cache would keep stale numbers.
    app.add_config_value("li2_code_hash", "", "env")
    # All pages are written again when what makes them changes.
    app.add_config_value("li2_pages_hash", "", "html")
    app.connect("config-inited", run_chapters_anew_with_the_code)
    app.connect("config-inited", serve_everything_ourselves)
    app.connect("build-finished", offer_copies_that_run_elsewhere)
    app.add_js_file("explorer.js", loading_method="defer")
    app.add_js_file("print.js", loading_method="defer")
    app.add_css_file("book.css")
    app.add_css_file("print.css")
    app.add_css_file("cover.css")
    app.add_css_file("face.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def code_hash() -> str:
    """A short hash of everything that a chapter's numbers depend on besides its own cells."""
    data = sorted((ROOT / "book" / "data").glob("*"))
    return hashed([*sorted((ROOT / "li2_core").rglob("*.py")), *data, ROOT / "requirements.txt"])


def hashed(paths: list[Path]) -> str:
    """A short hash of files' names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def run_chapters_anew_with_the_code(app: Sphinx, config: Config) -> None:
    """Keep executed chapters and slider frames in a folder named by the code's hash."""
    config.li2_code_hash = code_hash()
    config.li2_pages_hash = hashed(
        [*sorted((ROOT / "book" / "_ext").glob("*.py")), DARK_FIGURES, ROOT / "_toc.yml"]
    )
    folder = ROOT / "_build" / "executed" / config.li2_code_hash
    frames = folder / "static" / "frames"
    frames.mkdir(parents=True, exist_ok=True)
    config.nb_execution_cache_path = str(folder / "cache")
    forget_what_was_cut_off(folder / "cache")
    config.html_static_path += [str(frames.parent)]
    # Inherited by the kernels: explorers draw for the page, progress bars stay out of it.
    os.environ["LI2_PAGES"] = str(frames)
    os.environ["TQDM_DISABLE"] = "1"


def forget_what_was_cut_off(folder: Path) -> None:
    """Chapters whose build was killed as they were stored run anew: the cache would stop at them.

    Parameters
    ----------
    folder : Path
        Where jupyter-cache keeps executed chapters: a record of each, then its notebook.
    """
    cache = get_cache(str(folder))
    for record in cache.list_cache_records():
        try:
            cache.get_cache_bundle(record.pk)
        except (KeyError, nbformat.reader.NotJSONError):
            shutil.rmtree(folder / "executed" / record.hashkey, ignore_errors=True)
            NbCacheRecord.remove_record(record.pk, cache.db)


def serve_everything_ourselves(app: Sphinx, config: Config) -> None:
    """No request leaves the book's own origin: MathJax comes from its package.

    These folders are not named `_static`, of which every script would run on every page.
    """
    mathjax = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static")
    config.html_static_path += [str(mathjax), str(ROOT / "book" / "_assets" / "static")]
    config.mathjax_path = "mathjax/tex-chtml.js"


def offer_copies_that_run_elsewhere(app: Sphinx, exception: Exception | None) -> None:
    """A page's download button gives the copy that carries the library, not our source."""
    if app.builder.format == "html" and exception is None:
        write_copies(Path(app.outdir) / "_sources" / "book")
