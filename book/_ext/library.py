"""The page of the library, made from every `__all__`, and links to it from all other pages."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import li2_core
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.autodoc.preserve_defaults import DefaultValue
from sphinx.pycode import ModuleAnalyzer
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.inspect import stringify_signature
from sphinx.util.nodes import nested_parse_with_titles

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
PAGE = "book/api"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("library", LibraryPage)
    app.add_role("library", LibraryRole())
    app.add_transform(LinksToTheLibrary)
    app.connect("autodoc-process-signature", types_as_written)
    app.connect("missing-reference", find_in_its_room)
    app.connect("html-page-context", signatures_without_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def rooms() -> tuple[str, ...]:
    """The rooms that show names, in the order in which they may import each other."""
    layers = re.search(r"layers = \[(.*?)\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.S)
    assert layers
    found = re.findall(r'"(\w+)"', layers[1])[::-1]
    return tuple(room for room in found if hasattr(room_module(room), "__all__"))


def room_module(room: str) -> Any:
    return importlib.import_module(f"li2_core.{room}")


@cache
def public_names() -> dict[str, str]:
    """Every name that a room shows, and its address there."""
    return {
        name: f"li2_core.{room}.{name}" for room in rooms() for name in room_module(room).__all__
    }


class LibraryPage(SphinxDirective):
    """A section a room: what it is, which chapters use it, and an entry for each of its names."""

    def run(self) -> list[nodes.Node]:
        for path in [*CHAPTERS, ROOT / "pyproject.toml", __file__]:
            self.env.note_dependency(str(path))
        text = "\n".join([top_section(), *map(section, rooms())])
        box = nodes.section()
        lines = StringList(text.splitlines(), "the library")
        nested_parse_with_titles(self.state, lines, box, self.content_offset)
        for part in box.children:
            part["support_smartquotes"] = False  # they would turn the primes of mathematics
        for text in list(box.findall(nodes.Text)):
            text.parent.replace(text, nodes.Text(re.sub(r"^(\)?) -- ", r"\1 – ", text)))
        return box.children


def top_section() -> str:
    names = ", ".join(f"`{name}`" for name in li2_core.__all__)
    return f"""
li2_core
--------

What one needs most can be imported from the top, too: {names}.
"""


def section(room: str) -> str:
    module = room_module(room)
    title = module.__name__
    entries = "\n".join(entry(room, name) for name in module.__all__)
    return f"""
{title}
{"-" * len(title)}

.. py:module:: {title}

{inspect.getdoc(module)}

{used_in(room)}

{entries}
"""


def used_in(room: str) -> str:
    """Which chapters import the room, as a sentence."""
    users = [p.stem for p in CHAPTERS if any(a.split(".")[1] == room for a in imports(p))]
    links = ", ".join(f":doc:`{int(stem[:2])} <{stem}>`" for stem in users)
    return f"Used in chapter{'s' * (len(users) > 1)} {links}." if users else ""


@cache
def imports(chapter: Path) -> tuple[str, ...]:
    """The addresses, `li2_core.room.name`, of all that a notebook imports from the library."""
    cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    found = set()
    for line in ast.walk(ast.parse(code)):
        if isinstance(line, ast.ImportFrom) and f"{line.module}.".startswith("li2_core."):
            room = f"{line.module}.".split(".")[1]
            for name in (alias.name for alias in line.names):
                if room:
                    found.add(f"li2_core.{room}.{name}")
                elif name in li2_core.__all__:
                    found.add(public_names()[name])
                else:
                    found.add(f"li2_core.{name}")
    return tuple(sorted(found))


def entry(room: str, name: str) -> str:
    thing = getattr(room_module(room), name)
    address = f"li2_core.{room}.{name}"
    if inspect.isclass(thing):
        return f".. autoclass:: {address}\n   :members:\n"
    if inspect.isfunction(thing):
        return f".. autofunction:: {address}\n"
    said = comment(room, name)
    if isinstance(thing, Collection):
        said[-1:] = [", ".join(f"``{key}``" for key in thing), ""]
    return "\n".join([f".. py:data:: {name}", "", *(f"   {line}" for line in said)])


def comment(room: str, name: str) -> list[str]:
    """What stands in `#:` before a value, which has no docstring."""
    for path in sorted((ROOT / "li2_core").rglob("*.py")):
        if room in (path.stem, path.parent.name):
            analyzer = ModuleAnalyzer.for_file(str(path), path.stem)
            if said := analyzer.find_attr_docs().get(("", name)):
                return said
    raise ValueError(f"li2_core.{room}.{name} needs a comment that begins with #:")


def types_as_written(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, arguments: str | None, result: str
) -> tuple[str, str] | None:
    """The signature with the short names of the source; autodoc would spell every type out."""
    if arguments is None or what not in ("class", "function", "method"):
        return None
    if getattr(thing, "_is_protocol", False):
        return "", ""
    found = inspect.signature(thing)
    parameters = [shown(p) for p in found.parameters.values() if p.name != "self"]
    text = stringify_signature(found.replace(parameters=parameters), show_return_annotation=False)
    return text, result and found.return_annotation


def shown(parameter: inspect.Parameter) -> inspect.Parameter:
    """With a default that can be read: a function by its name, what has none as `...`."""
    default = parameter.default
    if inspect.isroutine(default):
        return parameter.replace(default=DefaultValue(default.__name__))
    if default is Ellipsis or repr(default).startswith("<factory"):
        return parameter.replace(default=DefaultValue("..."))
    return parameter


def address_of(code: str) -> str | None:
    """The address of the name that code consists of: `f`, `f(...)`, `Class.method` or in full."""
    if code in public_names().values():
        return code
    named = re.fullmatch(r"(\w+)(\(.*\))?|([A-Z]\w*)\.\w+(\(.*\))?", code)
    return public_names().get(named[1] or named[3]) if named else None


def reference(text: str, docname: str) -> nodes.Node:
    """Code, with a link if it names something of the library."""
    code, address = nodes.literal(text, text), address_of(text)
    if address is None:
        return code
    target = {"refdomain": "py", "reftype": "obj", "reftarget": address}
    return addnodes.pending_xref("", code, refdoc=docname, refexplicit=True, **target)


class LibraryRole(SphinxRole):
    """The role of single backticks in docstrings."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [reference(self.text, self.env.docname)], []


class LinksToTheLibrary(SphinxTransform):
    """Links to what a chapter uses: at its end, and wherever a sentence names it as code."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        docname = self.env.docname
        if docname == PAGE:
            return
        chapter = ROOT / f"{docname}.ipynb"
        if chapter in CHAPTERS:
            *_, last = self.document.findall(nodes.section)
            last += used_names(chapter)
        for code in list(self.document.findall(nodes.literal)):
            if not inside_a_link(code):
                code.replace_self(reference(code.astext(), docname))


def used_names(chapter: Path) -> nodes.paragraph:
    text = nodes.paragraph("", "From the library: ")
    names = {a.split(".")[-1] for a in imports(chapter) if a in public_names().values()}
    for name in sorted(names):
        text += [nodes.literal(name, name), nodes.Text(", ")]
    text[-1] = nodes.Text(".")
    return text


def inside_a_link(node: nodes.Node) -> bool:
    """Whether it lies in a link already, or in a heading."""
    above = node.parent
    is_one = isinstance(above, nodes.reference | nodes.title | addnodes.pending_xref)
    return above is not None and (is_one or inside_a_link(above))


def find_in_its_room(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.TextElement
) -> nodes.reference | None:
    """Types in signatures come bare, or with the file that they are in; entries have the room's."""
    *above, name = node["reftarget"].split(".")
    address = public_names().get(name)
    if address in (None, node["reftarget"]) or (above and above[0] != "li2_core"):
        return None
    domain = env.domains["py"]
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", address, node, shown)


def signatures_without_lists(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Long signatures come as lists without terms, which a screen reader stumbles over."""
    if page == PAGE:
        signature = re.compile(r'<dt class="sig .*?</dt>', re.S)
        plain = re.compile(r"(</?)d[ld]>")
        context["body"] = signature.sub(lambda s: plain.sub(r"\1div>", s[0]), context["body"])
