"""The pages in a browser: signing in, a manifest, nothing from elsewhere, nothing cut off on a small telephone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Served
from tests.county_web import PASSWORD, RIDER

SIZES = [(320, 640), (1400, 900)]


@dataclass
class Watched:
    """A page, and what went wrong in it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def picture(self, name: str) -> None:
        """Kept only where ``MOBILITY_TEST_PICTURES`` names a folder."""
        folder = os.environ.get("MOBILITY_TEST_PICTURES")
        if folder and self.page.viewport_size:
            self.page.screenshot(path=Path(folder) / f"{name}-{self.page.viewport_size['width']}.png", full_page=True)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}px")
def watched(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Watched]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    watched = Watched(context.new_page(), served.address)

    def asked(url: str) -> None:
        if not url.startswith((served.address, "data:")):
            watched.complaints.append(f"asks {url}")

    watched.page.on("request", lambda request: asked(request.url))
    watched.page.on(
        "console", lambda message: watched.complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    yield watched
    context.close()


def fits(page: Page) -> bool:
    """Nothing to be scrolled sideways for."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def sign_in(watched: Watched, password: str = PASSWORD) -> None:
    watched.page.goto(f"{watched.address}/sign-in")
    watched.page.get_by_label("Name").fill("anna")
    watched.page.get_by_label("Passwort").fill(password)
    watched.page.get_by_role("button", name="Anmelden").click()


def test_from_the_front_page_to_a_manifest_and_out_again(watched: Watched, served: Served) -> None:
    booking = served.web.book(served.web.ride())
    rider = next(rider for rider in served.web.county.files.people.riders if rider.id == RIDER)
    page = watched.page
    page.goto(watched.address)
    watched.picture("front")
    assert fits(page)
    page.get_by_role("link", name="Anmelden").first.click()
    watched.picture("sign-in")
    assert fits(page)
    sign_in(watched)
    expect(page.get_by_role("heading", level=1)).to_contain_text("08.06.2026")
    watched.picture("runs")
    assert fits(page)
    page.locator(f"a[href*='{booking['legs'][0]['run_id']}/manifest.html']").click()
    expect(page.get_by_text(rider.name).first).to_be_visible()
    watched.picture("manifest")
    assert fits(page)
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{watched.address}/runs/today")
    assert page.url.endswith("/sign-in"), "signed out"
    assert watched.complaints == []


def test_a_wrong_password_is_said_in_words(watched: Watched) -> None:
    sign_in(watched, "not it")
    expect(watched.page.get_by_role("alert")).to_be_visible()
    watched.picture("wrong")
    assert fits(watched.page)
    assert [complaint for complaint in watched.complaints if "401" not in complaint] == []


def test_what_is_not_there_is_said_in_words(watched: Watched) -> None:
    sign_in(watched)
    watched.page.goto(f"{watched.address}/runs/nothing/manifest.html")
    expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    watched.picture("refusal")
    assert fits(watched.page)


def test_the_watch_sees_a_script_and_a_picture_from_elsewhere(watched: Watched) -> None:
    """The policy is in force, and what it stops is noticed."""
    watched.page.goto(watched.address)
    watched.page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.planted = 1'; document.body.append(s);
        const i = document.createElement('img'); i.src = 'http://127.0.0.2:9/x.png'; document.body.append(i); }"""
    )
    watched.page.wait_for_timeout(300)
    assert watched.page.evaluate("window.planted") is None
    assert len(watched.complaints) >= 2


def test_it_can_be_used_by_keyboard_alone(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.address}/sign-in")
    page.get_by_label("Name").focus()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Touren")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "one sees where one is"
