"""The departures of some days, as the timetable has them or as they run in fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gtfs.journeys.arrays import Changes, Connections, Halts, Lines
from gtfs.journeys.basis import Basis
from gtfs.journeys.live_trips import LiveTrip
from gtfs.nouns import TransitLeg
from gtfs.timetable import BoolArray, IntArray


@dataclass(eq=False)
class Layout:
    """The lines of some days with the halts they point to and the rules of changing, forwards or mirrored; ``back`` are those of the
    other direction; ``usable`` bool[B]: where the rider can board and alight. The lines from ``lines.live_line`` on point to ``live``, the halts of ``live_trips``.
    """

    lines: Lines
    halts: Halts
    live: Halts
    changes: Changes
    back: Changes
    usable: BoolArray
    backwards: bool
    live_trips: Sequence[LiveTrip] = ()

    @cached_property
    def connections(self) -> Connections:
        """The same departures ride by ride; made when first asked for."""
        from gtfs.journeys.laying_out import cut_into_connections  # noqa: PLC0415  numba takes a second to import

        return cut_into_connections(self.lines, self.halts, self.live, self.usable)

    @cached_property
    def ends(self) -> tuple[IntArray, IntArray, IntArray]:
        """Lines and positions at which one may alight, by stop."""
        from gtfs.journeys.laying_out import index_ends  # noqa: PLC0415  numba takes a second to import

        return index_ends(self.lines, self.halts, self.live, self.usable.size)

    def is_live(self, departure: int) -> bool:
        """True where the departure is not one of the timetable."""
        return bool(departure >= self.lines.line_first[self.lines.live_line])

    def halts_of(self, departure: int) -> Halts:
        """The halts to which a departure of ``lines`` points."""
        return self.live if self.is_live(departure) else self.halts

    def departures_at(self, berth: int) -> Iterator[IntArray]:
        """When something can be boarded there, line by line."""
        lines = self.lines
        for at in range(lines.stop_first[berth], lines.stop_first[berth + 1]):
            line = lines.stop_line[at]
            of_line = slice(lines.line_first[line], lines.line_first[line + 1])
            halts = self.live if line >= lines.live_line else self.halts
            yield halts.departure[lines.halt[of_line] + lines.stop_position[at]] + lines.offset[of_line]

    def legs(self, basis: Basis, ride: tuple[int, int, int]) -> list[TransitLeg]:
        """A ride (departure, positions of boarding and alighting) as it is told: a leg for every trip the riders stay seated in."""
        departure, boarded, alighted = ride
        trip = int(self.lines.trip[departure])
        if self.is_live(departure):
            live = self.live_trips[trip]
            lengths: Sequence[int] = live.lengths
        else:
            lengths = [int(basis.ahead.halts.length[part]) for part in basis.parts(trip)]
        legs: list[TransitLeg] = []
        for part, low, high in _within(lengths, boarded, alighted, backwards=self.backwards):
            told = self._told(basis, departure, low, high)
            if self.is_live(departure):
                size = sum(lengths)
                ends = (size - 1 - high, size - 1 - low) if self.backwards else (low, high)
                legs.append(live.leg(basis.feed, live.parts[part], told, ends))
            else:
                legs.append(basis.feed.transit_leg(basis.parts(trip)[part], told))
        stays = range(len(legs) - 1) if self.backwards else range(1, len(legs))
        return [replace(leg, stays=number in stays) for number, leg in enumerate(legs)]

    def _told(self, basis: Basis, departure: int, low: int, high: int) -> tuple[tuple[str, int, int], ...]:
        """Stops and times of a departure between two positions."""
        halts, first, offset = self.halts_of(departure), int(self.lines.halt[departure]), int(self.lines.offset[departure])
        span = slice(first + low, first + high + 1)
        times = (halts.arrival[span] + offset).tolist(), (halts.departure[span] + offset).tolist()
        return tuple(zip([basis.stop_id(berth) for berth in halts.stop[span].tolist()], *times, strict=True))


def _within(lengths: Sequence[int], boarded: int, alighted: int, *, backwards: bool) -> Iterator[tuple[int, int, int]]:
    """Parts that are ridden and from where to where, in the order of positions."""
    begin, order = 0, range(len(lengths))
    for part in reversed(order) if backwards else order:
        low, high = max(boarded, begin), min(alighted, begin + lengths[part] - 1)
        begin += lengths[part]
        if low < high:
            yield part, low, high
