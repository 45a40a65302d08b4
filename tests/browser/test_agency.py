"""The agency uploads a timetable in a browser, looks at it and uses it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Served, Watched
from tests.gtfs.conftest import SMALL, pack

CHECKED = 30_000  # milliseconds: a feed is read in a process of its own
PLANTED = '<script>window.planted = 1</script>"><img src=x onerror="window.planted = 2">'


def payload(content: bytes, name: str = "fahrplan.zip") -> FilePayload:
    return {"name": name, "mimeType": "application/zip", "buffer": content}


def sound() -> bytes:
    """A feed with something to repair, and names that want to be more than text."""
    trips = str(SMALL["trips.txt"]) + "R,weak,t9,,0\n"
    routes = str(SMALL["routes.txt"]).replace("Nachtbus", '"' + PLANTED.replace('"', '""') + '"')
    return pack(SMALL | {"trips.txt": trips, "routes.txt": routes})


def test_the_agency_uploads_a_feed_and_uses_it(watched: Watched, served: Served, tmp_path: Path) -> None:
    watched.sign_in_as("agency")
    page = watched.page
    page.goto(f"{watched.address}/agency")
    watched.look("agency-feeds")
    page.get_by_label("Datei").set_input_files(payload(b"<!doctype html>"))
    page.get_by_role("button", name="Hochladen und prüfen").click()
    expect(page.get_by_text("kann nicht verwendet werden")).to_be_visible(timeout=CHECKED)
    watched.look("agency-rejected")
    page.get_by_role("link", name="Alle Versionen").click()
    page.get_by_label("Datei").set_input_files(payload(sound()))
    page.get_by_role("button", name="Hochladen und prüfen").click()
    expect(page.get_by_text("noch nicht in Gebrauch")).to_be_visible(timeout=CHECKED)
    page.get_by_text("Alle Linien", exact=True).click()
    expect(page.get_by_text(PLANTED)).to_be_visible()
    watched.look("agency-checked")
    page.get_by_role("link", name="Zeile").click()
    page.get_by_role("button", name="jetzt verwenden").click()
    expect(page.get_by_text("Diese Version ist in Gebrauch")).to_be_visible()
    watched.look("agency-used")
    assert page.evaluate("window.planted") is None
    assert watched.complaints == []


def test_an_empty_file_is_said_at_the_form(at_desk: Watched) -> None:
    at_desk.sign_in_as("agency")
    at_desk.page.goto(f"{at_desk.address}/agency")
    at_desk.page.get_by_label("Datei").set_input_files(payload(b""))
    at_desk.page.get_by_role("button", name="Hochladen und prüfen").click()
    expect(at_desk.page.get_by_role("alert")).to_contain_text("leer")
    at_desk.look("agency-empty")
