"""Feeds drawn by hypothesis, and their departures worked out one by one, for searches that try everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gtfs.service_days import moment, seconds_of

Files = dict[str, str | bytes]
BERLIN = ZoneInfo("Europe/Berlin")

STOPS = "abcdef"
halt = st.tuples(
    st.sampled_from(STOPS), st.integers(0, 900), st.integers(0, 300), st.sampled_from("0123"), st.sampled_from("0123")
)
trip = st.tuples(
    st.sampled_from(["week", "all", "extra", "none"]), st.integers(0, 30 * 3600), st.lists(halt, min_size=2, max_size=7),
    st.none() | st.tuples(st.integers(0, 26 * 3600), st.integers(1, 7200), st.integers(300, 4000)),
)  # fmt: skip
Drawn = list[tuple[str, int, list[tuple[str, int, int, str, str]], tuple[int, int, int] | None]]


def clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def route_of(number: int) -> str:
    """Two lines, of the two agencies."""
    return "RN"[number % 2]


def written(drawn: Drawn, small: Files) -> Files:
    """The drawn trips as a feed."""
    stops = "".join(f"{stop},{stop},49.{n + 1},8.6\n" for n, stop in enumerate(STOPS))
    trips, times, frequencies = "", "", ""
    for number, (service, begin, halts, often) in enumerate(drawn):
        trips += f"{route_of(number)},{service},t{number}\n"
        now = begin
        for place, (stop, ride, dwell, pickup, dropoff) in enumerate(halts):
            arrival = now + ride if place else now
            now = arrival + dwell
            times += f"t{number},{clock(arrival)},{clock(now)},{stop},{place * 3},{pickup},{dropoff}\n"
        if often:
            frequencies += f"t{number},{clock(often[0])},{clock(often[0] + often[1])},{often[2]}\n"
    return small | {
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n" + stops,
        "trips.txt": "route_id,service_id,trip_id\n" + trips,
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n" + times,
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n" + frequencies,
    }


@dataclass(frozen=True)
class Halt:
    """Times in seconds of the day asked about."""

    stop: str
    arrival: int
    departure: int
    board: bool
    alight: bool


def departures(drawn: Drawn, day: date) -> Iterator[tuple[int, list[Halt]]]:
    """Every departure of the service days near, with its trip's number, one by one, by instants instead of shifts."""
    return ((number, halts) for number, _, halts in dated_departures(drawn, day))


def dated_departures(drawn: Drawn, day: date) -> Iterator[tuple[int, date, list[Halt]]]:
    """The same with their service days."""
    for number, (service, begin, halts, often) in enumerate(drawn):
        now, times = begin, []
        for place, (_, ride, dwell, _, _) in enumerate(halts):
            arrival = now + ride if place else now
            now = arrival + dwell
            times.append((arrival, now))
        starts = list(range(often[0], often[0] + often[1], often[2])) if often else [times[0][1]]
        for back in range(-4, 5):
            service_day = day - timedelta(days=back)
            weekday = service_day.weekday() < 5 and service_day != date(2026, 5, 1)
            runs = {"all": True, "week": weekday, "extra": service_day == date(2026, 5, 1), "none": False}[service]
            if not runs or not date(2026, 3, 1) <= service_day <= date(2026, 12, 31):
                continue
            for start in starts:
                late = start - times[0][1]
                told = [[seconds_of(moment(service_day, at + late, BERLIN), day, BERLIN) for at in pair] for pair in times]
                yield (
                    number,
                    service_day,
                    [
                        Halt(stop, arrival, departure, pickup != "1", dropoff != "1")
                        for (stop, _, _, pickup, dropoff), (arrival, departure) in zip(halts, told, strict=True)
                    ],
                )
