"""Answers by ride and timetable together, beside answers by ride alone in the same run: the demo county, and Heidelberg with the vrn feed.

Twenty vehicles, a hundred rides booked; CPU time of one answer, in process.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gtfs.importing import import_feed
from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context, new_id
from mobility.actions.offer_rides import offer_rides
from mobility.domain.accounts import Actor, Agency, Role
from mobility.domain.bookings import Booking
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.places import Place, Zone
from mobility.domain.requests import OfferKind, RideRequest
from mobility.domain.riders import Rider
from mobility.domain.services import Service
from mobility.files.service_file import read_service
from mobility.planning.network import Networks
from mobility.store.memory import MemoryStore
from routing.streets.importing import import_streets
from tests.benchmarks.test_offers import calibration_ms
from tests.county import AGENCY, CountyFiles, open_county

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
RIDES, ASKED, VEHICLES = 100, 100, 20
MEDIAN_MS, P95_MS = 200, 500
CALIBRATION_MS = 65
"""What the calibration takes on two idle cores of the machine on which the limits were set."""
RIDER = "r-003"


def with_vehicles(service: Service, at: Place) -> Service:
    """The service with so many vehicles, out all day from one depot."""
    numbers = range(VEHICLES)
    vehicles = tuple(replace(service.vehicles[0], id=f"v{n}") for n in numbers)
    duty = replace(service.duties[0], start_s=6 * 3600, end_s=20 * 3600, base=at, breaks=())
    return replace(service, vehicles=vehicles, duties=tuple(replace(duty, id=f"d{n}", vehicle_id=f"v{n}") for n in numbers))


def report(context: Context, desk: Actor, wish: Callable[[], RideRequest], name: str) -> None:
    """Fill the plan, ask, and print what it took."""
    booked = tries = 0
    while booked < RIDES and tries < 20 * RIDES:
        tries += 1
        rides = [o for o in offer_rides(context, desk, replace(wish(), rider_id=RIDER)).offers if o.kind is OfferKind.RIDE]
        booked += bool(rides) and isinstance(book_ride(context, desk, rides[0].id, new_id()), Booking)
    offer_rides(context, desk, wish(), combines=True)  # compiled and laid out now
    took: dict[bool, list[float]] = {True: [], False: []}
    journeys = 0
    for _ in range(ASKED):
        request = wish()
        for combines, times in took.items():
            began = time.process_time()
            decision = offer_rides(context, desk, request, combines=combines)
            times.append(1000 * (time.process_time() - began))
            journeys += combines and any(offer.kind is OfferKind.JOURNEY for offer in decision.offers)
    together, alone = took[True], took[False]
    p95 = float(np.percentile(together, 95))
    slow = calibration_ms() / CALIBRATION_MS
    print(
        f"\n{name}: {booked} rides booked, {journeys} of {ASKED} answers with a journey; CPU ms together median "
        f"{statistics.median(together):.0f}, p95 {p95:.0f} (at most {MEDIAN_MS}, {P95_MS}); alone {statistics.median(alone):.0f}; "
        f"this machine is {slow:.1f} times as slow as it is when idle"
    )
    assert journeys
    assert statistics.median(together) <= MEDIAN_MS * slow
    assert p95 <= P95_MS * slow


def test_demo_county(county_files: CountyFiles) -> None:
    county = open_county(MemoryStore(), county_files)
    with county.context.store.transaction() as tx:
        network = county.context.network(tx, county.desk)
        bus = tx.get_service(county.desk, "auental-bus")
        tx.save_service(AGENCY, with_vehicles(bus, bus.duties[0].base), "")
    assert network.feed is not None
    chance = random.Random(1)
    places = [Place(one.lon, one.lat, one.label) for one in network.streets.settlements]
    far = [Place(one.lon, one.lat, one.name, one.id) for one in network.feed.stops if "(Zug)" in one.name]
    report(county.context, county.desk, lambda: drawn(chance, AGENCY, places, far, county.clock()), "demo county")


def test_heidelberg(shared_data: Path, tmp_path: Path) -> None:
    for kind in DatasetKind:
        (tmp_path / kind.value).mkdir()
    import_streets(shared_data / "osm/heidelberg.osm.pbf", tmp_path / "streets" / "1")
    import_feed(shared_data / "gtfs/vrn_heidelberg_2022.zip", tmp_path / "feed" / "1")
    now, desk, store = datetime(2022, 6, 21, 3, tzinfo=UTC), Actor("a-desk", "hd", Role.DISPATCHER), MemoryStore()
    context = Context(store, Networks(tmp_path), lambda: now, b"a secret of the tests, long enough", tmp_path)
    with store.transaction() as tx:
        tx.add_agency(Agency("hd", "Heidelberg"))
        for kind in DatasetKind:
            tx.activate_dataset(Dataset(f"hd:{kind.value}", "hd", kind, 1, f"{kind.value}/1", "", "0", now, in_use=True))
        tx.save_rider(Rider(RIDER, "hd", "R", "+49 30 23125 100"))
    text = (Path(__file__).parents[2] / "seed" / "services" / "auental-bus.toml").read_text("utf-8")
    ring = ((8.55, 49.35), (8.80, 49.35), (8.80, 49.46), (8.55, 49.46), (8.55, 49.35))
    bus = with_vehicles(read_service(text, "auental-bus.toml"), Place(8.69, 49.405, "Depot"))
    with store.transaction() as tx:
        network = context.network(tx, desk)
        tx.save_service("hd", replace(bus, zones=(Zone("z", "Heidelberg", ring),), holidays="BW"), "")
    assert network.feed is not None
    assert network.feed.days() is not None
    chance = random.Random(1)
    stops = [Place(one.lon, one.lat, one.name, one.id) for one in network.feed.stops]
    near = [one for one in stops if 8.56 < one.lon < 8.79 and 49.36 < one.lat < 49.45]
    doors = [Place(one.lon + chance.gauss(0, 0.004), one.lat + chance.gauss(0, 0.003), "") for one in near]
    report(context, desk, lambda: drawn(chance, "hd", doors, stops, now), "heidelberg + vrn")


def drawn(chance: random.Random, agency: str, doors: list[Place], far: list[Place], now: datetime) -> RideRequest:
    """From door to door, or from a door to a stop anywhere, or back; at any time of the day."""
    ends = [chance.choice(doors), chance.choice(far if chance.random() < 0.5 else doors)]
    chance.shuffle(ends)
    at = now.replace(hour=0, minute=0) + timedelta(minutes=60 * 5 + chance.randrange(600))
    times = (at, None) if chance.random() < 0.6 else (None, at)
    return RideRequest(agency, ends[0], ends[1], *times)
