"""Every page says which edition it is; the index says how to cite it."""

from __future__ import annotations

from typing import Any

import edition
import yaml
from test_pages import EACH_PAGE
from visits import HTML, ROOT, Visit


@EACH_PAGE
def test_the_footer_names_version_and_date(page_name: str) -> None:
    text = (HTML / f"{page_name}.html").read_text(encoding="utf-8")
    footer = text[text.index('<footer class="bd-footer-content">') :]
    assert f"Version {edition.version()}, " in footer and ">What changed</a>" in footer
    told = "use_issues_button: true" in (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert ("Report a problem" in footer) == told


def test_the_index_gives_entries_to_copy(browser: Any, origin: str) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    with Visit(browser, origin, "book/index.html") as visit:
        section = visit.page.locator("section#cite, section#cite-this-book")
        entries = section.locator("pre").inner_text()
        assert all(f"title = {{{{{work['title']}}}}}" in entries for work in citation["references"])
        assert section.locator("button.copybtn").count() == 1
