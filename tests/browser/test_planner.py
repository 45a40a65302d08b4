"""The planner's day in a browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from mobility.simulation.ordering import next_to_run, run_simulation
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
    page.get_by_role("link", name="Monat davor").click()
    expect(page.get_by_text("Nichts in diesem Monat").first).to_be_visible()
    assert [complaint for complaint in watched.complaints if "422" not in complaint] == []


def test_a_planner_simulates_a_day_and_compares(
    watched: Watched, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Ordered from the page, watched while it waits, read when it is done; what if there were one more vehicle?"""
    county = served.web.county
    county.context = replace(county.context, datasets=tmp_path_factory.mktemp("office") / "datasets")
    served.web.app.state.context = county.context
    watched.sign_in_as("planner")
    page = watched.page
    for vehicles in ("0", "1"):
        page.goto(f"{watched.address}/planner/simulations")
        for name in ("Nachbarschaftsfahrten", "Bürgerbus"):
            for box in page.get_by_label(name).all():
                box.uncheck()
        page.locator("input[name=day]").fill(MONDAY.isoformat())
        page.get_by_label("Erfundene Wünsche").fill("3")
        page.get_by_label("Zusätzliche Fahrzeuge").fill(vehicles)
        page.get_by_role("button", name="Simulation starten").click()
        expect(page.locator("#progress [role=status]")).to_contain_text("wartet")
        watched.look("simulation-waits")
        waiting = next_to_run(county.context)
        assert waiting is not None
        run_simulation(county.context, waiting)  # as the worker's process does
        expect(page.get_by_role("heading", name="Ergebnis")).to_be_visible()  # the page has looked by itself
    expect(page.get_by_role("img", name="Wie lange gewartet wird")).to_be_visible()
    watched.look("simulation-done")
    page.goto(f"{watched.address}/planner/simulations")
    watched.look("simulations")
    for box in page.get_by_label("zum Vergleichen").all():
        box.check()
    page.get_by_role("button", name="Zwei vergleichen").click()
    expect(page.get_by_role("rowheader", name="gefahrene Kilometer")).to_be_visible()
    watched.look("simulations-compared")
    assert watched.complaints == []
    page.goto(f"{watched.address}/planner/simulations")
    page.locator("input[name=day]").fill("2050-01-01")
    page.get_by_role("button", name="Simulation starten").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("simulation-refused")
