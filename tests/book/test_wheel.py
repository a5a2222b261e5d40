"""The library without the book: a wheel, installed elsewhere, does what the README promises."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fences import ROOT, fences


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel and nothing else of this repository."""
    source, site = (tmp_path_factory.mktemp(name) for name in ("source", "site"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "li2_core", source / "li2_core", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "--quiet"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(source), str(source)]
    subprocess.run(wheel, check=True)
    (built,) = source.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(built)], check=True)
    return site


def run(site: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(site), "TQDM_DISABLE": "1"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=site, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_every_file_of_the_library(site: Path) -> None:
    library = ROOT / "li2_core"
    show = library / "show"
    data = [library / "py.typed", *(show / "lab" / "sources").iterdir()]
    data += (show / "exercises").iterdir()
    expected = {p.relative_to(library) for p in [*library.rglob("*.py"), *data]}
    installed = site / "li2_core"
    found = {p.relative_to(installed) for p in installed.rglob("*") if p.is_file()}
    assert {p for p in found if p.suffix != ".pyc"} == expected


def test_the_readmes_ten_lines_run(site: Path) -> None:
    (code,) = fences("README.md", "python")
    printed = run(site, "-c", f"{code}\nimport li2_core; print(li2_core.__file__)").splitlines()
    assert len(printed) == 3 and printed[2].startswith(str(site))


def test_every_module_can_be_imported(site: Path) -> None:
    run(
        site,
        "-c",
        "import importlib, pkgutil, li2_core\n"
        "for found in pkgutil.walk_packages(li2_core.__path__, 'li2_core.'):\n"
        "    importlib.import_module(found.name)",
    )


def test_it_introduces_itself_with_a_network_that_groks(site: Path) -> None:
    printed = run(site, "-m", "li2_core")
    assert "torch" in printed and "device" in printed
    assert "generalised" in printed.splitlines()[1]
