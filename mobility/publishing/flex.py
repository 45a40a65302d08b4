"""Services as a GTFS-Flex feed (GTFS reference, as adopted in 2024; safe durations as adopted later).

Areas: one trip for each opening, whose stop times name every area twice, so that one may ride from each to each and within each.
Timetabled services: their trips with the times of the feed, and between two halts the areas and stops to which they deviate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gtfs.writing import Row, clock, digest_of_tables, zip_of
from mobility.domain.riders import Need
from mobility.domain.services import Access, Hours, Service, ServiceForm
from mobility.publishing.booking import booking_rule
from mobility.publishing.calendars import Calendar, calendar_of, days_key, open_dates
from mobility.publishing.places import areas_of, group_members, public_id, stop_rows
from mobility.publishing.sources import DatedTrip, Offered, Source

BOOKED, NOT_HERE = 2, 1
_BUS = 3
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YES, _NO = 1, 2
_ON_BOARD = 0


@dataclass(frozen=True, slots=True)
class FlexFeed:
    """The feed as tables and GeoJSON, and the ids of services that it cannot tell at all (they halt nowhere a feed could name)."""

    tables: dict[str, list[Row]]
    geojson: dict[str, Any] | None
    left_out: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be told: a feed without a trip is none."""
        return not self.tables.get("trips.txt")

    def packed(self) -> bytes:
        """The zip."""
        return zip_of(self.tables, self.geojson)


def flex_feed(source: Source) -> FlexFeed:
    """Every service of the source; the same source gives the same feed, and a service the same ids whatever others there are."""
    tables: dict[str, list[Row]] = {}
    features: list[dict[str, object]] = []
    told = []
    for offered in source.offered:
        rows = _Rows(source, offered)
        if rows.is_told:
            told.append(offered)
            features += [area.feature() for area in rows.areas]
            for name, own in rows.tables.items():
                tables.setdefault(name, []).extend(own)
    tables["agency.txt"] = _agencies(source, told)
    tables["stops.txt"] = stop_rows(told)
    geojson = {"type": "FeatureCollection", "features": features} if features else None
    tables["feed_info.txt"] = [_feed_info(source, digest_of_tables(tables, geojson)[:12])]
    left_out = tuple(each.service.id for each in source.offered if each not in told)
    return FlexFeed(tables, geojson, left_out)


def _agencies(source: Source, told: list[Offered]) -> list[Row]:
    """The carriers; the first service that names one says how it is called. The county itself where nothing is told."""
    rows: dict[str, Row] = {}
    for each in told:
        carrier = each.service.carrier
        phone = {"agency_phone": carrier.telephone}
        rows.setdefault(carrier.provider_id, _agency(source, carrier.provider_id, carrier.name, each.service.timezone) | phone)
    return list(rows.values()) or [_agency(source, source.agency_id, source.name, "Europe/Berlin")]


def _agency(source: Source, agency_id: str, name: str, timezone: str) -> dict[str, object]:
    return {
        "agency_id": agency_id,
        "agency_name": name,
        "agency_url": source.public_url,
        "agency_timezone": timezone,
        "agency_lang": "de",
    }


def _feed_info(source: Source, version: str) -> Row:
    return {
        "feed_publisher_name": source.name,
        "feed_publisher_url": source.public_url,
        "feed_lang": "de",
        "feed_start_date": f"{source.first:%Y%m%d}",
        "feed_end_date": f"{source.last:%Y%m%d}",
        "feed_version": version,
        "feed_contact_url": source.public_url,
    }


class _Rows:
    """The rows of one service."""

    def __init__(self, source: Source, offered: Offered) -> None:
        self._source = source
        self._offered = offered
        self._service = offered.service
        self.areas = areas_of(self._service) if self._service.access is not Access.STOP_TO_STOP else []
        self._members = group_members(offered)
        self._group = public_id(self._service, "stops")
        self._rule = public_id(self._service, "booking")
        self._calendars: dict[str, Calendar] = {}
        self._trips: list[Row] = []
        self._stop_times: list[Row] = []
        if self._service.line is None:
            self._add_openings()
        else:
            self._add_trips()

    @property
    def is_told(self) -> bool:
        """Whether it has any trip."""
        return bool(self._trips)

    @property
    def tables(self) -> dict[str, list[Row]]:
        """By file name."""
        calendars = list(self._calendars.values())
        return {
            "routes.txt": [self._route()],
            "trips.txt": self._trips,
            "stop_times.txt": self._stop_times,
            "calendar.txt": [_calendar(calendar) for calendar in calendars if calendar.weekdays],
            "calendar_dates.txt": [row for calendar in calendars for row in _exceptions(calendar)],
            "booking_rules.txt": [booking_rule(self._source, self._service, self._rule)],
            "location_groups.txt": [self._group_row()] if self._members else [],
            "location_group_stops.txt": [{"location_group_id": self._group, "stop_id": stop} for stop in self._members],
            **_fares(self._service),
        }

    def _route(self) -> Row:
        service, line = self._service, self._offered.line
        number = "" if line is None or service.name.lower().startswith(line.short_name.lower()) else line.short_name
        return {
            "route_id": service.id,
            "agency_id": service.carrier.provider_id,
            "route_short_name": number,
            "route_long_name": service.name,
            "route_type": _BUS if line is None else line.type,
            "route_url": self._source.rules_url(service),
        }

    def _group_row(self) -> Row:
        return {"location_group_id": self._group, "location_group_name": f"Haltestellen {self._service.name}"}

    # services without a timetable

    def _add_openings(self) -> None:
        for hours in self._service.hours:
            dates = open_dates(self._service, hours.days, self._source.first, self._source.last)
            rows = self._round(hours)
            if not dates or not rows:
                continue
            key = days_key(hours.days)
            calendar = public_id(self._service, key)
            self._calendars[calendar] = calendar_of(calendar, dates, self._source.first, self._source.last)
            start = clock(hours.start_s).replace(":", "").removesuffix("00")
            self._add_trip(public_id(self._service, f"{key}:{start}"), calendar, rows, self._durations())

    def _round(self, hours: Hours) -> list[dict[str, object]]:
        """Every place where one may board, then every place where one may alight; where both are the same, one row serves for both."""
        boarding, alighting = self._ends()
        window = {"start_pickup_drop_off_window": clock(hours.start_s), "end_pickup_drop_off_window": clock(hours.end_s)}
        rows: list[dict[str, object]] = []
        if boarding == alighting:
            rows = [self._flexible(place, window, pickup=True, drop_off=True) for place in boarding * 2]
        elif boarding and alighting:
            rows = [self._flexible(place, window, pickup=True, drop_off=False) for place in boarding]
            rows += [self._flexible(place, window, pickup=False, drop_off=True) for place in alighting]
        return rows

    def _ends(self) -> tuple[list[Row], list[Row]]:
        """Where one boards and where one alights: doors in the areas, or the stops."""
        doors: list[Row] = [{"location_id": area.id} for area in self.areas]
        stops: list[Row] = [{"location_group_id": self._group}] if self._members else []
        if self._service.access is Access.DOOR_TO_DOOR:
            return doors, doors
        return stops, doors if self._service.access is Access.STOP_TO_DOOR else stops

    def _flexible(self, place: Row, window: Row, *, pickup: bool, drop_off: bool) -> dict[str, object]:
        row = {**place, **window, "pickup_type": NOT_HERE, "drop_off_type": NOT_HERE}
        if pickup:
            row |= {"pickup_type": BOOKED, "pickup_booking_rule_id": self._rule}
        if drop_off:
            row |= {"drop_off_type": BOOKED, "drop_off_booking_rule_id": self._rule}
        return row

    def _durations(self) -> Row:
        """The longest ride that the file allows, or the share of it within which 95 of 100 measured rides stayed."""
        share = 1.0 if self._offered.measured is None else self._offered.measured.share
        ride = self._service.ride
        return {
            "safe_duration_factor": round(share * ride.max_factor, 4),
            "safe_duration_offset": round(share * ride.max_extra_s, 1),
        }

    # services with a timetable

    def _add_trips(self) -> None:
        for dated in self._offered.trips:
            trip_id = public_id(self._service, dated.id)
            self._calendars[trip_id] = calendar_of(trip_id, dated.dates, self._source.first, self._source.last)
            rows = [
                row
                for number in range(len(dated.trip.halts))
                for row in (self._halt(dated, number), *self._detours(dated, number))
            ]
            headsign = {"trip_headsign": dated.trip.headsign, "direction_id": dated.trip.direction}
            self._add_trip(trip_id, trip_id, rows, headsign)

    def _halt(self, dated: DatedTrip, number: int) -> dict[str, object]:
        """A published halt, with its times; where the trip runs only if booked, one books to board (who rides has booked)."""
        stop, arrival, departure = dated.trip.halts[number]
        pickup, drop_off = dated.kinds[number]
        row: dict[str, object] = {"arrival_time": clock(arrival), "departure_time": clock(departure), "stop_id": stop}
        if self._service.form is ServiceForm.TRIPS_IF_BOOKED and pickup != NOT_HERE:
            pickup = BOOKED
        booked = {"pickup_booking_rule_id": self._rule if pickup == BOOKED else None}
        booked |= {"drop_off_booking_rule_id": self._rule if drop_off == BOOKED else None}
        return row | {"pickup_type": pickup or None, "drop_off_type": drop_off or None, "timepoint": 1} | booked

    def _detours(self, dated: DatedTrip, number: int) -> list[dict[str, object]]:
        """Where the vehicle may go between this halt and the next, and when; nothing after the last."""
        halts = dated.trip.halts
        if number + 1 == len(halts) or halts[number][2] >= halts[number + 1][1]:
            return []
        window = {
            "start_pickup_drop_off_window": clock(halts[number][2]),
            "end_pickup_drop_off_window": clock(halts[number + 1][1]),
        }
        boarding, alighting = self._ends()
        places = [*boarding, *(place for place in alighting if place not in boarding)]
        return [self._flexible(place, window, pickup=place in boarding, drop_off=place in alighting) for place in places]

    def _add_trip(self, trip_id: str, calendar: str, rows: list[dict[str, object]], more: Row) -> None:
        wheelchair = _YES if Need.WHEELCHAIR in self._service.needs else _NO
        head = {"route_id": self._service.id, "service_id": calendar, "trip_id": trip_id}
        self._trips.append({**head, **more, "wheelchair_accessible": wheelchair})
        self._stop_times += [{"trip_id": trip_id, **row, "stop_sequence": n} for n, row in enumerate(rows, start=1)]


def _calendar(calendar: Calendar) -> Row:
    days = {name: int(number in calendar.weekdays) for number, name in enumerate(_WEEKDAYS)}
    return {"service_id": calendar.id, **days, "start_date": f"{calendar.first:%Y%m%d}", "end_date": f"{calendar.last:%Y%m%d}"}


def _exceptions(calendar: Calendar) -> list[Row]:
    added = [{"service_id": calendar.id, "date": f"{day:%Y%m%d}", "exception_type": 1} for day in calendar.added]
    return [*added, *({"service_id": calendar.id, "date": f"{day:%Y%m%d}", "exception_type": 2} for day in calendar.removed)]


def _fares(service: Service) -> dict[str, list[Row]]:
    """One price for a ride, surcharge included, where there is one; by the way's length or zones is more than these files can say."""
    tariff = service.tariff
    if not tariff.is_flat:
        return {}
    price = f"{tariff.told_cents // 100}.{tariff.told_cents % 100:02d}"
    fare = {"fare_id": service.id, "price": price, "currency_type": "EUR", "payment_method": _ON_BOARD, "transfers": 0}
    fare["agency_id"] = service.carrier.provider_id
    return {"fare_attributes.txt": [fare], "fare_rules.txt": [{"fare_id": service.id, "route_id": service.id}]}
