"""`make.py`, for machines without make: the same commands, and a set-up that heals."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
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

    def noted(*command: str) -> None:
        module.commands.append(command)
        if "venv" in command:
            python = Path(module.interpreter(Path(command[-1])))
            python.parent.mkdir(exist_ok=True)
            python.write_text("no Python", encoding="utf-8")

    monkeypatch.setattr(module, "run", noted)
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(module, "PAGES", tmp_path / "_build" / "html" / "index.html")
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


def test_set_up_goes_on_after_its_python_was_removed(make: Any) -> None:
    make.set_up()
    Path(make.interpreter(make.VENV)).unlink()
    make.commands.clear()
    make.set_up()
    assert ["venv" in command for command in make.commands] == [True, False, False, False]


def test_what_stands_apart_is_put_over_what_was_half_put_there(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make, "ZIG", make.VENV / "ziglang")
    (make.ZIG / "ziglang").mkdir(parents=True)
    make.compiler()
    apart = [command for command in make.commands if "--target" in command]
    assert len(apart) == 2 and all("--upgrade" in command for command in apart)
    make.commands.clear()
    make.compiler()
    assert make.commands == []


def build(make: Any, ends: BaseException | None = None, pages: bool = True) -> list[str]:
    """Build with a builder that only writes a page, and ends so; the pages it found."""
    found: list[str] = []

    def builder(*_: str) -> None:
        html = make.PAGES.parent
        found.extend(sorted(path.name for path in html.glob("*")))
        html.mkdir(parents=True, exist_ok=True)
        (html / ("half.html" if ends else "index.html")).write_text("", encoding="utf-8")
        if not pages:
            make.PAGES.unlink()
        if ends:
            raise ends

    make.set_up()
    make.run = builder
    make.book()
    return found


def test_a_build_that_makes_no_pages_is_an_error(make: Any) -> None:
    with pytest.raises(SystemExit, match="made no"):
        build(make, pages=False)
    build(make)


@pytest.mark.parametrize("ends", [KeyboardInterrupt(), SystemExit(1)])
def test_pages_of_a_build_that_was_cut_off_or_had_warnings_are_made_again(
    make: Any, ends: BaseException
) -> None:
    doctrees = make.BUILD / ".doctrees" / "environment.pickle"
    with pytest.raises(type(ends)):
        build(make, ends)
    doctrees.parent.mkdir()
    doctrees.write_text("all is read", encoding="utf-8")
    assert build(make) == [] and not doctrees.exists()
    doctrees.parent.mkdir()
    doctrees.write_text("all is read", encoding="utf-8")
    assert build(make) == ["index.html"] and doctrees.exists(), "a whole build stays"


def test_an_interrupt_says_how_to_go_on(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(make.COMMANDS, "book", interrupted)
    with pytest.raises(SystemExit, match=r"`python make.py book` goes on from here"):
        make.main(["book"])


def test_windows_finds_its_programs_and_reads_unicode(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as Linux can tell: no Windows was at hand."""
    monkeypatch.setattr(make, "os", SimpleNamespace(name="nt", environ=os.environ))
    make.lint()
    programs = {"/".join(Path(command[0]).parts[-2:]) for command in make.commands[1:]}
    assert programs == {"Scripts/python.exe", "Scripts/oxlint.exe"}
    tracked = subprocess.run(
        ["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert [line for line in tracked if line.startswith("120000")] == [], "a symbolic link"
    names = [line.split("\t")[1] for line in tracked]
    assert [name for name in names if re.search(r'[<>:"\\|?*]|[^ -~]|[. ]$', name)] == []
    assert len({name.lower() for name in names}) == len(names)
    code = (
        "import make; make.run(make.sys.executable, '-c', 'import sys; print(sys.flags.utf8_mode)')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.strip() == b"1"


def test_colab_takes_the_python_of_colab_if_it_works(
    make: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make.shutil, "which", lambda name: sys.executable)
    assert make.python_of_colab() == sys.executable and capsys.readouterr().out == ""
    for broken in (None, "/no/such/python"):
        monkeypatch.setattr(make.shutil, "which", lambda name, it=broken: it)
        assert make.python_of_colab() == sys.executable
        assert "no python3.13" in capsys.readouterr().out


def test_make_calls_the_script(make: Any) -> None:
    makefile = (ROOT / "Makefile").read_text()
    (named,) = re.findall(r"^([a-z -]+):\n\t\$\(PYTHON\) make.py \$@\n$", makefile, re.MULTILINE)
    assert sorted(named.split()) == sorted(make.COMMANDS)
    assert not re.search(r"pip install|mypy|jupyter", makefile)
