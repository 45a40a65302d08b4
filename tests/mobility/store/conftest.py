"""Small named things to store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.bookings import Booking, HistoryEntry, Leg, LegState
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.favourites import Favourite
from mobility.domain.fleet import Acceptance, BreakRule, Driver, Employment, ReachedBy, Shift, Vehicle
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.notices import Notice, NoticeKind
from mobility.domain.places import Place, Zone
from mobility.domain.requests import Alternative, Decision, Offer, OfferKind, Reason, Rejection, RideRequest, Window
from mobility.domain.riders import Channel, Need, Party, Rider
from mobility.domain.runs import ManifestIssue, Run, Visit, VisitKind
from mobility.domain.services import (
    Access,
    BookingRules,
    Carrier,
    DayKind,
    Duty,
    Hours,
    LegalBasis,
    LineRules,
    ParallelRule,
    PromiseRules,
    RideRules,
    Service,
    ServiceForm,
    VolunteerRules,
)
from mobility.domain.tariffs import Tariff
from mobility.store.interface import Store, Transaction
from tests.conftest import store_of

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
STOP = Place(lon=8.6927, lat=49.4094, name="Markt „Süd“", stop_id="de:1:2")
DOOR = Place(lon=8.123456789012345, lat=49.000000000000001, name="Hauptstraße 3, Nebelow")


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


class Examples:
    """Builders for one agency; ids begin with the agency's."""

    day = DAY
    noon = NOON

    def __init__(self, agency_id: str = "a") -> None:
        self.agency_id = agency_id
        self.staff = system_actor(agency_id)

    def id(self, name: str) -> str:
        return f"{self.agency_id}-{name}"

    def actor(self, role: Role, **own: Any) -> Actor:
        return Actor(account_id=self.id("account"), agency_id=self.agency_id, role=role, **own)

    def service(self, provider: str = "p1", name: str = "bus") -> Service:
        return Service(
            id=name,
            name="Bürgerbus",
            form=ServiceForm.AREA,
            access=Access.STOP_TO_DOOR,
            carrier=Carrier(provider, "Verein", "+49 1"),
            legal_basis=LegalBasis.POOLED_ON_DEMAND,
            timezone="Europe/Berlin",
            holidays="DE-BW",
            zones=(Zone("z", "Tal", ((8.0, 49.0), (8.1, 49.0), (8.1, 49.1))),),
            stops=(STOP,),
            use_feed_stops=True,
            hours=(Hours(frozenset({DayKind.MONDAY, DayKind.HOLIDAY}), 6 * 3600, 26 * 3600),),
            booking=BookingRules(3600, 14, 1800),
            promise=PromiseRules(300, 600, 900),
            ride=RideRules(1.5, 600, 500, 900),
            tariff=Tariff(250, 10, 900, frozenset({"pupil"})),
            parallel=ParallelRule(600, 600, 300, exempt_needs=frozenset({Need.WHEELCHAIR})),
            needs=frozenset({Need.WHEELCHAIR, Need.GUIDE_DOG}),
            vehicles=(self.vehicle(),),
            duties=(Duty("d1", "v1", frozenset({DayKind.MONDAY}), 0, 3600, STOP, (BreakRule(0, 60, 30),), ("t1",)),),
            line=LineRules("r", 300, frozenset({"t1"})),
            volunteers=VolunteerRules(Acceptance.ASK_FIRST, 30, 3600, 7200),
            closed_on=frozenset({date(2026, 12, 24)}),
        )

    def vehicle(self, name: str = "v1") -> Vehicle:
        return Vehicle(name, "Sprinter", 8, 2, 2, frozenset({Need.WHEELCHAIR}))

    def rider(self, of: str = "rider", **changes: Any) -> Rider:
        rider = Rider(
            id=self.id(of),
            agency_id=self.agency_id,
            name="Erna Müller",
            telephone="+49 6221 1",
            channel=Channel.SMS,
            needs=frozenset({Need.WALKING_FRAME}),
            groups=frozenset({"senior"}),
            max_walk_m=250,
            home=DOOR,
        )
        return replace(rider, **changes)

    def favourite(self, of: str = "favourite", rider: str = "rider", **changes: Any) -> Favourite:
        return replace(Favourite(self.id(of), self.agency_id, self.id(rider), "Tochter", DOOR), **changes)

    def driver(self, name: str = "driver", provider: str = "p1") -> Driver:
        return Driver(
            id=self.id(name),
            agency_id=self.agency_id,
            provider_id=provider,
            name="Karl",
            telephone="+49 2",
            employment=Employment.VOLUNTEER,
            acceptance=Acceptance.ASK_FIRST,
            reached_by=ReachedBy.PAPER,
            home=DOOR,
            vehicle=self.vehicle("own"),
            abilities=frozenset({Need.BOARDING_HELP}),
            max_metres_per_day=80_000,
        )

    def shift(self, name: str = "shift", driver: str = "driver", service: str = "bus") -> Shift:
        return Shift(self.id(name), self.agency_id, service, self.id(driver), DAY, 3600, 90_000)

    def visits(self, leg: str = "leg") -> tuple[Visit, ...]:
        start = Visit(VisitKind.START, STOP, minutes(0), minutes(0), 0, minutes(0), actual=minutes(1))
        pickup = Visit(
            VisitKind.PICKUP,
            DOOR,
            minutes(5),
            minutes(15),
            60,
            minutes(7),
            self.id(leg),
            Party(2, 1),
            frozenset({Need.WHEELCHAIR}),
        )
        dropoff = Visit(
            VisitKind.DROPOFF, STOP, minutes(9), minutes(40), 60, minutes(30), self.id(leg), Party(2, 1), max_ride_s=1800
        )
        end = Visit(VisitKind.END, STOP, minutes(60), minutes(60), 0, minutes(60), skipped=True)
        return (start, pickup, dropoff, end)

    def run(self, name: str = "run", **changes: Any) -> Run:
        run = Run(
            id=self.id(name),
            agency_id=self.agency_id,
            provider_id="p1",
            service_id="bus",
            day=DAY,
            vehicle=self.vehicle(),
            driver_id=self.id("driver"),
            acceptance=Acceptance.ROSTERED,
            reached_by=ReachedBy.TELEPHONE,
            starts_at=minutes(0),
            ends_at=minutes(60),
            visits=self.visits(),
            equipment=frozenset({Need.WHEELCHAIR, Need.BOARDING_HELP}),
            walk_up_seats=2,
            max_metres=100_000,
            only_if_booked=True,
            delay_s=-30,
            manifest=ManifestIssue(3, minutes(-10), minutes(-5)),
            former_driver_ids=frozenset({"d-1", "d-2"}),
        )
        return replace(run, **changes)

    def request(self, rider: str | None = "rider") -> RideRequest:
        return RideRequest(
            agency_id=self.agency_id,
            origin=DOOR,
            destination=STOP,
            depart_after=minutes(0),
            arrive_by=None,
            party=Party(2, 1),
            needs=frozenset({Need.WHEELCHAIR}),
            groups=frozenset({"senior"}),
            rider_id=None if rider is None else self.id(rider),
        )

    def offer(self) -> Offer:
        return Offer(
            id="o1",
            kind=OfferKind.RIDE,
            service_id="bus",
            service_name="Bürgerbus",
            carrier="Verein",
            carrier_telephone="+49 1",
            legal_basis=LegalBasis.POOLED_ON_DEMAND,
            acceptance=Acceptance.ROSTERED,
            driver_kind="paid",
            pickup=DOOR,
            dropoff=STOP,
            pickup_window=Window(minutes(5), minutes(15)),
            dropoff_window=Window(minutes(9), minutes(40)),
            walk_to_pickup_m=0,
            walk_from_dropoff_m=120,
            price_cents=500,
            run_id=self.id("run"),
        )

    def decision(self, name: str = "decision", rider: str | None = "rider", **changes: Any) -> Decision:
        decision = Decision(
            id=self.id(name),
            agency_id=self.agency_id,
            made_at=minutes(0),
            expires_at=minutes(10),
            request=self.request(rider),
            offers=(self.offer(),),
            rejection=Rejection(Reason.NO_CAPACITY, "full", (Alternative("later", "10:00", minutes(50), STOP),)),
            rule="insertion",
            made_by="desk",
        )
        return replace(decision, **changes)

    def leg(self, name: str = "leg", **changes: Any) -> Leg:
        leg = Leg(
            id=self.id(name),
            service_id="bus",
            pickup=DOOR,
            dropoff=STOP,
            pickup_window=Window(minutes(5), minutes(15)),
            dropoff_window=Window(minutes(9), minutes(40)),
            max_ride_s=1800,
            boarding_s=60,
            state=LegState.ON_RUN,
            run_id=self.id("run"),
            asked_run_ids=(self.id("run"), self.id("other")),
            price_cents=500,
        )
        return replace(leg, **changes)

    def booking(self, name: str = "booking", rider: str = "rider", **changes: Any) -> Booking:
        booking = Booking(
            id=self.id(name),
            agency_id=self.agency_id,
            rider_id=self.id(rider),
            decision_id=self.id("decision"),
            party=Party(2, 1),
            needs=frozenset({Need.WHEELCHAIR}),
            legs=(self.leg(),),
            created_at=minutes(1),
            history=(HistoryEntry(minutes(1), "desk", "booked"),),
        )
        return replace(booking, **changes)

    def notice(self, name: str = "notice", **changes: Any) -> Notice:
        notice = Notice(
            id=self.id(name),
            agency_id=self.agency_id,
            key=f"key-{name}",
            kind=NoticeKind.BOOKED,
            created_at=minutes(2),
            booking_id=self.id("booking"),
            run_id=self.id("run"),
            to_rider_id=self.id("rider"),
            delay_s=60,
        )
        return replace(notice, **changes)

    def hand_action(self, name: str = "hand", **changes: Any) -> HandAction:
        action = HandAction(
            id=self.id(name),
            agency_id=self.agency_id,
            account_id="desk",
            at=minutes(3),
            kind=HandKind.MOVE,
            reason="the other bus is full",
            runs=(self.run(),),
            legs=(self.leg(),),
            run_revisions={self.id("run"): 1},
            booking_revisions={self.id("booking"): 1},
        )
        return replace(action, **changes)

    def dataset(self, version: int = 1, kind: DatasetKind = DatasetKind.STREETS) -> Dataset:
        return Dataset(
            self.id(f"{kind}-{version}"),
            self.agency_id,
            kind,
            version,
            f"streets/{version}",
            "x.osm.pbf",
            "00ff",
            NOON,
            in_use=True,
        )

    def supply(self, tx: Transaction) -> None:
        """The agency with a service, a driver, a rider and their decision: all that runs and bookings refer to."""
        tx.add_agency(Agency(self.agency_id, "Kreis"))
        tx.save_service(self.agency_id, self.service(), "name = 'one'")
        tx.save_rider(self.rider())
        tx.save_driver(self.driver())
        tx.add_decision(self.decision())

    def fill(self, tx: Transaction) -> None:
        """One of everything."""
        self.supply(tx)
        tx.save_shift(self.shift())
        tx.save_favourite(self.favourite())
        tx.add_run(self.run())
        tx.add_booking(self.booking())
        tx.add_notice(self.notice())
        tx.activate_dataset(self.dataset())


@pytest.fixture
def example() -> Examples:
    """Builders for agency ``a``."""
    return Examples()


@pytest.fixture
def neighbour() -> Examples:
    """Builders for agency ``b``, which has no business with ``a``."""
    return Examples("b")


@pytest.fixture
def supplied(store: Store, example: Examples) -> Store:
    """Every kind of store, with agency ``a`` ready for runs and bookings."""
    with store.transaction() as tx:
        example.supply(tx)
    return store


@pytest.fixture(params=["memory", "postgres", "postgis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Every kind of store in turn, each empty."""
    with store_of(request.param, request) as made:
        yield made
