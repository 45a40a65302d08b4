"""The departure board in a browser: large, readable at 320 px and on paper."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Watched


def test_from_the_front_page_to_the_departures_of_a_village(watched: Watched) -> None:
    page = watched.page
    page.goto(watched.address)
    page.get_by_role("link", name="Abfahrten").click()
    page.get_by_role("link", name="Landkreis Auental").click()
    watched.look("board-choose")
    page.get_by_label("Ort oder Haltestelle").fill("Nebelo")
    page.get_by_role("button", name="Abfahrten zeigen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("board-unknown")
    page.get_by_role("link", name="Nebelow", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nebelow")
    watched.look("board")
    page.get_by_role("link", name="Aushang").click()
    watched.look("board-week")
    page.emulate_media(media="print")
    watched.look("board-print")
    assert [complaint for complaint in watched.complaints if "404" not in complaint] == []
