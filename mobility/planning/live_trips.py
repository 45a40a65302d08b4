"""How the trips of a timetable run in fact: what GTFS Realtime has told and what people have reported, as one thing to ask.

It hangs beside the compiled timetable (``Network.live``) and is replaced as a whole: take it once for one question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from gtfs.departures import Departure
from gtfs.feed import Feed
from gtfs.journeys.live import AtStops, apply
from gtfs.journeys.live_trips import Added, Live, LiveHalt, LiveTrip
from gtfs.journeys.planner import JourneyPlanner
from gtfs.nouns import Alert, DirectJourney
from gtfs.realtime import Message, TripUpdate
from gtfs.service_days import moment, origin_shift

EARLIEST_S, LATEST_S = -3600, 12 * 3600
"""A trip told to be earlier or later than that is taken to be told wrongly: it counts as not told."""

_Departure = tuple[date, int]


@dataclass(frozen=True, slots=True)
class LiveRide:
    """A ride from one stop of a trip to another as it is in fact. ``runs``: False when the trip is cancelled, or does not halt at one of the two.
    Otherwise seconds later than planned (negative: earlier).
    """

    runs: bool
    departs_late_s: int = 0
    arrives_late_s: int = 0


_GONE = LiveRide(runs=False)


@dataclass(frozen=True, eq=False)
class LiveTrips:
    """What is known of how ``feed``'s trips run. Without a feed, or with an empty message, nothing is known and everything is as by timetable.

    ``message`` has the timetable's ids; ``not_applied`` is how many of its updates are of no use. Trips no one has spoken of run as planned.
    """

    feed: Feed | None = None
    message: Message = Message(0, (), ())  # noqa: RUF009 - frozen
    known: Live = field(default_factory=lambda: Live(0))
    not_applied: int = 0

    @classmethod
    def of(cls, feed: Feed | None, messages: Sequence[Message], reported: Sequence[TripUpdate] = ()) -> LiveTrips:
        """What these messages and reports say together. A trip reported as cancelled does not run, whatever a message says; a reported delay
        holds where no message speaks of the trip on that day.
        """
        updates = _together(messages, reported)
        alerts = tuple(alert for message in messages for alert in message.alerts)
        stamp = max((message.timestamp for message in messages), default=0)
        passed_over = sum(message.passed_over for message in messages)
        message = Message(stamp, updates, alerts, passed_over)
        if feed is None or not (updates or alerts):
            return cls(feed, message)
        live, failed = apply(AtStops(feed), message)
        sound, absurd = _plausible(live)
        return cls(feed, message, sound, failed + absurd)

    def __bool__(self) -> bool:
        """Whether anything at all is known."""
        return bool(self.message.updates or self.message.alerts)

    def ride(self, trip_id: str, board: str, alight: str, departs: datetime) -> LiveRide | None:
        """A planned ride as it is in fact: from stop to stop (ids), ``departs`` by timetable. None: nobody has said anything, so it runs as planned."""
        if self.feed is None or (trip := self.feed.trip_number(trip_id)) is None:
            return None
        for day, offset in self._told_of.get(trip, ()):
            ends = _ends(self.feed, trip, (day, offset), (board, alight), departs)
            if ends is not None:
                return _seen(self.feed, self.known.instead[day][trip, offset], trip, ends)
        return None

    def is_cancelled(self, trip_id: str, day: date) -> bool:
        """Whether every departure of the trip that is spoken of on that service day is called off."""
        trip = None if self.feed is None else self.feed.trip_number(trip_id)
        told = (
            []
            if trip is None
            else [self.known.instead[on][trip, offset] for on, offset in self._told_of.get(trip, ()) if on == day]
        )
        return bool(told) and all(run is None for run in told)

    def alerts(
        self,
        begins: datetime,
        ends: datetime,
        *,
        trip_id: str = "",
        route_id: str = "",
        agency_id: str = "",
        stop_ids: Collection[str] = (),
    ) -> list[Alert]:
        """What operators tell riders of this trip, line, company or these stops in that time; what names nobody is told to all."""
        first, last = int(begins.timestamp()), int(ends.timestamp())
        return [
            one
            for one in self.message.alerts
            if not one.periods or any(begin <= last and end >= first for begin, end in one.periods)
            if not (one.agencies or one.routes or one.stops or one.trips)
            or trip_id in one.trips
            or route_id in one.routes
            or agency_id in one.agencies
            or one.stops.intersection(stop_ids)
        ]

    def direct_journeys(
        self, from_stop_ids: Collection[str], to_stop_ids: Collection[str], day: date, earliest_s: int, latest_s: int
    ) -> list[DirectJourney]:
        """As :meth:`gtfs.feed.Feed.direct_journeys`, with the times at which trips really run; without those that do not, with those added."""
        if self.feed is None:
            return []
        if not (self.known.instead or self.known.more):
            return self.feed.direct_journeys(from_stop_ids, to_stop_ids, day, earliest_s, latest_s)
        found = self.feed.direct_journeys(from_stop_ids, to_stop_ids, day, earliest_s - LATEST_S, latest_s - EARLIEST_S)
        run = [self._as_run(self.feed, one, day) for one in found]
        every = [*(one for one in run if one is not None), *self._added(self.feed, from_stop_ids, to_stop_ids, day)]
        inside = [one for one in every if earliest_s <= one.departure_s and one.arrival_s <= latest_s]
        return sorted(inside, key=lambda one: (one.departure_s, one.arrival_s, one.trip_id, one.from_stop_id, one.to_stop_id))

    def added_departures(self, stop_ids: Collection[str], day: date) -> Iterator[Departure]:
        """Of trips that the timetable does not have, from these stops; as :func:`gtfs.departures.departures` counts seconds."""
        if self.feed is None:
            return
        stops = set(stop_ids)
        for on, trips in self.known.more.items():
            shift = origin_shift(day, on, self.feed.timezone)
            for trip in trips:
                yield from _departures_of(self.feed, trip, stops, on, shift)

    def lay_over(self, planner: JourneyPlanner) -> None:
        """Have a planner of this timetable answer by how things run in fact; nothing is done when it does so already."""
        if self.feed is not planner.feed or planner.live.message is self.message:
            return
        planner.use(_plausible(apply(planner.basis, self.message)[0])[0])

    @cached_property
    def _told_of(self) -> dict[int, list[_Departure]]:
        """By trip (row number) the departures of which something is known."""
        told: dict[int, list[_Departure]] = {}
        for day, trips in self.known.instead.items():
            for trip, offset in trips:
                told.setdefault(trip, []).append((day, offset))
        return told

    def _as_run(self, feed: Feed, planned: DirectJourney, day: date) -> DirectJourney | None:
        if feed.trip_number(planned.trip_id) not in self._told_of:
            return planned
        departs = moment(day, planned.departure_s, feed.timezone)
        ride = self.ride(planned.trip_id, planned.from_stop_id, planned.to_stop_id, departs)
        if ride is None:
            return planned
        if not ride.runs:
            return None
        late = ride.departs_late_s, ride.arrives_late_s
        return replace(planned, departure_s=planned.departure_s + late[0], arrival_s=planned.arrival_s + late[1], late_s=late)

    def _added(
        self, feed: Feed, from_stop_ids: Collection[str], to_stop_ids: Collection[str], day: date
    ) -> Iterator[DirectJourney]:
        """Rides on trips that the timetable does not have."""
        from_stops, to_stops = set(from_stop_ids), set(to_stop_ids)
        for on, trips in self.known.more.items():
            shift = origin_shift(day, on, feed.timezone)
            for trip in trips:
                yield from _rides_of(feed, trip, from_stops, to_stops, shift)


def _ends(feed: Feed, trip: int, departure: _Departure, stops: tuple[str, str], departs: datetime) -> tuple[int, int] | None:
    """Positions (in the trip) of the halts where one boards at that moment and alights; None when it is another departure."""
    table, (day, offset) = feed.timetable, departure
    first, end = int(table.trip_first[trip]), int(table.trip_first[trip + 1])
    ids = [feed.stops[stop].id for stop in table.halt_stop[first:end]]
    for place, stop in enumerate(ids):
        planned = int(table.halt_departure[first + place]) + offset
        if stop == stops[0] and moment(day, planned, feed.timezone) == departs and stops[1] in ids[place + 1 :]:
            return place, ids.index(stops[1], place + 1)
    return None


def _seen(feed: Feed, run: LiveTrip | None, trip: int, ends: tuple[int, int]) -> LiveRide:
    """The ride between the halts at these positions of the timetable's trip."""
    table, first = feed.timetable, int(feed.timetable.trip_first[trip])
    stops = [int(table.halt_stop[first + place]) for place in ends]
    places = None if run is None else _places(feed, run, stops, ends)
    if run is None or places is None:
        return _GONE
    board, alight = (run.halts[place] for place in places)
    if not (board.board and alight.alight):
        return _GONE
    return LiveRide(
        runs=True,
        departs_late_s=board.departure - int(table.halt_departure[first + ends[0]]),
        arrives_late_s=alight.arrival - int(table.halt_arrival[first + ends[1]]),
    )


def _places(feed: Feed, run: LiveTrip, stops: Sequence[int], ends: tuple[int, int]) -> tuple[int, int] | None:
    """Where the trip as it runs halts at these stops or elsewhere in their stations; it may have other halts than planned."""

    def at(place: int, stop: int) -> bool:
        return place < len(run.halts) and _station(feed, run.halts[place].berth) == _station(feed, stop)

    if at(ends[0], stops[0]) and at(ends[1], stops[1]):
        return ends
    board = next((place for place in range(len(run.halts)) if at(place, stops[0])), None)
    alight = None if board is None else next((place for place in range(board + 1, len(run.halts)) if at(place, stops[1])), None)
    return None if board is None or alight is None else (board, alight)


def _station(feed: Feed, stop: int) -> str:
    return feed.stops[stop].parent or feed.stops[stop].id


def _rides_of(feed: Feed, trip: LiveTrip, from_stops: set[str], to_stops: set[str], shift: int) -> Iterator[DirectJourney]:
    part = trip.parts[0]
    for place, board in enumerate(trip.halts):
        if not (board.board and _is_at(feed, board, from_stops)) or not isinstance(part, Added):
            continue
        for alight in trip.halts[place + 1 :]:
            if alight.alight and _is_at(feed, alight, to_stops) and alight.berth != board.berth:
                ids = feed.stops[board.berth].id, feed.stops[alight.berth].id
                leg = feed.added_leg(part.trip_id, part.route, part.headsign, ())
                yield DirectJourney(
                    leg.trip_id, leg.route_short_name, leg.route_type, leg.headsign, *ids,
                    board.departure + shift, alight.arrival + shift, route_id=leg.route_id,
                )  # fmt: skip


def _departures_of(feed: Feed, trip: LiveTrip, stops: set[str], on: date, shift: int) -> Iterator[Departure]:
    part = trip.parts[0]
    if not isinstance(part, Added):
        return
    leg, last = feed.added_leg(part.trip_id, part.route, part.headsign, ()), feed.stops[trip.halts[-1].berth].id
    for halt in trip.halts[:-1]:
        if halt.board and _is_at(feed, halt, stops):
            yield Departure(
                leg.trip_id, leg.route_id, leg.route_short_name, leg.route_type, leg.headsign, feed.stops[halt.berth].id, last, on,
                halt.departure + shift, pickup_type=0, wheelchair=None,
            )  # fmt: skip


def _is_at(feed: Feed, halt: LiveHalt, stops: set[str]) -> bool:
    stop = feed.stops[halt.berth]
    return stop.id in stops or stop.parent in stops


def _together(messages: Sequence[Message], reported: Sequence[TripUpdate]) -> tuple[TripUpdate, ...]:
    """Of two updates of one departure the later counts."""
    told = [one for message in messages for one in message.updates]
    spoken_of = {(one.trip_id, one.start_date) for one in told}
    more = [
        one for one in reported if one.kind == "cancelled" or not {(one.trip_id, one.start_date), (one.trip_id, None)} & spoken_of
    ]
    return (*told, *more)


def _plausible(live: Live) -> tuple[Live, int]:
    """Without the trips that are told to be absurdly early or late, and how many these are."""

    def sound(trip: LiveTrip | None) -> bool:
        return trip is None or all(EARLIEST_S <= late <= LATEST_S for halt in trip.halts for late in halt.late_s)

    instead = {day: {key: run for key, run in trips.items() if sound(run)} for day, trips in live.instead.items()}
    return replace(live, instead=instead), sum(len(live.instead[day]) - len(trips) for day, trips in instead.items())
