"""The ledger page: a table of `book/claims.yml` that a small script lets one filter."""

from __future__ import annotations

import ast
import html
import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ROOT / "book" / "claims.yml"
HEAD = ("Source", "Verdict", "Statement", "Page")
VERDICTS = ("holds", "holds with a correction", "fails", "open")
PAPERS = ("Li2", "lazy to rich", "ours")
Claim = dict[str, Any]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("claims", ClaimsLedger)
    app.add_role("verdict", VerdictRole())
    app.add_js_file("ledger.js", loading_method="defer")
    app.add_css_file("ledger.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def read_claims() -> list[Claim]:
    claims: list[Claim] = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return claims


def tests_of(claim: Claim) -> list[str]:
    """The pytest nodes of a claim, none, one or several."""
    named = claim.get("test", [])
    return [named] if isinstance(named, str) else named


class VerdictRole(SphinxRole):
    """A verdict as the table shows it: coloured, and in words."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [badge(self.text)], []


def badge(verdict: str) -> nodes.inline:
    return nodes.inline(verdict, verdict, classes=["li2-badge", f"li2-badge-{_slug(verdict)}"])


class ClaimsLedger(Directive):
    """One row a claim. Without script the whole table is shown, and no filter."""

    def run(self) -> list[nodes.Node]:
        claims = read_claims()
        self.depend_on(
            CLAIMS, *(ROOT / test.split("::")[0] for c in claims for test in tests_of(c))
        )
        table = nodes.table(classes=["li2-ledger"])
        group = nodes.tgroup(cols=len(HEAD))
        group += [nodes.colspec(colwidth=width) for width in (20, 15, 45, 20)]
        group += nodes.thead("", nodes.row("", *(_cell(nodes.paragraph(h, h)) for h in HEAD)))
        group += nodes.tbody("", *(self.row(claim) for claim in claims))
        table += group
        return [nodes.raw("", _form(claims), format="html"), table]

    def depend_on(self, *paths: Path) -> None:
        for path in sorted(set(paths)):
            self.state.document.settings.env.note_dependency(str(path))

    def row(self, claim: Claim) -> nodes.row:
        number = f"{claim['paper']}, {claim['number']}" if "number" in claim else claim["paper"]
        source = [f"({claim['id']})=", f"**{number}**", "", claim["about"]]
        said = [claim["statement"].strip()]
        if "why" in claim:
            said += ["", f"*Open:* {claim['why'].strip()}"]
        if "data" in claim:
            said += ["", f"The test reads stored runs, {{download}}`data/{claim['data']}.csv`."]
        page = f"Chapter {claim['chapter']}: {{ref}}`{claim['anchor']}`"
        statement = _cell(*self.parsed(said), *_tests(tests_of(claim)))
        return nodes.row(
            "",
            _cell(*self.parsed(source)),
            _cell(nodes.paragraph("", "", badge(claim["verdict"]))),
            statement,
            _cell(*self.parsed([page])),
            classes=list(_kinds(claim)),
        )

    def parsed(self, lines: list[str]) -> list[nodes.Node]:
        box = nodes.container()
        self.state.nested_parse(StringList(lines, str(CLAIMS)), self.content_offset, box)
        return box.children


def _cell(*children: nodes.Node) -> nodes.entry:
    return nodes.entry("", *children)


def _tests(named: list[str]) -> list[nodes.Node]:
    """The tests to unfold, each with its source."""
    if not named:
        return []
    label = "Test" if len(named) == 1 else f"{len(named)} tests"
    opened = f'<details class="li2-tests"><summary>{label}</summary>'
    found: list[nodes.Node] = [nodes.raw("", opened, format="html")]
    for test in named:
        source = function_source(*test.split("::"))
        found.append(nodes.paragraph("", "", nodes.literal(test, test)))
        found.append(nodes.literal_block(source, source, language="python"))
    return [*found, nodes.raw("", "</details>", format="html")]


@cache
def function_source(path: str, name: str) -> str:
    """The text of a function of a test file, with its decorators."""
    text = (ROOT / path).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise ValueError(f"{path} has no function {name}")


def _slug(text: object) -> str:
    return str(text).replace(" ", "-").lower()


def _kinds(claim: Claim) -> tuple[str, str, str]:
    """The classes of a row by which it is filtered: verdict, paper, chapter."""
    return (
        f"li2-is-{_slug(claim['verdict'])}",
        f"li2-of-{_slug(claim['paper'])}",
        f"li2-in-{claim['chapter']}",
    )


def _form(claims: list[Claim]) -> str:
    counts = Counter(kind for claim in claims for kind in _kinds(claim))
    chapters = sorted({claim["chapter"] for claim in claims})
    in_chapters = [(f"li2-in-{n}", f"{n} {chapter_title(n)}") for n in chapters]
    selects = [
        _select("Verdict", [(f"li2-is-{_slug(v)}", v) for v in VERDICTS], counts),
        _select("Paper", [(f"li2-of-{_slug(p)}", p) for p in PAPERS], counts),
        _select("Chapter", in_chapters, counts),
    ]
    return (
        '<form class="li2-filter" aria-label="Filter the statements" hidden>'
        + "".join(selects)
        + '<button type="reset">Show all</button>'
        + f'<output aria-live="polite">{len(claims)} of {len(claims)} statements</output></form>'
    )


def _select(name: str, kinds: Iterable[tuple[str, str]], counts: Counter[str]) -> str:
    options = "".join(
        f'<option value="{kind}">{html.escape(text)} ({counts[kind]})</option>'
        for kind, text in kinds
    )
    key = f"li2-filter-{name.lower()}"
    return (
        f'<div><label for="{key}">{name}</label>'
        f'<select id="{key}"><option value="">all</option>{options}</select></div>'
    )


def chapter_title(number: int) -> str:
    """The first heading of the chapter's notebook."""
    (path,) = (ROOT / "book").glob(f"{number:02d}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).splitlines()[0].lstrip("# ")
