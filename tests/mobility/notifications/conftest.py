"""A small county with one rider, one driver and one booked ride, kept in a real store; and a channel that remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Agency, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.fleet import Acceptance, Driver, ReachedBy, Vehicle
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.places import Place
from mobility.domain.requests import Decision, RideRequest, Window
from mobility.domain.riders import Channel, Party, Rider
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.domain.services import (
    Access,
    BookingRules,
    Carrier,
    LegalBasis,
    ParallelRule,
    PromiseRules,
    RideRules,
    Service,
    ServiceForm,
    VolunteerRules,
)
from mobility.domain.tariffs import Tariff
from mobility.notifications.channels import ChannelUnavailableError, DeliveryError
from mobility.notifications.texts import Message
from mobility.store.interface import Store
from mobility.store.memory import MemoryStore

START = datetime(2026, 8, 3, 6, tzinfo=UTC)
SYSTEM = system_actor("county")
TOWN_HALL = Place(8.81, 49.40, "Rathaus")
STATION = Place(8.83, 49.40, "Bahnhof")


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@dataclass
class RememberingSender:
    """A channel that keeps what it was given; ``refuse`` and ``down`` make it fail."""

    sent: list[tuple[str, Message]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    down: bool = False
    calls: int = 0
    surprise: Exception | None = None

    def send(self, to: str, message: Message) -> None:
        self.calls += 1
        if self.down:
            raise ChannelUnavailableError("down")
        if self.surprise is not None:
            raise self.surprise
        if to in self.refuse:
            raise DeliveryError("refused")
        self.sent.append((to, message))

    @property
    def keys(self) -> list[str]:
        return [message.key for _, message in self.sent]


@dataclass
class County:
    """The store and what is in it."""

    store: Store
    clock: Clock
    number: int = 0

    def rider(self, rider_id: str, **what: Any) -> Rider:
        usual: dict[str, Any] = {"email": f"{rider_id}@example.org", "channel": Channel.EMAIL, "telephone": "0622112345"}
        rider = Rider(rider_id, "county", "Erna Müller", **(usual | what))
        with self.store.transaction() as tx:
            tx.save_rider(rider)
        return rider

    def notice(self, kind: NoticeKind = NoticeKind.BOOKED, **what: Any) -> Notice:
        self.number += 1
        about: dict[str, Any] = {"booking_id": "booking-1", "to_rider_id": "rider-1"} | what
        notice = Notice(f"n{self.number:03d}", "county", f"key-{self.number}", kind, self.clock.now, **about)
        with self.store.transaction() as tx:
            tx.add_notice(notice)
        self.clock.now += timedelta(milliseconds=1)
        return notice

    def change_leg(self, **what: Any) -> Booking:
        with self.store.transaction() as tx:
            booking = tx.get_booking(SYSTEM, "booking-1")
            leg = replace(booking.legs[0], **what)
            booking = booking.with_leg(leg, HistoryEntry(self.clock.now, "test", "changed"))
            tx.save_booking(booking)
        return booking

    def notices(self) -> dict[str, Notice]:
        with self.store.transaction() as tx:
            return {notice.id: notice for notice in tx.list_notices(SYSTEM)}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sender() -> RememberingSender:
    return RememberingSender()


@pytest.fixture
def service() -> Service:
    return Service(
        id="bus",
        name="Bürgerbus Neckartal",
        form=ServiceForm.AREA,
        access=Access.STOP_TO_STOP,
        carrier=Carrier("verein", "Bürgerbus e. V.", "06221 123456"),
        legal_basis=LegalBasis.ON_DEMAND_LINE,
        timezone="Europe/Berlin",
        holidays="DE-BW",
        zones=(),
        stops=(),
        use_feed_stops=False,
        hours=(),
        booking=BookingRules(3600, 14),
        promise=PromiseRules(300, 900, 900),
        ride=RideRules(1.5, 600, 300, 900),
        tariff=Tariff(250),
        parallel=ParallelRule(0, 0, 0),
        needs=frozenset(),
        volunteers=VolunteerRules(Acceptance.ASK_FIRST, 30, 3600, 7200),
    )


@pytest.fixture
def ride_leg() -> Leg:
    at = datetime(2026, 8, 4, 7, 10, tzinfo=UTC)
    return Leg(
        "leg-1",
        "bus",
        TOWN_HALL,
        STATION,
        Window(at, at + timedelta(minutes=15)),
        Window(at + timedelta(minutes=10), at + timedelta(minutes=40)),
        max_ride_s=1800,
        boarding_s=60,
        state=LegState.ON_RUN,
        run_id="run-1",
    )


@pytest.fixture
def build_county(clock: Clock, service: Service, ride_leg: Leg) -> Callable[[Store], County]:
    """Fills a store."""

    def build(store: Store) -> County:
        county = County(store, clock)
        request = RideRequest("county", TOWN_HALL, STATION, START, None)
        with store.transaction() as tx:
            tx.add_agency(Agency("county", "Landkreis"))
            tx.save_service("county", service, "")
            tx.save_driver(_driver())
            tx.add_run(_run(ride_leg))
            tx.add_decision(Decision("d1", "county", START, START, request, (), None, "test", "test"))
        county.rider("rider-1")
        with store.transaction() as tx:
            tx.add_booking(Booking("booking-1", "county", "rider-1", "d1", Party(2, 1), frozenset(), (ride_leg,), START))
        return county

    return build


@pytest.fixture
def county(build_county: Callable[[Store], County]) -> County:
    """In memory."""
    return build_county(MemoryStore())


@pytest.fixture
def county_anywhere(store: Store, build_county: Callable[[Store], County]) -> County:
    """In every kind of store."""
    return build_county(store)


def _driver() -> Driver:
    return Driver("driver-1", "county", "verein", "Karl Öhler", "0171 3920012", reached_by=ReachedBy.LIVE)


def _run(leg: Leg) -> Run:
    begin, end = leg.pickup_window.earliest - timedelta(hours=1), leg.dropoff_window.latest + timedelta(hours=1)
    pickup = Visit(
        VisitKind.PICKUP,
        leg.pickup,
        leg.pickup_window.earliest,
        leg.pickup_window.latest,
        60,
        leg.pickup_window.earliest,
        leg.id,
        Party(2, 1),
    )
    dropoff = Visit(
        VisitKind.DROPOFF,
        leg.dropoff,
        leg.dropoff_window.earliest,
        leg.dropoff_window.latest,
        60,
        leg.dropoff_window.earliest,
        leg.id,
        Party(2, 1),
        max_ride_s=1800,
    )
    visits = (
        Visit(VisitKind.START, TOWN_HALL, begin, end, 0, begin),
        pickup,
        dropoff,
        Visit(VisitKind.END, TOWN_HALL, begin, end, 0, end),
    )
    vehicle = Vehicle("bus1", "Sprinter", 8, wheelchair_places=1)
    return Run(
        "run-1",
        "county",
        "verein",
        "bus",
        date(2026, 8, 4),
        vehicle,
        "driver-1",
        Acceptance.ASK_FIRST,
        ReachedBy.LIVE,
        begin,
        end,
        visits,
    )
