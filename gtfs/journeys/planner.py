"""Journeys by timetable, with ways to the first stop and from the last that may be possible only at certain times.

The search is round-based (RAPTOR: Delling, Pajor & Werneck 2015); a span of departures is searched from its end to its beginning, so
that each departure only looks for what no later one reaches (rRAPTOR, section 4.2 there). The latest departure for an arrival is the
earliest arrival in a timetable mirrored in time. Where only the first arrival is wanted, a scan over connections goes ahead.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date

from gtfs.feed import Feed
from gtfs.journeys.arrays import Labels, new_labels
from gtfs.journeys.asking import Found, Query, dominates, nowhere_later, undominated
from gtfs.journeys.basis import Basis
from gtfs.journeys.changes import Footing, Walks
from gtfs.journeys.day_lines import Period, lay_out
from gtfs.journeys.layout import Layout
from gtfs.journeys.live_trips import Live
from gtfs.journeys.overlaying import lay_live_over
from gtfs.journeys.searching import Search
from gtfs.nouns import Journey
from gtfs.service_days import DAY_S
from gtfs.timetable import IntArray

__all__ = ["JourneyPlanner", "Query"]

_LAYOUTS_KEPT = 8
_Key = tuple[date, Period, bool, bool]


@dataclass(frozen=True, slots=True)
class Present:
    """How things run in fact, and the layouts made of it; replaced as a whole."""

    live: Live = field(default_factory=lambda: Live(0))
    kept: dict[_Key, Layout] = field(default_factory=dict)


class JourneyPlanner:
    """Answers questions about one feed; to be shared by all threads. What is laid out for a day is kept for a while.

    Args:
        feed: the timetable.
        walks: walks between stops; crow-fly ones when not given.
        footing: how people walk and how long a change takes.
        within_s: how long after the departure one may arrive.
    """

    def __init__(self, feed: Feed, walks: Walks | None = None, footing: Footing | None = None, within_s: int = DAY_S) -> None:
        self.feed, self.footing, self.within_s = feed, footing or Footing(), within_s
        self.basis = Basis(feed, self.footing, walks)
        self._kept: dict[_Key, Layout] = {}
        self._present = Present()
        self._lock = threading.Lock()
        self._room = threading.local()

    def prepare(self) -> None:
        """Make what is otherwise made on first use, so that no request waits for it."""
        self.feed.prepare()
        _ = (self.basis.ahead, self.basis.back, self.basis.patterns)

    @property
    def live(self) -> Live:
        """How things run in fact, as far as that is known."""
        return self._present.live

    def use(self, live: Live) -> None:
        """From now on answer by how things run in fact; searches under way end with what they began with."""
        self._present = Present(live)

    def journeys(self, query: Query) -> list[Journey]:
        """All journeys for who is ready to leave within the span, of which none is better in everything: leaves later, arrives earlier,
        changes less, rides less by on-demand vehicle to the first stop and from the last. By departure, then arrival.

        Each leaves as late as its arrival allows, be it after the span. With ``arrive_by`` it is the other way round.
        """
        self._room.present = self._present  # the same for all of one question, whatever comes meanwhile
        if query.earliest_s == query.latest_s and not any(reach.ride_s for reach in (*query.access, *query.egress)):
            found = self._at_once(query)
        else:
            at_end, within = self._search(query, self.within_s)
            found = [self._tightened(query, journey) for journey in at_end] + within
        best = sorted(undominated(found), key=lambda one: (one.departure_s, one.arrival_s, one.changes))
        return [one.tell() for one in best]

    def _at_once(self, query: Query) -> list[Found]:
        """For one moment, without on-demand rides: only journeys with fewer changes than the fastest are worth looking for."""
        journey, leaves_last = self._fastest(query)
        if journey is None:
            return []
        fastest = Found.of(journey)
        found = [fastest if leaves_last else self._tightened(query, fastest)]
        if fastest.changes:
            fewer = self._searching(replace(query, most_changes=fastest.changes - 1), self.within_s)
            at_end, _ = fewer.run(fewer.query.access, self.within_s)
            limit = fewer.limit()
            at_end = [one.mirrored() for one in at_end] if query.arrive_by else at_end
            found += [self._tightened(query, journey, limit) for journey in at_end]
        return found

    def earliest_arrival(self, query: Query) -> Journey | None:
        """The journey that arrives first for who leaves at ``earliest_s`` (with ``arrive_by``: leaves last, to be there at
        ``latest_s``); of two, the one with fewer changes.
        """
        self._room.present = self._present
        at = query.latest_s if query.arrive_by else query.earliest_s
        found, _ = self._fastest(replace(query, earliest_s=at, latest_s=at))
        return found

    def _fastest(self, query: Query) -> tuple[Journey | None, bool]:
        """For one moment; and whether it leaves as late as it can."""
        search = self._searching(query, self.within_s)
        found = search.fastest(self.within_s)
        return found.mirrored() if found is not None and query.arrive_by else found, search.leaves_last

    def _tightened(self, query: Query, journey: Found, limit: IntArray | None = None) -> Found:
        """With the same arrival and no more changes and rides the latest departure; the other way round with ``arrive_by``.

        ``limit``: that of the search that found it, if that had one set of ways only.
        """
        at = journey.departure_s if query.arrive_by else journey.arrival_s
        other = replace(query, arrive_by=not query.arrive_by, earliest_s=at, latest_s=at, most_changes=journey.changes)
        found, _ = self._search(other, journey.arrival_s - journey.departure_s, limit)
        return next((one for one in undominated(found) if dominates(one, journey)), journey)

    def _search(self, query: Query, within_s: int, limit: IntArray | None = None) -> tuple[list[Found], list[Found]]:
        """Journeys of who is ready at the end of the span, the best of them whenever they leave, and of departures within it."""
        at_end: list[Found] = []
        within: list[Found] = []
        search = self._searching(query, within_s)
        access = search.query.access
        for level in sorted({reach.ride_s for reach in access}):
            found = search.run([reach for reach in access if reach.ride_s <= level], within_s, limit)
            at_end += found[0]
            within += found[1]
        at_end = undominated(at_end, nowhere_later)
        return ([one.mirrored() for one in at_end], [one.mirrored() for one in within]) if query.arrive_by else (at_end, within)

    def _searching(self, query: Query, within_s: int) -> Search:
        """A search ahead in time, in the mirrored timetable where one wants to be there by a time."""
        if query.arrive_by:
            period = Period(query.earliest_s - within_s, query.latest_s)
        else:
            period = Period(query.earliest_s, query.latest_s + within_s)
        layout = self._layout(query, period)
        turned = query.mirrored() if query.arrive_by else query
        return Search(self.basis, layout, turned, self._labels(query.most_changes + 1))

    def _layout(self, query: Query, period: Period) -> Layout:
        """The departures of the days the period touches, counted from the service day."""
        whole = Period(period.begin_s // DAY_S * DAY_S, -(-period.end_s // DAY_S) * DAY_S)
        key = query.day, whole, query.arrive_by, query.wheelchair
        layout = self._kept.get(key)
        if layout is None:
            layout = self._lay_out(query, whole)
            with self._lock:
                while len(self._kept) >= _LAYOUTS_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = layout
        return self._laid_over(layout, key)

    def _laid_over(self, layout: Layout, key: _Key) -> Layout:
        """The departures as they run in fact."""
        present: Present = self._room.present
        if not present.live.instead and not present.live.more:
            return layout
        live = present.kept.get(key)
        if live is None:
            live = lay_live_over(self.basis, layout, present.live, *key)
            with self._lock:
                while len(present.kept) >= _LAYOUTS_KEPT:
                    del present.kept[next(iter(present.kept))]
                present.kept[key] = live
        return live

    def _lay_out(self, query: Query, period: Period) -> Layout:
        basis, backwards = self.basis, query.arrive_by
        direction, other = (basis.back, basis.ahead) if backwards else (basis.ahead, basis.back)
        days = [
            (basis.runs(service_day, wheelchair=query.wheelchair), -shift if backwards else shift)
            for service_day, shift in self.feed.service_days(query.day, period.begin_s, period.end_s)
        ]
        turned = Period(-period.end_s, -period.begin_s) if backwards else period
        lines = lay_out(direction.halts, basis.patterns, days, direction.departures, turned, basis.any_stop.size)
        usable = basis.wheelchair_stops if query.wheelchair else basis.any_stop
        return Layout(lines, direction.halts, direction.halts, direction.changes, other.changes, usable, backwards)

    def _labels(self, rounds: int) -> Labels:
        """Room for a search, used again by the next one of this thread, which makes it as new."""
        room: Labels | None = getattr(self._room, "labels", None)
        if room is None or room.ready.shape[1] <= rounds:
            room = self._room.labels = new_labels(self.basis.any_stop.size, rounds)
        return room
