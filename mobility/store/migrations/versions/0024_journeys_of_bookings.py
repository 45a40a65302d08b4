"""Which ride of a booking belongs to which train stands in the booking: of those there are it is worked out once, by order and place."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import Any

from alembic import op
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEFORE = "ALTER TABLE booking ADD COLUMN journeys jsonb NOT NULL DEFAULT '[]'"
_BOOKED = "SELECT id, transit FROM booking WHERE transit <> '[]'::jsonb"
_RIDES = """
SELECT id, pickup, dropoff, pickup_window, dropoff_window FROM leg
WHERE booking_id = :booking AND outcome IS DISTINCT FROM 'cancelled' ORDER BY position
"""
_AFTER = """
DROP INDEX booking_journeys_idx;
ALTER TABLE booking ALTER COLUMN journeys DROP DEFAULT, DROP COLUMN transit;
CREATE INDEX booking_journeys_idx ON booking (id) WHERE journeys <> '[]'::jsonb;
"""
_TOGETHER_WITHIN = timedelta(hours=2)
_SAME_PLACE_M = 600
_METRES_PER_DEGREE = 111_195

Json = dict[str, Any]


def upgrade() -> None:
    """As the service did at each look so far."""
    op.execute(_BEFORE)
    connection = op.get_bind()
    write = text("UPDATE booking SET journeys = :journeys WHERE id = :booking").bindparams(bindparam("journeys", type_=JSONB))
    for booking, transit in connection.execute(text(_BOOKED)).all():
        rides = [row._asdict() for row in connection.execute(text(_RIDES), {"booking": booking})]
        connection.execute(write, {"booking": booking, "journeys": journeys_of(transit, rides)})
    op.execute(_AFTER)


def journeys_of(transit: list[Json], rides: list[Json]) -> list[Json]:
    """Trains and buses that follow one another, each journey with the last ride to its first stop and the first from its last one."""
    chains: list[list[Json]] = []
    for train in sorted(transit, key=lambda train: _at(train["departs"])):
        if chains and _goes_on(chains[-1], train):
            chains[-1].append(train)
        else:
            chains.append([train])
    found = []
    for chain in chains:
        first, last = chain[0], chain[-1]
        before = [ride for ride in rides if _pickup(ride) < _at(first["departs"]) and _near(ride["dropoff"], first["board"])]
        after = [
            ride
            for ride in rides
            if _at(ride["dropoff_window"]["latest"]) > _at(last["arrives"]) and _near(ride["pickup"], last["alight"])
        ]
        ride_to, ride_from = max(before, key=_pickup, default={"id": None}), min(after, key=_pickup, default={"id": None})
        found.append({"transit": chain, "ride_to": ride_to["id"], "ride_from": ride_from["id"]})
    return found


def _goes_on(before: list[Json], train: Json) -> bool:
    soon = _at(train["departs"]) - _at(before[-1]["arrives"]) < _TOGETHER_WITHIN and _near(before[-1]["alight"], train["board"])
    return soon and not any(_near(train["alight"], earlier["board"]) for earlier in before)


def _pickup(ride: Json) -> datetime:
    return _at(ride["pickup_window"]["earliest"])


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _near(one: Json, other: Json) -> bool:
    shrink = cos(radians((one["lat"] + other["lat"]) / 2))
    metres = _METRES_PER_DEGREE * hypot((one["lon"] - other["lon"]) * shrink, one["lat"] - other["lat"])
    return bool(metres < _SAME_PLACE_M)
