"""Writing a feed: tables as text files in one zip. Same tables, same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from gtfs.suspicions import without_formula

Row = Mapping[str, object]
Tables = Mapping[str, Sequence[Row]]

_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "agency.txt": ("agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang", "agency_phone"),
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
    "routes.txt": ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
"""Columns that are written even where every cell of them is empty."""
_LIKE_NO_OTHER = zipfile.ZipInfo().date_time
"""The first moment that a zip knows: files carry no time of their own."""


def zip_of(tables: Tables, geojson: Mapping[str, Any] | None = None) -> bytes:
    """The feed's zip. Files by name, columns in the order in which rows name them, empty columns left out but for required ones.

    ``geojson`` becomes locations.geojson. A cell None is empty, floats are written as they are told (:func:`repr`).
    """
    files = {name: _csv(name, rows) for name, rows in tables.items() if rows or name in _REQUIRED}
    if geojson is not None:
        files["locations.geojson"] = _json(geojson)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _LIKE_NO_OTHER)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, files[name], compresslevel=9)
    return packed.getvalue()


def digest_of_tables(tables: Tables, geojson: Mapping[str, Any] | None = None) -> str:
    """SHA-256 of the content, however it is packed."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(f"{name}\0".encode() + _csv(name, tables[name]))
    if geojson is not None:
        digest.update(_json(geojson))
    return digest.hexdigest()


def clock(seconds: int) -> str:
    """A service-day time as GTFS writes it; hours may pass 24."""
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def _csv(name: str, rows: Sequence[Row]) -> bytes:
    named = dict.fromkeys(column for row in rows for column, cell in row.items() if cell is not None and cell != "")
    wanted = [*_REQUIRED.get(name, ()), *(column for column in named if column not in _REQUIRED.get(name, ()))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(wanted)
    writer.writerows([_cell(row.get(column)) for column in wanted] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return without_formula(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
