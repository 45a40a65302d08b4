"""Days on which something is unusual: reports come late or not at all, breaks move, nobody acknowledges, somebody calls at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mobility.actions.answer_ride import answer_ride
from mobility.actions.book_ride import book_ride
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.hand_out_manifest import issue_manifest
from mobility.actions.pick_ride import pick_ride
from mobility.actions.report_progress import Progress, ProgressKind, report_progress
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.domain.bookings import Booking, LegState
from mobility.domain.fleet import Acceptance
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.places import Place
from mobility.domain.requests import Offer
from mobility.domain.runs import VisitKind
from mobility.domain.services import BookingRules
from mobility.errors import ConflictError
from mobility.planning.compiling import _aboard
from mobility.planning.searching import make_plan
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def home(county: County, rider: str) -> Place:
    found = next(r.home for r in county.files.people.riders if r.id == rider)
    assert found is not None
    return found


def bus(county: County, a: str, b: str, hour: int, minute: int = 0) -> Booking:
    offers = county.rides(wish(home(county, a), home(county, b), rider_id=a, depart_after=local(hour, minute)), "auental-bus")
    booking = county.book(offers[0])
    assert isinstance(booking, Booking)
    return booking


def notices(county: County) -> list[Notice]:
    with county.context.store.transaction() as tx:
        return tx.list_notices(county.desk)


def buergerbus(county: County) -> Offer:
    county.rides(wish(home(county, "r-002"), home(county, "r-010"), depart_after=local(9)))  # opens the day
    halts = [v for v in county.run(f"{AGENCY}.buergerbus-linie.morning.{MONDAY:%Y%m%d}").visits if v.kind is VisitKind.HALT]
    asked = wish(halts[8].place, halts[12].place, depart_after=halts[8].earliest - timedelta(minutes=3))
    return county.rides(asked, "buergerbus-linie")[0]


def asked_first(county: County) -> Booking:
    for rider in county.files.people.riders:
        if rider.home is None or not rider.groups & {"senior"}:
            continue
        request = wish(rider.home, home(county, "r-001"), rider_id=rider.id, depart_after=local(14, 0, DAYS[2]))
        for offer in county.rides(request):
            if offer.acceptance is Acceptance.ASK_FIRST:
                booking = county.book(offer)
                assert isinstance(booking, Booking)
                return booking
    raise AssertionError


def test_boarding_on_a_line_does_not_send_the_bus_back_to_halts_behind_it(county: County) -> None:
    booking = book_ride(county.context, county.desk, buergerbus(county).id, "k", "r-004")
    assert isinstance(booking, Booking)
    leg = booking.legs[0]
    county.clock.now = leg.pickup_window.earliest
    run = report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))
    dropoff = next(v for v in run.visits if v.kind is VisitKind.DROPOFF)
    assert dropoff.planned <= dropoff.latest
    assert not [n for n in notices(county) if n.kind is NoticeKind.DELAYED]


def test_nobody_who_did_not_come_stays_aboard(county: County) -> None:
    leg = bus(county, "r-002", "r-010", 8).legs[0]
    county.clock.set(8, 10)
    run = report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.NO_SHOW, county.clock(), leg.id))
    assert _aboard(run, run.last_done) == []


def test_a_rider_who_has_boarded_is_not_handed_on(county: County) -> None:
    booking = asked_first(county)
    leg = booking.legs[0]
    county.clock.now = leg.pickup_window.earliest
    report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))
    settle_unanswered(county.context)
    assert county.booking(booking.id).legs[0].run_id == leg.run_id
    assert [v.kind for v in county.run(leg.run_id).visits if v.leg_id == leg.id] == [VisitKind.PICKUP, VisitKind.DROPOFF]


def test_arriving_by_a_time_rides_no_longer_than_departing_after_one(county: County) -> None:
    aboard = []
    for kind in ("depart_after", "arrive_by"):
        request = wish(home(county, "r-002"), home(county, "r-010"), rider_id="r-002", **{kind: local(15)})
        booking = county.book(county.rides(request, "auental-bus")[0])
        assert isinstance(booking, Booking)
        pickup, dropoff = (v for v in county.run(booking.legs[0].run_id).visits if v.leg_id == booking.legs[0].id)
        aboard.append(dropoff.planned - pickup.planned)
    assert aboard[1] <= aboard[0] + timedelta(minutes=5)


def test_a_bus_that_does_not_report_cannot_be_where_it_never_drove(county: County) -> None:
    with county.context.store.transaction() as tx:
        service = tx.get_service(county.desk, "auental-bus")
        tx.save_service(AGENCY, replace(service, booking=BookingRules(300, 14)), "")
    run_id = bus(county, "r-011", "r-012", 8).legs[0].run_id
    county.clock.set(9)
    with county.context.store.transaction() as tx:
        travel = county.context.network(tx, county.desk).travel
    request = wish(home(county, "r-006"), home(county, "r-010"), rider_id="r-006", depart_after=local(9, 5))
    for offer in county.rides(request, "auental-bus"):
        if offer.run_id == run_id:
            drive, _ = travel.drive(home(county, "r-012"), offer.pickup)
            assert county.clock() + timedelta(seconds=drive) <= offer.pickup_window.latest


def test_a_ride_on_a_run_on_paper_is_settled_when_nobody_acknowledges(county: County) -> None:
    buergerbus(county)
    issue_manifest(county.context, county.desk, f"{AGENCY}.buergerbus-linie.morning.{MONDAY:%Y%m%d}")
    booking = book_ride(county.context, county.desk, buergerbus(county).id, "k", "r-004")
    assert isinstance(booking, Booking)
    assert booking.legs[0].state is LegState.AWAITING_CONFIRMATION
    county.clock.now = booking.legs[0].pickup_window.latest + timedelta(hours=3)
    settle_unanswered(county.context)
    assert county.booking(booking.id).legs[0].state is not LegState.AWAITING_CONFIRMATION


def test_a_volunteer_who_is_given_a_ride_by_the_desk_hears_of_it(county: County) -> None:
    booking = asked_first(county)
    leg = booking.legs[0]
    while county.booking(booking.id).legs[0].state is LegState.AWAITING_CONFIRMATION:
        answer_ride(county.context, county.desk, booking.id, leg.id, accepts=False)
    known = {n.id for n in notices(county)}
    pick_ride(county.context, county.desk, booking.id, leg.id, leg.run_id or "")
    assert [n for n in notices(county) if n.to_driver_id and n.id not in known]


def test_a_yes_after_the_ride_would_have_been_is_no_promise(county: County) -> None:
    booking = asked_first(county)
    county.clock.now = booking.legs[0].dropoff_window.latest + timedelta(hours=3)
    with pytest.raises(ConflictError):
        answer_ride(county.context, county.desk, booking.id, booking.legs[0].id, accepts=True)


def test_at_night_the_next_morning_is_named(county: County) -> None:
    request = wish(home(county, "r-002"), home(county, "r-010"), rider_id="r-002", depart_after=local(23))
    rejection = county.ask(request).rejection
    assert rejection is not None
    assert "time" in [a.kind for a in rejection.alternatives]


def test_boarding_hours_before_the_pickup_is_refused(county: County) -> None:
    leg = bus(county, "r-002", "r-010", 14).legs[0]
    with pytest.raises(ConflictError):
        report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))


def test_a_bus_under_way_with_a_rider_is_not_believed_to_stand_where_he_boarded(county: County) -> None:
    booking = bus(county, "r-002", "r-010", 8)
    leg = booking.legs[0]
    other = county.book(
        county.rides(wish(home(county, "r-010"), home(county, "r-002"), rider_id="r-010", depart_after=local(9, 30)))[0]
    )
    assert isinstance(other, Booking)
    assert other.legs[0].run_id == leg.run_id
    county.clock.now = leg.pickup_window.earliest
    run = report_progress(county.context, county.desk, leg.run_id or "", Progress(ProgressKind.BOARDED, county.clock(), leg.id))
    before = next(v for v in run.visits if v.kind is VisitKind.DROPOFF and v.leg_id == leg.id).planned
    county.clock.now += timedelta(minutes=10)  # half way, nothing has gone wrong; somebody else's ride is cancelled
    cancel_booking(county.context, county.desk, other.id)
    after = next(v for v in county.run(run.id).visits if v.kind is VisitKind.DROPOFF and v.leg_id == leg.id).planned
    assert after == before


def test_after_a_break_the_bus_is_where_it_took_it(county: County) -> None:
    leg = bus(county, "r-002", "r-010", 11, 5).legs[0]
    late = bus(county, "r-010", "r-006", 14)
    run = county.run(leg.run_id)
    assert late.legs[0].run_id == run.id
    for visit in run.visits[1:4]:
        county.clock.now = visit.planned
        kind = {VisitKind.PICKUP: ProgressKind.BOARDED, VisitKind.DROPOFF: ProgressKind.ALIGHTED}.get(
            visit.kind, ProgressKind.PASSED
        )
        run = report_progress(county.context, county.desk, run.id, Progress(kind, visit.planned, visit.leg_id))
    with county.context.store.transaction() as tx:
        services = {s.id: s for s in tx.list_services(county.desk)}
        plan = make_plan([run], services, county.context.network(tx, county.desk).travel, county.clock())
    assert run.visits[run.last_done].kind is VisitKind.BREAK
    stands, _ = plan.frame.places.stops[plan.runs[0].route.visits[0].place]
    assert stands == run.visits[run.last_done - 1].place
