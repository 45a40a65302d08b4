"""The driver's telephone: in every size, and without signal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from mobility.actions.take_driver_events import read_driver_events
from mobility.domain.bookings import LegState, Outcome
from mobility.domain.fleet import Acceptance
from tests.browser.conftest import Served, Watched
from tests.county import local


def _booked(served: Served) -> tuple[str, str, str]:
    """A ride to the doctor's at ten; its run, leg, and the run's driver, signed in."""
    booking = served.web.book(served.web.ride())
    run_id, leg_id = booking["legs"][0]["run_id"], booking["legs"][0]["id"]
    served.web.county.clock.set(9, 30)
    return run_id, leg_id, served.web.driver_of(run_id)


def _has_no_unsent(page: Page) -> None:
    expect(page.locator("#queue")).to_be_hidden()


def test_the_driver_s_pages(watched: Watched, served: Served) -> None:
    run_id, _, driver = _booked(served)
    page = watched.page
    watched.sign_in_as(driver)
    page.goto(f"{watched.address}/drive")
    watched.look("drive")
    page.get_by_role("link", name="Tour öffnen").click()
    expect(page.locator(".halt.next")).to_be_visible()
    watched.look("drive-run")
    page.get_by_role("button", name="Eingestiegen").first.click()
    expect(page.locator("#count")).to_have_text("1")
    _has_no_unsent(page)
    watched.look("drive-aboard")
    page.get_by_text("Ich kann nicht weiterfahren").click()
    page.get_by_label("Das Fahrzeug ist kaputt").check()
    page.get_by_label("Ja, diese Tour fällt aus").check()
    page.get_by_role("button", name="Tour abmelden").click()
    watched.look("drive-rescued")
    page.goto(f"{watched.address}/drive/offline")
    watched.look("drive-offline")
    assert served.web.county.run(run_id).withdrawn
    assert watched.complaints == []


def test_a_day_without_signal(at_desk: Watched, served: Served) -> None:
    """Boarded, counted and set down in the valley, the page opened anew there, the sign-in ended meanwhile, the ride cancelled by the desk."""
    run_id, leg_id, driver = _booked(served)
    county, page = served.web.county, at_desk.page
    with county.context.store.transaction() as tx:
        run = tx.lock_runs([run_id])[0]
        tx.save_run(replace(run, walk_up_seats=2, revision=run.revision + 1), run.revision)
    at_desk.sign_in_as(driver)
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(
        "localStorage.setItem('seen another', JSON.stringify({ until: Date.now(), rides: { 'on 1': '9:05 Kirschallee 10' } }))"
    )
    page.reload()  # from now on the service worker has the page
    page.wait_for_function("localStorage.getItem('seen another') === null")  # no address stays longer than the page
    assert page.evaluate(f"Number.isFinite(JSON.parse(localStorage.getItem('seen {run_id}')).until)")
    page.wait_for_function("navigator.serviceWorker.controller && caches.match(location.pathname).then(Boolean)")

    page.context.set_offline(True)
    page.get_by_role("button", name="Eingestiegen").first.click()
    expect(page.locator("#count")).to_have_text("1")
    expect(page.locator("#queue")).to_contain_text("sicher gespeichert: 1")
    page.reload()
    expect(page.locator("#queue")).to_contain_text("sicher gespeichert: 1")
    expect(page.locator("#count")).to_have_text("1")
    for _ in range(3):
        page.locator(".halt.next").get_by_role("button", name="+1 eingestiegen").click()
    expect(page.locator("#walkups")).to_have_text("3")
    page.get_by_role("button", name="Letzte Meldung zurücknehmen").click()
    expect(page.locator("#walkups")).to_have_text("2")
    page.get_by_role("button", name="Ausgestiegen", exact=True).dblclick()  # a thumb that slips
    expect(page.locator("#queue")).to_contain_text("sicher gespeichert: 6")
    expect(page.locator("#count")).to_have_text("0")
    page.goto(f"{at_desk.address}/drive/hours")
    expect(page.locator("h1")).to_have_text("Kein Netz")
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")

    booking = next(b for b in _bookings(served) if b.legs[0].id == leg_id)
    assert served.web.call("desk", "DELETE", f"/bookings/{booking.id}").status_code == 200
    assert county.booking(booking.id).legs[0].outcome is Outcome.CANCELLED
    page.context.clear_cookies(name="session")
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_contain_text("Anmeldung ist abgelaufen", timeout=30_000)
    at_desk.look("drive-signed-out")
    assert read_driver_events(county.context, county.desk, run_id) == []

    at_desk.sign_in_as(driver)
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")
    expect(page.get_by_text("war abgesagt, fährt mit").first).to_be_attached(timeout=30_000)
    _has_no_unsent(page)
    events = read_driver_events(county.context, county.desk, run_id)
    assert [(e.sequence, e.kind.value) for e in sorted(events, key=lambda e: e.sequence)] == [
        (1, "boarded"), (2, "walk_up"), (3, "walk_up"), (4, "walk_up"), (5, "undo"), (6, "alighted"),
    ]  # fmt: skip
    leg = county.booking(booking.id).legs[0]
    assert (leg.state, leg.outcome) == (LegState.CLOSED, Outcome.PERFORMED)
    assert county.run(run_id).walk_ups_aboard == 2
    assert county.clock() == local(9, 30)


def test_what_is_over_is_no_longer_shown_without_signal_ride_by_ride(at_desk: Watched, served: Served) -> None:
    """Two hours after a ride its rider's name, door and number have gone from the open page, from the kept copy, and from what was seen
    before; those of the ride still to come have not.
    """
    run_id, leg_id, driver = _booked(served)
    origin = {"address": "Kirschallee 2, Nebelow"}
    later = served.web.book(served.web.ride(rider_id="r-004", origin=origin, depart_after=local(12).isoformat()))
    assert later["legs"][0]["run_id"] == run_id, "the morning's bus drives on"
    riders = {rider.id: rider for rider in served.web.county.files.people.riders}
    (over, number), (still, _) = ((riders[one].name, riders[one].telephone) for one in ("r-003", "r-004"))
    page = at_desk.page
    at_desk.sign_in_as(driver)
    page.clock.install(time=served.web.county.clock())
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller && caches.match(location.pathname).then(Boolean)")
    expect(page.locator(f".rider[data-leg='{leg_id}'] .name").first).to_contain_text(over)
    page.context.set_offline(True)
    ends = next(booking.legs[0] for booking in _bookings(served) if booking.legs[0].id == leg_id).dropoff_window.latest
    passed_ms = int((ends - local(9, 30)).total_seconds() * 1000) + 2 * 3_600_000 + 60_000
    past = """async (ms) => {
        const kept = await caches.open("drive-pages");
        const answer = await kept.match(location.pathname);
        const headers = new Headers(answer.headers);
        headers.set("X-Kept-At", String(Number(headers.get("X-Kept-At")) - ms));
        await kept.put(location.pathname, new Response(await answer.text(), { headers }));
    }"""
    page.evaluate(past, passed_ms)  # the worker goes by a clock that cannot be moved here
    page.clock.fast_forward(passed_ms)
    expect(page.locator(f".rider[data-leg='{leg_id}'] .name").first).to_contain_text("2 Stunden nach der Fahrt")
    seen = page.evaluate("localStorage.getItem(`seen ${document.getElementById('run').dataset.run}`)")
    shown = page.content()
    assert [(name, held) for name in ("Kirschallee 10", over, number) for held in (shown, seen) if name in held] == []
    assert still in shown
    page.reload()
    expect(page.get_by_text(still).first).to_be_visible()
    kept = page.evaluate("caches.match(location.pathname).then((answer) => answer.text())")
    assert (over in kept, number in kept, still in kept) == (False, False, True), "wiped where it is kept, too"


def test_nobody_signs_out_with_unsent_reports_unasked_and_what_was_seen_is_sent_too(at_desk: Watched, served: Served) -> None:
    run_id, _, driver = _booked(served)
    page, asked = at_desk.page, list[str]()
    at_desk.sign_in_as(driver)
    page.goto(f"{at_desk.address}/drive/runs/{run_id}")
    expect(page.locator(".halt.next")).to_be_visible()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 53.05, "longitude": 12.27, "accuracy": 20})
    assert served.web.county.run(run_id).position is None, "only whoever wants it is followed"
    page.get_by_label("Standort senden").check()
    expect(page.get_by_text("Der Standort wird gesendet")).to_be_visible()
    position = served.web.county.run(run_id).position
    assert position is not None
    assert (position.place.lon, position.place.lat) == (12.27, 53.05)
    origin = {"address": "Kirschallee 2, Nebelow"}
    served.web.book(served.web.ride(rider_id="r-004", origin=origin, depart_after=local(12).isoformat()))
    page.reload()
    expect(page.locator("#changes")).to_contain_text("Kirschallee 2")
    page.context.set_offline(True)
    page.get_by_role("button", name="Gesehen").click()
    expect(page.locator("#changes")).to_be_hidden()
    page.get_by_role("button", name="Eingestiegen").first.click()
    expect(page.locator("#queue")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.get_by_role("button", name="Abmelden").click()
    page.wait_for_timeout(300)
    assert len(asked) == 1
    expect(page.locator("#queue")).to_contain_text("1")
    page.context.set_offline(False)
    _has_no_unsent(page)
    for _ in range(100):
        manifest = served.web.county.run(run_id).manifest
        if manifest is not None and manifest.acknowledged_at is not None:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("what was seen without signal was not sent")


def _bookings(served: Served) -> list:  # type: ignore[type-arg]
    with served.web.county.context.store.transaction() as tx:
        return tx.list_bookings(served.web.county.desk)


def test_the_volunteer_s_pages(watched: Watched, served: Served) -> None:
    asked = served.web.neighbour(Acceptance.ASK_FIRST)
    leg = asked["legs"][0]
    name = next(rider.name for rider in served.web.county.files.people.riders if rider.id == asked["rider_id"])
    watched.sign_in_as(served.web.driver_of(leg["run_id"]))
    page = watched.page
    page.goto(f"{watched.address}/drive/rides")
    expect(page.get_by_text(name)).to_have_count(0)
    watched.look("drive-rides")
    page.get_by_role("button", name="Ja, ich fahre").click()
    expect(page.get_by_role("status").filter(has_text="zugesagt")).to_be_visible()
    page.goto(f"{watched.address}/drive/hours")
    page.get_by_label("Tag", exact=True).fill("2026-06-10")
    page.get_by_label("von").fill("03:00")
    page.get_by_label("bis").fill("03:30")
    page.get_by_role("button", name="Eintragen").click()
    expect(page.get_by_role("alert")).to_contain_text("mindestens eine Stunde")
    watched.look("drive-hours")
    page.goto(f"{watched.address}/drive/kilometres")
    watched.look("drive-kilometres")
    assert [complaint for complaint in watched.complaints if "422" not in complaint] == []
