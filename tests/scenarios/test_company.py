"""Two neighbours who do not get on never sit in the same bus; and who knows a driver is driven by him where it costs others little."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.context import new_id
from mobility.actions.declare_rescue import declare_rescue
from mobility.actions.hold_offer import hold_offer
from mobility.actions.keep_privacy import erase_rider, export_rider
from mobility.actions.open_runs import open_runs
from mobility.actions.read_runs import list_runs
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.rider_wishes import TogetherError, delete_wish, keep_wish, list_wishes
from mobility.domain.bookings import Booking
from mobility.domain.holds import Hold
from mobility.domain.places import Place
from mobility.domain.rescues import RescueCause
from mobility.domain.riders import Rider, WishKind
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector
from tests.kept import begin_with

BUS = "auental-bus"
NEVER, FAMILIAR = WishKind.NEVER_TOGETHER, WishKind.FAMILIAR_DRIVER


@pytest.fixture
def county(county_files: CountyFiles) -> County:
    return open_county(MemoryStore(), county_files)


def neighbours(county: County) -> Iterator[tuple[Rider, Rider]]:
    """Pairs of riders without needs who live nearest to each other."""
    riders = [one for one in county.files.people.riders if one.home is not None and not one.needs]

    def apart(one: Rider, other: Rider) -> float:
        assert one.home is not None
        assert other.home is not None
        return abs(one.home.lon - other.home.lon) + abs(one.home.lat - other.home.lat)

    pairs = [(one, other) for number, one in enumerate(riders) for other in riders[number + 1 :]]
    yield from sorted(pairs, key=lambda pair: apart(*pair))


def doctor(county: County) -> Place:
    return county.place("Hausarztpraxis am Markt Auenfurt")


def booked(county: County, rider: Rider) -> Booking | None:
    """To the doctor's on Monday at ten, with the bus."""
    assert rider.home is not None
    request = wish(rider.home, doctor(county), arrive_by=local(10), rider_id=rider.id)
    for offer in county.rides(request, BUS)[:1]:
        answer = county.book(offer)
        return answer if isinstance(answer, Booking) else None
    return None


def pair_that_rides_together(county: County) -> tuple[str, str]:
    return begin_with(county.context.store, "two who would ride together", partial(_searched, county))


def _searched(county: County) -> tuple[str, str]:
    for one, other in neighbours(county):
        bookings = [booked(county, each) for each in (one, other)]
        if None not in bookings and together(county, [each for each in bookings if each is not None]):
            return one.id, other.id
    pytest.fail("nobody rides with a neighbour")


def together(county: County, bookings: list[Booking]) -> bool:
    """Whether two rides are on one run at once, counted by hand."""
    one, other = (county.booking(each.id).legs[0] for each in bookings)
    if one.run_id is None or one.run_id != other.run_id:
        return False
    order = [visit.leg_id for visit in county.run(one.run_id).visits]
    first, second = ([n for n, leg_id in enumerate(order) if leg_id == leg.id] for leg in (one, other))
    return first[0] < second[1] and second[0] < first[1]


def findings(county: County) -> list[str]:
    return Inspector(county.context, AGENCY, DAYS).findings()


def test_who_is_never_to_ride_together_never_does_whoever_plans(county: County, county_files: CountyFiles) -> None:
    one, other = pair_that_rides_together(county)
    county = open_county(MemoryStore(), county_files)
    riders = {rider.id: rider for rider in county.files.people.riders}
    keep_wish(county.context, county.desk, one, NEVER, other)
    first = booked(county, riders[one])
    assert first is not None
    second = booked(county, riders[other])
    for rider in county.files.people.riders[:8]:
        if rider.id not in (one, other) and rider.home is not None and not rider.needs:
            booked(county, rider)
    pair = [each for each in (first, second) if each is not None]
    assert len(pair) < 2 or not together(county, pair)
    reoptimise_day(county.context, AGENCY, MONDAY, 1.0)
    assert len(pair) < 2 or not together(county, pair)
    assert findings(county) == []
    declare_rescue(county.context, county.desk, county.booking(first.id).legs[0].run_id or "", RescueCause.BREAKDOWN)
    assert len(pair) < 2 or not together(county, pair)
    assert not [each for each in findings(county) if "never to ride together" in each]


@pytest.mark.parametrize("held", [False, True])
def test_it_holds_too_where_the_desk_names_the_rider_only_when_booking(
    county: County, county_files: CountyFiles, held: bool
) -> None:
    pair = pair_that_rides_together(county)
    county = open_county(MemoryStore(), county_files)
    homes = {rider.id: rider.home for rider in county.files.people.riders}
    keep_wish(county.context, county.desk, pair[0], NEVER, pair[1])
    answers = []
    for rider_id in pair:
        home = homes[rider_id]
        assert home is not None
        offer = county.rides(wish(home, doctor(county), arrive_by=local(10)), BUS)[0]
        if held:
            assert isinstance(hold_offer(county.context, county.desk, offer.id), Hold)
        answers.append(book_ride(county.context, county.desk, offer.id, new_id(), rider_id))
    bookings = [each for each in answers if isinstance(each, Booking)]
    assert len(bookings) < 2 or not together(county, bookings)
    visits = county.run(bookings[0].legs[0].run_id).visits
    assert all(visit.company for visit in visits if visit.leg_id == bookings[0].legs[0].id), "whoever plans anew knows"
    assert findings(county) == []


def test_where_they_are_booked_together_already_one_is_moved_first(county: County) -> None:
    one, other = pair_that_rides_together(county)
    with pytest.raises(TogetherError) as refused:
        keep_wish(county.context, county.desk, one, NEVER, other)
    assert {county.booking(booking_id).rider_id for booking_id, _ in refused.value.legs} == {one, other}
    assert list_wishes(county.context, county.desk, one).wishes == [], "nothing is half-noted"
    with county.context.store.transaction() as tx:
        assert all(visit.company is None for run in tx.list_runs(county.desk, MONDAY) for visit in run.visits)


def test_neither_the_other_rider_nor_a_driver_learns_of_it(county: County) -> None:
    one, other = "r-003", "r-004"
    kept = keep_wish(county.context, county.desk, one, NEVER, other)
    riders = {rider.id: rider for rider in county.files.people.riders}
    bookings = [each for each in (booked(county, riders[one]), booked(county, riders[other])) if each is not None]
    assert bookings
    for booking in bookings:
        run = county.run(booking.legs[0].run_id)
        assert any(visit.company is not None and kept.id in visit.company.apart for visit in run.visits), "the desk's plan knows"
        seen = list_runs(county.context, county.driver(run.driver_id or ""), MONDAY)
        assert all(visit.company is None for each in seen for visit in each.visits)
    assert kept.id in str(export_rider(county.context, county.resident(one), one))
    told = str(export_rider(county.context, county.resident(other), other))
    assert kept.id not in told
    assert "never_together" not in told
    for somebody in (county.resident(one), county.resident(other), county.driver("d-bus-1")):
        with pytest.raises(NotAllowedError):
            list_wishes(county.context, somebody, one)
        with pytest.raises(NotAllowedError):
            keep_wish(county.context, somebody, one, NEVER, other)


def test_what_is_noted_is_checked_and_can_be_taken_back(county: County) -> None:
    kept = keep_wish(county.context, county.desk, "r-003", NEVER, "r-004")
    with pytest.raises(ConflictError, match="already"):
        keep_wish(county.context, county.desk, "r-004", NEVER, "r-003")
    for kind, whom in ((NEVER, "r-003"), (NEVER, ""), (NEVER, "d-bus-1"), (FAMILIAR, "r-004")):
        with pytest.raises(InvalidInputError):
            keep_wish(county.context, county.desk, "r-003", kind, whom)
    delete_wish(county.context, county.desk, "r-003", kept.id)
    delete_wish(county.context, county.desk, "r-003", kept.id)
    keep_wish(county.context, county.desk, "r-004", NEVER, "r-003")
    erase_rider(county.context, county.desk, "r-003")
    assert list_wishes(county.context, county.desk, "r-004").wishes == [], "it goes with either of them"


def test_a_driver_one_knows_is_preferred_where_it_costs_others_little(county: County) -> None:
    """Of two buses that both could come, the one whose driver is known comes, unless it is far away; planning anew does not change it."""
    open_runs(county.context, AGENCY, MONDAY)
    with county.context.store.transaction() as tx:
        driving = {run.driver_id for run in tx.list_runs(county.desk, MONDAY, [BUS])}
    preferred, refused = [], 0
    for rider in [one for one in county.files.people.riders if one.home is not None and not one.needs]:
        usual = who_would_come(county, rider)
        for known in sorted(each for each in driving - {usual} if each is not None and usual is not None):
            kept = keep_wish(county.context, county.desk, rider.id, FAMILIAR, known)
            comes = who_would_come(county, rider)
            assert comes in (usual, known)
            preferred += [(rider, known)] if comes == known else []
            refused += comes == usual
            delete_wish(county.context, county.desk, rider.id, kept.id)
        if preferred and refused:
            break
    assert preferred
    assert refused
    rider, known = preferred[0]
    keep_wish(county.context, county.desk, rider.id, FAMILIAR, known)
    booking = booked(county, rider)
    assert booking is not None
    assert county.run(booking.legs[0].run_id).driver_id == known
    reoptimise_day(county.context, AGENCY, MONDAY, 0.5)
    assert county.run(county.booking(booking.id).legs[0].run_id).driver_id == known
    assert findings(county) == []


def who_would_come(county: County, rider: Rider) -> str | None:
    assert rider.home is not None
    offers = county.rides(wish(rider.home, doctor(county), arrive_by=local(10), rider_id=rider.id), BUS)
    return county.run(offers[0].run_id).driver_id if offers else None
