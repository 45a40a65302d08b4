"""A browser, the application behind a real server on this machine, and eyes: what asks outside, overflows, or shuts somebody out is seen."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.county_web import PASSWORD, Web, web

__all__ = ["web"]

ZOOMED = 640
SIZES = [(320, 640), (ZOOMED, 450), (1400, 900)]
"""A small telephone; a screen of 1280 by 900 at a zoom of 200 %, where only width is looked at; a desk."""
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "resultTypes": ["violations"],
}
WITHOUT_CONTRAST = WCAG | {"rules": {"color-contrast": {"enabled": False}}}
"""For the small telephone: no style's colours depend on the width, and at a desk nothing is folded up; it is the dearest rule by far."""

_NAMED = os.environ.get("MOBILITY_TEST_CHROMIUM")
_BROWSERS = [Path(_NAMED)] if _NAMED else [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Served:
    """The county, and the address of its pages."""

    web: Web
    address: str


@pytest.fixture
def served(web: Web) -> Iterator[Served]:
    """Behind uvicorn on a free port."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web.app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.02)
            yield Served(web, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window where that is installed (``MOBILITY_TEST_CHROMIUM`` names another)."""
    executable = next(filter(Path.exists, _BROWSERS), None)
    if executable is None:
        pytest.skip(f"no browser at {' or '.join(map(str, _BROWSERS))} (Debian: apt-get install chromium-headless-shell)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield opened
        opened.close()


@dataclass
class Watched:
    """A page of a browser of its own, and what went wrong in it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=lambda: SIZES[-1:])
    """In which :meth:`look` looks at it."""

    def sign_in(self, name: str = "anna", password: str = PASSWORD) -> None:
        """Through the form."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.locator("input[name=name]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("form[action='/sign-in'] button").click()

    def sign_in_as(self, account: str) -> None:
        """As an account of ``tests.county_web`` (its id), without the form."""
        self.page.context.add_cookies([{"name": "session", "value": f"token-of-{account}", "url": self.address}])

    def open_menu(self) -> None:
        """On a narrow screen the ways of roles that have many are folded up."""
        menu = self.page.locator(".menu > summary")
        if menu.is_visible():
            menu.click()

    def look(self, name: str) -> None:
        """Look at the page as it is, in every size: nothing to be scrolled sideways for, nothing that shuts anybody out (axe-core,
        WCAG 2.2 AA). A picture is kept where ``MOBILITY_TEST_PICTURES`` names a folder.
        """
        self.page.locator("main").wait_for()
        self.page.wait_for_load_state()  # what was pressed just now may be on its way
        before = self.page.viewport_size
        for size in self.sizes:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            self._look(name, size[0])
        if before:
            self.page.set_viewport_size(before)

    def _look(self, name: str, width: int) -> None:
        folder = os.environ.get("MOBILITY_TEST_PICTURES")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
            f"{name} overflows at {width}"
        )
        if width == ZOOMED:
            return
        wanted = WCAG if width == self.sizes[-1][0] else WITHOUT_CONTRAST
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("async (options) => (await axe.run(options)).violations", wanted)
        assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == [], f"{name} at {width}"


@pytest.fixture
def watched(browser: Browser, served: Served) -> Iterator[Watched]:
    """Used on a small telephone, looked at in every size."""
    with closing(browser.new_context(viewport={"width": 320, "height": 640}, locale="de-DE")) as context:
        seen = watch(context, served.address)
        seen.sizes = SIZES
        yield seen


@pytest.fixture
def at_desk(browser: Browser, served: Served) -> Iterator[Watched]:
    """At a desk only: for stories whose pages are looked at in every size elsewhere."""
    with closing(browser.new_context(viewport={"width": 1400, "height": 900}, locale="de-DE")) as context:
        yield watch(context, served.address)


def watch(context: BrowserContext, address: str) -> Watched:
    """A new page whose requests, messages and errors are watched."""
    watched = Watched(context.new_page(), address)

    def asked(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            watched.complaints.append(f"asks {url}")

    watched.page.on("request", lambda request: asked(request.url))
    watched.page.on(
        "console", lambda message: watched.complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched
