"""A message of GTFS Realtime worked into a timetable: which departures do not run as planned, and how they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from gtfs.feed import Feed
from gtfs.journeys.live_trips import Added, Live, LiveHalt, LiveTrip
from gtfs.realtime import Message, StopUpdate, TripUpdate
from gtfs.service_days import day_origin, seconds_of
from gtfs.timetable import NO_PICKUP, BoolArray, IntArray

Delay = tuple[int, int]
_DAYS_NEAR = (-1, 0, 1)


class Ground(Protocol):
    """What a message is laid over: :class:`gtfs.journeys.basis.Basis`, or the bare timetable (:class:`AtStops`)."""

    @property
    def feed(self) -> Feed: ...
    @property
    def berth_of_halt(self) -> IntArray: ...
    @property
    def joined(self) -> Sequence[tuple[int, ...]]: ...
    def stop_id(self, berth: int) -> str: ...


@dataclass(frozen=True, slots=True)
class AtStops:
    """A timetable without anything that searching needs: berths are stops, and no trips are joined."""

    feed: Feed
    joined: tuple[tuple[int, ...], ...] = ()

    @property
    def berth_of_halt(self) -> IntArray:
        return self.feed.timetable.halt_stop

    def stop_id(self, berth: int) -> str:
        return self.feed.stops[berth].id


def apply(basis: Ground, message: Message) -> tuple[Live, int]:
    """What is known of the present, and how many updates could not be applied: their trip, day or stops are not in the timetable, or
    their times cannot be told.

    Delays go on from stop to stop until another is told; where nothing is known any more (NO_DATA) trips run as planned. No halt is
    left before it is reached, whatever is told.
    """
    work = _Applying(basis, message)
    for update in message.updates:
        if not (work.add(update) if update.kind == "added" else work.change(update)):
            work.failed += 1
    work.join()
    live = Live(message.timestamp, work.instead, work.more, message.alerts, message)
    return live, work.failed + message.passed_over


@dataclass
class _Applying:
    basis: Ground
    message: Message
    instead: dict[date, dict[tuple[int, int], LiveTrip | None]] = field(default_factory=dict)
    more: dict[date, list[LiveTrip]] = field(default_factory=dict)
    failed: int = 0
    _running: dict[date, BoolArray] = field(default_factory=dict)

    def change(self, update: TripUpdate) -> bool:
        """A trip of the timetable."""
        trip = self.basis.feed.trip_number(update.trip_id)
        if trip is None:
            return False
        offset = self._offset(trip, update.start_s)
        day = self._day(trip, update.start_date)
        if offset is None or day is None:
            return False
        if update.kind == "cancelled":
            run = None
        elif update.kind == "replaced":
            run = self._told(update, day, (trip, self._planned(trip, offset)))
        else:
            run = self._delayed(update, day, (trip, self._planned(trip, offset)))
        if run is None and update.kind != "cancelled":
            return False
        self.instead.setdefault(day, {})[trip, offset] = run
        return True

    def add(self, update: TripUpdate) -> bool:
        """A trip the timetable does not have."""
        day = update.start_date or datetime.fromtimestamp(self.message.timestamp, UTC).astimezone(self.basis.feed.timezone).date()
        run = self._told(update, day, None)
        if run is not None:
            self.more.setdefault(day, []).append(run)
        return run is not None

    def join(self) -> None:
        """Chains of trips in which riders stay seated: with a part that does not run as planned, if they still follow each other."""
        count = self.basis.feed.trip_table.height
        for day, changed in self.instead.items():
            for number, parts in enumerate(self.basis.joined):
                if not any((part, 0) in changed for part in parts) or not self._runs(day)[list(parts)].all():
                    continue
                runs = [changed.get((part, 0), self._whole(part)) for part in parts]
                changed[count + number, 0] = _joined([run for run in runs if run is not None]) if None not in runs else None

    def _runs(self, day: date) -> BoolArray:
        """bool[T]: which trips run on a day, made once for a message."""
        if day not in self._running:
            self._running[day] = self.basis.feed.runs(day)
        return self._running[day]

    def _whole(self, trip: int) -> LiveTrip:
        halts = self._planned(trip, 0)
        return LiveTrip((trip,), (len(halts),), tuple(halts))

    def _offset(self, trip: int, start_s: int | None) -> int | None:
        """Which of the trip's departures is meant."""
        timetable = self.basis.feed.timetable
        first = timetable.departure_first
        offsets = timetable.departure_offset[first[trip] : first[trip + 1]].tolist()
        if timetable.trip_first[trip] == timetable.trip_first[trip + 1]:
            return None
        if len(offsets) == 1 and (start_s is None or offsets == [0]):
            return int(offsets[0])
        if start_s is None:
            return None
        offset = start_s - int(timetable.halt_departure[timetable.trip_first[trip]])
        return offset if offset in offsets else None

    def _day(self, trip: int, told: date | None) -> date | None:
        """The service day told, else the one near the message on which the trip runs at that time or next to it."""
        feed = self.basis.feed
        if told is not None:
            return told if self._runs(told)[trip] else None
        at = datetime.fromtimestamp(self.message.timestamp, UTC)
        today = at.astimezone(feed.timezone).date()
        days = [today + timedelta(days=near) for near in _DAYS_NEAR]
        halts = self._planned(trip, 0)

        def away(day: date) -> int:
            now = seconds_of(at, day, feed.timezone)
            return max(halts[0].departure - now, now - halts[-1].arrival, 0)

        return min((day for day in days if self._runs(day)[trip]), key=away, default=None)

    def _planned(self, trip: int, offset: int) -> list[LiveHalt]:
        timetable = self.basis.feed.timetable
        halts = slice(timetable.trip_first[trip], timetable.trip_first[trip + 1])
        columns = (
            self.basis.berth_of_halt[halts].tolist(),
            (timetable.halt_arrival[halts] + offset).tolist(),
            (timetable.halt_departure[halts] + offset).tolist(),
            (timetable.halt_pickup[halts] != NO_PICKUP).tolist(),
            (timetable.halt_dropoff[halts] != NO_PICKUP).tolist(),
        )
        return [LiveHalt(*row) for row in zip(*columns, strict=True)]

    def _delayed(self, update: TripUpdate, day: date, planned: tuple[int, list[LiveHalt]]) -> LiveTrip | None:
        trip, halts = planned
        told = dict(self._matched(update, trip, halts))
        if len(told) < len(update.stops):
            return None
        origin = int(day_origin(day, self.basis.feed.timezone).timestamp())
        late, found, ready = update.delay or 0, list[LiveHalt](), -(2**31)
        for place, halt in enumerate(halts):
            stop = told.get(place)
            if stop is not None and stop.no_data:
                late = 0
            elif stop is None or stop.skipped:
                pass
            else:
                arrival = _late((stop.arrival, stop.arrival_delay), halt.arrival + origin, late)
                departs = _late((stop.departure, stop.departure_delay), halt.departure + origin, arrival)
                late = departs
            before = late if stop is None or stop.skipped or stop.no_data else arrival
            run = self._moved(halt, (before, late), ready, stop)
            if run is None:
                return None
            found.append(run)
            ready = run.departure
        return LiveTrip((trip,), (len(found),), tuple(found))

    def _moved(self, halt: LiveHalt, late: Delay, ready: int, told: StopUpdate | None) -> LiveHalt | None:
        """The halt as it is served; None where the stop in its place is not known."""
        arrival = max(halt.arrival + late[0], ready)
        departure = max(halt.departure + late[1], arrival)
        late_s = (arrival - halt.arrival, departure - halt.departure)
        if told is None:
            return LiveHalt(halt.berth, arrival, departure, halt.board, halt.alight, late_s)
        if told.skipped:
            return LiveHalt(halt.berth, arrival, departure, board=False, alight=False, late_s=late_s)
        stop = self.basis.feed.stop_number(told.assigned) if told.assigned else halt.berth
        return None if stop is None else LiveHalt(stop, arrival, departure, halt.board, halt.alight, late_s)

    def _matched(self, update: TripUpdate, trip: int, halts: list[LiveHalt]) -> Iterator[tuple[int, StopUpdate]]:
        """Updates with the place of their halt: by sequence, else the next halt at that stop."""
        timetable, begin = self.basis.feed.timetable, 0
        first = int(timetable.trip_first[trip])
        sequences = timetable.halt_sequence[first : first + len(halts)].tolist()
        for stop in update.stops:
            for place in range(begin, len(halts)):
                if stop.sequence is not None:
                    here = sequences[place] == stop.sequence
                else:
                    here = self.basis.stop_id(halts[place].berth) == stop.stop_id
                if here:
                    yield place, stop
                    begin = place + 1
                    break

    def _told(self, update: TripUpdate, day: date, planned: tuple[int, list[LiveHalt]] | None) -> LiveTrip | None:
        """A trip that is told whole: every stop with its times."""
        feed, halts, ready = self.basis.feed, list[LiveHalt](), -(2**31)
        origin = int(day_origin(day, feed.timezone).timestamp())
        for stop in update.stops:
            number = feed.stop_number(stop.assigned or stop.stop_id)
            times = [time - origin for time in (stop.arrival, stop.departure) if time is not None]
            if number is None or not times:
                return None
            arrival = max(times[0], ready)
            departure = ready = max(times[-1], arrival)
            served = not stop.skipped
            halts.append(LiveHalt(number, arrival, departure, served, served))
        if len(halts) < 2 or max(abs(halts[0].arrival), abs(halts[-1].departure)) > 30 * 86_400:
            return None
        part: int | Added = planned[0] if planned is not None else self._added(update)
        return LiveTrip((part,), (len(halts),), tuple(halts))

    def _added(self, update: TripUpdate) -> Added:
        feed = self.basis.feed
        last = feed.find_stop(update.stops[-1].stop_id)
        return Added(update.trip_id, feed.route_number(update.route_id), last.name if last else "")


def _late(told: tuple[int | None, int | None], planned: int, before: int) -> int:
    """A delay by a time, or told as one, else as it was before."""
    time, delay = told
    late = time - planned if time is not None else delay if delay is not None else before
    return max(-86_400, min(late, 7 * 86_400))


def _joined(runs: list[LiveTrip]) -> LiveTrip | None:
    """One after the other; None where the next leaves before the one before is there."""
    halts: list[LiveHalt] = []
    for run in runs:
        first, *others = run.halts
        if halts:
            if first.departure < halts[-1].arrival:
                return None
            halts[-1] = replace(halts[-1], board=False)
            first = replace(first, alight=False)
        halts += [first, *others]
    return LiveTrip(
        tuple(part for run in runs for part in run.parts), tuple(length for run in runs for length in run.lengths), tuple(halts)
    )
