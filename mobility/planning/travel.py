"""Travel between the places of a plan, by the hour in which a place is left, remembered: each pair is asked of the street graph once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.domain.places import Place
from routing.travel import Matrix

PlaceKey = tuple[int, int]
HOUR, DAY = timedelta(hours=1), range(24)
AVERAGE = 0
"""The pace of an average hour."""


class TravelSource(Protocol):
    """Whatever can tell travel between points, (N, 2) float64 lon/lat each; the street graph does."""

    def matrix(self, origins: NDArray[np.float64], destinations: NDArray[np.float64]) -> Matrix: ...


class HourlySource(TravelSource, Protocol):
    """Travel by the hour: the same object for hours that are driven alike."""

    def slowest(self, hours: Iterable[int]) -> TravelSource: ...


def place_key(place: Place) -> PlaceKey:
    """Same point (to a tenth of a metre), same key."""
    return round(place.lon * 1_000_000), round(place.lat * 1_000_000)


class TravelCache:
    """Travel over the places asked for lately, by pace: how the roads are driven in some hours of the day, the slowest of each
    counting. Thread-safe.

    A wider span of hours is never driven faster than one within it, so what fits before a promise is narrowed fits afterwards. Each
    pace in use takes up to 12 · capacity² bytes.
    """

    def __init__(self, source: HourlySource, capacity: int = 1500) -> None:
        self._source, self._capacity = source, capacity
        self._tables = [_Table(source, capacity)]
        self._paces: dict[tuple[int, int], int] = {}
        self._lock = threading.Lock()

    def pace(self, first: datetime, last: datetime | None = None) -> int:
        """The pace of leaving between two moments, given in the local time of the streets; ``last`` None: at ``first``."""
        span = 0 if last is None else (last - first.replace(minute=0, second=0, microsecond=0)) // HOUR
        return self._pace_of(first.hour, min(max(0, span), len(DAY) - 1))

    def usual_paces(self) -> list[int]:
        """The pace of the whole day, then that of an average hour and those of every hour and of every two in a row, each once."""
        spans = ((hour, more) for more in (0, 1) for hour in DAY)
        return list(dict.fromkeys([self._pace_of(0, len(DAY) - 1), AVERAGE, *(self._pace_of(*span) for span in spans)]))

    def _pace_of(self, first: int, more: int) -> int:
        """Of an hour of the day and so many after it."""
        known = self._paces.get((first, more))
        return self._new_pace(first, more) if known is None else known

    def _new_pace(self, first: int, more: int) -> int:
        source = self._source.slowest([(first + hour) % len(DAY) for hour in range(more + 1)])
        with self._lock:
            alike = next((number for number, table in enumerate(self._tables) if table.source is source), len(self._tables))
            if alike == len(self._tables):
                self._tables.append(_Table(source, self._capacity))
            self._paces[first, more] = alike
        return alike

    def matrix(
        self, stops: Sequence[tuple[Place, int]], left: Sequence[tuple[Place, int]] = (), *, anywhere: bool = False
    ) -> Matrix:
        """Travel between all of ``stops``, each a place and the pace at which it is left, in their order; then from those that are
        ``left`` and not driven to (0 as columns), then, with ``anywhere``, from and to a place that is nowhere in particular (0 both
        ways).

        Raises:
            ValueError: more places than the table holds.
        """
        size = len(stops) + len(left) + anywhere
        seconds, metres = np.zeros((size, size), np.int32), np.zeros((size, size), np.int32)
        goals = [place for place, _ in stops]
        paces = np.array([pace for _, pace in (*stops, *left)], np.int64)
        for pace in np.unique(paces).tolist():
            rows = np.flatnonzero(paces == pace)
            origins = [(stops[row] if row < len(stops) else left[row - len(stops)])[0] for row in rows.tolist()]
            found = self._tables[pace].matrix(origins, goals)
            seconds[rows, : len(stops)], metres[rows, : len(stops)] = found.seconds, found.metres
        return Matrix(seconds, metres)

    def drive(self, origin: Place, destination: Place, pace: int = AVERAGE) -> tuple[int, int]:
        """Seconds and metres from one place to another."""
        return self._tables[pace].cell(origin, destination)


class _Table:
    """Square tables of seconds and metres at one pace; the places longest unused make room. Thread-safe."""

    def __init__(self, source: TravelSource, capacity: int) -> None:
        self.source = source
        self._slots: OrderedDict[PlaceKey, int] = OrderedDict()
        self._free = list(range(capacity - 1, -1, -1))
        self._points = np.zeros((capacity, 2))
        self._seconds = np.zeros((capacity, capacity), np.int32)
        self._metres = np.zeros((capacity, capacity), np.int32)
        # A cell is known when it was asked after both its places had moved in: nothing has to be wiped when a place makes room.
        self._asked = np.zeros((capacity, capacity), np.int32)
        self._moved_in = np.ones(capacity, np.int32)
        self._moves = 1
        self._lock = threading.Lock()

    def matrix(self, origins: Sequence[Place], destinations: Sequence[Place]) -> Matrix:
        """From each origin to each destination; a ValueError when both together are more than the table holds."""
        rows, columns = [place_key(place) for place in origins], [place_key(place) for place in destinations]
        wanted = dict.fromkeys((*rows, *columns))
        if len(wanted) > len(self._points):
            raise ValueError(f"a plan of {len(wanted)} places exceeds the travel table's {len(self._points)}")
        with self._lock:
            self._move_in(wanted)
            from_slots, to_slots = (
                np.array([self._slots[key] for key in dict.fromkeys(keys)], np.int64) for keys in (rows, columns)
            )
            self._learn(from_slots, to_slots)
            block = np.ix_([self._slots[key] for key in rows], [self._slots[key] for key in columns])
            return Matrix(self._seconds[block], self._metres[block])

    def cell(self, origin: Place, destination: Place) -> tuple[int, int]:
        """Seconds and metres of one pair; quick where it is known."""
        with self._lock:
            row, column = (self._slots.get(place_key(place), -1) for place in (origin, destination))
            is_here = row >= 0 and column >= 0
            if is_here and self._asked[row, column] >= max(self._moved_in[row], self._moved_in[column]):
                return int(self._seconds[row, column]), int(self._metres[row, column])
        found = self.matrix([origin], [destination])
        return int(found.seconds[0, 0]), int(found.metres[0, 0])

    def _move_in(self, wanted: dict[PlaceKey, None]) -> None:
        for key in wanted:
            if key in self._slots:
                self._slots.move_to_end(key)
        for key in [key for key in wanted if key not in self._slots]:
            if not self._free:
                self._forget_oldest(wanted)
            slot = self._free.pop()
            self._slots[key] = slot
            self._moves += 1
            self._moved_in[slot] = self._moves
            self._points[slot] = (key[0] / 1_000_000, key[1] / 1_000_000)

    def _forget_oldest(self, wanted: Container[PlaceKey]) -> None:
        oldest = next(key for key in self._slots if key not in wanted)
        self._free.append(self._slots.pop(oldest))

    def _learn(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> None:
        """Rows that lack most first, then columns: what is new is asked once in each direction."""
        lacking = self._lacking(origins, destinations)
        if not lacking.any():
            return
        by_row = lacking.sum(axis=1) > len(destinations) // 2
        self._ask(origins[by_row], destinations)
        lacking[by_row] = False
        self._ask(origins[lacking.any(axis=1)], destinations[lacking.any(axis=0)])

    def _lacking(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> NDArray[np.bool_]:
        since = np.maximum(self._moved_in[origins][:, None], self._moved_in[destinations][None, :])
        return np.asarray(self._asked[np.ix_(origins, destinations)] < since)

    def _ask(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> None:
        if origins.size == 0 or destinations.size == 0:
            return
        answer = self.source.matrix(self._points[origins], self._points[destinations])
        block = np.ix_(origins, destinations)
        self._seconds[block] = answer.seconds
        self._metres[block] = answer.metres
        self._asked[block] = self._moves
