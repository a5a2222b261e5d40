"""The chapters' first cell, as Colab would run it: a stub of Colab, a local repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CELL = (ROOT / "book" / "_assets" / "setup_cell.py").read_text(encoding="utf-8")
AFTER = """
import li2_core, ipywidgets
print(li2_core.__file__, ipywidgets.__version__)
from li2_core import GroupTask, TwoLayer, cyclic, train
print(train(GroupTask(cyclic(5), 0.5), TwoLayer(8), steps=2, every=1).steps)
from li2_core.runs import read_table
print(len(read_table(DATA / "fig3")["step"]), "lines")
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bare = tmp_path_factory.mktemp("remote") / "book.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(bare)], check=True)
    return bare


def run_cell(folder: Path, cell: str, colab: bool, **variables: str) -> subprocess.CompletedProcess:
    stub = folder / "stub" / "google" / "colab"
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "__init__.py").write_text("")
    # -S leaves out the editable install of li2_core: only plain packages are importable.
    packages = [
        str(Path(sys.executable).parents[1] / "ipywidgets7"),
        sysconfig.get_path("purelib"),
        *([str(folder / "stub")] if colab else []),
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LI2_")}
    environment |= {"PYTHONPATH": os.pathsep.join(packages), "TQDM_DISABLE": "1", **variables}
    command = [sys.executable, "-S", "-c", cell]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_in_colab_the_cell_fetches_the_book_and_a_second_run_does_nothing(
    tmp_path: Path, repository: Path
) -> None:
    for _ in range(2):
        done = run_cell(tmp_path, CELL + AFTER, colab=True, LI2_REPOSITORY=repository.as_uri())
        assert done.returncode == 0, done.stderr
        assert str(tmp_path / "li2_book" / "li2_core") in done.stdout
        assert "7.7.1" in done.stdout and "[0 1 2]" in done.stdout
        assert done.stdout.endswith("340 lines\n")


def test_in_colab_without_an_address_the_cell_says_what_to_do(tmp_path: Path) -> None:
    cell = re.sub(r'REPOSITORY = ".*"', 'REPOSITORY = ""', CELL)
    done = run_cell(tmp_path, cell, colab=True)
    assert done.returncode == 1
    assert "Set LI2_REPOSITORY to the address" in done.stderr


def test_an_address_written_by_make_repository_is_used(tmp_path: Path, repository: Path) -> None:
    cell = re.sub(r'REPOSITORY = ".*"', f'REPOSITORY = "{repository.as_uri()}"', CELL)
    assert cell != CELL
    done = run_cell(tmp_path, cell + AFTER, colab=True)
    assert done.returncode == 0, done.stderr


def test_elsewhere_the_cell_fetches_nothing(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "LI2_REPOSITORY"}
    command = [sys.executable, "-c", CELL + "print(style.__name__)"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "li2_core.show.style\n", done.stderr
    assert list(tmp_path.iterdir()) == []
