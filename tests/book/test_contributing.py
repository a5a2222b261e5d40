"""What CONTRIBUTING says a newcomer does in ten lines: as written, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from entries import CLAIMS, check_entry, named_by
from fences import ROOT, examples, fences, run

PAGE = "CONTRIBUTING.md"
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
EXAMPLES = examples(PAGE)
SHOWN = [(code, printed) for code, printed in EXAMPLES if printed]


@pytest.mark.parametrize(("code", "shown"), SHOWN, ids=[code.split("\n")[-2] for code, _ in SHOWN])
def test_an_example_prints_what_is_shown(
    code: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(code, PAGE)[1] == shown
    assert len(re.findall(r"^.*\S", code, re.MULTILINE)) <= 14


def test_there_is_an_example_of_everything() -> None:
    for kind in ("A probe", "An activation", "An optimizer", "A net", "A group", "A task"):
        after = TEXT.split(f"**{kind}**")[1]
        assert re.search(r"```python\n.*?```\n\n```text", after.split("\n\n**")[0], re.DOTALL), kind
    for kind in ("A claim", "A chapter"):
        assert "```python\n" in TEXT.split(f"\n## {kind}\n")[1].split("\n## ")[0], kind


def test_the_claim_is_an_entry_and_its_test_holds() -> None:
    ((claim,),) = (yaml.safe_load(block) for block in fences(PAGE, "yaml"))
    check_entry(claim)
    assert claim["id"] not in {entry["id"] for entry in CLAIMS}
    (node,) = named_by(claim)
    path, name = node.split("::")
    assert (ROOT / path).exists()
    (code,) = (code for code, _ in EXAMPLES if f"def {name}(" in code)
    run(code, PAGE)[0][name]()


@pytest.mark.parametrize("change", [{"verdict": "true"}, {"anchor": "sec-nowhere"}, {"who": "me"}])
def test_another_entry_is_refused(change: dict[str, str]) -> None:
    ((claim,),) = (yaml.safe_load(block) for block in fences(PAGE, "yaml"))
    with pytest.raises(AssertionError):
        check_entry(claim | change)


def test_the_chapter_is_run_stored_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = (code for code, _ in EXAMPLES if "new_notebook" in code)
    run(code, PAGE)
    (chapter,) = tmp_path.iterdir()
    commands = [line.split() for block in fences(PAGE, "sh") for line in block.splitlines()]
    on_it = [command for command in commands if command[-1] == f"book/{chapter.name}"]
    assert len(on_it) == 2
    for program, *options, _ in on_it:
        assert program == ".venv/bin/python"
        command = [sys.executable, *options, str(chapter)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    header, set_up, check = nbformat.read(chapter, as_version=4).cells
    assert re.search(r"\*\*5 minutes to read · \d+ seconds to run\*\*", header.source)
    assert set_up.source.startswith("# Set-up, the same in every chapter.")
    assert check.outputs[0].text.endswith("agrees\n")


def test_the_rooms_are_those_of_the_linter() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.findall(r'"(\w+)"', config.split("\nlayers = [")[1].split("]")[0])
    table = re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)
    assert table == [room for room in reversed(layers) if not room.startswith("_")]
