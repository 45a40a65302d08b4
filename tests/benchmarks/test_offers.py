"""POST /offers on the demo county with a hundred rides in the day's plan: one client, real server, real PostgreSQL."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from mobility.actions.book_ride import book_ride
from mobility.actions.context import Context, new_id
from mobility.actions.offer_rides import offer_rides
from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking
from mobility.domain.requests import OfferKind, RideRequest
from mobility.setting_up import context_at
from mobility.settings import Settings
from seed.demand import Wish, demand
from seed.loading import AGENCY, load_county

pytestmark = pytest.mark.bench
RIDES, ASKED = 100, 200
LIMIT_MS = 200
DESK = Actor("bench", AGENCY.id, Role.DISPATCHER)


def calibration_ms() -> float:
    """CPU milliseconds of a fixed piece of plain Python, to judge the machine by."""
    began = time.process_time()
    sum(i * i % 7 for i in range(1_000_000))
    return 1000 * (time.process_time() - began)


def working_day() -> date:
    """The next Tuesday at least two days from now."""
    first = datetime.now(UTC).date() + timedelta(2)
    return first + timedelta((1 - first.weekday()) % 7)


def request_of(wish: Wish) -> RideRequest:
    more = {"rider_id": wish.rider_id, "party": wish.party, "needs": wish.needs}
    return RideRequest(AGENCY.id, wish.origin, wish.destination, wish.depart_after, wish.arrive_by, **more)  # type: ignore[arg-type]


def fill(context: Context, day: date) -> int:
    """Book the day's wishes until a hundred rides are in the plan."""
    booked = 0
    for wish in demand(6 * RIDES, day, 5):
        rides = [o for o in offer_rides(context, DESK, request_of(wish)).offers if o.kind is OfferKind.RIDE]
        booked += bool(rides) and isinstance(book_ride(context, DESK, rides[0].id, new_id()), Booking)
        if booked == RIDES:
            break
    return booked


def body_of(wish: Wish) -> dict[str, object]:
    times = {"depart_after": wish.depart_after, "arrive_by": wish.arrive_by}
    ends = {"from": wish.origin, "to": wish.destination}
    return {
        **{key: {"lon": place.lon, "lat": place.lat} for key, place in ends.items()},
        **{key: when.isoformat() for key, when in times.items() if when is not None},
        "rider_id": wish.rider_id,
    }


@contextmanager
def server(url: str, data: Path) -> Iterator[tuple[httpx.Client, psutil.Process]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", str(port), "--log-level", "warning", "--no-access-log"]
    with subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url, "MOBILITY_DATA": str(data)}) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                while True:
                    try:
                        client.get("/healthz").raise_for_status()
                        break
                    except httpx.TransportError:
                        assert process.poll() is None
                        time.sleep(0.2)
                yield client, psutil.Process(process.pid)
        finally:
            process.terminate()


@pytest.mark.timeout(600)
def test_a_concrete_offer_within_two_hundred_milliseconds(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = working_day()
    with context_at(database_url, Settings(database_url=database_url, data=tmp_path)) as context:
        load_county(context, tmp_path / "county", datetime.now(UTC).date(), lambda _step, _done, _total: None)
        booked = fill(context, day)
    wishes = demand(ASKED, day, 99)
    walls = []
    with server(database_url, tmp_path) as (client, process):
        credentials = {"name": "desk", "password": "demo-desk-auental"}
        token = client.post("/sessions", json=credentials).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        client.post("/offers", json=body_of(wishes[0]))
        before = process.cpu_times()
        for wish in wishes:
            began = time.perf_counter()
            client.post("/offers", json=body_of(wish)).raise_for_status()
            walls.append(1000 * (time.perf_counter() - began))
        after = process.cpu_times()
    walls.sort()
    median, p95 = walls[len(walls) // 2], walls[int(0.95 * len(walls))]
    cpu = 1000 * (after.user + after.system - before.user - before.system) / len(wishes)
    with capsys.disabled():
        print(
            f"\nPOST /offers, {booked} rides in the plan, {len(walls)} asked: median {median:.0f} ms, p95 {p95:.0f} ms wall; "
            f"server CPU {cpu:.0f} ms each; calibration (1 M squares) {calibration_ms():.0f} ms CPU"
        )
    assert booked == RIDES
    assert p95 <= LIMIT_MS
