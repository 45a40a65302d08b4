"""The street graph and the feed in use, loaded once and swapped when a newer version is imported."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from gtfs.feed import Feed
from mobility.domain.datasets import Dataset
from mobility.planning.travel import TravelCache
from routing.streets.geocoders import Geocoder
from routing.streets.streets import Streets


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One agency's streets and (when imported) feed, with the travel remembered between its places, and whom to ask for addresses that
    the streets do not hold. Compared by identity.
    """

    streets: Streets
    feed: Feed | None
    travel: TravelCache
    geocoder: Geocoder | None = None


@dataclass(frozen=True, slots=True)
class _Loaded:
    streets_id: str
    feed_id: str | None
    network: Network


class Networks:
    """The network in use by agency; thread-safe. An old version stays usable for whoever still holds it."""

    def __init__(self, folder: Path, geocoder: Geocoder | None = None) -> None:
        self._folder = folder
        self._geocoder = geocoder
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.Lock()

    def streets_of(self, streets: Dataset) -> Streets:
        """The streets alone, whatever feed they are loaded with."""
        with self._lock:
            old = self._loaded.get(streets.agency_id)
        if old is not None and old.streets_id == streets.id:
            return old.network.streets
        return self.load(streets, None).streets

    def load(self, streets: Dataset, feed: Dataset | None) -> Network:
        """The network of these two datasets; what has not changed since the last call is kept."""
        with self._lock:
            old = self._loaded.get(streets.agency_id)
            feed_id = None if feed is None else feed.id
            if old is not None and (old.streets_id, old.feed_id) == (streets.id, feed_id):
                return old.network
            if old is not None and old.streets_id == streets.id:
                graph, travel = old.network.streets, old.network.travel
            else:
                graph = Streets.load(self._folder / streets.folder)
                graph.warm_up()
                travel = TravelCache(graph)
            timetable = None if feed is None else Feed.load(self._folder / feed.folder)
            network = Network(graph, timetable, travel, self._geocoder)
            self._loaded[streets.agency_id] = _Loaded(streets.id, feed_id, network)
            return network
