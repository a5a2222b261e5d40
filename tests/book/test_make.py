"""`make.py`, for machines without make: the same commands, and a set-up that heals."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fences import ROOT


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module whose environment is elsewhere and whose commands are only noted."""
    spec = importlib.util.spec_from_file_location("make", ROOT / "make.py")
    assert spec and spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.commands = []
    monkeypatch.setattr(module, "run", lambda *command: module.commands.append(command))
    monkeypatch.setattr(module, "VENV", tmp_path)
    return module


def test_set_up_says_what_it_costs_and_is_done_once(
    make: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    make.set_up()
    assert re.search(r"[\d.]+ GB to download and [\d.]+ GB of disk", capsys.readouterr().out)
    assert ["venv" in command for command in make.commands] == [True, False, False, False]
    make.commands.clear()
    make.set_up()
    assert make.commands == [] and capsys.readouterr().out == ""


def test_set_up_goes_on_after_an_interrupt_and_after_new_pins(
    make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*command: str) -> None:
        if "requirements.txt" in command:
            raise KeyboardInterrupt

    noted = make.run
    monkeypatch.setattr(make, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make.set_up()
    assert not make.is_ready(tmp_path)
    monkeypatch.setattr(make, "run", noted)
    make.set_up()
    assert make.is_ready(tmp_path) and any("requirements.txt" in c for c in make.commands)
    (tmp_path / "ready").write_text("other pins")
    make.commands.clear()
    make.set_up()
    assert len(make.commands) > 2


def test_a_command_that_fails_ends_with_its_status_and_an_unknown_one_is_named() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "make.py", "bok"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "'bok'" in done.stderr and "set-up,book" in done.stderr
    code = "import make; make.run(make.sys.executable, '-c', 'raise SystemExit(7)')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 7


def test_a_build_that_makes_no_pages_is_an_error(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "PAGES", make.VENV / "index.html")
    with pytest.raises(SystemExit, match="made no"):
        make.book()
    make.PAGES.write_text("")
    make.book()


def test_make_calls_the_script(make: Any) -> None:
    makefile = (ROOT / "Makefile").read_text()
    (named,) = re.findall(r"^([a-z -]+):\n\t\$\(PYTHON\) make.py \$@\n$", makefile, re.MULTILINE)
    assert sorted(named.split()) == sorted(make.COMMANDS)
    assert not re.search(r"pip install|mypy|jupyter", makefile)
