"""What the README says exists, runs and prints what it shows; the citation fits the papers."""

import pkgutil
import re

import numpy as np
import pytest
import yaml
from fences import ROOT, examples, fences, run

README = (ROOT / "README.md").read_text()
BIBLIOGRAPHY = (ROOT / "book" / "references.bib").read_text()
PAGES = pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])


def test_the_example_runs_and_prints_about_what_is_shown() -> None:
    ((code, shown),) = examples("README.md")
    names, printed = run(code, "README.md")
    found, expected = (
        np.array(
            [
                [float(x) for x in re.findall(r"\d+\.?\d*|nan", line)]
                for line in text.split("\n")[:2]
            ]
        )
        for text in (printed, shown)
    )
    assert found.shape == expected.shape == (2, 3)
    # Another processor rounds otherwise, and a record is made every tenth step.
    assert found == pytest.approx(expected, abs=20)
    assert (found[1] > 5 * found[0]).all(), "the example no longer shows grokking"
    history = names["history"]
    early, late = (list(history.steps).index(step) for step in (20, 170))
    assert (history["train_accuracy"][:, early] > 0.99).all(), "the README's first lines"
    assert (history["test_accuracy"][:, early] < 0.03).all()
    assert (history["test_accuracy"][:, late] > 0.97).all()


@PAGES
def test_every_make_target_named_exists(page: str) -> None:
    text, commands = (ROOT / page).read_text(), "\n".join(fences(page, "sh"))
    named = {*re.findall(r"`make ([a-z-]+)", text), *re.findall(r"^make ([a-z-]+)", commands, re.M)}
    assert {"test", "notebooks"} <= named
    makefile = (ROOT / "Makefile").read_text()
    rules = re.findall(r"^([a-z -]+):(?!=)", makefile, re.MULTILINE)
    targets = set(" ".join(rules).split())
    assert named <= targets
    assert page != "README.md" or targets - named == {"oldest"}


@PAGES
def test_every_path_named_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    paths = re.findall(r"`((?:book|li2_core|tests|benchmarks|_config|_toc)[\w./]*)`", text)
    modules = [path for path in paths if path.startswith("li2_core.")]
    files = [path for path in paths if path not in modules]
    local = [link for link in links if "://" not in link] + files
    assert len(local) > 4
    assert [path for path in local if not (ROOT / path).exists()] == []
    assert [name for name in modules if pkgutil.resolve_name(name) is None] == []


def test_the_picture_says_in_words_what_it_shows() -> None:
    (alt,) = re.findall(r'alt="([^"]+)"', README)
    missing = [word for word in ("lazy", "independent", "interactive", "sketch") if word not in alt]
    assert missing == []


def test_the_citation_names_the_two_papers_as_the_bibliography_does() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "license", "version"} <= set(citation)
    assert citation["authors"] == [{"name": "The Li2 book authors"}]
    assert len(citation["references"]) == 2
    for reference in citation["references"]:
        assert f"title = {{{reference['title']}}}" in BIBLIOGRAPHY
        assert reference["url"] in BIBLIOGRAPHY
        names = [f"{a['family-names']}, {a['given-names']}" for a in reference["authors"]]
        assert f"author = {{{' and '.join(names)}}}" in BIBLIOGRAPHY
    assert citation["version"] in (ROOT / "pyproject.toml").read_text()


def test_the_glossary_is_alphabetical() -> None:
    text = (ROOT / "book" / "glossary.md").read_text().split("```")[1]
    first_lines = re.findall(r"(?:\A\{glossary\}|\n)\n(\w[\w -]*)\n", text)
    assert len(first_lines) >= 15
    assert first_lines == sorted(first_lines, key=str.lower)
