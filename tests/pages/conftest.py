"""One browser and one server for all tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from visits import HTML, serving

REQUIRED = os.environ.get("LI2_REQUIRE_BROWSER") == "1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium: the system's, or Playwright's own."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = next((path for path in found if path), None)
    with playwright.sync_playwright() as driver:
        try:
            chromium = driver.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except playwright.Error as error:
            if REQUIRED:
                raise
            pytest.skip(f"no Chromium for the browser tests: {error}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def origin() -> Iterator[str]:
    with serving(HTML) as address:
        yield address
