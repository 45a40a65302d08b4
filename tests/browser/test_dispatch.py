"""The dispatcher at work in a browser: a day, a move, a breakdown, the paper pack, and entering what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import expect

from mobility.actions.see_runs import see_day
from mobility.domain.fleet import ReachedBy
from mobility.domain.runs import Run
from tests.browser.conftest import Served, Watched
from tests.county import MONDAY, County
from tests.scenarios.test_by_hand import broken_move, kept_move
from tests.scenarios.test_reoptimisation import BUS, book_a_day


def _busiest(county: County) -> Run:
    runs = [one.run for one in see_day(county.context, county.desk, MONDAY) if one.run.service_id == BUS]
    return max(runs, key=lambda run: (len(run.leg_ids), run.id))


def test_the_dispatchers_day(watched: Watched, served: Served) -> None:
    """Every page, at every size."""
    county, page = served.web.county, watched.page
    bookings = [booking for booking in book_a_day(county, 16) if booking.is_open]
    watched.sign_in_as("desk")
    page.goto(f"{watched.address}/desk/day?day={MONDAY}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("8. Juni 2026")
    watched.look("dispatch-day")

    move, _preview = broken_move(county, bookings)
    page.goto(f"{watched.address}/desk/runs/{move.run_id}")
    watched.look("dispatch-run")
    page.goto(f"{watched.address}/desk/runs/{move.run_id}/rides/{move.leg_id}/move")
    watched.look("dispatch-move")
    page.goto(f"{watched.address}/desk/runs/{move.run_id}/rides/{move.leg_id}/move?to={move.to_run_id}")
    watched.look("dispatch-move-preview")
    page.get_by_label("Grund").fill("Der andere Bus ist voll")
    page.get_by_role("button", name="Trotzdem verschieben").click()
    expect(page.get_by_role("status").filter(has_text="verschoben")).to_be_visible()
    assert move.leg_id in county.run(move.to_run_id).leg_ids
    watched.look("dispatch-moved")
    page.get_by_role("button", name="Rückgängig").click()
    expect(page.get_by_role("status").filter(has_text="rückgängig gemacht")).to_be_visible()

    page.goto(f"{watched.address}/desk/runs/{move.run_id}/rides/{move.leg_id}/swap")
    watched.look("dispatch-swap")
    if page.locator("main section a").count():
        page.locator("main section a").first.click()
        watched.look("dispatch-swap-preview")

    run = _busiest(county)
    page.goto(f"{watched.address}/desk/rescue/{run.id}")
    watched.look("dispatch-rescue-preview")
    assert not county.run(run.id).withdrawn, "looking changes nothing"
    page.get_by_label("Niemand kann fahren").check()
    page.get_by_role("button", name="ausfallen lassen").click()
    expect(page.get_by_role("status").filter(has_text="fällt aus")).to_be_visible()
    watched.look("dispatch-rescue")
    page.goto(f"{watched.address}/desk/paper?day={MONDAY}")
    watched.look("dispatch-paper")
    assert watched.complaints == []


def test_the_next_day_it_is_entered_with_the_keyboard(watched: Watched, served: Served) -> None:
    county, page = served.web.county, watched.page
    book_a_day(county, 8)
    run = _busiest(county)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, walk_up_seats=2, revision=run.revision + 1), run.revision)
    county.clock.now = run.ends_at + timedelta(hours=9)
    served.web.account("late-desk", county.desk.role)
    watched.sign_in_as("late-desk")
    page.goto(f"{watched.address}/desk/runs/{run.id}/afterwards")
    first = page.locator("input[inputmode=numeric]").first
    first.focus()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("nichts gespeichert")
    watched.look("dispatch-afterwards")
    pickup = next(v for v in county.run(run.id).visits if v.leg_id)
    page.locator("input[inputmode=numeric]").first.fill((pickup.planned + timedelta(hours=2)).strftime("%H%M"))
    page.get_by_label("Mitgefahren ohne Buchung").fill("3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="gespeichert")).to_be_visible()
    assert all(visit.is_done for visit in county.run(run.id).visits if visit.leg_id == pickup.leg_id)
    assert county.run(run.id).walk_ups_counted == 3


def test_what_was_looked_at_is_what_is_done(at_desk: Watched, served: Served) -> None:
    """The plan moves while somebody reads the preview: it is shown anew, nothing is done."""
    county, page = served.web.county, at_desk.page
    bookings = [booking for booking in book_a_day(county, 12) if booking.is_open]
    move, _preview = kept_move(county, bookings)
    at_desk.sign_in_as("desk")
    page.goto(f"{at_desk.address}/desk/runs/{move.run_id}/rides/{move.leg_id}/move?to={move.to_run_id}")
    run = county.run(move.to_run_id)
    with county.context.store.transaction() as tx:
        tx.save_run(replace(run, reached_by=ReachedBy.TELEPHONE, revision=run.revision + 1), run.revision)
    page.get_by_role("button", name="Verschieben").click()
    expect(page.get_by_role("alert")).to_contain_text("inzwischen geändert")
    assert move.leg_id in county.run(move.run_id).leg_ids
    page.get_by_role("button", name="Verschieben").click()
    expect(page.get_by_role("status").filter(has_text="verschoben")).to_be_visible()
