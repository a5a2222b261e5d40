"""Which edition of the book this is: its version and date, how to cite it, where errors go.

All of it is read from `CITATION.cff`, `pyproject.toml`, git and the repository's address in
`_config.yml`. Without an address no page has a link to one.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = "book/changelog"
# Where a host keeps its problems, and how it is asked for those with one label.
PROBLEMS = {
    "github.com": ("/issues/new", "/issues?q=label%3Aerratum"),
    "gitlab.com": ("/-/issues/new", "/-/issues?label_name=erratum&state=all"),
}


def setup(app: Sphinx) -> dict[str, bool]:
    # A page is written anew when its footer changes.
    app.add_config_value("li2_edition", "", "html")
    app.connect("config-inited", name_the_edition)
    app.connect("html-page-context", write_the_footer)
    app.add_directive("edition", Edition)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


@cache
def version() -> str:
    """The version, of the book and of the library."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


@cache
def released() -> date:
    """The date of SOURCE_DATE_EPOCH, of the last commit, or, without git, of the changelog."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or _last_commit()
    if seconds:
        return datetime.fromtimestamp(int(seconds), UTC).date()
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## .*\((\d{4}-\d\d-\d\d)\)$", changes, re.MULTILINE)
    assert newest, "the changelog's newest heading has no date"
    return date.fromisoformat(newest[1])


def _last_commit() -> str:
    """Seconds since 1970 at the last commit, nothing where this is no repository."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


def edition() -> str:
    """The edition in words."""
    day = released()
    return f"Version {version()}, {day.day} {day:%B %Y}"


def repository(config: Config) -> str:
    """The repository's address, empty where `make repository` has written none."""
    options = config.html_theme_options
    # Without one Jupyter Book says its own; the button is ours.
    return str(options["repository_url"]) if options.get("use_issues_button") else ""


def problems(config: Config) -> tuple[str, str] | None:
    """The addresses at which a problem is reported and the errata are listed, if there are any."""
    address = repository(config)
    for host, (new, errata) in PROBLEMS.items():
        if address.startswith(f"https://{host}/"):
            return address + new, address + errata
    return None


def name_the_edition(app: Sphinx, config: Config) -> None:
    config.li2_edition = edition()


def write_the_footer(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Every page says which edition it is from."""
    pathto = context["pathto"]
    links = [
        f'<a href="{pathto(CHANGELOG)}">What changed</a>',
        f'<a href="{pathto(app.config.root_doc).rstrip("#")}#cite">Cite</a>',
    ]
    found = problems(app.config)
    if found:
        links.append(f'<a href="{found[0]}">Report a problem</a>')
    said = context.get("theme_extra_footer", "").strip()
    context["theme_extra_footer"] = " · ".join([f"{said} {app.config.li2_edition}", *links])


class Edition(Directive):
    """The edition in words, how to cite it, and where its errors are listed."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        citation = ROOT / "CITATION.cff"
        for path in (citation, ROOT / "pyproject.toml"):
            env.note_dependency(str(path))
        described = yaml.safe_load(citation.read_text(encoding="utf-8"))
        said = [f"{edition()}. [What changed](/{CHANGELOG}.md).", "", described["message"]]
        found = problems(env.config)
        if found:
            said += ["", f"[Report a problem]({found[0]}), or see the [errata]({found[1]})."]
        box = nodes.container()
        self.state.nested_parse(StringList(said, str(citation)), self.content_offset, box)
        entries = bibtex(described | {"url": repository(env.config)})
        return [*box.children, nodes.literal_block(entries, entries, language="bibtex")]


def bibtex(citation: dict[str, Any]) -> str:
    """The book and the works that it is about, as entries for BibTeX."""
    book = citation | {"year": released().year, "note": f"Version {citation['version']}"}
    return "\n\n".join(map(_entry, [book, *citation["references"]]))


def _entry(work: dict[str, Any]) -> str:
    # A group's name is kept as it stands, a person's is taken apart.
    authors = " and ".join(
        f"{a['family-names']}, {a['given-names']}" if "family-names" in a else f"{{{a['name']}}}"
        for a in work["authors"]
    )
    first = work["authors"][0]
    key = first.get("family-names", "li2book").lower() + str(work["year"])
    kind = "inproceedings" if work["type"] == "conference-paper" else "misc"
    fields = {
        "title": f"{{{work['title']}}}",
        "author": authors,
        "year": work["year"],
        "booktitle": work.get("collection-title"),
        "note": work.get("note") or next(i["value"] for i in work.get("identifiers", [])),
        "url": work.get("url"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])
