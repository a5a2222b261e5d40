"""The library's page: an entry for every name that is shown, and every parameter explained."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import library
import pytest

import li2_core

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {path.parent.name for path in (ROOT / "li2_core").glob("*/__init__.py")}


def shown(room: str) -> dict[str, Any]:
    module = importlib.import_module(f"li2_core.{room}")
    return {name: getattr(module, name) for name in module.__all__}


def functions(room: str) -> Iterator[tuple[str, Any]]:
    """A room's functions and classes, but for protocols, which one never calls; all methods."""
    for name, thing in shown(room).items():
        is_class = inspect.isclass(thing)
        if inspect.isfunction(thing) or (is_class and not getattr(thing, "_is_protocol", False)):
            yield name, thing
        for method, found in vars(thing).items() if is_class else ():
            found = getattr(found, "__func__", found)
            if inspect.isfunction(found) and not method.startswith("_"):
                yield f"{name}.{method}", found


def said_of(thing: Any, room: str) -> str:
    """A docstring, with those that it refers to for its arguments."""
    said = inspect.getdoc(thing) or ""
    for first, *rest in (n.split(".") for n in re.findall(r"as of `([\w.]+)`", said)):
        start = vars(inspect.getmodule(thing)).get(first) or shown(room)[first]
        said += said_of(reduce(getattr, rest, start), room)
    return said


def test_the_page_has_all_rooms_in_the_order_in_which_they_build_on_each_other() -> None:
    rooms = library.rooms()
    assert set(rooms) >= FOLDERS
    assert rooms.index("groups") < rooms.index("energy") < rooms.index("show")


@pytest.mark.parametrize("room", library.rooms())
def test_every_name_has_an_entry_that_says_something(room: str) -> None:
    text = library.section(room)
    for name, thing in shown(room).items():
        entries = re.findall(rf"^\.\. (auto|py:)\w+:: (li2_core\.{room}\.)?{name}$", text, re.M)
        assert len(entries) == 1, name
        said = library.comment(room, name) if entries[0][0] == "py:" else [inspect.getdoc(thing)]
        assert "".join(said), f"{room}.{name} says nothing about itself"


def test_what_stands_at_the_top_is_linked_from_there() -> None:
    assert set(re.findall(r"`(\w+)`", library.top_section())) == set(li2_core.__all__)


@pytest.mark.parametrize("room", library.rooms())
def test_every_parameter_is_explained(room: str) -> None:
    missing = []
    for name, thing in functions(room):
        said = said_of(thing, room)
        parameters = set(inspect.signature(thing).parameters) - {"self", "cls"}
        missing += [f"{name}({p})" for p in parameters if not re.search(rf"\b{p}\b", said)]
    assert missing == []


def test_which_names_become_links() -> None:
    assert library.address_of("train") == "li2_core.training.train"
    assert library.address_of("train(task, net)") == "li2_core.training.train"
    assert library.address_of("History.save") == "li2_core.training.History"
    assert library.address_of("li2_core.training.train") == "li2_core.training.train"
    for text in ("training", "train it", "train(a) + 1", "signal.x", "x.train", "li2_core.train"):
        assert library.address_of(text) is None, text


def test_imports_of_a_chapter_are_found_where_they_live(tmp_path: Path) -> None:
    chapter = tmp_path / "01_x.ipynb"
    code = "from li2_core import energy, train\\nfrom li2_core.show import energy as show, check"
    markdown = '{"cell_type": "markdown", "source": "from li2_core import cyclic"}'
    chapter.write_text(f'{{"cells": [{{"cell_type": "code", "source": "{code}"}}, {markdown}]}}')
    found = library.imports(chapter)
    shown = ("li2_core.show.check", "li2_core.show.energy")
    assert found == ("li2_core.energy", *shown, "li2_core.training.train")
    assert library.used_names(chapter).astext() == "From the library: check, train."
