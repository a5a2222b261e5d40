"""The copies for hosted kernels: no directive is left raw, nothing is lost, and they run alone."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from fences import ROOT
from folding import folded
from hosted import CHAPTERS, hosted, wheel
from plain_markdown import labels_of_book, plain

LABELS = labels_of_book(ROOT / "book")
# Another interpreter with Colab's releases (`make colab`), on which all chapters run.
COLAB_PYTHON = os.environ.get("LI2_COLAB_PYTHON")
EACH = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name[:2])


@pytest.fixture(scope="module")
def copies() -> dict[Path, nbformat.NotebookNode]:
    return {path: hosted(nbformat.read(path, as_version=4), LABELS) for path in CHAPTERS}


def prose(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@EACH
def test_nothing_is_left_raw_and_nothing_is_lost(
    path: Path, copies: dict[Path, nbformat.NotebookNode]
) -> None:
    source, copy = nbformat.read(path, as_version=4), copies[path]
    text, before = prose(copy), prose(source)
    assert re.findall(r"^.*(?:\{[a-z:-]+\}`|```\{|^:\w+: |^\(\S+\)=$).*$", text, re.MULTILINE) == []
    assert re.findall(r"\]\((?!https?:)[^)]*\)", text) == [], "a link that leads nowhere"
    assert text.count("**Exercise ") == before.count("```{exercise}")
    assert text.count("> **Proof.** ") == before.count("{prf:proof}")
    quoted = [
        re.sub(r"(\$\$?)[^$]+\1", "", line) for line in re.findall("^>.*", text, re.MULTILINE)
    ]
    assert [line for line in quoted if "$" in line] == [], "a formula over several quoted lines"
    labelled = re.findall(r"\$\$[ \t]*\(([\w-]+)\)", before)
    assert re.findall(r"\\tag\{([\w.]+)\}", text) == [LABELS[name][1:-1] for name in labelled]
    assert text.count("<details>") == text.count("</details>")
    code = [[cell.source for cell in nb.cells if cell.cell_type == "code"] for nb in (source, copy)]
    assert [re.sub(r"^# @title The .*\n", "", c) for c in code[1][1:]] == code[0][1:]
    for cell in copy.cells:
        if cell.cell_type == "code":
            titled = cell.source.startswith("# @title ")
            assert titled == (cell.metadata.get("cellView") == "form")
            assert titled or not folded(cell.source)
    for cell in source.cells:
        if "mystnb" in cell.metadata:
            assert cell.metadata["mystnb"]["image"]["alt"] in text
            assert f"**{LABELS[cell.metadata['mystnb']['figure']['name']]}.**" in text


def test_a_directive_a_role_or_a_label_that_is_not_known_is_refused() -> None:
    for text, words in (
        ("```{figure} x\n```", "directive 'figure'"),
        ("{abbr}`x`", "role 'abbr'"),
        ("{ref}`sec-nowhere`", "no label 'sec-nowhere'"),
    ):
        with pytest.raises(ValueError, match=words):
            plain(text, LABELS)


def test_plain_forms() -> None:
    labels = {"eq-a": "(4.1)", "ex-1": "exercise 4.2", "thm": "Theorem 4.3", "k": "[A](b)"}
    assert plain("$$ a $$ (eq-a)", labels) == "$$ a \\tag{4.1}\n$$"
    assert plain("As {prf:ref}`thm` says. {prf:ref}`thm` too", labels) == (
        "As Theorem 4.3 says. Theorem 4.3 too"
    )
    exercise = "```{exercise} Name\n:label: ex-1\n\nWhy {eq}`eq-a`? {cite:t}`k`\n```"
    assert plain(exercise, labels) == "> **Exercise 4.2. Name**\n>\n> Why (4.1)? [A](b)"
    proof = "```{prf:proof}\nIf $a\n= b$ then\n\n$$\na \\\\\n= b\n$$ (eq-a)\n```"
    assert plain(proof, labels) == (
        "> **Proof.** If $a = b$ then\n>\n> $$ a \\\\ = b \\tag{4.1} $$ $\\square$"
    )
    theorem = "```{prf:theorem} Name\n:label: thm\n\nSo.\n```"
    assert plain(theorem, labels) == "> **Theorem 4.3 (Name).**\n>\n> So."
    table = "```{list-table} T\n:header-rows: 1\n\n* - a\n  - b\n* - c\n  - d\n    e\n```"
    assert plain(table, {}) == "**T**\n\n| a | b |\n|---|---|\n| c | d e |"


def test_a_copy_carries_the_wheel_of_these_sources(
    copies: dict[Path, nbformat.NotebookNode],
) -> None:
    name, content = wheel()
    first, _, rest = copies[CHAPTERS[0]].cells[-1].source.partition("\n")
    assert base64.b64decode(rest) == content
    digest = hashlib.sha256(content).hexdigest()
    assert first == f"li2-wheel {digest}"
    assert f'SHA256 = "{digest}"' in "".join(c.source for c in copies[CHAPTERS[0]].cells)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for path in [*(ROOT / "li2_core").rglob("*.py"), *(ROOT / "book" / "data").iterdir()]:
            inside = path.relative_to(ROOT).as_posix().replace("book/data", "li2_core/data")
            assert archive.read(inside) == path.read_bytes(), inside
    wheel.cache_clear()
    assert wheel() == (name, content), "the same sources gave other bytes"


def kernel_without_the_book(folder: Path) -> None:
    """A kernel "alone" that finds plain packages, and no editable install of `li2_core`."""
    if COLAB_PYTHON:
        argv, packages = [COLAB_PYTHON], ""
    else:
        argv, packages = [sys.executable, "-S"], sysconfig.get_path("purelib")
    spec = {
        "argv": [*argv, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "alone",
        "language": "python",
        "env": {"PYTHONPATH": packages, "TQDM_DISABLE": "1", "LI2_PAGES": ""},
    }
    place = folder / "kernels" / "alone"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps(spec))


@pytest.mark.parametrize(
    "path", CHAPTERS if COLAB_PYTHON else CHAPTERS[1:2], ids=lambda path: path.name[:2]
)
def test_a_copy_runs_alone_in_an_empty_folder(
    path: Path, copies: dict[Path, nbformat.NotebookNode], tmp_path: Path
) -> None:
    kernel_without_the_book(tmp_path)
    folder = tmp_path / "downloads"
    folder.mkdir()
    nbformat.write(copies[path], folder / path.name)
    execute = ["execute", "--inplace", "--timeout=600", "--kernel_name=alone", path.name]
    environment = os.environ | {"JUPYTER_PATH": str(tmp_path), "LI2_REPOSITORY": ""}
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", *execute], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = nbformat.read(folder / path.name, as_version=4)
    printed = next(cell for cell in notebook.cells if cell.id == "set-up").outputs[0].text
    assert printed.startswith("li2_core: the copy that this notebook carries.\nDevice: ")
    assert sorted(p.name for p in folder.iterdir()) == sorted([path.name, "li2_carried"])


def run_setup(cell: str, folder: Path, notebook: dict[str, Any] | None) -> Any:
    """The set-up cell alone, where Colab hands a notebook over, or where there is none."""
    colab = folder / "stub" / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").write_text("")
    (folder / "answer.json").write_text(json.dumps({"ipynb": notebook or {"cells": []}}))
    (colab / "_message.py").write_text(
        "import json, pathlib\n"
        "def blocking_request(what, request, timeout_sec):\n"
        f"    return json.loads(pathlib.Path({str(folder / 'answer.json')!r}).read_text())\n"
    )
    packages = [sysconfig.get_path("purelib"), str(folder / "stub")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LI2_")}
    environment |= {"PYTHONPATH": os.pathsep.join(packages)}
    return subprocess.run(
        [sys.executable, "-S", "-c", cell], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_in_colab_the_notebook_is_asked_for(
    tmp_path: Path, copies: dict[Path, nbformat.NotebookNode]
) -> None:
    copy = copies[CHAPTERS[3]]
    cell = next(cell for cell in copy.cells if cell.id == "set-up").source
    text = json.loads(nbformat.writes(copy))
    done = run_setup(cell + "\nprint(DATA.name)", tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert "the copy that this notebook carries" in done.stdout and done.stdout.endswith("data\n")


@pytest.mark.parametrize(
    ("harm", "words"),
    [(lambda text: text[:-8] + "AAAAAAA=", "damaged"), (lambda text: "", "last cell is gone")],
)
def test_a_damaged_copy_is_told(
    harm: Any, words: str, tmp_path: Path, copies: dict[Path, nbformat.NotebookNode]
) -> None:
    copy = copies[CHAPTERS[0]]
    text = json.loads(nbformat.writes(copy))
    text["cells"][-1]["source"] = harm("".join(text["cells"][-1]["source"]))
    cell = next(cell for cell in copy.cells if cell.id == "set-up").source
    done = run_setup(cell, tmp_path, text)
    assert done.returncode == 1 and words in done.stderr
