"""What no timetable needs and what hurts whoever opens it: formulas, loops of keys, positions that are none."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from gtfs.errors import FeedError
from gtfs.findings import ROW

_FORMULA = r"^=[\w(+\-\"'@{$\[]|^=\s*\w.*[|(!]|^[+@-].*\|.*!|^[+@-]\s*[A-Za-z_.]+\("
_FORMULA_BYTES = (b"=", b"|", b"@", b"+")
_PLACED = (0, 1)
_EUROPE = (27.0, 82.0, -32.0, 70.0)  # the Canaries to Svalbard, the Azores to the Urals
_IN_SEAT = ("4", "5")


def refuse_formulas(frame: pl.DataFrame, block: bytes, file: str) -> None:
    """Cells that a spreadsheet would run (CSV injection, CWE-1236). ``block`` is the text the frame was read from.

    Raises:
        FeedError: with the first such cell's row.
    """
    if not any(sign in block for sign in _FORMULA_BYTES):
        return
    for column in frame.columns:
        if column == ROW:
            continue
        found = frame.filter(pl.col(column).str.contains(_FORMULA))
        if found.height:
            raise FeedError("formula_cell", file, found[ROW][0], found[column][0])


def refuse_formula_names(columns: list[str], file: str) -> None:
    """The same for the header."""
    for column in columns:
        if re.search(_FORMULA, column):
            raise FeedError("formula_cell", file, 1, column)


def without_formula(text: str) -> str:
    """The text without the signs that would make a spreadsheet run it: what we write must not be what we refuse."""
    while re.search(_FORMULA, text):
        text = text[1:].lstrip()
    return text


def refuse_looping_stations(stops: pl.DataFrame) -> None:
    """A stop that is, by way of its stations, its own station. ``stops`` with stop_id and parent_station, ids once each.

    Raises:
        FeedError: naming one stop of the loop.
    """
    parents = stops.filter(pl.col("parent_station").is_not_null()).select("stop_id", "parent_station", ROW)
    loop = _loop(dict(zip(parents["stop_id"].to_list(), parents["parent_station"].to_list(), strict=True)))
    if loop is not None:
        row = parents.filter(pl.col("stop_id") == loop)[ROW][0]
        raise FeedError("key_loop", "stops.txt", row, loop)


def refuse_looping_transfers(tables: Mapping[str, pl.DataFrame]) -> None:
    """Trips of which each goes on as the next, round in a circle (transfers.txt, in-seat transfers).

    Raises:
        FeedError: naming one trip of the loop.
    """
    frame = tables.get("transfers.txt")
    if frame is None or not {"from_trip_id", "to_trip_id", "transfer_type"} <= set(frame.columns):
        return
    same = pl.col("transfer_type").is_in(_IN_SEAT) & pl.col("from_trip_id").is_not_null() & pl.col("to_trip_id").is_not_null()
    onward = frame.filter(same.fill_null(value=False))
    once = onward.unique("from_trip_id", keep="first", maintain_order=True)
    loop = _loop(dict(zip(once["from_trip_id"].to_list(), once["to_trip_id"].to_list(), strict=True)))
    if loop is not None:
        raise FeedError("key_loop", "transfers.txt", onward.filter(pl.col("from_trip_id") == loop)[ROW][0], loop)


def _loop(onward: dict[str, str]) -> str | None:
    """A key from which one comes back to it; None when every way ends."""
    ends: set[str] = set()
    for start in onward:
        way: dict[str, None] = {}
        at = start
        while at in onward and at not in ends:
            if at in way:
                return at
            way[at] = None
            at = onward[at]
        ends.update(way)
    return None


def refuse_swapped_positions(stops: pl.DataFrame, timezone: str) -> None:
    """Latitude and longitude exchanged: a European timetable with most of its stops between the Horn of Africa and the Indian Ocean.

    ``stops`` with lat, lon and location_type.

    Raises:
        FeedError: most stops lie outside Europe, and inside once exchanged.
    """
    placed = stops.filter(pl.col("location_type").is_in(_PLACED) & pl.col("lat").is_not_null() & pl.col("lon").is_not_null())
    if not timezone.startswith("Europe/") or placed.is_empty():
        return
    south, north, west, east = _EUROPE
    swapped = pl.col("lon").is_between(south, north) & pl.col("lat").is_between(west, east)
    outside = ~(pl.col("lat").is_between(south, north) & pl.col("lon").is_between(west, east))
    wrong = placed.filter(swapped & outside)
    if 2 * wrong.height > placed.height:
        raise FeedError("positions_swapped", "stops.txt", wrong[ROW][0], f"{wrong.height} of {placed.height}")
