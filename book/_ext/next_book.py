"""Ask Jupyter Book 2 what it does not know in our sources: `make next`.

It reads a copy of the sources, turns `_config.yml` and `_toc.yml` into its own `myst.yml`, and
exports one page, for which it reads all.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "_build" / "next"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "_ext", "_experiments", "data")
COMPLAINT = re.compile(r"^(⛔️|⚠️)\s+(?:book/\S+|myst\.yml) (.+)$", re.MULTILINE)
REGISTERED = re.compile(r'add_(?:directive|role)\(\s*"(\w+)"')
# What it reads in another form than Sphinx, so that no form is right for both.
KNOWN = {
    "Gated node is not closed, expected a {solution-end} directive.": (
        "solutions that hold cells of code stay open"
    ),
    "Unexpected node as a child of a glossary, expected only `definitionList` children": (
        "terms stand in Sphinx's form"
    ),
    "Unable to resolve table of contents entry: book/api": "Sphinx makes it from docstrings",
}


def complaints(log: str) -> tuple[Counter[str], Counter[str]]:
    """Its errors and its warnings about our sources, counted without their places."""
    errors: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    for sign, text in COMPLAINT.findall(log):
        text = re.sub(r'^(Duplicate identifier in \w+) ".*"$', r"\1", text)
        (errors if sign == "⛔️" else warnings)[text] += 1
    return errors, warnings


def known(complaint: str) -> str:
    """Why we expect it: a word on it, "" for what is new."""
    unknown = re.fullmatch(r"unknown (?:directive|role): (\S+)", complaint)
    if not unknown:
        return KNOWN.get(complaint, "")
    ours = "".join(path.read_text("utf-8") for path in (ROOT / "book" / "_ext").glob("*.py"))
    return "of our own extension" if unknown[1] in REGISTERED.findall(ours) else ""


def ask(*command: str) -> str:
    """What a command of Jupyter Book 2 prints, in the copy."""
    program = str(Path(sys.executable).with_name("jupyter-book"))
    done = subprocess.run(
        [program, *command], cwd=COPY, input="y\n" * 20, capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def main() -> None:
    """Print what it complains of; end with 1 if there is an error that we do not expect."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT / "book", COPY / "book", ignore=LEFT_OUT)
    for path in [*ROOT.glob("_*.yml"), *ROOT.glob("*.md")]:
        shutil.copy(path, COPY)
    ask("init")  # then it looks for a theme, and does without
    if not (COPY / "myst.yml").exists():
        sys.exit("Jupyter Book 2 could not read _config.yml and _toc.yml")
    log = ask("build", "--ci", "--md", "--force", "book/index.md")
    if not list((COPY / "_build" / "exports").glob("*.md")):
        sys.exit(f"Jupyter Book 2 made no page: {log[-2000:]}")
    errors, warnings = complaints(log)
    for kind, found in (("error", errors), ("warning", warnings)):
        for text, times in found.most_common():
            print(f"{kind:8}{times:4}  {text}{f' ({known(text)})' if known(text) else ''}")
    if new := [text for text in errors if not known(text)]:
        sys.exit(f"Jupyter Book 2 has new errors: {'; '.join(new)}")


if __name__ == "__main__":
    main()
