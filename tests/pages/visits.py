"""A visit to a built page: served from this machine, opened in a fresh browser profile."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 900}


class serving:
    """A web server over a folder, for as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Visit:
    """A page opened in a fresh browser profile, with everything that went wrong noted."""

    def __init__(self, browser: Any, origin: str, path: str, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": DESK, **options})
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("request", lambda request: self._note_request(request.url, origin))
        self.page.on("response", lambda r: r.status >= 400 and self.problems.append(f"404 {r.url}"))
        self.page.on("pageerror", lambda error: self.problems.append(f"error {error}"))
        self.page.on(
            "console",
            lambda m: m.type in ("error", "warning") and self.problems.append(f"console {m.text}"),
        )
        self.page.goto(f"{origin}/{path}", wait_until="load")

    def _note_request(self, url: str, origin: str) -> None:
        if not url.startswith((origin, "data:", "blob:")):
            self.problems.append(f"external {url}")

    def settle(self) -> None:
        """Wait until every formula is set and every picture on the page is there."""
        self.page.wait_for_function("() => !window.MathJax || MathJax.startup?.promise")
        self.page.evaluate("() => window.MathJax?.startup?.promise")
        self.page.evaluate(
            "() => document.querySelectorAll('img').forEach((image) => image.loading = 'eager')"
        )
        self.page.wait_for_function("() => [...document.images].every((image) => image.complete)")

    def open_guesses(self) -> None:
        """Show everything that waits for a guess."""
        self.page.evaluate("() => document.querySelectorAll('.li2-skip').forEach((b) => b.click())")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
