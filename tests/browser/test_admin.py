"""The admin's pages in a browser: every size, and a dispatcher who is added and signs in."""

from __future__ import annotations

from contextlib import closing

from playwright.sync_api import Browser, FilePayload, expect

from mobility.actions.logbook import write_logbook
from mobility.domain.accounts import system_actor
from mobility.domain.office import LogbookKind
from tests.browser.conftest import Served, Watched, watch
from tests.county import AGENCY
from tests.county_web import BUS, RIDER

A_PASSWORD = "drei kleine Wörter"


def test_every_page_of_the_admin_at_every_size(watched: Watched, served: Served) -> None:
    context, page = served.web.county.context, watched.page
    with context.store.transaction() as tx:
        for kind in LogbookKind:
            write_logbook(context, tx, system_actor(AGENCY), kind, RIDER, "12 riders, 3 drivers, 40 shifts, 5 sign-ins")
    watched.sign_in_as("admin")
    for path, name in (
        ("/admin", "admin"),
        ("/admin/logbook", "admin-logbook"),
        ("/admin/services", "admin-services"),
        (f"/admin/services/{BUS}", "admin-service"),
        ("/admin/riders", "admin-riders"),
        (f"/admin/riders/{RIDER}", "admin-rider"),
        ("/admin/drivers", "admin-drivers"),
        ("/admin/drivers/new", "admin-driver"),
        ("/admin/shifts", "admin-shifts"),
        ("/admin/accounts", "admin-accounts"),
    ):
        page.goto(watched.address + path)
        watched.look(name)
    page.goto(f"{watched.address}/admin/people")
    file: FilePayload = {"name": "people.toml", "mimeType": "application/toml", "buffer": b"[[rider]]\nid = 3\n"}
    page.get_by_label("Datei").set_input_files(file)
    page.get_by_role("button", name="Prüfen und laden").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("admin-people-wrong")
    watched.open_menu()
    watched.look("admin-menu")
    page.get_by_role("link", name="Tagesplan").click()
    expect(page).to_have_url(f"{watched.address}/desk/day")
    assert [complaint for complaint in watched.complaints if "422" not in complaint] == []


def test_an_admin_adds_a_dispatcher_who_then_signs_in(browser: Browser, at_desk: Watched, served: Served) -> None:
    page = at_desk.page
    at_desk.sign_in_as("admin")
    page.goto(f"{at_desk.address}/admin")
    page.get_by_role("navigation", name="Verwaltung").get_by_role("link", name="Anmeldungen").click()
    page.get_by_label("Name zum Anmelden").fill("berta")
    page.get_by_label("Rolle").first.select_option("dispatcher")
    page.get_by_role("button", name="Anlegen").click()
    link = page.get_by_role("status").get_by_role("link").get_attribute("href") or ""
    with closing(browser.new_context(locale="de-DE")) as context:
        berta = watch(context, served.address)
        berta.page.goto(berta.address + link.removeprefix(served.web.county.context.public_url))
        berta.look("admin-password")
        berta.page.get_by_label("Passwort", exact=True).fill(A_PASSWORD)
        berta.page.get_by_label("Noch einmal").fill(A_PASSWORD)
        berta.page.get_by_role("button", name="Setzen").click()
        expect(berta.page).to_have_url(f"{berta.address}/sign-in")
        berta.sign_in("berta", A_PASSWORD)
        expect(berta.page.get_by_role("heading", name="Wer ruft an?")).to_be_visible()
        assert berta.complaints == []
    page.goto(f"{at_desk.address}/admin/logbook")
    expect(page.get_by_text("Anmeldung angelegt: berta")).to_be_visible()
    assert at_desk.complaints == []
