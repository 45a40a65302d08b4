"""Travel between the places of a plan, remembered: each pair is asked of the street graph once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Container, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.domain.places import Place
from routing.travel import Matrix

PlaceKey = tuple[int, int]


class TravelSource(Protocol):
    """Whatever can tell travel between points, (N, 2) float64 lon/lat each; the street graph does."""

    def matrix(self, origins: NDArray[np.float64], destinations: NDArray[np.float64]) -> Matrix: ...


def place_key(place: Place) -> PlaceKey:
    """Same point (to a tenth of a metre), same key."""
    return round(place.lon * 1_000_000), round(place.lat * 1_000_000)


class TravelCache:
    """Square tables of seconds and metres over the places asked for lately; the longest unused make room.

    Thread-safe. ``capacity`` places take 12 · capacity² bytes. The slot behind the last is anywhere: no way from or to it.
    """

    def __init__(self, source: TravelSource, capacity: int = 1500) -> None:
        self._source = source
        self._slots: OrderedDict[PlaceKey, int] = OrderedDict()
        self._free = list(range(capacity - 1, -1, -1))
        self._points = np.zeros((capacity, 2))
        self._seconds = np.zeros((capacity + 1, capacity + 1), np.int32)
        self._metres = np.zeros((capacity + 1, capacity + 1), np.int32)
        # A cell is known when it was asked after both its places had moved in: nothing has to be wiped when a place makes room.
        self._asked = np.zeros((capacity, capacity), np.int32)
        self._moved_in = np.ones(capacity, np.int32)
        self._moves = 1
        self._lock = threading.Lock()

    def matrix(self, places: Sequence[Place], left: Sequence[Place] = (), *, anywhere: bool = False) -> Matrix:
        """Travel between all of ``places``, in their order, then from those that are ``left`` and not driven to (0 as columns), then,
        with ``anywhere``, from and to a place that is nowhere in particular (0 both ways). ``left`` are none of ``places``.

        Raises:
            ValueError: more places than the table holds.
        """
        if len(places) + len(left) > len(self._points):
            raise ValueError(f"a plan of {len(places) + len(left)} places exceeds the travel table's {len(self._points)}")
        with self._lock:
            slots = self._slots_of([place_key(place) for place in (*places, *left)])
            visited = slots[: len(places)]
            self._learn(visited, visited)
            self._learn(slots[len(places) :], visited)
            nowhere = np.full(len(left) + anywhere, len(self._points))
            block = np.ix_(np.concatenate((slots, nowhere[:anywhere])), np.concatenate((visited, nowhere)))
            return Matrix(np.ascontiguousarray(self._seconds[block]), np.ascontiguousarray(self._metres[block]))

    def _slots_of(self, keys: Sequence[PlaceKey]) -> NDArray[np.int64]:
        for key in keys:
            if key in self._slots:
                self._slots.move_to_end(key)
        wanted = dict.fromkeys(keys)
        for key in [key for key in wanted if key not in self._slots]:
            if not self._free:
                self._forget_oldest(wanted)
            slot = self._free.pop()
            self._slots[key] = slot
            self._moves += 1
            self._moved_in[slot] = self._moves
            self._points[slot] = (key[0] / 1_000_000, key[1] / 1_000_000)
        return np.array([self._slots[key] for key in keys], np.int64)

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
        answer = self._source.matrix(self._points[origins], self._points[destinations])
        block = np.ix_(origins, destinations)
        self._seconds[block] = answer.seconds
        self._metres[block] = answer.metres
        self._asked[block] = self._moves
