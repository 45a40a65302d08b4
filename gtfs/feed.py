"""A feed that has been read: the one object others ask about timetables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gtfs.direct import Rides, pairs_of_halts, rides_between
from gtfs.nouns import Agency, DirectJourney, Route, Stop, TimetableTrip, TransitLeg
from gtfs.service_days import DAY_S, ServiceDays, origin_shift
from gtfs.timetable import Timetable

_WHEELCHAIR = {0: None, 1: True, 2: False}


@dataclass(eq=False, repr=False)
class Feed:
    """A compiled feed; read-only, to be shared by all threads. Times are service-day seconds (see :mod:`gtfs.service_days`).

    ``stop_table``, ``route_table``, ``trip_table`` have columns as :mod:`gtfs.entities` makes them; their row numbers are the
    indices of ``timetable``. ``tables`` holds the feed's other files as text (booking_rules.txt, transfers.txt …) and, as
    ``flexible_stop_times``, the GTFS-Flex rows; ``locations`` is its GeoJSON. ``prefixes``: of one that was made of several (see
    :mod:`gtfs.merging`), what stands before the ids of all but the main one.
    """

    agencies: list[Agency]
    stop_table: pl.DataFrame
    route_table: pl.DataFrame
    trip_table: pl.DataFrame
    services: ServiceDays
    timetable: Timetable
    tables: Mapping[str, pl.DataFrame]
    locations: Mapping[str, Any] = field(default_factory=dict)
    prefixes: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Feed:
        """The feed that :func:`gtfs.importing.import_feed` put into ``folder``; its arrays are memory-mapped.

        Raises:
            FeedError: the folder holds no complete import of this version.
        """
        from gtfs.storing import load_feed  # noqa: PLC0415  storing knows Feed

        return load_feed(folder)

    def original_id(self, identifier: str) -> str:
        """An id as it stands in the feed that it comes from."""
        return next((identifier.removeprefix(one) for one in self.prefixes if identifier.startswith(one)), identifier)

    def prepare(self) -> None:
        """Make what is otherwise made on first use, so that no request waits for it."""
        _ = (self.stops, self.routes, self._stop_index, self._route_index, self._children, self._latest_s)

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which the feed's times are told: the first agency's."""
        return ZoneInfo(self.agencies[0].timezone)

    @cached_property
    def stops(self) -> list[Stop]:
        """All stops with a position, stations and entrances included."""
        return [Stop(**row) for row in self.stop_table.iter_rows(named=True)]

    @cached_property
    def routes(self) -> list[Route]:
        """All lines."""
        return [Route(**row) for row in self.route_table.iter_rows(named=True)]

    def find_stop(self, stop_id: str) -> Stop | None:
        """The stop of this id, or None."""
        index = self._stop_index.get(stop_id)
        return None if index is None else self.stops[index]

    def find_route(self, route_id: str) -> Route | None:
        """The line of this id, or None."""
        index = self._route_index.get(route_id)
        return None if index is None else self.routes[index]

    def active_services(self, day: date) -> set[str]:
        """Ids of the services that run on this service day."""
        return self.services.active(day)

    def days(self) -> tuple[date, date] | None:
        """First and last service day on which anything runs; None for a feed without any."""
        return self.services.span()

    def trips_of_route(self, route_id: str, day: date) -> list[TimetableTrip]:
        """The line's departures on a service day, by first departure; none for an unknown line."""
        route = self._route_index.get(route_id)
        if route is None:
            return []
        chosen = np.flatnonzero((self._trip_route == route) & self.runs(day) & (np.diff(self.timetable.trip_first) > 1))
        trips = [self._trip(int(trip), int(offset)) for trip in chosen for offset in self.offsets(int(trip))]
        return sorted(trips, key=lambda trip: (trip.halts[0][2], trip.trip_id))

    def direct_journeys(
        self, from_stop_ids: Collection[str], to_stop_ids: Collection[str], day: date, earliest_s: int, latest_s: int
    ) -> list[DirectJourney]:
        """Rides without a change from any of the first stops to any of the second that lie wholly within [earliest_s, latest_s].

        Boarding and alighting are as the feed allows them; a station's id stands for all its stops; unknown ids are passed over.
        Trips of earlier and later service days count where their times reach into the window, told in seconds of ``day``. Every
        pair of stops of a trip is a ride of its own. By departure, then arrival.
        """
        pairs = pairs_of_halts(self.timetable, self.stop_numbers(from_stop_ids), self.stop_numbers(to_stop_ids))
        found: list[DirectJourney] = []
        for service_day, shift in self.service_days(day, earliest_s, latest_s) if pairs[0].size else ():
            runs = self.runs(service_day)
            rides = rides_between(self.timetable, pairs, runs, earliest_s - shift, latest_s - shift)
            found += self._journeys(rides, shift)
        return sorted(
            found, key=lambda ride: (ride.departure_s, ride.arrival_s, ride.trip_id, ride.from_stop_id, ride.to_stop_id)
        )

    def stop_number(self, stop_id: str) -> int | None:
        """The stop's row in ``stop_table``, the index of the timetable; None for an unknown one."""
        return self._stop_index.get(stop_id)

    def trip_number(self, trip_id: str) -> int | None:
        """The trip's row in ``trip_table``; None for an unknown one."""
        return self._trip_index.get(trip_id)

    def route_number(self, route_id: str) -> int | None:
        """The line's row in ``route_table``; None for an unknown one."""
        return self._route_index.get(route_id)

    def transit_leg(self, trip: int, halts: tuple[tuple[str, int, int], ...]) -> TransitLeg:
        """A ride on the trip of this row of ``trip_table`` along ``halts``: (stop id, arrival, departure) from boarding to alighting."""
        route = self.routes[self._trip_route[trip]]
        return TransitLeg(
            trip_id=self._trip_ids[trip],
            route_id=route.id,
            route_short_name=route.short_name,
            route_type=route.type,
            headsign=self._headsign(trip),
            wheelchair=_WHEELCHAIR[int(self._trip_wheelchair[trip])],
            halts=halts,
        )

    def added_leg(self, trip_id: str, route: int | None, headsign: str, halts: tuple[tuple[str, int, int], ...]) -> TransitLeg:
        """A ride on a trip that the timetable does not have; ``route`` is a row of ``route_table``, None when not known."""
        line = Route("", "", "", 3) if route is None else self.routes[route]
        return TransitLeg(trip_id, line.id, line.short_name, line.type, headsign, None, halts)

    def service_days(self, day: date, earliest_s: int, latest_s: int) -> Iterator[tuple[date, int]]:
        """Service days whose times may reach into the window, with their origin in seconds of ``day``."""
        hour = 3600  # a clock change moves an origin by no more
        back = max((self._latest_s + hour - earliest_s) // DAY_S, 0)
        ahead = max((latest_s + hour) // DAY_S, 0)
        for distance in range(-back, ahead + 1):
            try:
                other = day + timedelta(days=distance)
                yield other, origin_shift(day, other, self.timezone)
            except OverflowError:
                continue

    def stop_numbers(self, stop_ids: Collection[str]) -> NDArray[np.int32]:
        """Rows of these stops and of all stops of these stations, ascending; unknown ids are passed over."""
        numbers: set[int] = set()
        for stop_id in stop_ids:
            if stop_id in self._stop_index:
                numbers.add(self._stop_index[stop_id])
            numbers.update(self._children.get(stop_id, ()))
        return np.array(sorted(numbers), np.int32)

    def offsets(self, trip: int) -> NDArray[np.int32]:
        """int32[D]: by how much the departures of a trip (a row of ``trip_table``) lie after its times."""
        first = self.timetable.departure_first
        return self.timetable.departure_offset[first[trip] : first[trip + 1]]

    def _journeys(self, rides: Rides, shift: int) -> list[DirectJourney]:
        timetable = self.timetable
        return [
            DirectJourney(
                trip_id=self._trip_ids[trip],
                route_id=route.id,
                route_short_name=route.short_name,
                route_type=route.type,
                headsign=self._headsign(trip),
                from_stop_id=self.stops[timetable.halt_stop[board]].id,
                to_stop_id=self.stops[timetable.halt_stop[alight]].id,
                departure_s=int(departure) + shift,
                arrival_s=int(arrival) + shift,
                pickup_type=int(timetable.halt_pickup[board]),
                drop_off_type=int(timetable.halt_dropoff[alight]),
                wheelchair=_WHEELCHAIR[int(self._trip_wheelchair[trip])],
            )
            for board, alight, departure, arrival in zip(*rides, strict=True)
            for trip in (int(timetable.halt_trip[board]),)
            for route in (self.routes[self._trip_route[trip]],)
        ]

    def _trip(self, trip: int, offset: int) -> TimetableTrip:
        timetable = self.timetable
        halts = slice(timetable.trip_first[trip], timetable.trip_first[trip + 1])
        stops = [self.stops[stop].id for stop in timetable.halt_stop[halts]]
        arrivals = (timetable.halt_arrival[halts] + offset).tolist()
        departures = (timetable.halt_departure[halts] + offset).tolist()
        direction = int(self._trip_direction[trip])
        return TimetableTrip(
            trip_id=self._trip_ids[trip],
            headsign=self._headsign(trip),
            direction=None if direction < 0 else direction,
            halts=tuple(zip(stops, arrivals, departures, strict=True)),
        )

    def _headsign(self, trip: int) -> str:
        """The trip's headsign, else the name of its last halt."""
        headsign: str | None = self._headsigns[trip]
        return headsign or self.stops[self.timetable.halt_stop[self.timetable.trip_first[trip + 1] - 1]].name

    def runs(self, day: date) -> NDArray[np.bool_]:
        """bool[T]: which trips run on a service day."""
        mask = np.append(self.services.mask(day), np.False_)  # the last stands for service −1: not known, never runs
        return mask[self._trip_service]

    @cached_property
    def _children(self) -> dict[str, list[int]]:
        children: dict[str, list[int]] = {}
        for number, stop in enumerate(self.stops):
            if stop.parent is not None:
                children.setdefault(stop.parent, []).append(number)
        return children

    @cached_property
    def _stop_index(self) -> dict[str, int]:
        return {stop_id: number for number, stop_id in enumerate(self.stop_table["id"])}

    @cached_property
    def _route_index(self) -> dict[str, int]:
        return {route_id: number for number, route_id in enumerate(self.route_table["id"])}

    @cached_property
    def _trip_index(self) -> dict[str, int]:
        return {trip_id: number for number, trip_id in enumerate(self.trip_table["id"])}

    @cached_property
    def _trip_ids(self) -> pl.Series:
        return self.trip_table["id"]

    @cached_property
    def _headsigns(self) -> pl.Series:
        return self.trip_table["headsign"]

    @cached_property
    def _trip_route(self) -> NDArray[np.int32]:
        return self.trip_table["route"].to_numpy()

    @cached_property
    def _trip_service(self) -> NDArray[np.int32]:
        return self.trip_table["service"].to_numpy()

    @cached_property
    def _trip_direction(self) -> NDArray[np.int8]:
        return self.trip_table["direction"].to_numpy()

    @cached_property
    def _trip_wheelchair(self) -> NDArray[np.int8]:
        return self.trip_table["wheelchair"].to_numpy()

    @cached_property
    def _latest_s(self) -> int:
        return self.timetable.latest_s
