"""What a page folds: code that shows something but teaches nothing, and tables of checks.

The rule reads the code, so that nobody has to tag cells. The stored notebooks stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator
from sphinx_exercise.nodes import solution_node

from notebooks import SETUP_CELL

PROMPTS = {
    "imports": "{} the imports",
    "figure": "{} the code of the figure",
    "table": "{} the code of the table",
    "checks": "{} the code of the checks",
}
SETUP = SETUP_CELL.read_text(encoding="utf-8").strip()
LONG = 6  # lines: a shorter cell that prints or checks takes no more room than its fold
CHECKS = re.compile(
    r"^quantity {2,}.* {2}tolerance  verdict\n(?:.+  agrees(?:\n|$))+", re.MULTILINE
)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(folded_checks, html=(open_checks, close_checks))
    app.add_post_transform(FoldWhatOnlyShows)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def folded(source: str) -> str | None:
    """What a cell of code only does, where it is folded; None where it stays open.

    A cell is folded that only imports, one that draws (`plt.show`, `plt.subplots`, `explore`), and
    one of more than six lines that prints a table (more than one `print`, or one in a loop) or
    calls `check`. Algebra stays open: a cell that prints or checks what sympy (`sp`) found.
    """
    tree = ast.parse(source)
    calls = {ast.unparse(call.func) for call in _calls(tree)}
    if all(_prepares(statement) for statement in tree.body):
        return "imports"
    if "guess" in calls:
        return "guess"  # its code holds the answer
    if calls & {"plt.show", "plt.subplots", "explore"}:
        return "figure"
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if len(source.splitlines()) <= LONG or "sp" in names:
        return None
    if "check" in calls:
        return "checks"
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    prints = [call for part in (tree, *loops) for call in _calls(part) if _is_print(call)]
    return "table" if len(prints) > 1 else None


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_print(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "print"


def _prepares(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom) or (
        ast.unparse(statement).startswith("torch.set_")
    )


class folded_checks(nodes.General, nodes.Element):
    """Tables of checks behind one line that counts them."""


def open_checks(self: SphinxTranslator, node: folded_checks) -> None:
    many = f"{node['count']} of {node['count']} checks hold"
    words = "The check holds" if node["count"] == 1 else many
    self.body.append(f'<details class="li2-checks"><summary>{words}</summary>\n')


def close_checks(self: SphinxTranslator, node: folded_checks) -> None:
    self.body.append("</details>\n")


class FoldWhatOnlyShows(SphinxPostTransform):
    """Fold cells by the rule, just before MyST-NB wraps what is to be hidden (at 199)."""

    default_priority = 198
    formats = ("html",)

    def run(self, **_: object) -> None:
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code" or _in_solution(cell):
                continue
            for part in list(cell.children):
                if part.get("nb_element") == "cell_code_output":
                    for block in list(part.findall(nodes.literal_block)):
                        block.replace_self(_with_checks_folded(block))
                elif part.astext().strip() == SETUP:
                    _hide(cell, "{} the set-up")
                elif shows := folded(part.astext()):
                    _hide(cell, PROMPTS[shows])


def _hide(cell: nodes.container, prompt: str) -> None:
    cell["hide_mode"] = "input"
    cell["prompt_show"], cell["prompt_hide"] = prompt.format("Show"), prompt.format("Hide")


def _in_solution(node: nodes.Node | None) -> bool:
    """Whether it is folded already, with the solution of an exercise."""
    while node is not None and not isinstance(node, solution_node):
        node = node.parent
    return node is not None


def _with_checks_folded(block: nodes.literal_block) -> list[nodes.Node]:
    """The same text, in pieces: tables of checks folded, what else was printed as it was."""
    text, place = block.astext(), 0
    pieces: list[nodes.Node] = []
    for found in [*CHECKS.finditer(text), None]:
        between = text[place : found.start() if found else len(text)].strip("\n")
        if between:
            pieces.append(_piece(block, between))
        if found:
            fold = folded_checks("", _piece(block, found[0]), count=found[0].count("  agrees"))
            if pieces and isinstance(pieces[-1], folded_checks):
                pieces[-1]["count"] += fold["count"]
                pieces[-1] += fold.children
            else:
                pieces.append(fold)
            place = found.end()
    return pieces


def _piece(block: nodes.literal_block, text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, **{**block.attributes, "ids": []})
