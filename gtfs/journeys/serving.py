"""The planner that answers now, while the next timetable is loaded and news of the present come in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from gtfs.journeys.live import apply
from gtfs.journeys.live_trips import Live
from gtfs.journeys.planner import JourneyPlanner
from gtfs.realtime import MAX_AGE_S, RealtimeError, fetch_message


class JourneyService:
    """Holds the planner in use; to be shared by all threads. Whoever has taken ``planner`` keeps it until the answer is given."""

    def __init__(self, planner: JourneyPlanner) -> None:
        self._planner = planner
        self._changing = threading.Lock()

    @property
    def planner(self) -> JourneyPlanner:
        """The planner that answers now."""
        return self._planner

    def replace(self, make: Callable[[], JourneyPlanner]) -> None:
        """Make the next planner in this thread, the old one answering meanwhile, then put it in its place. What ``make`` raises is
        raised, and the old one stays.
        """
        with self._changing:
            planner = make()
            planner.prepare()
            self._planner = planner

    def refresh(self, where: str, now: datetime, *, max_age_s: int = MAX_AGE_S, allow_private: bool = False) -> int:
        """Apply the GTFS Realtime message at an address or in a file; how many of its updates could not be applied.

        Raises:
            RealtimeError: it cannot be used; what was known before holds on until it is older than ``max_age_s``.
        """
        with self._changing:
            planner = self._planner
            try:
                message = fetch_message(where, now, max_age_s=max_age_s, allow_private=allow_private)
            except RealtimeError:
                if now.timestamp() - planner.live.timestamp > max_age_s:
                    planner.use(Live(0))
                raise
            live, failed = apply(planner.basis, message)
            planner.use(live)
            return failed
