"""Who is erased is found nowhere any more; what is old is nobody's; what planners count stays."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, text

from mobility.actions.arrival_contacts import ContactEntry, add_arrival_contact
from mobility.actions.book_for_others import ConsentEntry, record_consent
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.context import new_id
from mobility.actions.count_decisions import count_decisions
from mobility.actions.keep_favourites import keep_favourite, keep_home
from mobility.actions.keep_privacy import erase_rider, export_rider, forget_what_is_old
from mobility.actions.keep_rider import RiderEntry, keep_rider
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.rider_notes import add_note
from mobility.actions.spoken_pin import set_pin
from mobility.domain.accounts import Account, Actor, Role, Session
from mobility.domain.bookings import Booking, Leg, Outcome
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.privacy import nobody_of
from mobility.domain.riders import Channel, Need
from mobility.domain.runs import VisitKind
from mobility.domain.sign_in import OneTimeCode
from mobility.domain.trust import ConsentGiven
from mobility.errors import ConflictError, NotAllowedError, NotFoundError
from mobility.store.memory import MemoryStore
from mobility.store.postgres import PostgresStore
from tests.county import AGENCY, County, local, wish

RIDER, OTHER = "r-003", "r-004"
DOOR, OTHER_DOOR = "Kirschallee 10, Nebelow", "Dorfstraße 6, Kuckuckshorst"
GOAL = "Hausarztpraxis am Markt Auenfurt"
PLANNER = Actor("a-planner", AGENCY, Role.PLANNER)


def everything(county: County) -> str:
    """All that is kept, as text."""
    store = county.context.store
    if isinstance(store, MemoryStore):
        return repr(store._tables)
    assert isinstance(store, PostgresStore)
    with store._engine.connect() as connection:
        names = inspect(connection).get_table_names()
        assert "rider" in names
        rows = [connection.execute(text(f'SELECT t::text FROM "{name}" t')).scalars().all() for name in names]
    return "\n".join(row for some in rows for row in some)


def book(county: County, rider_id: str, door: str, hour: int = 10) -> Booking:
    request = wish(county.place(door), county.place(GOAL), arrive_by=local(hour), rider_id=rider_id)
    booked = county.book(county.rides(request, "auental-bus")[0])
    assert isinstance(booked, Booking)
    return booked


def drive(county: County, booking: Booking) -> None:
    (leg,) = booking.legs
    for visit in county.run(leg.run_id).visits:
        if visit.leg_id == leg.id:
            kind = ProgressKind.BOARDED if visit.kind is VisitKind.PICKUP else ProgressKind.ALIGHTED
            county.clock.now = max(county.clock.now, visit.planned)
            report_progress(county.context, county.desk, str(leg.run_id), Progress(kind, county.clock(), leg.id))


def snapshot(county: County, leg: Leg) -> HandAction:
    return HandAction(new_id(), AGENCY, "a-desk", county.clock(), HandKind.MOVE, "", (county.run(leg.run_id),), (leg,), {}, {})


@pytest.fixture
def known(county: County) -> dict[str, str]:
    """A rider of whom there is everything that can be; the words that must not be found afterwards."""
    context, desk = county.context, county.desk
    with context.store.transaction() as tx:
        rider = dataclasses.replace(
            tx.get_rider(desk, RIDER), name="Wilhelmine Zyprian", telephone="+4930777123", email="wz@example.org"
        )
        tx.save_rider(rider)
        tx.save_account(Account("a-wz", AGENCY, "wilhelmine.z", Role.RIDER, "none", rider_id=RIDER))
        tx.add_session(Session("00ff", "a-wz", county.clock() + timedelta(days=1)))
        tx.save_code(OneTimeCode("code", AGENCY, rider.telephone, "de", county.clock(), county.clock() + timedelta(minutes=9)))
        tx.claim_key("a-wz", "key", "print")
    keep_home(context, desk, county.place(DOOR), RIDER)
    keep_favourite(context, desk, "Tochter Adelheid", county.place("Kuckuckshorster Straße 2 Birkenthin"), RIDER)
    add_note(context, desk, RIDER, "hört schlecht links")
    set_pin(context, desk, RIDER, "4711")
    record_consent(context, desk, RIDER, ConsentEntry("Nichte Kunigunde", ConsentGiven.IN_PERSON))
    add_arrival_contact(context, desk, RIDER, ContactEntry("Sohn Balduin", Channel.CALL_BACK, "030 23125 900"))
    return {
        "name": "Zyprian", "number": "777123", "e-mail": "wz@example.org", "sign-in": "wilhelmine.z", "door": DOOR, "id": f"{RIDER}",
        "favourite": "Adelheid", "note": "schlecht links", "may book": "Kunigunde", "hears": "Balduin",
    }  # fmt: skip


def test_nothing_of_an_erased_rider_is_found_and_statistics_survive(county: County, known: dict[str, str]) -> None:
    driven, cancelled, other = book(county, RIDER, DOOR), book(county, RIDER, DOOR, 12), book(county, OTHER, OTHER_DOOR)
    before = everything(county)
    assert [what for what, words in known.items() if words not in before] == []
    for action in [snapshot(county, booking.legs[0]) for booking in (driven, cancelled)]:
        county.context.store.in_transaction(lambda tx, action=action: tx.save_hand_action(action))  # type: ignore[misc]
    with pytest.raises(ConflictError, match=driven.id):
        erase_rider(county.context, county.desk, RIDER)
    cancel_booking(county.context, county.desk, cancelled.id)
    drive(county, driven)
    with pytest.raises(ConflictError, match="tomorrow"):
        erase_rider(county.context, county.desk, RIDER)
    county.clock.now += timedelta(days=1)
    held = export_rider(county.context, county.desk, RIDER)
    counted = count_decisions(county.context, PLANNER, date(2026, 6, 1))

    erase_rider(county.context, county.desk, RIDER)

    after = everything(county)
    assert [what for what, words in known.items() if words in after] == []
    assert str(held["rider"]["home"]["lon"])[:8] not in after, "nor the door's place"
    for booking, outcome in ((driven, Outcome.PERFORMED), (cancelled, Outcome.CANCELLED)):
        kept = county.booking(booking.id)
        assert (kept.rider_id, kept.legs[0].outcome) == (nobody_of(AGENCY).id, outcome)
        assert kept.legs[0].pickup.village in {"", "Nebelow"}
        assert kept.legs[0].pickup.name == "Nebelow" or kept.legs[0].pickup.stop_id is not None
    assert count_decisions(county.context, PLANNER, date(2026, 6, 1)) == counted
    assert county.booking(other.id) == other, "somebody else's ride is as it was"
    with county.context.store.transaction() as tx:
        assert nobody_of(AGENCY).id not in {rider.id for rider in tx.list_riders(county.desk)}
        assert tx.find_session("00ff") is None
    with pytest.raises(NotFoundError):
        erase_rider(county.context, county.desk, RIDER)


def test_everything_held_is_handed_out_to_the_desk_and_to_the_rider_alone(county: County, known: dict[str, str]) -> None:
    booked, other = book(county, RIDER, DOOR), book(county, OTHER, OTHER_DOOR)
    held = export_rider(county.context, county.resident(RIDER), RIDER)
    assert held == export_rider(county.context, county.desk, RIDER) | {"logbook": held["logbook"]}
    written = repr(held)
    assert [what for what, words in known.items() if words not in written] == []
    assert booked.id in written
    assert other.id not in written
    assert OTHER_DOOR not in written
    for actor in (county.resident(OTHER), county.driver("d-001"), PLANNER):
        with pytest.raises(NotAllowedError):
            export_rider(county.context, actor, RIDER)
    with pytest.raises(NotAllowedError):
        erase_rider(county.context, county.resident(RIDER), RIDER)


def test_consent_to_keep_needs_is_recorded_and_goes_with_them(county: County) -> None:
    asked = RiderEntry("Wilhelmine Zyprian", "030 23125 900", needs=frozenset({Need.WALKING_FRAME}), needs_consent=True)
    rider = keep_rider(county.context, county.desk, asked)
    first = county.clock()
    assert (rider.needs_consent_at, rider.needs_consent_by) == (first, county.desk.account_id)
    county.clock.now += timedelta(days=3)
    assert keep_rider(county.context, county.desk, asked, rider.id).needs_consent_at == first
    more = dataclasses.replace(asked, needs=asked.needs | {Need.GUIDE_DOG})
    assert keep_rider(county.context, county.desk, more, rider.id).needs_consent_at == county.clock(), (
        "asked anew for what is new"
    )
    for entry in (dataclasses.replace(more, needs_consent=False), dataclasses.replace(more, needs=frozenset())):
        keep_rider(county.context, county.desk, more, rider.id)
        assert keep_rider(county.context, county.desk, entry, rider.id).needs_consent_at is None


def test_when_its_time_is_over_a_ride_is_nobody_s_and_the_rider_stays(county: County, known: dict[str, str]) -> None:
    booked = book(county, RIDER, DOOR)
    drive(county, booked)
    keep = county.context.retention
    county.clock.now += keep.rides - timedelta(days=1)
    forget_what_is_old(county.context)
    assert county.booking(booked.id).rider_id == RIDER, "not yet"
    county.clock.now += timedelta(days=2)
    assert forget_what_is_old(county.context) > 0
    assert forget_what_is_old(county.context) == 0, "once is enough"
    assert county.booking(booked.id).rider_id == nobody_of(AGENCY).id
    with county.context.store.transaction() as tx:
        assert tx.get_rider(county.desk, RIDER).name == "Wilhelmine Zyprian"
        assert [one for one in tx.list_notices(county.desk) if one.booking_id == booked.id] == []
        assert tx.list_decisions_of(AGENCY, RIDER) == []
    assert known["favourite"] in everything(county)


def test_who_asked_for_his_own_data_is_not_left_in_the_logbook(county: County, known: dict[str, str]) -> None:
    export_rider(county.context, Actor("a-wz", AGENCY, Role.RIDER, rider_id=RIDER), RIDER)
    assert "a-wz" in everything(county)
    erase_rider(county.context, county.desk, RIDER)
    assert [words for words in (*known.values(), "a-wz") if words in everything(county)] == []
