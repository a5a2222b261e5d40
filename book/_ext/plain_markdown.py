"""The chapters' Markdown without directives and roles, for viewers that know neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from pybtex.database import parse_file

from numbering import number_of

FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}[ \t]*(.*)$")
OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$")
LABEL = re.compile(r"^\(([\w-]+)\)=$")
DISPLAY = re.compile(r"\$\$(.+?)\$\$[ \t]*(?:\(([\w-]+)\))?", re.DOTALL)
FORMULA = re.compile(r"(\$\$?)(?:(?!\n\n|\1).)+\1", re.DOTALL)
ROLE = re.compile(r"\{([a-z:]+)\}`([^`]+)`")
PAGE = re.compile(r"\[([^\]]*)\]\(((?!https?:)[\w./-]+\.(?:ipynb|md))(#[\w-]*)?\)")
CLAIM = re.compile(r"^- id: ([\w-]+)$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FOLD = "<details>\n<summary>{}</summary>\n\n{}\n\n</details>"

Labels = Mapping[str, str]


def labels_of_book(book: Path) -> dict[str, str]:
    """What to call each label of the book: a section's title, "Exercise 4.2", "(4.7)".

    All is counted by chapter, as on the pages; papers are named by their authors.
    """
    labels: dict[str, str] = {}
    for path in sorted(book.glob("*.ipynb")):
        labels |= labels_of_chapter(path)
    for path in [*book.glob("*.ipynb"), *book.glob("*.md")]:
        labels[path.name] = _title(path)
        if path.suffix == ".md":
            labels |= _sections(path.read_text(encoding="utf-8"))
    claims = (book / "claims.yml").read_text(encoding="utf-8")
    labels |= dict.fromkeys(CLAIM.findall(claims), "the ledger")
    for key, entry in parse_file(book / "references.bib").entries.items():
        names = [person.last_names[-1] for person in entry.persons["author"]]
        who = names[0] if len(names) == 1 else " and ".join(names[:2])
        who = f"{names[0]} et al." if len(names) > 2 else who
        labels[key] = f"[{who} ({entry.fields['year']})]({entry.fields['url']})"
    return labels


def labels_of_chapter(path: Path) -> dict[str, str]:
    """The labels that stand in one chapter."""
    number = number_of(path.stem)
    labels, counts = {}, dict.fromkeys(("eq", "ex", "fig", "prf"), 0)

    def count(kind: str) -> str:
        counts[kind] += 1
        return f"{number}.{counts[kind]}"

    for cell in nbformat.read(path, as_version=4).cells:
        figure = cell.metadata.get("mystnb", {}).get("figure")
        if figure:
            labels[figure["name"]] = f"Figure {count('fig')}"
        if cell.cell_type != "markdown":
            continue
        for _, label in DISPLAY.findall(cell.source):
            if label:
                labels[label] = f"({count('eq')})"
        for name, _, options in _directives(cell.source):
            if "label" in options and name == "exercise":
                labels[options["label"]] = f"exercise {count('ex')}"
            elif "label" in options and name.startswith("prf:"):
                labels[options["label"]] = f"{name[4:].capitalize()} {count('prf')}"
        labels |= _sections(cell.source)
    return labels


def _sections(text: str) -> dict[str, str]:
    labelled = re.finditer(r"^\(([\w-]+)\)=\n+#+ (.+)$", text, re.MULTILINE)
    return {found[1]: f"“{found[2]}”" for found in labelled}


def plain(text: str, labels: Labels) -> str:
    """Markdown that any notebook viewer shows, from the Markdown of a chapter.

    Theorems, proofs and exercises become quoted blocks, solutions fold away, equations carry
    their number, references become words. Links between chapters keep their words only, since
    a copy may lie anywhere.

    Raises
    ------
    ValueError
        For a directive or a role that it does not know, or a label that is not in the book.
    """
    return "\n".join(_blocks(text.split("\n"), labels)).strip("\n")


def _blocks(lines: list[str], labels: Labels) -> Iterator[str]:
    prose: list[str] = []
    place = 0
    while place < len(lines):
        opened = FENCE.match(lines[place])
        if not opened:
            prose.append(lines[place])
            place += 1
            continue
        end = next(i for i in range(place + 1, len(lines)) if lines[i].rstrip() == opened[1])
        options, body = _options(lines[place + 1 : end])
        yield _inline("\n".join(prose), labels)
        prose.clear()
        yield _directive(opened[2], opened[3], options, body, labels)
        place = end + 1
    yield _inline("\n".join(prose), labels)


def _directive(
    name: str, title: str, options: dict[str, str], body: list[str], labels: Labels
) -> str:
    if name in ("solution-start", "solution-end"):
        return ""  # what lies between is folded by who knows the cells
    inside = "\n".join(_blocks(body, labels)).strip("\n")
    title = _inline(title, labels)
    if name == "list-table":
        return _table(title, inside)
    if name == "exercise":
        number = labels.get(options.get("label", ""), "exercise").capitalize()
        return _quoted(f"**{number}{'. ' + title if title else ''}**\n\n{inside}")
    if name == "dropdown":
        return FOLD.format(title, inside)
    if name == "prf:proof":
        return _quoted(f"**Proof.** {inside} $\\square$")
    if name.startswith("prf:"):
        number = labels[options["label"]]
        return _quoted(f"**{number}{' (' + title + ')' if title else ''}.**\n\n{inside}")
    if name in ("admonition", "note", "tip", "warning", "important"):
        return _quoted(f"**{title or name.capitalize()}**\n\n{inside}")
    raise ValueError(f"no plain form is known for the directive {name!r}")


def _quoted(text: str) -> str:
    # Some viewers cut formulas out first and would take the `>` of a new line into them.
    text = FORMULA.sub(lambda found: " ".join(found[0].split()), text)
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _table(title: str, text: str) -> str:
    rows = [
        re.split(r"^[* ] - ?", row, flags=re.MULTILINE)
        for row in re.split(r"^\* - ", text, flags=re.MULTILINE)[1:]
    ]
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, "|" + "---|" * len(cells[0]))
    return "\n".join([f"**{title}**", "", *lines] if title else lines)


def _inline(text: str, labels: Labels) -> str:
    text = "\n".join(line for line in text.split("\n") if not LABEL.match(line))

    def display(found: re.Match[str]) -> str:
        tag = rf" \tag{{{labels[found[2]][1:-1]}}}" if found[2] else ""
        return f"$${found[1].rstrip()}{tag}\n$$"

    def page(found: re.Match[str]) -> str:
        return found[1] or f"“{labels[Path(found[2]).name]}”"

    text = DISPLAY.sub(display, text)

    def role(found: re.Match[str]) -> str:
        words = _role(found[1], found[2], labels)
        before = found.string[: found.start()].rstrip(" *>")
        starts = not before or before[-1] in ".!?:\n"
        return words[:1].upper() + words[1:] if starts else words

    return ROLE.sub(role, PAGE.sub(page, text))


def _role(name: str, text: str, labels: Labels) -> str:
    words, _, target = text.rpartition("<")
    label = target.rstrip(">") if words else text
    if name in ("cite", "cite:t", "cite:p"):
        return "; ".join(labels[key.strip()] for key in label.split(","))
    if name in ("term", "verdict"):
        return words.strip() or text
    if name in ("ref", "eq", "numref", "prf:ref"):
        if label not in labels:
            raise ValueError(f"there is no label {label!r} in the book")
        return words.strip() or labels[label]
    raise ValueError(f"no plain form is known for the role {name!r}")


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    while lines and (found := OPTION.match(lines[0])):
        options[found[1]] = found[2]
        lines = lines[1:]
    return options, lines


def _directives(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if found := FENCE.match(line):
            yield found[2], found[3], _options(lines[place + 1 :])[0]


def _title(path: Path) -> str:
    if path.suffix == ".ipynb":
        return HEADING.search(nbformat.read(path, as_version=4).cells[0].source)[1]
    found = HEADING.search(path.read_text(encoding="utf-8"))
    return found[1] if found else path.stem
