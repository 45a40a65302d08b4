"""Travel between the places of a plan, remembered: each pair is asked of the street graph once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
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

    Thread-safe. ``capacity`` places take 9 · capacity² bytes.
    """

    def __init__(self, source: TravelSource, capacity: int = 1500) -> None:
        self._source = source
        self._slots: OrderedDict[PlaceKey, int] = OrderedDict()
        self._free = list(range(capacity - 1, -1, -1))
        self._points = np.zeros((capacity, 2))
        self._seconds = np.zeros((capacity, capacity), np.int32)
        self._metres = np.zeros((capacity, capacity), np.int32)
        self._known = np.zeros((capacity, capacity), np.bool_)
        self._lock = threading.Lock()

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Travel between all of ``places``, (P, P), in their order.

        Raises:
            ValueError: more places than the table holds.
        """
        if len(places) > len(self._points):
            raise ValueError(f"a plan of {len(places)} places exceeds the travel table's {len(self._points)}")
        with self._lock:
            slots = self._slots_of([place_key(place) for place in places])
            self._learn(slots)
            block = np.ix_(slots, slots)
            return Matrix(np.ascontiguousarray(self._seconds[block]), np.ascontiguousarray(self._metres[block]))

    def _slots_of(self, keys: Sequence[PlaceKey]) -> NDArray[np.int64]:
        for key in keys:
            if key in self._slots:
                self._slots.move_to_end(key)
        wanted = set(keys)
        for key in wanted - self._slots.keys():
            if not self._free:
                self._forget_oldest(wanted)
            slot = self._free.pop()
            self._slots[key] = slot
            self._points[slot] = (key[0] / 1_000_000, key[1] / 1_000_000)
        return np.array([self._slots[key] for key in keys], np.int64)

    def _forget_oldest(self, wanted: set[PlaceKey]) -> None:
        oldest = next(key for key in self._slots if key not in wanted)
        slot = self._slots.pop(oldest)
        self._known[slot, :] = self._known[:, slot] = False
        self._free.append(slot)

    def _learn(self, slots: NDArray[np.int64]) -> None:
        every = np.unique(slots)
        new = every[~self._known[every, every]]
        if new.size:
            self._ask(new, every)
            self._ask(np.setdiff1d(every, new), new)
        missing = ~self._known[np.ix_(every, every)]
        if missing.any():
            self._ask(every[missing.any(axis=1)], every[missing.any(axis=0)])

    def _ask(self, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> None:
        if origins.size == 0 or destinations.size == 0:
            return
        answer = self._source.matrix(self._points[origins], self._points[destinations])
        block = np.ix_(origins, destinations)
        self._seconds[block] = answer.seconds
        self._metres[block] = answer.metres
        self._known[block] = True
