"""A resident books in three steps with a code that came by SMS, sees when it comes, cancels; with a script and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from mobility.actions.keep_favourites import keep_favourite
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from tests.browser.conftest import Served, Watched, watch
from tests.county import local
from tests.county_web import HOME, RIDER, SURGERY
from tests.web.telephones import Telephones

MOBILE = "0171 3920777"


@pytest.fixture
def telephones(served: Served, tmp_path: Path) -> Telephones:
    return Telephones.of(served.web, tmp_path)


def type_wish(page: Page, day: str = "2026-06-08", hour: str = "10:00") -> None:
    page.get_by_label("Von wo?").fill(HOME)
    page.get_by_label("Wohin?").fill(SURGERY)
    page.get_by_label("Tag", exact=True).fill(day)
    page.get_by_label("Uhrzeit").fill(hour)
    page.get_by_label("bis dann ankommen").check()


def sign_in(page: Page, telephones: Telephones, watched: Watched | None = None) -> None:
    if watched:
        watched.look("resident-sign-in")
    page.get_by_label("Ihre Telefonnummer").fill(MOBILE)
    page.get_by_role("button", name="Code anfordern").click()
    if watched:
        watched.look("resident-code")
    page.get_by_label("Sechs Ziffern").fill(telephones.code_for("+491713920777"))
    page.locator("main button").click()
    if watched:
        watched.look("resident-person")
    page.get_by_label("Vorname und Nachname").fill("Wilma Waldgruber")
    page.get_by_role("button", name="Weiter").click()


def book(page: Page, watched: Watched | None = None) -> None:
    page.get_by_role("button", name="Fahrten suchen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Das können wir anbieten")
    if watched:
        watched.look("resident-offers")
    page.get_by_role("link", name="Diese Fahrt nehmen").first.click()
    if watched:
        watched.look("resident-confirm")
    page.get_by_role("button", name="Verbindlich buchen").click()
    expect(page.get_by_text("Gebucht. Wir sagen")).to_be_visible()


def cancel(page: Page, watched: Watched | None = None) -> None:
    page.get_by_role("link", name="Diese Fahrt absagen").click()
    if watched:
        watched.look("resident-cancel")
    page.get_by_role("button", name="Ja, Fahrt absagen").click()
    expect(page.get_by_text("Diese Fahrt ist abgesagt.")).to_be_visible()


def test_from_the_front_page_to_a_ride_and_its_cancellation(watched: Watched, telephones: Telephones) -> None:
    """A newcomer: what was typed before signing in is still there afterwards."""
    page = watched.page
    page.goto(watched.address)
    watched.look("resident-front")
    page.get_by_role("link", name="Fahrt buchen").first.click()
    type_wish(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fahrten suchen").click()
    sign_in(page, telephones, watched)
    expect(page.get_by_label("Von wo?")).to_have_value(HOME)
    watched.look("resident-wish")
    book(page, watched)
    watched.look("resident-ride")
    page.get_by_role("link", name="Alle meine Fahrten").click()
    expect(page.get_by_text("Hausarztpraxis am Markt").first).to_be_visible()
    watched.look("resident-rides")
    page.get_by_role("link", name="Wann kommt es?").click()
    page.get_by_role("link", name="Rückfahrt buchen").click()
    expect(page.get_by_label("Von wo?")).to_have_value(SURGERY_LABEL)
    expect(page.get_by_label("Wohin?")).to_have_value(HOME)
    page.go_back()
    cancel(page, watched)
    expect(page.get_by_role("link", name="Rückfahrt buchen")).to_have_count(0)
    page.get_by_role("link", name="Noch einmal buchen").click()
    expect(page.get_by_label("Wohin?")).to_have_value(SURGERY_LABEL)
    assert watched.complaints == []


def test_by_ride_and_train_with_every_part_in_words(watched: Watched) -> None:
    """No ride goes to Prunitz: one goes to the train."""
    page = watched.page
    watched.sign_in_as("rider")
    page.goto(f"{watched.address}/ride")
    page.get_by_label("Von wo?").fill(HOME)
    page.get_by_label("Wohin?").fill("Prunitz, Bahnhof (Zug)")
    page.get_by_label("Tag", exact=True).fill("2026-06-08")
    page.get_by_label("Uhrzeit").fill("09:00")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fahrten suchen").click()
    offer = page.locator(".offer").first
    expect(offer.get_by_role("heading")).to_contain_text("weiter mit RB 999")
    expect(offer.locator(".parts li")).to_have_count(2)
    watched.look("resident-journey-offers")
    offer.get_by_role("link", name="Diese Fahrt nehmen").click()
    expect(page.get_by_text("Die Fahrkarte für Bus und Bahn kommt dazu")).to_be_visible()
    page.get_by_role("button", name="Verbindlich buchen").click()
    expect(page.locator(".parts")).to_contain_text("RB 999")
    watched.look("resident-journey-ride")
    assert watched.complaints == []


SURGERY_LABEL = "Hausarztpraxis am Markt, Markt 10, Auenfurt"


@pytest.fixture
def plain(browser: Browser, served: Served) -> Iterator[Watched]:
    """A browser without JavaScript, as wide as a small telephone."""
    with closing(
        browser.new_context(viewport={"width": 320, "height": 640}, locale="de-DE", java_script_enabled=False)
    ) as context:
        yield watch(context, served.address)


def test_it_all_works_without_javascript(plain: Watched, telephones: Telephones) -> None:
    page = plain.page
    page.goto(f"{plain.address}/ride")
    type_wish(page)
    page.get_by_role("button", name="Fahrten suchen").click()
    sign_in(page, telephones)
    page.get_by_label("Von wo?").fill("Kirschallee 1")
    page.get_by_role("button", name="Fahrten suchen").click()
    page.get_by_role("radio", name="Kirschallee 1, Nebelow").check()
    book(page)
    page.get_by_role("link", name="Neu laden").click()
    cancel(page)
    assert [one for one in plain.complaints if "422" not in one] == []


def test_a_place_is_chosen_by_keyboard_and_by_thumb(watched: Watched, served: Served) -> None:
    """The combobox: what is typed is suggested, arrow and Enter choose, Escape closes, own places come first."""
    web = served.web
    keep_favourite(web.county.context, web.county.resident(RIDER), "Marianne", web.county.place("Markt 8, Auenfurt"))
    page = watched.page
    watched.sign_in_as("rider")
    page.goto(f"{watched.address}/ride")
    field, options = page.get_by_label("Von wo?").first, page.locator("#origin-list [role=option]")
    field.focus()
    expect(options.filter(has_text="Marianne")).to_be_visible()
    watched.look("resident-own-places")
    field.press_sequentially("kirschallee 10 neb")
    expect(options).to_have_count(8)
    expect(options.first).to_have_text(HOME)
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "origin-list-0")
    watched.look("resident-suggestions")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(HOME)
    assert page.url.endswith("/ride"), "Enter chose, and sent nothing"
    page.get_by_label("Wohin?").first.press_sequentially("mari")
    page.locator("#to-list [role=option]").first.click()
    expect(page.get_by_label("Wohin?").first).to_have_value("Marianne")
    page.get_by_label("Tag", exact=True).fill("2026-06-08")
    page.get_by_label("Uhrzeit").fill("09:00")
    page.get_by_role("button", name="Fahrten suchen").click()
    expect(page.get_by_text("Markt 8, Auenfurt").first).to_be_visible()
    assert watched.complaints == []


def test_places_refusals_and_rules_can_be_read_by_everybody(watched: Watched, served: Served) -> None:
    page = watched.page
    watched.sign_in_as("rider")
    page.goto(f"{watched.address}/ride")
    page.get_by_role("button", name="Fahrten suchen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("resident-errors")
    type_wish(page, hour="03:30")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Fahrten suchen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leider geht das so nicht")
    watched.look("resident-refused")
    page.get_by_role("button", name="Zu dieser Zeit suchen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Das können wir anbieten")
    page.goto(f"{watched.address}/my-places")
    page.get_by_label("Wo ist das?").fill("Markt 8, Auenfurt")
    page.get_by_label("Mein Name dafür").fill("Tochter")
    page.get_by_role("button", name="Merken").click()
    expect(page.get_by_text("Der Ort ist gemerkt.")).to_be_visible()
    watched.look("resident-places")
    page.get_by_role("button", name="Löschen Tochter").click()
    expect(page.get_by_text("Der Ort ist gelöscht.")).to_be_visible()
    page.goto(f"{watched.address}/about-me")
    page.get_by_text("Jemanden nennen").click()
    page.get_by_role("button", name="Dort Bescheid sagen").click()
    watched.look("resident-about-me")
    page.goto(f"{watched.address}/standing")
    watched.look("resident-standing")
    page.goto(f"{watched.address}/rules")
    watched.look("resident-services")
    page.get_by_role("link").filter(has_text="Auental").first.click()
    watched.look("resident-rules")
    assert [one for one in watched.complaints if "422" not in one] == []


def test_when_is_it_coming_follows_the_bus(at_desk: Watched, served: Served) -> None:
    """Booked, on its way, late, aboard: the page follows by itself, in plain words."""
    web, page = served.web, at_desk.page
    booking = web.book(web.ride(who="rider"), who="rider")
    run = web.county.run(booking["legs"][0]["run_id"])
    at_desk.sign_in_as("rider")
    page.goto(f"{at_desk.address}/rides/{booking['id']}")
    expect(page.get_by_text("Ihre Fahrt ist gebucht.")).to_be_visible()
    web.county.clock.now = local(8, 30)

    def report(kind: ProgressKind, **more: object) -> None:
        progress = Progress(kind, web.county.clock.now, **more)  # type: ignore[arg-type] # keyword arguments of a test
        report_progress(web.county.context, web.county.desk, run.id, progress)

    report(ProgressKind.DELAYED, delay_s=3 * 3600)
    expect(page.get_by_text("später als zugesagt")).to_be_visible()
    at_desk.look("resident-late")
    report(ProgressKind.BOARDED, leg_id=booking["legs"][0]["id"])
    expect(page.locator("body > [role=status]")).to_contain_text("Sie sind unterwegs.")  # read out, and gone again
    expect(page.locator("main").get_by_text("Sie sind unterwegs.")).to_be_visible()
    expect(page.get_by_role("link", name="Diese Fahrt absagen")).to_have_count(1)
    assert at_desk.complaints == []


def test_my_rides_can_be_read_without_a_connection_and_not_after_signing_out(at_desk: Watched, served: Served) -> None:
    web, page = served.web, at_desk.page
    web.book(web.ride(who="rider"), who="rider")
    at_desk.sign_in_as("rider")
    page.goto(f"{at_desk.address}/rides")
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    page.wait_for_function("caches.match('/rides').then(Boolean)")
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("Keine Verbindung.")).to_be_visible()
    expect(page.get_by_text("Hausarztpraxis am Markt").first).to_be_visible()
    page.evaluate(
        """async () => {
          const [kept, seen] = [await caches.open("rides"), await caches.match("/rides")];
          const headers = { "Content-Type": "text/html", Date: new Date(Date.now() - 25 * 3_600_000).toUTCString() };
          await kept.put("/rides", new Response(await seen.text(), { headers }));
        }"""
    )
    with pytest.raises(PlaywrightError):
        page.reload()  # of the day before yesterday: whoever has this telephone now reads nothing
    page.context.set_offline(False)
    page.goto(f"{at_desk.address}/rides")
    page.get_by_role("button", name="Abmelden").click()
    page.wait_for_function("caches.match('/rides').then((found) => !found)")
