"""One community bus in the Neckar valley, and riders to fill it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.fleet import Acceptance, Driver, ReachedBy, Vehicle
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import Need, Party, Rider
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
)
from mobility.domain.tariffs import Tariff
from mobility.manifests.manifest import Manifest, build_manifest

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 8, 3)
DEPOT = Place(8.80, 49.40, "Betriebshof")


@dataclass
class Story:
    """A run with its bookings and riders, told step by step; ``clock`` is the local wall clock."""

    run: Run
    service: Service
    driver: Driver
    bookings: list[Booking] = field(default_factory=list)
    riders: list[Rider] = field(default_factory=list)

    def at(self, clock: str, day: date = DAY) -> datetime:
        hours, minutes = (int(part) for part in clock.split(":"))
        return datetime(day.year, day.month, day.day, hours, minutes, tzinfo=BERLIN).astimezone(UTC)

    def add(self, *visits: Visit) -> None:
        """Visits before the END."""
        self.run = replace(self.run, visits=(*self.run.visits[:-1], *visits, self.run.visits[-1]))

    def book(self, name: str, party: Party | None = None, needs: Sequence[Need] = ()) -> str:
        """A rider with a booking of one leg; the leg's id."""
        number = len(self.riders) + 1
        rider = Rider(f"r{number}", "county", name, f"0622 {number:04d}", needs=frozenset(needs))
        nowhere = Window(self.at("09:00"), self.at("10:00"))
        leg = Leg(
            f"l{number}",
            "bus",
            DEPOT,
            DEPOT,
            nowhere,
            nowhere,
            max_ride_s=3600,
            boarding_s=60,
            state=LegState.ON_RUN,
            run_id="run1",
        )
        booking = Booking(f"b{number}", "county", rider.id, "d1", party or Party(), frozenset(needs), (leg,), self.at("08:00"))
        self.riders.append(rider)
        self.bookings.append(booking)
        return leg.id

    def visit(self, kind: VisitKind, place: Place, planned: str, leg_id: str | None = None, *, slack_min: int = 10) -> Visit:
        when = self.at(planned)
        booking = next((b for b in self.bookings if leg_id in [leg.id for leg in b.legs]), None)
        return Visit(
            kind,
            place,
            when,
            when + timedelta(minutes=slack_min),
            60,
            when,
            leg_id=leg_id,
            party=booking.party if booking else None,
            needs=booking.needs if booking else frozenset(),
        )

    def ride(self, name: str, start: tuple[Place, str], end: tuple[Place, str], **what: object) -> tuple[Visit, Visit]:
        """Pickup and drop-off of a new rider."""
        leg = self.book(name, **what)  # type: ignore[arg-type]
        return self.visit(VisitKind.PICKUP, *start, leg), self.visit(VisitKind.DROPOFF, *end, leg)

    def manifest(self) -> Manifest:
        return build_manifest(self.run, self.service, self.bookings, self.riders, self.driver)


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
        needs=frozenset(Need),
    )


@pytest.fixture
def story(service: Service) -> Story:
    driver = Driver("driver1", "county", "verein", "Karl Öhler", "0171 5550100")
    vehicle = Vehicle("bus1", "Sprinter HD-BB 1", 8, wheelchair_places=1, seats_per_wheelchair=2)
    told = Story(_empty_run(vehicle), service, driver)
    told.run = replace(
        told.run,
        starts_at=told.at("08:00"),
        ends_at=told.at("13:00"),
        visits=(told.visit(VisitKind.START, DEPOT, "08:40"), told.visit(VisitKind.END, DEPOT, "12:45")),
    )
    return told


def _empty_run(vehicle: Vehicle) -> Run:
    someday = datetime(2026, 8, 3, tzinfo=UTC)
    return Run(
        "run1",
        "county",
        "verein",
        "bus",
        DAY,
        vehicle,
        "driver1",
        Acceptance.ROSTERED,
        ReachedBy.PAPER,
        someday,
        someday,
        (),
        revision=7,
    )


@pytest.fixture
def place() -> Callable[[int], Place]:
    """The n-th place of the valley, about a kilometre from its neighbours."""
    names = ["Rathaus", "Bahnhof", "Seniorenheim Am Hang", "Ärztehaus", "Kirchplatz", "Freibad"]
    return lambda n: Place(8.80 + n * 0.01, 49.40, f"{names[n % len(names)]} {n}", stop_id=f"s{n}")
