"""The planner's day in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Served, Watched
from tests.county import MONDAY, local
from tests.county_web import HOME, SURGERY


def booked_day(served: Served) -> None:
    """A few rides on Monday."""
    web = served.web
    web.book(web.ride())
    for hour in (11, 12, 14, 15):
        there = [
            offer
            for offer in web.offers(origin={"address": SURGERY}, to={"address": HOME}, depart_after=local(hour).isoformat())
            if offer["kind"] == "ride"
        ]
        if there:
            web.book(there[0])


def test_a_planner_sees_the_day_on_a_map_and_how_full_the_runs_are(watched: Watched, served: Served) -> None:
    booked_day(served)
    watched.sign_in_as("planner")
    page = watched.page
    page.goto(f"{watched.address}/planner")
    expect(page.get_by_role("heading", level=1)).to_contain_text("8. Juni 2026")
    expect(page.get_by_role("img", name="auf dem Straßennetz")).to_be_visible()
    watched.look("planner-day")
    page.get_by_text("Halte als Tabelle").first.click()
    expect(page.get_by_role("columnheader", name="dann an Bord").first).to_be_visible()
    watched.look("planner-day-table")
    page.get_by_role("link", name="Anfragen").click()
    expect(page.get_by_role("heading", name="Nach Ort des Einstiegs")).to_be_visible()
    watched.look("planner-decisions")
    page.goto(f"{watched.address}/planner/decisions?first={MONDAY}&last=2026-06-01")
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("planner-decisions-wrong")
    assert [complaint for complaint in watched.complaints if "422" not in complaint] == []
