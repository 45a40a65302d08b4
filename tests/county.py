"""The demo county for tests: compiled once, put into any store in a moment, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path

import pytest

from gtfs.importing import import_feed
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context, new_id
from mobility.actions.offer_rides import offer_rides
from mobility.domain.accounts import Actor, Agency, Role
from mobility.domain.bookings import Booking
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.fleet import Shift
from mobility.domain.places import Place
from mobility.domain.requests import Decision, Offer, OfferKind, Rejection, RideRequest
from mobility.domain.riders import Party
from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.files.opening import kind_in_land
from mobility.files.people_file import People, read_people
from mobility.files.service_file import read_service
from mobility.planning.network import Networks
from mobility.store.interface import Store
from routing.streets.importing import import_streets
from seed.writing import FEED, PEOPLE, SERVICES, STREETS, write_county
from tests.kept import begin_with

AGENCY = "auental"
MONDAY = date(2026, 6, 8)
"""An ordinary working day: no holiday, schools open."""
MONDAY_AT_SIX = datetime(2026, 6, 8, 4, 0, tzinfo=UTC)
DAYS = tuple(MONDAY + timedelta(days=ahead) for ahead in range(3))


@dataclass
class Clock:
    """A clock that stands until the test moves it."""

    now: datetime = MONDAY_AT_SIX

    def __call__(self) -> datetime:
        return self.now

    def set(self, hour: int, minute: int = 0, day: date = MONDAY) -> None:
        """Local time in June (UTC+2)."""
        self.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=2)


def local(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """An instant by the clock on the wall in June."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=2)


@dataclass(frozen=True)
class CountyFiles:
    """The county's files, compiled: ``datasets`` holds streets and feed, the rest is read from the TOML files."""

    datasets: Path
    services: tuple[tuple[Service, str], ...]
    people: People


@pytest.fixture(scope="session")
def county_files(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    """Written and compiled once a session."""
    return county_files_in(tmp_path_factory.mktemp("county"))


def county_files_in(folder: Path) -> CountyFiles:
    """Written into an empty folder and compiled."""
    write_county(folder, date(2026, 6, 1))
    datasets = folder / "datasets"
    for kind in DatasetKind:
        (datasets / kind.value).mkdir(parents=True)
    import_streets(folder / STREETS, datasets / "streets" / "1")
    import_feed(folder / FEED, datasets / "feed" / "1")
    texts = [(file.read_text("utf-8"), file.name) for file in sorted((folder / SERVICES).glob("*.toml"))]
    services = tuple((read_service(text, name), text) for text, name in texts)
    return CountyFiles(datasets, services, read_people((folder / PEOPLE).read_text("utf-8"), PEOPLE, AGENCY))


@dataclass
class County:
    """A running service in the test's hands."""

    context: Context
    clock: Clock
    files: CountyFiles
    desk: Actor = field(default_factory=lambda: Actor("a-desk", AGENCY, Role.DISPATCHER))

    def resident(self, rider_id: str) -> Actor:
        """A rider, signed in."""
        return Actor(f"a-{rider_id}", AGENCY, Role.RIDER, rider_id=rider_id)

    def driver(self, driver_id: str) -> Actor:
        """A driver, signed in."""
        return Actor(f"a-{driver_id}", AGENCY, Role.DRIVER, driver_id=driver_id, now=self.clock())

    def place(self, text: str) -> Place:
        """An address of the county, as said on the telephone."""
        with self.context.store.transaction() as tx:
            network = self.context.network(tx, self.desk)
        found = network.streets.find(text)[0]
        return Place(found.lon, found.lat, found.label)

    def ask(self, request: RideRequest, actor: Actor | None = None) -> Decision:
        """Ask as the desk (or somebody else)."""
        return offer_rides(self.context, actor or self.desk, request)

    def ask_all(self, request: RideRequest, actor: Actor | None = None) -> tuple[Offer, ...]:
        """The offers, trains and buses with rides to them and from them included."""
        return offer_rides(self.context, actor or self.desk, request, combines=True).offers

    def rides(self, request: RideRequest, service_id: str | None = None) -> list[Offer]:
        """The rides among the offers."""
        offers = self.ask(request).offers
        return [o for o in offers if o.kind is OfferKind.RIDE and service_id in (None, o.service_id)]

    def book(self, offer: Offer, key: str | None = None, actor: Actor | None = None) -> Booking | Rejection:
        """Accept an offer."""
        return book_ride(self.context, actor or self.desk, offer.id, key or new_id())

    def run(self, run_id: str | None) -> Run:
        """A run as it is now."""
        assert run_id is not None
        with self.context.store.transaction() as tx:
            return tx.get_run(self.desk, run_id)

    def booking(self, booking_id: str) -> Booking:
        """A booking as it is now."""
        with self.context.store.transaction() as tx:
            return tx.get_booking(self.desk, booking_id)


@cache
def _networks(datasets: Path) -> Networks:
    """One for all tests of a process: each loaded street graph holds dozens of files open."""
    return Networks(datasets)


def open_county(store: Store, files: CountyFiles, clock: Clock | None = None) -> County:
    """Put the county into an empty store, with the shifts of three days only."""
    clock = clock or Clock()
    begin_with(store, f"county {files.datasets} {clock():%c}", partial(_fill, store, files, clock))
    context = Context(store, _networks(files.datasets), clock, b"a secret of the tests, long enough", files.datasets)
    return County(context, clock, files)


def _fill(store: Store, files: CountyFiles, clock: Clock) -> None:
    with store.transaction() as tx:
        tx.add_agency(Agency(AGENCY, "Landkreis Auental (erfunden)"))
        for kind in DatasetKind:
            tx.activate_dataset(
                Dataset(f"{AGENCY}:{kind.value}:1", AGENCY, kind, 1, f"{kind.value}/1", "demo", "0", clock(), in_use=True)
            )
        for service, text in files.services:
            tx.save_service(AGENCY, service, text)
        for rider in files.people.riders:
            tx.save_rider(rider)
        for driver in files.people.drivers:
            tx.save_driver(driver)
        for shift in _shifts(files):
            tx.save_shift(shift)


def _shifts(files: CountyFiles) -> Iterator[Shift]:
    for rule in files.people.shifts:
        for day in DAYS:
            if rule.day == day or (rule.day is None and kind_in_land("BB", day) in rule.days):
                name = f"{rule.driver_id}.{rule.start_s // 60}.{day:%Y%m%d}"
                yield Shift(name, AGENCY, rule.service_id, rule.driver_id, day, rule.start_s, rule.end_s)


@pytest.fixture
def county(store: Store, county_files: CountyFiles) -> County:
    """The demo county on every kind of store, Monday 8 June 2026, six in the morning."""
    return open_county(store, county_files)


def wish(origin: Place, destination: Place, **more: object) -> RideRequest:
    """A ride request of the county; give ``depart_after`` or ``arrive_by``."""
    request = RideRequest(AGENCY, origin, destination, None, None, Party())
    return replace(request, **more)  # type: ignore[arg-type] # keyword arguments of a test
