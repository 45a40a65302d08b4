"""The compiled timetable: halts sorted by trip and sequence, indexed by stop, all in int32 arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from gtfs.findings import Findings
from gtfs.stop_times import FILE, UNKNOWN, Columns

IntArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]

NO_PICKUP = 1
"""pickup_type and drop_off_type: not possible here."""


@dataclass(frozen=True, eq=False)
class Timetable:
    """Times in service-day seconds. With T trips, H halts, S stops and D departures:

    ``trip_first`` int32[T+1]: trip t has the halts trip_first[t]:trip_first[t+1]. ``halt_*`` int32[H] (pickup, dropoff uint8[H]).
    ``stop_first`` int32[S+1] and ``stop_halts`` int32[H]: the halts at a stop, ascending.
    ``departure_first`` int32[T+1] and ``departure_offset`` int32[D]: a trip runs once per departure, all its times later by the
    offset; one departure with offset 0 unless frequencies.txt says otherwise.
    """

    trip_first: IntArray
    halt_trip: IntArray
    halt_stop: IntArray
    halt_sequence: IntArray
    halt_arrival: IntArray
    halt_departure: IntArray
    halt_pickup: ByteArray
    halt_dropoff: ByteArray
    stop_first: IntArray
    stop_halts: IntArray
    departure_first: IntArray
    departure_offset: IntArray

    @property
    def latest_s(self) -> int:
        """The latest arrival of any departure."""
        if not self.halt_arrival.size:
            return 0
        return int(self.halt_arrival.max()) + int(self.departure_offset.max(initial=0))

    def arrays(self) -> dict[str, NDArray[np.int32 | np.uint8]]:
        """All arrays by name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def group_offsets(groups: NDArray[np.integer], count: int) -> IntArray:
    """int32[count+1]: where each of ``count`` groups begins in a sorted array of group numbers."""
    return np.searchsorted(groups, np.arange(count + 1, dtype=np.int32)).astype(np.int32)


def compile_timetable(
    timed: Columns, trip_ids: list[str], usable: BoolArray, flexible: BoolArray, stops: int, findings: Findings
) -> Timetable:  # fmt: skip
    """Sort, fill missing times, leave out what cannot be ridden. ``timed`` may be emptied on the way.

    ``usable`` bool[T]: trips of a known line; ``flexible`` bool[T]: trips with flexible stop times, which need no timed halts.
    Without frequencies: add them with :func:`gtfs.frequencies.with_departures`.
    """
    halts = _sorted(timed)
    halts = _only(halts, _first_of_each_sequence(halts, trip_ids, findings) & usable[halts["trip"]])
    halts = _with_times(halts, trip_ids, findings)
    back = _runs_back(halts, trip_ids, findings)
    halts = _only(halts, ~back[halts["trip"]])
    trips = len(trip_ids)
    trip_first = group_offsets(halts["trip"], trips)
    lonely = np.flatnonzero((np.diff(trip_first) < 2) & usable & ~flexible & ~back)
    if lonely.size:
        findings.add("trip_without_ride", "trips.txt", subject=trip_ids[int(lonely[0])], count=int(lonely.size))
    order = np.argsort(halts["stop"], kind="stable").astype(np.int32)
    return Timetable(
        trip_first=trip_first,
        **{f"halt_{name}": values for name, values in halts.items()},  # type: ignore[arg-type]
        stop_first=group_offsets(halts["stop"][order], stops),
        stop_halts=order,
        departure_first=np.arange(trips + 1, dtype=np.int32),
        departure_offset=np.zeros(trips, np.int32),
    )


def _only(halts: Columns, keep: BoolArray) -> Columns:
    return halts if keep.all() else {name: values[keep] for name, values in halts.items()}


def _sorted(timed: Columns) -> Columns:
    """By trip and sequence; most feeds come so."""
    key = timed["trip"].astype(np.int64) << 32 | timed["sequence"].astype(np.int64)
    if (np.diff(key) >= 0).all():
        return dict(timed)
    order = np.argsort(key, kind="stable")
    del key
    return {name: timed.pop(name)[order] for name in list(timed)}


def _first_of_each_sequence(halts: Columns, trip_ids: list[str], findings: Findings) -> BoolArray:
    """False for halts that repeat the trip and sequence of the halt before."""
    again = np.zeros(halts["trip"].size, np.bool_)
    again[1:] = (np.diff(halts["trip"]) == 0) & (np.diff(halts["sequence"]) == 0)
    _report(again, "sequence_twice", halts, trip_ids, findings)
    return ~again


def _report(where: BoolArray, code: str, halts: Columns, trip_ids: list[str], findings: Findings) -> None:
    found = np.flatnonzero(where)
    if found.size:
        findings.add(code, FILE, subject=trip_ids[int(halts["trip"][found[0]])], count=int(found.size))


def _with_times(halts: Columns, trip_ids: list[str], findings: Findings) -> Columns:
    """Every halt with arrival and departure: the one for the other, between known halts evenly, ends without time left out."""
    arrival, departure = halts["arrival"], halts["departure"]
    half = (arrival == UNKNOWN) != (departure == UNKNOWN)
    _report(half, "time_half_missing", halts, trip_ids, findings)
    arrival = np.where(arrival == UNKNOWN, departure, arrival).astype(np.int32)
    departure = np.where(departure == UNKNOWN, arrival, departure).astype(np.int32)
    halts = {**halts, "arrival": arrival, "departure": departure}
    if not (arrival == UNKNOWN).any():
        return halts
    outer = _before_first_or_after_last_time(halts)
    _report(outer, "end_time_missing", halts, trip_ids, findings)
    return _interpolated(_only(halts, ~outer))


def _neighbours(halts: Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each halt the last halt at or before it, and the first at or after it, that has a time (of any trip; −1, H: none)."""
    known = halts["arrival"] != UNKNOWN
    index = np.arange(known.size)
    before = np.maximum.accumulate(np.where(known, index, -1))
    after = np.minimum.accumulate(np.where(known, index, known.size)[::-1])[::-1]
    return before, after


def _before_first_or_after_last_time(halts: Columns) -> BoolArray:
    before, after = _neighbours(halts)
    trip = np.append(halts["trip"], -1)  # index −1 and index H both mean: no trip
    outer: BoolArray = (trip[before] != trip[:-1]) | (trip[after] != trip[:-1])
    return outer


def _interpolated(halts: Columns) -> Columns:
    before, after = _neighbours(halts)
    gaps = np.flatnonzero(halts["arrival"] == UNKNOWN)
    left, right = before[gaps], after[gaps]
    start = halts["departure"][left].astype(np.int64)
    whole = halts["arrival"][right] - start
    times = (start + whole * (gaps - left) // (right - left)).astype(np.int32)
    arrival, departure = halts["arrival"].copy(), halts["departure"].copy()
    arrival[gaps] = departure[gaps] = times
    return {**halts, "arrival": arrival, "departure": departure}


def _runs_back(halts: Columns, trip_ids: list[str], findings: Findings) -> BoolArray:
    """bool[T]: trips on which a departure lies before its arrival, or an arrival before the departure of the halt before."""
    back = halts["departure"] < halts["arrival"]
    same = np.diff(halts["trip"]) == 0
    back[1:] |= same & (halts["arrival"][1:] < halts["departure"][:-1])
    bad = np.zeros(len(trip_ids), np.bool_)
    bad[halts["trip"][back]] = True
    trips = np.flatnonzero(bad)
    if trips.size:
        findings.add("time_runs_back", FILE, subject=trip_ids[int(trips[0])], count=int(trips.size))
    return bad
