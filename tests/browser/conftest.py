"""A headless Chromium and a small server that sends our pages under a strict content policy."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.access import SESSION_COOKIE
from reports.pages import STATIC

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'"
)
TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2",
    ".html": "text/html; charset=utf-8",
}  # fmt: skip
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
HOW = (
    "no Chromium on this machine: `apt-get install -y chromium`, or name one in HESHI_CHROMIUM; "
    "HESHI_NO_BROWSER=1 leaves these tests out"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """HESHI_NO_BROWSER=1 leaves the browser tests out, and says so."""
    if os.environ.get("HESHI_NO_BROWSER") != "1":
        return
    out = [item for item in items if item.get_closest_marker("browser")]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
        print(f"HESHI_NO_BROWSER=1: {len(out)} browser tests left out")


def chromium() -> str:
    named = os.environ.get("HESHI_CHROMIUM")
    found = named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        pytest.fail(HOW)
    return found


@pytest.fixture(scope="module")  # one that stays open till the end takes a quarter of a core from everything after it
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=FLAGS
        )
        yield started
        started.close()


class Site:
    """Pages by path; assets come from our folder. `asked` holds every path that was requested."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        self.origin = ""

    def body(self, path: str) -> tuple[str, bytes] | None:
        if path in self.pages:
            return ".html", self.pages[path].encode()
        file = STATIC / path.removeprefix("/static/")
        return (file.suffix, file.read_bytes()) if file.is_file() else None


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            made.asked.append(path)
            found = made.body(path)
            self.send_response(200 if found else 404)
            if found:
                self.send_header("Content-Type", TYPES.get(found[0], "application/octet-stream"))
                self.send_header("Content-Security-Policy", POLICY)
                self.send_header("Content-Length", str(len(found[1])))
            self.end_headers()
            if found:
                self.wfile.write(found[1])

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


TWO_FRAMES = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))"""
"""What has come into view is told to the page after a frame was painted, however slow the machine is."""


class Visit:
    """An open page with what went wrong on it: console errors, failed and foreign requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def scroll_through(self) -> None:
        """Down the whole page, so that all that waits for being seen is drawn."""
        top = 0
        while top < int(self.page.evaluate("document.documentElement.scrollHeight")):  # it grows with what is drawn
            self.page.evaluate(f"window.scrollTo({{top: {top}, behavior: 'instant'}})")
            self.page.evaluate(TWO_FRAMES)
            top += 500

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


Opener = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opener]:
    """Opens an address: `visit(url, width=390, scheme="dark", script=False)`, signed in with a session's cookie."""
    opened: list[BrowserContext] = []

    @contextmanager
    def context(width: int, scheme: str, script: bool) -> Iterator[BrowserContext]:
        made = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, java_script_enabled=script, locale="zh-CN",
        )  # fmt: skip
        opened.append(made)
        yield made

    def go(
        url: str, *, width: int = 1280, scheme: str = "light", script: bool = True, cookie: str = ""
    ) -> Visit:
        with context(width, scheme, script) as made:
            if cookie:
                made.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": urljoin(url, "/")}])
            found = Visit(made.new_page())
            found.page.goto(url, wait_until="load")
            return found

    yield go
    for made in opened:
        made.close()
