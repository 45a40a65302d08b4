"""The planner that answers now, while the next timetable is loaded and news of the present come in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from gtfs.journeys.live import apply
from gtfs.journeys.live_trips import Live
from gtfs.journeys.planner import JourneyPlanner
from gtfs.merging import Part
from gtfs.overlap_rules import MAIN
from gtfs.realtime import MAX_AGE_S, RealtimeError, fetch_message


class JourneyService:
    """Holds the planner in use; to be shared by all threads. Whoever has taken ``planner`` keeps it until the answer is given."""

    def __init__(self, planner: JourneyPlanner, parts: Sequence[Part] = ()) -> None:
        self._planner = planner
        self._parts = {part.name: part for part in parts}
        self._told: dict[str, Live] = {}
        self._changing = threading.Lock()

    @property
    def planner(self) -> JourneyPlanner:
        """The planner that answers now."""
        return self._planner

    def replace(self, make: Callable[[], JourneyPlanner], parts: Sequence[Part] = ()) -> None:
        """Make the next planner in this thread, the old one answering meanwhile, then put it in its place. What ``make`` raises is
        raised, and the old one stays.
        """
        with self._changing:
            planner = make()
            planner.prepare()
            self._parts = {part.name: part for part in parts}
            self._told = {}
            self._planner = planner

    def refresh(
        self, where: str, now: datetime, *, feed: str = MAIN, max_age_s: int = MAX_AGE_S, allow_private: bool = False
    ) -> int:
        """Apply the GTFS Realtime message at an address or in a file, which speaks of ``feed`` where the timetable is made of several; how many
        of its updates could not be applied. What is known of the other feeds stays.

        Raises:
            RealtimeError: it cannot be used; what was known before holds on until it is older than ``max_age_s``.
        """
        with self._changing:
            try:
                message = fetch_message(where, now, max_age_s=max_age_s, allow_private=allow_private)
            except RealtimeError:
                self._lay_over(now, max_age_s)
                raise
            if len(self._parts) > 1:
                if feed not in self._parts:
                    raise RealtimeError(f"GTFS Realtime: there is no feed {feed or 'main'} in this timetable")
                message = self._parts[feed].message(message)
            live, failed = apply(self._planner.basis, message)
            self._told[feed] = live
            self._lay_over(now, max_age_s)
            return failed

    def _lay_over(self, now: datetime, max_age_s: int) -> None:
        """What the feeds have told and is not too old; their trips are not each other's."""
        self._told = {feed: live for feed, live in self._told.items() if now.timestamp() - live.timestamp <= max_age_s}
        told = list(self._told.values())
        if len(told) == 1:
            self._planner.use(told[0])
            return
        days = {day for live in told for day in (*live.instead, *live.more)}
        self._planner.use(
            Live(
                min((live.timestamp for live in told), default=0),
                {day: {key: run for live in told for key, run in live.instead.get(day, {}).items()} for day in days},
                {day: [run for live in told for run in live.more.get(day, ())] for day in days},
                [alert for live in told for alert in live.alerts],
            )
        )
