"""Brings the demo county in by the same actions a real county uses, and books two days of rides through the desk."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from mobility.actions import import_data
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context, new_id
from mobility.actions.load_people import load_people
from mobility.actions.load_service import load_service
from mobility.actions.offer_rides import offer_rides
from mobility.actions.open_runs import open_coming_runs
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.bookings import Booking
from mobility.domain.datasets import DatasetKind
from mobility.domain.requests import OfferKind, RideRequest
from mobility.files.opening import is_holiday
from mobility.progress_bars import Tell
from seed.demand import Wish, demand
from seed.writing import FEED, PEOPLE, SERVICES, STREETS, write_county

AGENCY = Agency("auental", "Landkreis Auental (erfunden)")
LAND = "BB"
WISHES_A_DAY = 30
_SEED = 2026


def load_county(context: Context, folder: Path, today: date, tell: Tell) -> None:
    """Import the county unless it is there already: agency, streets, feed, services, people, runs.

    Args:
        context: the running service.
        folder: where the county's files are written first.
        today: first day of its timetable.
        tell: progress as (step, done, total).
    """
    system = system_actor(AGENCY.id)
    with context.store.transaction() as tx:
        if tx.find_agency(AGENCY.id) is None:
            tx.add_agency(AGENCY)
        imported = tx.find_dataset(system, DatasetKind.FEED) is not None
        complete = imported and tx.find_account_by_name("desk") is not None
    if complete:
        open_coming_runs(context, AGENCY.id)
        return
    tell("writing the county's files", 0, 0)
    write_county(folder, today)
    import_data.import_streets(context, AGENCY.id, folder / STREETS, tell)
    import_data.import_feed(context, AGENCY.id, folder / FEED, tell)
    for file in sorted((folder / SERVICES).glob("*.toml")):
        load_service(context, AGENCY.id, file.read_text("utf-8"), file.name)
    tell("loading people", 0, 0)
    load_people(context, AGENCY.id, (folder / PEOPLE).read_text("utf-8"), PEOPLE)
    tell("opening runs", 0, 0)
    open_coming_runs(context, AGENCY.id)


def book_days(context: Context, today: date, tell: Tell, wishes_a_day: int = WISHES_A_DAY) -> int:
    """Book the next two working days' wishes, unless these days have bookings; returns how many were booked."""
    desk = Actor("seed", AGENCY.id, Role.DISPATCHER)
    with context.store.transaction() as tx:
        booked_days = {leg.pickup_window.earliest.date() for booking in tx.list_bookings(desk) for leg in booking.legs}
    wishes = [wish for day in _working_days(today, 2) if day not in booked_days for wish in demand(wishes_a_day, day, _SEED)]
    booked = 0
    for number, wish in enumerate(wishes, start=1):
        booked += _book(context, desk, wish)
        tell("booking two days of rides", number, len(wishes))
    return booked


def _working_days(today: date, count: int) -> list[date]:
    days = (today + timedelta(days=ahead) for ahead in range(1, 15))
    return [day for day in days if day.weekday() < 5 and not is_holiday(LAND, day)][:count]


def _book(context: Context, desk: Actor, wish: Wish) -> bool:
    """One call at the desk: ask, take the first ride offered; False when there is none."""
    request = RideRequest(
        agency_id=AGENCY.id,
        origin=wish.origin,
        destination=wish.destination,
        depart_after=wish.depart_after,
        arrive_by=wish.arrive_by,
        party=wish.party,
        needs=wish.needs,
        rider_id=wish.rider_id,
    )
    rides = [offer for offer in offer_rides(context, desk, request).offers if offer.kind is OfferKind.RIDE]
    return bool(rides) and isinstance(book_ride(context, desk, rides[0].id, new_id(), is_heard=True), Booking)
