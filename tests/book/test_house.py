"""The house in order: rooms of one idea each, a few names in front, tests in the same rooms."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import li2_core

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "li2_core"
ROOMS = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def modules() -> dict[str, ModuleType]:
    found = pkgutil.walk_packages(li2_core.__path__, "li2_core.")
    return {module.name: importlib.import_module(module.name) for module in found}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_shows_a_few_documented_names(room: str) -> None:
    shown = importlib.import_module(f"li2_core.{room}")
    assert shown.__doc__
    assert 5 <= len(shown.__all__) <= 12
    for name in shown.__all__:
        thing = getattr(shown, name)
        if callable(thing):
            assert inspect.getdoc(thing), f"{room}.{name} says nothing about itself"
            assert thing.__module__.startswith(f"li2_core.{room}."), f"{name} lives elsewhere"


def test_no_name_is_shown_by_two_rooms() -> None:
    names = Counter(
        name for room in ROOMS for name in importlib.import_module(f"li2_core.{room}").__all__
    )
    assert [name for name, times in names.items() if times > 1] == []
    assert set(li2_core.__all__) <= set(names), "what stands at the top stands in a room"


def test_no_name_hides_a_module(modules: dict[str, ModuleType]) -> None:
    for name, module in modules.items():
        parent, _, last = name.rpartition(".")
        assert getattr(importlib.import_module(parent), last) is module, f"{name} is hidden"


def test_a_file_holds_one_idea() -> None:
    assert [str(p) for p in LIBRARY.rglob("*.py") if lines(p) > 300] == []
    sizes = {room: sum(map(lines, (LIBRARY / room).glob("*.py"))) for room in ROOMS}
    assert max(size for room, size in sizes.items() if room != "show") < 1600, sizes


def test_tests_lie_in_rooms_of_the_same_names() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")}
    assert {folder.as_posix() for folder in folders} == {*ROOMS, ".", "book", "claims", "pages"}


def test_the_types_are_shipped() -> None:
    assert (LIBRARY / "py.typed").exists()
