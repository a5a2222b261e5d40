"""Build the book by Sphinx alone: `make sphinx`, for the day when Jupyter Book 1.x is gone.

Writes from `_config.yml` the `conf.py` that would then take its place, without the extensions
that are Jupyter Book's own, and builds the same sources with it, strictly.
"""

from __future__ import annotations

import sys
from pathlib import Path
from pprint import pformat
from typing import Any

from jupyter_book.config import get_final_config
from sphinx.cmd.build import main as sphinx_build

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build" / "sphinx"
# Jupyter Book's own; the second only makes LaTeX of its contents.
OWN = {"jupyter_book", "sphinx_jupyterbook_latex"}
OWN_SETTINGS = {"use_jupyterbook_latex", "use_multitoc_numbering", "latex_engine"}


def settings() -> dict[str, Any]:
    """Sphinx's settings, in the form that a file `conf.py` has."""
    config, _ = get_final_config(
        user_yaml=ROOT / "_config.yml", sourcedir=ROOT, cli_config={"latex_individualpages": False}
    )
    config = {name: value for name, value in config.items() if name not in OWN_SETTINGS}
    config["extensions"] = [name for name in config["extensions"] if name not in OWN]
    # Sphinx looks for these beside conf.py, and for `_toc.yml` not by itself.
    return config | {
        "html_favicon": str(ROOT / config["html_favicon"]),
        "bibtex_bibfiles": [str(ROOT / name) for name in config["bibtex_bibfiles"]],
        "external_toc_path": str(ROOT / "_toc.yml"),
    }


def conf() -> str:
    """The text of `conf.py`."""
    paths = f"import sys\n\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    return paths + "".join(f"{name} = {pformat(value)}\n" for name, value in settings().items())


if __name__ == "__main__":
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "conf.py").write_text(conf(), encoding="utf-8")
    strict = "-W", "-n", "--keep-going", "-b", "html", "-c", str(BUILD)
    sys.exit(sphinx_build([*strict, str(ROOT), str(BUILD / "html")]))
