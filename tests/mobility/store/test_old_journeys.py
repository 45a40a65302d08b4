"""Bookings by train from before the booking knew which ride belongs to which train."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import NullPool, create_engine, text

from mobility.store.migrations import _settings, migrate

HOME, STATION, TOWN = ((9.0 + step / 10, 50.0) for step in range(3))
EIGHT = datetime.fromisoformat("2026-03-02T08:00:00+00:00")

_OLD_BOOKING = """
INSERT INTO booking (id, agency_id, rider_id, decision_id, party, needs, created_at, revision, history, transit)
VALUES ('b1', 'county', 'r1', 'd1', '{}', '[]', now(), 0, '[]', :transit)
"""
_OLD_LEG = """
INSERT INTO leg (id, agency_id, booking_id, position, service_id, pickup, dropoff, pickup_window, dropoff_window, pickup_earliest,
    max_ride_s, boarding_s, state, asked_run_ids, price_cents, outcome)
VALUES (:id, 'county', 'b1', :position, 'bus', :pickup, :dropoff, :pickup_window, :dropoff_window, now(), 1, 1, 'closed', '[]', 0,
    :outcome)
"""


def place(of: tuple[float, float]) -> dict[str, Any]:
    return {"lon": of[0], "lat": of[1], "name": "", "stop_id": None}


def train(minute: int, board: tuple[float, float], alight: tuple[float, float]) -> dict[str, Any]:
    departs = EIGHT + timedelta(minutes=minute)
    times = {"departs": departs.isoformat(), "arrives": (departs + timedelta(minutes=30)).isoformat()}
    return {"trip_id": f"t{minute}", "board": place(board), "alight": place(alight)} | times


def leg(leg_id: str, minute: int, pickup: tuple[float, float], dropoff: tuple[float, float], outcome: str) -> dict[str, Any]:
    earliest = EIGHT + timedelta(minutes=minute)
    window = {"earliest": earliest.isoformat(), "latest": (earliest + timedelta(minutes=20)).isoformat()}
    nested = {"pickup": place(pickup), "dropoff": place(dropoff), "pickup_window": window, "dropoff_window": window}
    return {name: json.dumps(value) for name, value in nested.items()} | {"id": leg_id, "outcome": outcome}


def test_rides_of_old_bookings_belong_to_the_trains_they_were_made_for(embedded_cluster: Any) -> None:
    url = embedded_cluster.address(embedded_cluster.new_database())
    there, back = train(60, STATION, TOWN), train(300, TOWN, STATION)
    legs = [
        leg("given back", 20, HOME, STATION, "cancelled"),
        leg("to the train", 30, HOME, STATION, "performed"),
        leg("from the train", 335, STATION, HOME, "performed"),
    ]
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        command.upgrade(_settings(connection), "0023")
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(_OLD_BOOKING), {"transit": json.dumps([back, there])})
        for position, one in enumerate(legs):
            connection.execute(text(_OLD_LEG), one | {"position": position})
    migrate(url)
    with engine.begin() as connection:
        journeys = connection.execute(text("SELECT journeys FROM booking")).scalar_one()
    assert journeys == [
        {"transit": [there], "ride_to": "to the train", "ride_from": None},
        {"transit": [back], "ride_to": None, "ride_from": "from the train"},
    ]
