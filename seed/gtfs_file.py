"""Writes the timetable as a standard GTFS zip: same start, same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from seed.county import County
from seed.lines import TRAIN_TIMES, Course, LineRow, bus_course, read_lines, station_id, stations, train_course
from seed.school_days import FEED_DAYS, public_holidays, school_days
from seed.sketch import Point, to_lon_lat

Row = Sequence[object]
Table = tuple[str, Iterable[Row]]

PUBLISHER = "Landkreis Auental (erfundene Demodaten)"
_AGENCIES = (
    ("avg", "Auentaler Verkehrsgesellschaft (erfunden)", "+493023125500"),
    ("buergerbus-auental", "Bürgerbusverein Auental e. V. (erfunden)", "+493023125510"),
    ("auentalbahn", "Auentalbahn (erfunden)", "+493023125520"),
)
_WEEK = {"daily": "1111111", "weekday": "1111100", "saturday": "0000010"}


class Timetable:
    """All tables of the feed, gathered line by line."""

    def __init__(self, county: County, start: date) -> None:
        self._county = county
        self._start = start
        self._routes: list[Row] = []
        self._trips: list[Row] = []
        self._stop_times: list[Row] = []
        self._shapes: list[Row] = []
        self._used: set[tuple[str, str]] = set()
        self._add_train()
        for line in read_lines():
            self._add_bus_line(line)

    def tables(self) -> dict[str, Table]:
        """Columns and rows by file name."""
        last = self._start + timedelta(days=FEED_DAYS - 1)
        agencies = [(key, name, "https://example.org/", "Europe/Berlin", "de", phone) for key, name, phone in _AGENCIES]
        info = [(PUBLISHER, "https://example.org/", "de", _day(self._start), _day(last), f"demo-{_day(self._start)}")]
        calendars = [(key, *week, _day(self._start), _day(last)) for key, week in _WEEK.items()]
        return {
            "agency.txt": ("agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone", agencies),
            "booking_rules.txt": (
                "booking_rule_id,booking_type,prior_notice_duration_min,message,phone_number",
                [("rufbus", 1, 60, "Fährt nur nach Anmeldung, spätestens eine Stunde vorher.", _AGENCIES[0][2])],
            ),
            "calendar.txt": (
                "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
                calendars,
            ),
            "calendar_dates.txt": ("service_id,date,exception_type", self._exceptions()),
            "feed_info.txt": (
                "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
                info,
            ),
            "routes.txt": ("route_id,agency_id,route_short_name,route_long_name,route_type", self._routes),
            "shapes.txt": ("shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", self._shapes),
            "stop_times.txt": (
                "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,timepoint,pickup_booking_rule_id",
                self._stop_times,
            ),
            "stops.txt": (
                "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding",
                self._stops(),
            ),
            "transfers.txt": ("from_stop_id,to_stop_id,transfer_type,min_transfer_time", self._transfers()),
            "trips.txt": (
                "route_id,service_id,trip_id,trip_headsign,direction_id,shape_id,wheelchair_accessible",
                self._trips,
            ),
        }

    def _exceptions(self) -> list[Row]:
        free = sorted(public_holidays(self._start))
        removed = [(key, _day(day), 2) for key in ("weekday", "saturday") for day in free if _runs(key, day)]
        return [*removed, *(("school", _day(day), 1) for day in school_days(self._start))]

    def _add_train(self) -> None:
        self._routes.append(("auentalbahn", "auentalbahn", "RB 999", "Prunitz – Auenfurt – Kranichstedt – Seelenthin", 2))
        for number, (direction, minutes) in enumerate(TRAIN_TIMES.items()):
            course = train_course(self._county, direction)
            self._add_shape(f"auentalbahn-{direction}", course)
            headsign = stations()[0 if direction == "back" else -1]
            for minute in minutes:
                trip = f"auentalbahn-{direction}-{_hhmm(60 * minute)}"
                self._trips.append(("auentalbahn", "daily", trip, headsign, number, f"auentalbahn-{direction}", 1))
                self._add_stop_times(trip, course, 60 * minute, booked=False)

    def _add_bus_line(self, line: LineRow) -> None:
        self._routes.append((line.id, line.agency, line.number, line.name, 3))
        courses = {direction: bus_course(self._county, line, direction) for direction in ("out", "back")}
        for direction, course in courses.items():
            self._add_shape(f"{line.id}-{direction}", course)
        for calendar, direction, departs_s in line.departures:
            trip = f"{line.id}-{calendar}-{direction}-{_hhmm(departs_s)}"
            headsign = line.stops[-1 if direction == "out" else 0]
            number = int(direction == "back")
            self._trips.append((line.id, calendar, trip, headsign, number, f"{line.id}-{direction}", 0))
            self._add_stop_times(trip, courses[direction], departs_s, booked=line.booked)

    def _add_stop_times(self, trip: str, course: Course, departs_s: int, *, booked: bool) -> None:
        self._used.update(course.halts)
        for sequence, ((_, platform), offset_s) in enumerate(zip(course.halts, course.offsets_s, strict=True), start=1):
            time = _clock(departs_s + offset_s)
            pickup, rule = (2, "rufbus") if booked else (0, "")
            self._stop_times.append((trip, time, time, platform, sequence, pickup, 0, 1, rule))

    def _add_shape(self, shape: str, course: Course) -> None:
        for sequence, point in enumerate(course.shape, start=1):
            self._shapes.append((shape, *_lat_lon(point), sequence))

    def _stops(self) -> list[Row]:
        """Stations and platforms that are served, a station before its platforms."""
        rows: list[Row] = []
        for name in stations():
            at = self._county.stations[name]
            rows.append((station_id(name), f"{name}, Bahnhof (Zug)", *_lat_lon(at), 1, "", "", 1))
            for track, north in ((1, 5.0), (2, -5.0)):
                platform = f"{station_id(name)}:1:{track}"
                place = _lat_lon((at[0], at[1] + north))
                rows.append((platform, f"{name}, Bahnhof (Zug)", *place, 0, station_id(name), track, 1))
        served = {stop for stop, _ in self._used}
        for stop in self._county.stops:
            if stop.id not in served:
                continue
            rows.append((stop.id, stop.name, *_lat_lon(self._county.sketch.at(stop.node)), 1, "", "", 0))
            for side, at in enumerate(stop.platforms, start=1):
                if (stop.id, stop.platform_id(side)) in self._used:
                    rows.append((stop.platform_id(side), stop.name, *_lat_lon(at), 0, stop.id, side, 0))
        return rows

    def _transfers(self) -> list[Row]:
        """Between train and bus at the two stations: three minutes."""
        by_name = {stop.name: stop.id for stop in self._county.stops}
        pairs = [(station_id(name), by_name[f"{name}, Bahnhof"]) for name in ("Auenfurt", "Kranichstedt")]
        return [(a, b, 2, 180) for pair in pairs for a, b in (pair, pair[::-1])]


def _runs(calendar: str, day: date) -> bool:
    return _WEEK[calendar][day.weekday()] == "1"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def _hhmm(seconds: int) -> str:
    return _clock(seconds)[:5].replace(":", "")


def _lat_lon(point: Point) -> tuple[str, str]:
    lon, lat = to_lon_lat(point)
    return f"{lat:.6f}", f"{lon:.6f}"


def write_gtfs(county: County, start: date, path: Path) -> None:
    """Writes the feed, valid for 400 days from ``start``. An existing file is replaced."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, (columns, rows) in sorted(Timetable(county, start).tables().items()):
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns.split(","))
            writer.writerows(rows)
            member = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, text.getvalue().encode(), compresslevel=9)
