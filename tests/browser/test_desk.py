"""The telephone desk in a browser: a booking by keyboard alone, every page at every size, two people at once."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from mobility.actions.keep_favourites import keep_favourite
from mobility.actions.list_desk_tasks import list_desk_tasks
from mobility.actions.rider_notes import add_note
from mobility.actions.spoken_pin import set_pin
from mobility.domain.fleet import Acceptance
from tests.browser.conftest import Served, Watched, watch
from tests.county_web import RIDER, SURGERY

MOST_PRESSES = 25


@dataclass
class Keyboard:
    """Hands at a keyboard; every press counts, a capital or a colon as two."""

    page: Page
    presses: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def type(self, text: str) -> None:
        for char in text:
            self.page.keyboard.press(char)
            self.presses += 1 + (char.isupper() or char in ":;/!?")


def known_caller(served: Served) -> str:
    """The rider of the tests, with a favourite; the number's last four figures."""
    county = served.web.county
    keep_favourite(county.context, county.desk, "Arzt", county.place(SURGERY), RIDER)
    rider = next(rider for rider in county.files.people.riders if rider.id == RIDER)
    return rider.telephone[-4:]


def bookings(served: Served) -> int:
    with served.web.county.context.store.transaction() as tx:
        return len(tx.list_bookings(served.web.county.desk, RIDER))


def test_a_known_caller_with_a_favourite_is_booked_with_few_presses(at_desk: Watched, served: Served) -> None:
    end_of_number = known_caller(served)
    at_desk.sign_in_as("desk")
    page, hands = at_desk.page, Keyboard(at_desk.page)
    page.goto(f"{at_desk.address}/desk")
    expect(page.get_by_label("Telefonnummer oder Name")).to_be_focused()
    hands.type(end_of_number)
    hands.press("Enter")
    expect(page.locator("#to")).to_be_focused()
    hands.type("2")
    hands.press("Tab")
    hands.type("10")
    hands.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    hands.press("1", "Enter")
    expect(page.get_by_role("status").filter(has_text="Gebucht")).to_be_visible()
    print(f"\na known caller with a favourite: {hands.presses} key presses")
    assert hands.presses <= MOST_PRESSES
    assert bookings(served) == 1
    assert at_desk.complaints == []


def test_the_same_by_name_and_written_out(at_desk: Watched, served: Served) -> None:
    known_caller(served)
    at_desk.sign_in_as("desk")
    page, hands = at_desk.page, Keyboard(at_desk.page)
    rider = next(rider for rider in served.web.county.files.people.riders if rider.id == RIDER)
    page.goto(f"{at_desk.address}/desk")
    hands.type(rider.name.split()[1][:4].lower())
    hands.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/desk"))
    if "asked=" in page.url:  # several of that name
        expect(page.locator(".callers a").first).to_be_focused()
        hands.press("1")
    expect(page.get_by_role("heading", level=1)).to_have_text(rider.name)
    hands.type("arzt")
    hands.press("Tab")
    hands.type("morgen 9")
    hands.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    hands.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Gebucht")).to_be_visible()
    print(f"\nby name and written out: {hands.presses} key presses")
    assert hands.presses <= MOST_PRESSES + 3
    assert bookings(served) == 1
    assert at_desk.complaints == []


def order_every_week(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.address}/desk/riders/{RIDER}/standing")
    page.get_by_role("button", name="Dauerfahrt einrichten").click()
    expect(page.get_by_role("alert")).to_be_visible()
    watched.look("desk-standing-wrong")
    page.get_by_label("Nach").fill("Hausarztpraxis am Markt, Auenfurt")
    page.keyboard.press("Escape")
    page.get_by_label("Montag").check()
    page.get_by_label("Uhrzeit").fill("10:00")
    page.get_by_role("button", name="Dauerfahrt einrichten").click()
    expect(page.get_by_text("Eingerichtet")).to_be_visible()
    watched.look("desk-standing")


def look_at_trust(watched: Watched) -> None:
    watched.page.get_by_role("link", name="Ansehen und eintragen").click()
    watched.look("desk-trust")
    watched.page.go_back()


def test_every_page_at_every_size(watched: Watched, served: Served) -> None:
    county = served.web.county
    known_caller(served)
    add_note(county.context, county.desk, RIDER, "Hört schlecht: langsam sprechen und wiederholen.")
    set_pin(county.context, county.desk, RIDER, "4711")
    served.web.book(served.web.ride())
    served.web.neighbour(Acceptance.SELF_PICK)
    watched.sign_in_as("desk")
    page, address = watched.page, watched.address
    page.goto(f"{address}/desk")
    page.locator("#q").fill("a")
    page.keyboard.press("Enter")
    expect(page.locator(".callers")).to_be_visible()
    watched.look("desk-search")
    page.locator("#q").fill("0171 3929977")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Niemand gefunden")).to_be_visible()
    watched.look("desk-nobody")
    page.reload()
    expect(page.locator("#q")).to_have_value("0171 3929977")
    page.go_back()
    expect(page.locator(".callers")).to_be_visible()
    page.go_forward()
    page.get_by_role("link", name="Neue Person aufnehmen").click()
    expect(page.locator("#telephone")).to_have_value("0171 3929977")
    watched.look("desk-new")
    page.locator("main form button").first.click()
    watched.look("desk-new-wrong")
    page.goto(f"{address}/desk/riders/{RIDER}?by=number")
    watched.look("desk-card")
    look_at_trust(watched)
    page.locator("#to").fill("Nirgendwo 99")
    page.get_by_label("Wann").fill("bald")
    page.get_by_role("button", name="Angebote suchen").click()
    watched.look("desk-card-wrong")
    page.goto(f"{address}/desk/riders/{RIDER}")
    page.locator("#to").fill("2")
    page.get_by_label("Wann").fill("bis 10")
    page.get_by_role("button", name="Angebote suchen").click()
    expect(page.get_by_text("freigehalten").first).to_be_visible()
    watched.look("desk-offers")
    page.goto(f"{address}/desk/riders/{RIDER}")
    page.locator("#to").fill("2")
    page.get_by_label("Wann").fill("3")
    page.get_by_role("button", name="Angebote suchen").click()
    expect(page.get_by_role("heading", name="Keine Fahrt")).to_be_visible()
    watched.look("desk-refused")
    order_every_week(watched)
    page.goto(f"{address}/desk/call-backs")
    watched.look("desk-call-backs")
    assert [complaint for complaint in watched.complaints if "422" not in complaint] == []


def test_a_refusal_has_a_way_on(at_desk: Watched, served: Served) -> None:
    """Nobody drives at three in the morning; the counter-offer is one press away, and is booked."""
    known_caller(served)
    at_desk.sign_in_as("desk")
    page = at_desk.page
    page.goto(f"{at_desk.address}/desk/riders/{RIDER}")
    expect(page.locator("#to")).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Keine Fahrt")).to_be_visible()
    expect(page.locator("main button:focus")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Gebucht")).to_be_visible()
    page.get_by_role("link", name="Rückfahrt").first.click()
    assert SURGERY.split(",")[0] in page.locator("#from").input_value()
    assert at_desk.complaints == []


def test_without_javascript_it_works_as_well(browser: Browser, served: Served) -> None:
    end_of_number = known_caller(served)
    with closing(browser.new_context(java_script_enabled=False, locale="de-DE")) as context:
        desk = watch(context, served.address)
        desk.sign_in_as("desk")
        page = desk.page
        page.goto(f"{desk.address}/desk")
        page.get_by_label("Telefonnummer oder Name").fill(end_of_number)
        page.keyboard.press("Enter")
        page.locator("#to").fill("2")
        page.get_by_label("Wann").fill("10")
        page.keyboard.press("Enter")
        radios = page.get_by_role("radio")
        if radios.count() > 1:
            radios.nth(1).check()
            page.get_by_role("button", name="Gewähltes freihalten").click()
            expect(radios.nth(1)).to_be_checked()
        page.get_by_role("button", name="Buchen").click()
        expect(page.get_by_role("status").filter(has_text="Gebucht")).to_be_visible()
    assert bookings(served) == 1


def test_two_at_the_desk_see_what_the_other_does(browser: Browser, at_desk: Watched, served: Served) -> None:
    served.web.book(served.web.ride())
    county = served.web.county
    waiting = list_desk_tasks(county.context, county.desk).untold
    assert waiting
    with closing(browser.new_context(locale="de-DE")) as context:
        other = watch(context, served.address)
        for desk, account in ((at_desk, "desk"), (other, "other-desk")):
            desk.sign_in_as(account)
            desk.page.goto(f"{desk.address}/desk/call-backs")
        button = other.page.get_by_role("button", name="Gesagt").first
        expect(button).to_be_visible()
        at_desk.page.wait_for_timeout(500)  # until both listen
        at_desk.page.get_by_role("button", name="Gesagt").first.click()
        expect(other.page.get_by_role("button", name="Gesagt")).to_have_count(len(waiting) - 1)
        served.web.book(served.web.ride(rider_id="r-004"))
        expect(other.page.get_by_role("button", name="Gesagt")).to_have_count(len(waiting))
    assert at_desk.complaints == []


def test_a_button_pressed_twice_writes_somebody_down_once(at_desk: Watched, served: Served) -> None:
    page = at_desk.page
    at_desk.sign_in_as("desk")
    page.goto(f"{at_desk.address}/desk/callers/new")
    page.get_by_label("Vor- und Nachname").fill("Dora Doppelt")
    page.get_by_label("Telefonnummer").fill("030 23125 888")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        """() => {
            const button = document.querySelector("form[action='/desk/callers'] button");
            for (const ms of [0, 30]) setTimeout(() => button.click(), ms);
        }"""
    )
    page.wait_for_url("**/desk/riders/*")
    assert len(sent) == 1
    with served.web.county.context.store.transaction() as tx:
        assert [rider.name for rider in tx.list_riders(served.web.county.desk)].count("Dora Doppelt") == 1
