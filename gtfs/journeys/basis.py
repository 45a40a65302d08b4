"""What all searches of one feed share, whatever the day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gtfs.feed import Feed
from gtfs.journeys.arrays import Changes, Departures, Halts
from gtfs.journeys.berths import Berths, berths_of, special_rules
from gtfs.journeys.changes import Footing, Walks, changes_of, crow_fly_walks, general_changes, mirrored_changes
from gtfs.journeys.day_lines import forwards, mirrored
from gtfs.journeys.staying import Parts, joined_trips, with_joined
from gtfs.timetable import BoolArray, IntArray


class Direction(NamedTuple):
    """The timetable and the rules of changing, forwards or mirrored."""

    halts: Halts
    departures: Departures
    changes: Changes


@dataclass(eq=False)
class Basis:
    """A feed laid out for searching, at berths in place of stops and with trips in which riders stay seated joined; read-only.

    Trips beyond those of the feed are ``joined``.
    """

    feed: Feed
    footing: Footing
    given: Walks | None = field(default=None, repr=False)

    @cached_property
    def berths(self) -> Berths:
        walks = self.given if self.given is not None else crow_fly_walks(self.feed, self.footing)
        general = general_changes(self.feed, walks, self.footing)
        return berths_of(self.feed, special_rules(self.feed), general, self.footing)

    @cached_property
    def joined(self) -> list[Parts]:
        return joined_trips(self.feed)

    @cached_property
    def ahead(self) -> Direction:
        timetable, berths = self.feed.timetable, self.berths
        departures = Departures(timetable.departure_first, timetable.departure_offset)
        halts, departures = with_joined(forwards(timetable, berths.of_halt), departures, self.joined)
        return Direction(halts, departures, changes_of(berths.walks, berths.stop.size))

    @cached_property
    def back(self) -> Direction:
        ahead, berths = self.ahead, self.berths
        departures = Departures(ahead.departures.first, -ahead.departures.offset)
        return Direction(mirrored(ahead.halts), departures, mirrored_changes(berths.walks, berths.stop.size))

    @cached_property
    def patterns(self) -> IntArray:
        from gtfs.journeys.laying_out import number_patterns  # noqa: PLC0415  numba takes a second to import

        return number_patterns(self.ahead.halts)

    def runs(self, day: date, *, wheelchair: bool) -> BoolArray:
        """bool[T]: the trips that run on a service day, and with ``wheelchair`` take one."""
        runs = self.feed.runs(day)
        if wheelchair:
            runs &= self.feed.trip_table["wheelchair"].to_numpy() == 1
        return np.concatenate([runs, np.array([runs[list(parts)].all() for parts in self.joined], np.bool_)])

    def parts(self, trip: int) -> Parts:
        """The trips of the feed of which this one consists."""
        beyond = trip - self.feed.trip_table.height
        return (trip,) if beyond < 0 else self.joined[beyond]

    @cached_property
    def wheelchair_stops(self) -> BoolArray:
        """bool[B]: where the feed says that a wheelchair can board."""
        says: BoolArray = self.feed.stop_table["wheelchair"].fill_null(value=False).to_numpy()
        return says[self.berths.stop]

    @cached_property
    def any_stop(self) -> BoolArray:
        """bool[B]: all of them."""
        return np.ones(self.berths.stop.size, np.bool_)

    def berths_of(self, stop_id: str) -> list[int]:
        """All berths of the stop of this id; none of an unknown one."""
        stop = self.feed.stop_number(stop_id)
        return [] if stop is None else self.berths.of_stop(stop)

    @property
    def berth_of_halt(self) -> IntArray:
        """int32[H]: the berth of each of the timetable's halts."""
        return self.berths.of_halt

    def stop_id(self, berth: int) -> str:
        stop = self.feed.stops[int(self.berths.stop[berth])]
        return stop.id
