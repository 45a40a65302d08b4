"""Wishes from a file: those of a day that was, or those a simulation wrote."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.service_days import at, parse_time
from mobility.simulation.csv_rows import Row, parse_rows, read_rows, refuse_repeated
from mobility.simulation.order import Scene, Wish

_KNOWN_BEFORE = timedelta(hours=2)
_ENDS = ("origin_lon", "origin_lat", "destination_lon", "destination_lat")


def read_wishes(file: Path, scene: Scene, day: date) -> tuple[Wish, ...]:
    """The wishes of a CSV file, in the order in which they become known.

    Columns: ``request_id``, the four coordinates, and ``depart_after`` or ``arrive_by`` (HH:MM of the service day, or ISO 8601 with
    offset). If given: ``booked_at`` (two hours before when left out), ``seats``, ``wheelchairs``, ``needs`` (words with blanks
    between), ``group``, ``purpose``.

    Raises:
        InvalidInputError: file, row and column of what is wrong, and how to mend it.
    """
    rows = read_rows(file, ("request_id", *_ENDS))
    refuse_repeated(rows, "request_id")
    zone = ZoneInfo(scene.agency.timezone)
    return tuple(sorted(parse_rows(rows, lambda row: _wish(row, day, zone)), key=lambda wish: wish.known_at))


def _wish(row: Row, day: date, zone: ZoneInfo) -> Wish:
    depart, arrive, booked = (_instant(row, column, day, zone) for column in ("depart_after", "arrive_by", "booked_at"))
    wished = depart or arrive
    if wished is None or (depart is not None and arrive is not None):
        raise row.wrong("depart_after", "give exactly one of depart_after and arrive_by", "fill or empty one")
    known_at = booked or wished - _KNOWN_BEFORE
    if known_at > wished or wished - known_at > timedelta(days=60):
        raise row.wrong("booked_at", "is after the wished time, or more than 60 days before", "mend the cell")
    west, south, east, north = (
        row.number(column, -180 if "lon" in column else -90, 180 if "lon" in column else 90) for column in _ENDS
    )
    wheelchairs = row.whole("wheelchairs", 0, 9, 0)
    party = Party(row.whole("seats", 0 if wheelchairs else 1, 50, 0 if wheelchairs else 1), wheelchairs)
    group, purpose = (row.values.get(column, "").strip() for column in ("group", "purpose"))
    origin, destination = Place(west, south, "origin"), Place(east, north, "destination")
    return Wish(row.text("request_id"), known_at, origin, destination, depart, arrive, party, _needs(row), group, purpose)


def _instant(row: Row, column: str, day: date, zone: ZoneInfo) -> datetime | None:
    if not row.has(column):
        return None
    text = row.text(column)
    try:
        instant = datetime.fromisoformat(text) if "T" in text else at(day, parse_time(text), zone)
    except ValueError:
        raise row.wrong(column, f"{text!r} is not a time", "write 08:30, or 2026-06-08T08:30:00+02:00") from None
    if instant.utcoffset() is None:
        raise row.wrong(column, f"{text!r} has no offset from UTC", "write 2026-06-08T08:30:00+02:00")
    return instant


def _needs(row: Row) -> frozenset[Need]:
    words = row.values.get("needs", "").split()
    unknown = [word for word in words if word not in set(Need)]
    if unknown:
        raise row.wrong("needs", f"{unknown[0]!r} is not a need", f"choose from {', '.join(Need)}")
    return frozenset(Need(word) for word in words)
