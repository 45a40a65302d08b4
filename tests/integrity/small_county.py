"""The demo county with few seats, short notice and a bus at night: everything is contested, and clocks change while it drives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import combinations

from mobility.actions.context import Context
from mobility.domain.accounts import Agency
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.fleet import Acceptance, BreakRule, Credential, CredentialKind, Driver, ReachedBy, Shift
from mobility.domain.riders import Channel, Need, Rider, RiderWish, WishKind
from mobility.domain.services import DayKind, Duty, Hours, PromiseRules, Service
from mobility.domain.tariffs import Tariff
from mobility.store.interface import Store
from tests.county import AGENCY, CountyFiles, _networks

EVERY_DAY = frozenset(DayKind)
_HOUR = 3600
BUS, LINE, NEIGHBOURS = "auental-bus", "buergerbus-linie", "nachbarschaftsfahrten"


@cache
def services_of(files: CountyFiles) -> tuple[Service, ...]:
    """Three of the county's services, changed."""
    known = {service.id: service for service, _ in files.services}
    return _bus(known[BUS]), _line(known[LINE]), _neighbours(known[NEIGHBOURS])


def _bus(service: Service) -> Service:
    one, two = service.vehicles[0], service.vehicles[1]
    base = service.duties[0].base
    early = Duty("early", one.id, EVERY_DAY, 6 * _HOUR, 13 * _HOUR, base, (BreakRule(9 * _HOUR, 11 * _HOUR, 1800),))
    other = Duty("other", two.id, EVERY_DAY, 7 * _HOUR, 12 * _HOUR, base)
    night = Duty("night", one.id, EVERY_DAY, 21 * _HOUR, 28 * _HOUR, base, (BreakRule(25 * _HOUR, 27 * _HOUR, 1800),))
    late = Duty("late", two.id, EVERY_DAY, 22 * _HOUR, 28 * _HOUR, base)
    return replace(
        service,
        vehicles=(replace(one, seats=4, stowage_places=1), replace(two, seats=2, stowage_places=0)),
        duties=(early, other, night, late),
        hours=(Hours(EVERY_DAY, 6 * _HOUR, 13 * _HOUR), Hours(EVERY_DAY, 21 * _HOUR, 28 * _HOUR)),
        booking=replace(service.booking, min_notice_s=300),
        promise=PromiseRules(300, 900, 900, 3600, 600),
        tariff=Tariff(250, 20, 900, service.tariff.free_groups, assistants_free=True),
        parallel=replace(service.parallel, exempt_needs=frozenset(), exempt_groups=frozenset({"senior", "reduced_mobility", ""})),
        lock_before_s=300,
    )


def _line(service: Service) -> Service:
    return replace(service, booking=replace(service.booking, min_notice_s=600), vehicles=(replace(service.vehicles[0], seats=4),))


def _neighbours(service: Service) -> Service:
    hours = (Hours(EVERY_DAY, 7 * _HOUR, 28 * _HOUR),)
    assert service.volunteers is not None
    volunteers = replace(service.volunteers, answer_within_s=1800, confirm_before_s=600)
    return replace(
        service,
        booking=replace(service.booking, min_notice_s=900),
        hours=hours,
        volunteers=volunteers,
        eligible_groups=frozenset(),
        promise=PromiseRules(300, 600, 900, 3600, 600),
    )


def _drivers(files: CountyFiles) -> Iterator[tuple[Driver, str, int, int]]:
    """Who drives what from when to when; every way of being asked and of being reached is there."""
    known = {driver.id: driver for driver in files.people.drivers}
    yield known["d-bus-1"], BUS, 6 * _HOUR, 13 * _HOUR
    yield replace(known["d-bus-2"], reached_by=ReachedBy.PAPER), BUS, 7 * _HOUR, 12 * _HOUR
    yield known["d-bus-3"], BUS, 21 * _HOUR, 28 * _HOUR
    yield replace(known["d-bus-8"], reached_by=ReachedBy.PAPER), LINE, 7 * _HOUR, 13 * _HOUR
    asked = replace(known["d-volunteer-1"], acceptance=Acceptance.ASK_FIRST, reached_by=ReachedBy.TELEPHONE)
    for start in (8, 21):
        yield asked, NEIGHBOURS, start * _HOUR, (start + 5) * _HOUR
    yield replace(known["d-volunteer-3"], acceptance=Acceptance.ASK_FIRST), NEIGHBOURS, 8 * _HOUR, 13 * _HOUR
    long_over = (Credential(CredentialKind.FIRST_AID, date(2000, 1, 1)),)
    yield replace(known["d-volunteer-2"], credentials=long_over), NEIGHBOURS, 8 * _HOUR, 13 * _HOUR
    yield (
        replace(known["d-volunteer-5"], acceptance=Acceptance.ROSTERED, max_metres_per_day=60_000),
        NEIGHBOURS,
        9 * _HOUR,
        12 * _HOUR,
    )


def open_small_county(store: Store, files: CountyFiles, day: date, clock: Callable[[], datetime]) -> Context:
    """Put it into an empty store, for one service day."""
    with store.transaction() as tx:
        tx.add_agency(Agency(AGENCY, "Landkreis Auental (erfunden)"))
        for kind in DatasetKind:
            folder = f"{kind.value}/1"
            tx.activate_dataset(Dataset(f"{AGENCY}:{kind.value}:1", AGENCY, kind, 1, folder, "demo", "0", clock(), in_use=True))
        for service in services_of(files):
            tx.save_service(AGENCY, service, "")
        for number, rider in enumerate(files.people.riders):
            tx.save_rider(_rider(rider, number))
        for one, other in _pairs([rider.id for rider in files.people.riders]):
            tx.add_rider_wish(
                RiderWish(f"w-{one}-{other}", AGENCY, one, WishKind.NEVER_TOGETHER, "desk", clock(), other_rider_id=other)
            )
        for driver in {driver.id: driver for driver, *_ in _drivers(files)}.values():
            tx.save_driver(driver)
        for driver, service_id, start_s, end_s in _drivers(files):
            tx.save_shift(Shift(f"{driver.id}.{start_s}", AGENCY, service_id, driver.id, day, start_s, end_s))
    channels = frozenset({Channel.EMAIL, Channel.SMS})
    secret = b"a secret of the tests, long enough"
    return Context(store, _networks(files.datasets), clock, secret, files.datasets, offer_seconds=3600, channels=channels)


def _pairs(ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every fourteenth pair is never to ride together: enough that some would in a few busy days."""
    pairs = combinations(enumerate(ids), 2)
    yield from ((one, other) for (number, one), (place, other) in pairs if (number + place) % 14 == 13)


def _rider(rider: Rider, number: int) -> Rider:
    """Needs that some vehicles meet, and each way of being told."""
    needs = (frozenset[Need](), frozenset({Need.WALKING_FRAME}), frozenset({Need.WHEELCHAIR}), frozenset[Need]())[number % 4]
    return replace(rider, needs=needs, channel=list(Channel)[number % 3], max_walk_m=None)
