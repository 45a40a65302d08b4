"""Days on which trains are late or do not come: whoever booked rides to them or from them has a way, or the desk has him and he knows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gtfs.realtime import TripUpdate
from mobility.actions.keep_connections import keep_connections
from mobility.domain.bookings import Booking, LegState
from mobility.domain.notices import NoticeKind
from mobility.domain.requests import OfferKind, RideRequest
from mobility.domain.runs import VisitKind
from mobility.planning.live_trips import LiveTrips
from mobility.store.memory import MemoryStore
from tests.county import AGENCY, MONDAY, CountyFiles, local, open_county, wish
from tests.integrity.invariants import Inspector
from tests.mobility.planning.test_combining import villages_and_stations

RIDERS = ("r-001", "r-002", "r-003", "r-004", "r-005")
NOTHING_LATE = timedelta(0)
LOOKED_AHEAD = timedelta(hours=5)


class Day:
    """One seeded day: who has booked what, and how trains run by now (None: not at all)."""

    def __init__(self, files: CountyFiles, seed: int) -> None:
        self.county, self.chance = open_county(MemoryStore(), files), random.Random(seed)
        self.late: dict[str, timedelta | None] = {}
        self.journeys: list[str] = []
        with self.county.context.store.transaction() as tx:
            self.network = self.county.context.network(tx, self.county.desk)
        assert self.network.feed is not None
        trains = [route for route in self.network.feed.routes if route.type == 2]
        self.leaves = {
            trip.trip_id: local(0) + timedelta(seconds=trip.halts[0][2])
            for route in trains
            for trip in self.network.feed.trips_of_route(route.id, MONDAY)
        }
        for rider_id in RIDERS:
            self.book(rider_id)

    def book(self, rider_id: str) -> None:
        for request in self.wishes(rider_id):
            offers = self.county.ask_all(request)
            best = [one for one in offers if one.kind is OfferKind.JOURNEY] or [
                one for one in offers if one.kind is OfferKind.RIDE
            ]
            if best:
                booking = self.county.book(best[0])
                assert isinstance(booking, Booking)
                self.journeys += [booking.id] if booking.transit else []
                return

    def wishes(self, rider_id: str) -> Iterator[RideRequest]:
        villages, stations = villages_and_stations(self.county)
        far = [one for one in stations if one.name.startswith(("Prunitz", "Seelenthin"))]
        for _ in range(3):
            ends = [self.chance.choice(villages), self.chance.choice(far)]
            self.chance.shuffle(ends)
            at = local(8) + timedelta(minutes=self.chance.randrange(480))
            yield replace(wish(*ends, rider_id=rider_id), depart_after=at)

    def news(self) -> None:
        """A few trains that have not set out yet will be later than was known, or not at all."""
        to_come = [trip_id for trip_id, leaves in self.leaves.items() if leaves > self.county.clock()]
        for trip_id in self.chance.sample(to_come, min(4, len(to_come))):
            self.late[trip_id] = None if self.chance.random() < 0.3 else timedelta(minutes=self.chance.choice((3, 8, 15, 30, 70)))
        updates = [
            TripUpdate(trip_id, "", "cancelled", MONDAY, None)
            if late is None
            else TripUpdate(trip_id, "", "scheduled", MONDAY, None, delay=int(late.total_seconds()))
            for trip_id, late in self.late.items()
        ]
        self.network.tell(LiveTrips.of(self.network.feed, [], updates))

    def left_standing(self) -> list[str]:
        """Who has no way any more, and does not know."""
        now = self.county.clock()
        soon = [self.county.booking(booking_id) for booking_id in self.journeys]
        soon = [one for one in soon if any(now <= leg.pickup_window.earliest <= now + LOOKED_AHEAD for leg in one.legs)]
        return [why for booking in soon for why in self.wrong_with(booking)]

    def wrong_with(self, booking: Booking) -> Iterator[str]:
        with self.county.context.store.transaction() as tx:
            notices = [one for one in tx.list_notices(self.county.desk) if one.booking_id == booking.id]
        lost = [one for one in notices if one.kind is NoticeKind.CONNECTION_LOST]
        if {one.to_rider_id for one in lost} >= {booking.rider_id, None}:
            return
        yield from (f"{booking.id}: {leg.id} is in rescue unasked" for leg in booking.legs if leg.state is LegState.IN_RESCUE)
        at: datetime | None = None
        for ride in sorted(booking.transit, key=lambda ride: ride.departs):
            late = self.late.get(ride.trip_id, NOTHING_LATE)
            if late is None:
                yield f"{booking.id}: {ride.trip_id} does not run"
                return
            if at is not None and ride.departs + late < at:
                yield f"{booking.id}: {ride.trip_id} is missed"
            at = ride.arrives + late
        yield from self.not_met(booking, at)

    def not_met(self, booking: Booking, arrives: datetime | None) -> Iterator[str]:
        for leg in booking.legs:
            run = self.county.run(leg.run_id)
            pickup, dropoff = (
                next(v for v in run.visits if v.leg_id == leg.id and v.kind is kind)
                for kind in (VisitKind.PICKUP, VisitKind.DROPOFF)
            )
            first = booking.transit[0] if booking.transit else None
            if first is not None and dropoff.planned <= first.departs + (self.late.get(first.trip_id) or NOTHING_LATE):
                continue  # it takes him to the train
            if arrives is not None and pickup.planned < arrives:
                yield f"{booking.id}: the ride leaves at {pickup.planned}, the train comes at {arrives}"


@contextmanager
def ids_by(seed: int) -> Iterator[None]:
    """Ids are random; here they follow from the seed, and with them every order that they decide."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mobility.actions.context.secrets.token_hex", lambda size: chance.randbytes(size).hex())
        yield


def lived(files: CountyFiles, seed: int) -> tuple[int, int]:
    """How many journeys the day had, and how many changes; a failing seed plays again."""
    with ids_by(seed):
        day = Day(files, seed)
        return _lived(day, seed)


def _lived(day: Day, seed: int) -> tuple[int, int]:
    inspector = Inspector(day.county.context, AGENCY, [MONDAY])
    changed = 0
    try:
        assert inspector.findings() == []
        for hour in range(7, 17, 2):
            day.county.clock.set(hour)
            day.news()
            changed += keep_connections(day.county.context)
            assert inspector.findings() == [], f"seed {seed}"
            assert day.left_standing() == [], f"seed {seed}"
            assert keep_connections(day.county.context) == 0, f"seed {seed}: told once"
    finally:
        day.network.tell(LiveTrips.of(day.network.feed, [], []))
    return len(day.journeys), changed


def test_nobody_is_left_standing(county_files: CountyFiles) -> None:
    journeys, changes = map(sum, zip(*(lived(county_files, seed) for seed in range(3)), strict=True))
    assert journeys >= 6
    assert changes >= 3


@pytest.mark.bench
@pytest.mark.timeout(7200)
def test_nobody_is_left_standing_on_any_of_five_hundred_days(county_files: CountyFiles) -> None:
    journeys, changes = map(sum, zip(*(lived(county_files, seed) for seed in range(100, 600)), strict=True))
    print(f"{journeys} journeys, {changes} changes")
    assert changes > 300


def test_a_day_plays_again_from_its_seed(county_files: CountyFiles) -> None:
    def played() -> list[Booking]:
        with ids_by(7):
            day = Day(county_files, 7)
            _lived(day, 7)
        return [day.county.booking(booking_id) for booking_id in day.journeys]

    assert played() == played()


def test_the_check_finds_who_is_left_standing(county_files: CountyFiles) -> None:
    """Nobody looks after the trains that day."""
    found = 0
    for seed in range(3):
        day = Day(county_files, seed)
        try:
            for hour in range(7, 17, 2):
                day.county.clock.set(hour)
                day.news()
                found += len(day.left_standing())
        finally:
            day.network.tell(LiveTrips.of(day.network.feed, [], []))
    assert found >= 3
