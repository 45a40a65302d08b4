"""The street graph and the feeds in use, loaded once and swapped when a newer version is imported."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.journeys.planner import JourneyPlanner
from gtfs.merging import Merged, merge_feeds
from gtfs.overlap_rules import MAIN, OverlapRules, read_overlap_rules
from gtfs.realtime import Message
from mobility.domain.datasets import Dataset
from mobility.planning.live_trips import LiveTrips
from mobility.planning.travel import TravelCache
from routing.streets.geocoders import Geocoder
from routing.streets.streets import Streets

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """How trips run in fact, and by which news, to compare with the next: ``messages`` by what they are known by."""

    live: LiveTrips
    made_of: object = ()
    messages: Mapping[tuple[str, str], Message] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Now:
    """What changes while the network stays. ``looked_at``: when news were last looked for; ``working``: held by who works them in; ``planners`` answer by
    them. ``made``: see :func:`kept_with_network`.
    """

    told: Told
    looked_at: datetime | None = None
    planners: list[JourneyPlanner] = field(default_factory=list)
    made: dict[object, Any] = field(default_factory=dict)
    working: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One agency's streets and (when imported) its feeds as one, with the travel remembered between its places, and whom to ask for
    addresses that the streets do not hold. ``merged`` says what of the feed comes from where. Compared by identity. ``live`` is how the
    feed's trips run in fact, replaced as a whole: take it once for one question.
    """

    streets: Streets
    feed: Feed | None
    travel: TravelCache
    geocoder: Geocoder | None = None
    merged: Merged | None = None
    now: Now = field(default_factory=lambda: Now(Told(LiveTrips())), repr=False)

    def __post_init__(self) -> None:
        self.now.told = Told(LiveTrips(self.feed))

    @property
    def live(self) -> LiveTrips:
        """How trips run in fact, as far as anybody has said."""
        return self.now.told.live

    def follow(self, planner: JourneyPlanner) -> None:
        """Have a planner of this feed answer by how trips run in fact, now and whenever there is news (that is worked in beside requests)."""
        self.live.lay_over(planner)
        self.now.planners.append(planner)

    def tell(self, live: LiveTrips, made_of: object = (), messages: Mapping[tuple[str, str], Message] | None = None) -> None:
        """From now on that is how trips run; see :class:`Told`."""
        for planner in self.now.planners:
            live.lay_over(planner)
        self.now.told = Told(live, made_of, messages or {})


def kept_with_network(make: Callable[Concatenate[Network, P], T]) -> Callable[Concatenate[Network, P], T]:
    """What is made of a network (and hashable rest) is made once, and forgotten with it: an old timetable is kept for nobody."""

    @wraps(make)
    def kept(network: Network, /, *rest: P.args, **named: P.kwargs) -> T:
        key = (make, rest, *named.items())
        if key not in network.now.made:
            network.now.made[key] = make(network, *rest, **named)
        answer: T = network.now.made[key]
        return answer

    return kept


@dataclass(frozen=True, slots=True)
class _Loaded:
    streets_id: str
    feeds: tuple[str, ...]
    rules: str
    network: Network


class Networks:
    """The network in use by agency; thread-safe. An old version stays usable for whoever still holds it."""

    def __init__(self, folder: Path, geocoder: Geocoder | None = None) -> None:
        self._folder = folder
        self._geocoder = geocoder
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.Lock()

    def streets_of(self, streets: Dataset) -> Streets:
        """The streets alone, whatever feeds they are loaded with."""
        with self._lock:
            old = self._loaded.get(streets.agency_id)
        if old is not None and old.streets_id == streets.id:
            return old.network.streets
        return self.load(streets, ()).streets

    def load(self, streets: Dataset, feeds: Sequence[Dataset], rules: str = "") -> Network:
        """The network of these datasets; what has not changed since the last call is kept."""
        with self._lock:
            old = self._loaded.get(streets.agency_id)
            ids = tuple(feed.id for feed in feeds)
            if old is not None and (old.streets_id, old.feeds, old.rules) == (streets.id, ids, rules):
                return old.network
            if old is not None and old.streets_id == streets.id:
                graph, travel = old.network.streets, old.network.travel
            else:
                graph = Streets.load(self._folder / streets.folder)
                graph.warm_up()
                travel = TravelCache(graph)
            merged = _sound(self._folder, feeds, rules)
            network = Network(graph, None if merged is None else merged.feed, travel, self._geocoder, merged)
            self._loaded[streets.agency_id] = _Loaded(streets.id, ids, rules, network)
            return network


def _sound(folder: Path, feeds: Sequence[Dataset], rules: str) -> Merged | None:
    """The feeds as one; should that fail, which was tried before each was put into use, the main feed alone."""
    try:
        return load_feeds(folder, feeds, rules)
    except FeedError:
        raise
    except Exception as error:  # noqa: BLE001  whatever is in them, the main timetable goes on
        _log.error("feeds cannot be put together (%s); the main feed is used alone", type(error).__name__)
        return load_feeds(folder, [feed for feed in feeds if feed.feed == MAIN], rules)


def load_feeds(folder: Path, feeds: Sequence[Dataset], rules: str = "") -> Merged | None:
    """An agency's feeds as one; None where there are none. One beside the main feed that cannot be read is left out: the others go on.

    Raises:
        FeedError: the main feed's files are gone, or of another version of this program.
    """
    loaded: dict[str, Feed] = {}
    for dataset in feeds:
        try:
            loaded[dataset.feed] = Feed.load(folder / dataset.folder)
        except FeedError:
            if dataset.feed == MAIN:
                raise
            _log.error("feed %s cannot be read and is left out: upload it anew", dataset.id)
    if not loaded:
        return None
    merged = merge_feeds(loaded, _rules(rules))
    if len(merged.parts) > 1:
        merged.feed.prepare()
    for name, why in merged.left_out.items():
        _log.warning("feed %s is left out: %s", name, why)
    return merged


def _rules(text: str) -> OverlapRules:
    """Checked when they were saved; should they not be readable by this version, none hold."""
    try:
        return read_overlap_rules(text)
    except ValueError:
        return OverlapRules()
