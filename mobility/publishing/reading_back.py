"""From a feed that was published back to the part of a service file that it can say, by our own reader: what a round trip keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gtfs.archive import open_archive
from gtfs.feed import Feed
from gtfs.findings import Findings
from gtfs.reading import read_feed
from gtfs.rows import read_table
from mobility.domain.services import Access, DayKind, ServiceForm
from mobility.files.opening import kind_in_land
from mobility.publishing.calendars import days_between
from mobility.publishing.flex import BOOKED

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """``part``: keys and values as a service file has them (times, minutes, euros as text). ``trips``: of a timetabled service the days and
    the halts (stop id, arrival, departure as service-day seconds) by trip id.
    """

    part: dict[str, Any]
    trips: Mapping[str, tuple[frozenset[date], tuple[tuple[str, int, int], ...]]]


def read_back(path: Path, land: str) -> dict[str, ReadBack]:
    """Every service of a published feed, by id. ``land``: whose public holidays its calendars follow, which no feed says.

    Raises:
        FeedError: the feed cannot be used.
    """
    reader = _Reader(path, land)
    return {str(row["id"]): reader.service(row) for row in reader.feed.route_table.iter_rows(named=True)}


class _Reader:
    def __init__(self, path: Path, land: str) -> None:
        self.feed: Feed = read_feed(path)
        findings = Findings()
        with open_archive(path, findings) as archive:
            trips = read_table(archive, "trips.txt", findings)
            info = read_table(archive, "feed_info.txt", findings)
        self._trips: list[Row] = [] if trips is None else trips.to_dicts()
        span = [] if info is None else info.select("feed_start_date", "feed_end_date").row(0)
        self._days = days_between(*(date.fromisoformat(day) for day in span))
        self._kinds = {day: kind_in_land(land, day) for day in self._days}
        self._flexible = self.feed.tables["flexible_stop_times"].to_dicts()

    def service(self, route: Row) -> ReadBack:
        """One route of the feed is one service."""
        service_id = str(route["id"])
        trips = [trip for trip in self._trips if trip["route_id"] == service_id]
        flexible = [row for row in self._flexible if row["trip_id"] in {trip["trip_id"] for trip in trips}]
        timed = {_own(service_id, trip["trip_id"]): self._timed(trip) for trip in trips}
        timed = {name: halts for name, halts in timed.items() if halts[1]}
        agency = next(agency for agency in self.feed.agencies if agency.id == route["agency"])
        part: Row = {
            "id": service_id,
            "name": route["long_name"],
            "form": str(self._form(trips, timed)),
            "access": str(_access(flexible)),
            "timezone": agency.timezone,
            "carrier": {"id": agency.id, "name": agency.name, "telephone": agency.telephone},
            "zones": list(self._zones(service_id, flexible)),
            "stops": list(self._stops(service_id, flexible)),
            "booking": self._booking(service_id),
            "needs": ["wheelchair"] if trips and trips[0].get("wheelchair_accessible") == "1" else [],
            **self._price(service_id),
        }
        if not timed:
            part |= self._openings(trips, flexible)
        return ReadBack(part, timed)

    def _form(self, trips: Sequence[Row], timed: Mapping[str, object]) -> ServiceForm:
        if not timed:
            return ServiceForm.AREA
        numbers = {trip["trip_id"] for trip in trips}
        rows = [row for row, trip_id in enumerate(self.feed.trip_table["id"]) if trip_id in numbers]
        timetable = self.feed.timetable
        booked = any(BOOKED in timetable.halt_pickup[timetable.trip_first[row] : timetable.trip_first[row + 1]] for row in rows)
        return ServiceForm.TRIPS_IF_BOOKED if booked else ServiceForm.LINE_WITH_DEVIATION

    def _timed(self, trip: Row) -> tuple[frozenset[date], tuple[tuple[str, int, int], ...]]:
        row = self.feed.trip_table["id"].to_list().index(trip["trip_id"])
        timetable, stops = self.feed.timetable, self.feed.stops
        halts = range(timetable.trip_first[row], timetable.trip_first[row + 1])
        told = tuple(
            (stops[timetable.halt_stop[h]].id, int(timetable.halt_arrival[h]), int(timetable.halt_departure[h])) for h in halts
        )
        return self._dates(trip), told

    def _dates(self, trip: Row) -> frozenset[date]:
        return frozenset(day for day in self._days if trip["service_id"] in self.feed.active_services(day))

    def _openings(self, trips: Sequence[Row], flexible: Sequence[Row]) -> Row:
        """Hours, closed days and the longest ride of a service without a timetable."""
        first_rows = {row["trip_id"]: row for row in reversed(flexible)}
        open_on = {trip["trip_id"]: self._dates(trip) for trip in trips}
        kinds = {trip_id: frozenset(self._kinds[day] for day in dates) for trip_id, dates in open_on.items()}
        hours = [
            {
                "days": [str(kind) for kind in DayKind if kind in kinds[trip_id]],
                "start": first_rows[trip_id]["start_pickup_drop_off_window"],
                "end": first_rows[trip_id]["end_pickup_drop_off_window"],
            }
            for trip_id in open_on
        ]
        all_kinds, all_dates = frozenset[DayKind]().union(*kinds.values()), frozenset[date]().union(*open_on.values())
        closed = [day for day in self._days if self._kinds[day] in all_kinds and day not in all_dates]
        ride = {
            "max_factor": float(trips[0]["safe_duration_factor"]),
            "max_extra_min": float(trips[0]["safe_duration_offset"]) / 60,
        }
        return {"hours": hours, "closed_on": closed, "ride": ride}

    def _zones(self, service_id: str, flexible: Sequence[Row]) -> Iterator[Row]:
        named = {row["location_id"] for row in flexible}
        for feature in self.feed.locations.get("features", ()):
            if feature["id"] in named:
                ring = [list(point) for point in feature["geometry"]["coordinates"][0][:-1]]
                yield {"id": _own(service_id, feature["id"]), "name": feature["properties"]["stop_name"], "polygon": ring}

    def _stops(self, service_id: str, flexible: Sequence[Row]) -> Iterator[Row]:
        groups = {row["location_group_id"] for row in flexible} - {None}
        members = self.feed.tables.get("location_group_stops.txt")
        for row in [] if members is None else members.iter_rows(named=True):
            stop = self.feed.find_stop(row["stop_id"])
            if row["location_group_id"] in groups and stop is not None:
                yield {"id": _own(service_id, stop.id), "name": stop.name, "lon": stop.lon, "lat": stop.lat}

    def _booking(self, service_id: str) -> Row:
        rules = self.feed.tables["booking_rules.txt"].to_dicts()
        rule = next(row for row in rules if _own(service_id, row["booking_rule_id"]) == "booking")
        found = {"min_notice_min": int(rule.get("prior_notice_duration_min") or 0)}
        ahead = rule.get("prior_notice_start_day")
        return found if ahead is None else found | {"max_days_ahead": int(ahead)}

    def _price(self, service_id: str) -> Row:
        fares = self.feed.tables.get("fare_attributes.txt")
        found = [] if fares is None else [row["price"] for row in fares.iter_rows(named=True) if row["fare_id"] == service_id]
        return {"tariff": {"base_eur": found[0]}} if found else {}


def _own(service_id: str, public: str) -> str:
    """The service's own name of a thing; ids that are the feed's stay as they are."""
    return public.removeprefix(f"{service_id}:")


def _access(flexible: Sequence[Row]) -> Access:
    to_doors = any(row["location_id"] and row["drop_off_type"] == str(BOOKED) for row in flexible)
    from_doors = any(row["location_id"] and row["pickup_type"] == str(BOOKED) for row in flexible)
    if from_doors:
        return Access.DOOR_TO_DOOR
    return Access.STOP_TO_DOOR if to_doors else Access.STOP_TO_STOP
