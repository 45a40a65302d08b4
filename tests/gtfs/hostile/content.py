"""Zip files in order whose text is not: encodings, columns, fields, formulas, positions, loops, times, calendars, areas."""

from __future__ import annotations

import json
import random
from functools import partial

from tests.gtfs.hostile.cases import ACCEPT, HARMLESS, REJECT, REPAIR, feed, put, replaced, text_of

MIB = 1 << 20
STOPS, TIMES, TRIPS = text_of("stops.txt"), text_of("stop_times.txt"), text_of("trips.txt")
FILES = ("agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates")


def noise(size: int, seed: int = 1) -> str:
    """Letters that hardly pack."""
    return random.Random(seed).randbytes(size // 2).hex()


# --- text that is none ----------------------------------------------------------------------------------------------------------
for name in ("stops", "stop_times", "agency"):
    put(
        f"nul-in-{name}",
        partial(lambda n: feed(**{n: text_of(f"{n}.txt")[:-9] + "\0" + text_of(f"{n}.txt")[-9:]}), name),
        REJECT,
        "nul_bytes",
    )
put("picture-as-stops", lambda: feed(stops=b"\x89PNG\r\n\x1a\n" + random.Random(4).randbytes(4000)), REJECT)
put("page-as-stops", lambda: feed(stops="<!doctype html>\n<html><body>Login</body></html>\n"), REJECT, "column_missing")
put("json-as-stops", lambda: feed(stops='{"stops": []}'), REJECT, "column_missing")
for codec, mark in (("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("utf-32-le", "\ufeff"), ("utf-32-be", "\ufeff")):
    put(f"all-in-{codec}", partial(lambda c, m: feed(**{n: (m + text_of(f"{n}.txt")).encode(c) for n in FILES}), codec, mark), REPAIR,
        "encoding_converted")  # fmt: skip
    put(f"stops-in-{codec}-without-mark", partial(lambda c: feed(stops=STOPS.encode(c)), codec), REJECT, "nul_bytes")
for codec in ("cp1252", "cp850", "mac_roman"):
    put(
        f"umlauts-in-{codec}",
        partial(lambda c: feed(stops=STOPS.replace("Markt", "Möckmühl Straße").encode(c)), codec),
        REPAIR,
        "encoding_converted",
    )
put("stops-in-ebcdic", lambda: feed(stops=STOPS.encode("cp500")), REJECT)
put("utf-8-cut-inside-a-letter", lambda: feed(stops=STOPS.encode() + "e,Ä".encode()[:-1]), HARMLESS)
put("utf-16-of-odd-length", lambda: feed(stops=("\ufeff" + STOPS).encode("utf-16-le") + b"\x0a"), HARMLESS)
put("surrogates", lambda: feed(stops=STOPS.encode() + b"e,\xed\xa0\x80,49.5,8.6,0,,\n"), HARMLESS)
put("overlong-utf-8", lambda: feed(stops=STOPS.encode() + b"e,\xc0\xaf,49.5,8.6,0,,\n"), HARMLESS)
put("marks-at-all-beginnings", lambda: feed(**{n: "\ufeff" + text_of(f"{n}.txt") for n in FILES}), ACCEPT)
put("mark-twice", lambda: feed(stops="\ufeff\ufeff" + STOPS), HARMLESS)
put("mark-in-the-middle", lambda: feed(stops=STOPS.replace("b,Markt", "\ufeffb,Markt")), REPAIR, "mark_inside")
put("mark-in-a-reference", lambda: feed(stop_times=TIMES.replace(",a,1,0,1", ",\ufeffa,1,0,1")), REPAIR, "mark_inside")
put("line-ends-mixed", lambda: feed(stops=STOPS.replace("\n", "\r\n", 2).replace("\nc", "\rc")), HARMLESS)
put("line-ends-of-old-macs", lambda: feed(**{n: text_of(f"{n}.txt").replace("\n", "\r") for n in FILES}), HARMLESS)
put("line-ends-doubled", lambda: feed(stops=STOPS.replace("\n", "\r\r\n")), HARMLESS)
put("no-last-line-end", lambda: feed(**{n: text_of(f"{n}.txt").rstrip() for n in FILES}), ACCEPT)
put("a-million-empty-lines", lambda: feed(stops=STOPS + "\n" * 1_000_000), HARMLESS)
put("semicolons", lambda: feed(calendar=text_of("calendar.txt").replace(",", ";")), REPAIR, "separator_converted")
put("quote-never-closed", lambda: feed(stops=STOPS.replace("b,Markt", 'b,"Markt')), HARMLESS)
put("quote-never-closed-in-times", lambda: feed(stop_times=TIMES.replace("t2,", 't2",', 1)), HARMLESS)
put("quotes-all-over", lambda: feed(stops=STOPS.replace("Markt", 'M"a"r"k"t')), HARMLESS)
put("controls-in-names", lambda: feed(stops=STOPS.replace("Markt", "Ma\x1b[31mrkt\x07")), HARMLESS)
put("right-to-left-in-names", lambda: feed(stops=STOPS.replace("Markt", "\u202eMarkt")), HARMLESS)
put("script-in-names", lambda: feed(stops=STOPS.replace("Markt", "<script>alert(1)</script>")), HARMLESS)
put("sql-in-names", lambda: feed(stops=STOPS.replace("Markt", "'; DROP TABLE bookings; --")), HARMLESS)
put("template-in-names", lambda: feed(stops=STOPS.replace("Markt", "{{ 7*7 }}${7*7}%(x)s{subject}")), HARMLESS)

# --- columns, cells, lines -----------------------------------------------------------------------------------------------------
put("columns-301", lambda: feed(stops=STOPS.replace("\n", "," * 301 + "\n")), REJECT)
put(
    "columns-a-hundred-thousand",
    lambda: feed(stops="stop_id," + ",".join(f"c{n}" for n in range(30_000)) + "\n"),
    REJECT,
    "too_many_columns",
)
put(
    "columns-two-million", lambda: feed(stops="stop_id," + ",".join(f"c{n}" for n in range(2_000_000)) + "\n"), REJECT, heavy=True
)
put("commas-two-million-in-one-row", lambda: feed(stops=STOPS + "e,x" + noise(1000) + "," * 200_000 + "\n"), HARMLESS | REJECT)
put("commas-in-every-row", lambda: feed(stop_times=TIMES.replace("\n", "," * 5000 + "\n")), REJECT)
put("a-line-of-a-megabyte", lambda: feed(stops=STOPS + f"e,{noise(MIB)},49,8,0,,\n"), REJECT, "line_too_long")
put(
    "a-quoted-field-of-a-megabyte",
    lambda: feed(stops=STOPS + 'e,"' + "\n".join(noise(70, n) for n in range(15_000)) + '",49,8,0,,\n'),
    REJECT,
    "line_too_long",
)
put("a-header-of-a-megabyte", lambda: feed(stops=f"stop_id,{noise(MIB)}\n"), REJECT, "line_too_long")
put("a-file-without-line-ends", lambda: feed(shapes=noise(MIB)), HARMLESS | REJECT)
put("an-id-of-two-megabytes", lambda: feed(stops=STOPS + f"{noise(2 * MIB)},x,49,8,0,,\n"), REJECT, "line_too_long")
put(
    "a-trip-id-of-two-megabytes",
    lambda: feed(stop_times=TIMES + f"{noise(2 * MIB)},8:00:00,8:00:00,a,1,,\n"),
    REJECT,
    "line_too_long",
)
put("header-twice", lambda: feed(stops=STOPS + STOPS.splitlines()[0] + "\n"), HARMLESS)
put("columns-twice", lambda: feed(stops=STOPS.replace("wheelchair_boarding", "stop_name")), REPAIR, "column_twice")
put("column-without-name", lambda: feed(stops=STOPS.replace("wheelchair_boarding", "")), HARMLESS)
put("columns-in-capitals", lambda: feed(stops=STOPS.replace("stop_id", "STOP_ID")), HARMLESS)
for name in FILES:
    put(f"only-a-header-{name}", partial(lambda n: feed(**{n: text_of(f"{n}.txt").splitlines()[0] + "\n"}), name),
        HARMLESS if name.startswith("calendar") else REJECT)  # fmt: skip
    put(f"without-{name}", partial(lambda n: feed(**{n: None}), name), HARMLESS if name.startswith("calendar") else REJECT)
put(
    "only-headers-of-optional-tables",
    lambda: feed(frequencies="trip_id,start_time,end_time,headway_secs\n", transfers="from_stop_id,to_stop_id\n"),
    HARMLESS,
)
put("no-calendar-at-all", lambda: feed(calendar=None, calendar_dates=None), REJECT, "calendar_missing")
put("stop-ids-twice", lambda: replaced("stops", "b,Markt", "a,Markt"), REPAIR, "id_twice")
put("trip-ids-twice", lambda: replaced("trips", "R,week,t2", "R,week,t1"), REPAIR, "id_twice")
put("every-id-the-same", lambda: feed(stops="stop_id,stop_lat,stop_lon\n" + "x,49.5,8.6\n" * 500), REJECT)
put("half-a-million-rows-of-nothing", lambda: feed(trips=TRIPS + "," * 4 + "\n" + ",,,,\n" * 500_000), HARMLESS | REJECT)
put(
    "a-million-unknown-trips",
    lambda: feed(stop_times=TIMES + "".join(f"x{n % 977 * n},8:00:00,8:00:00,a,1,,\n" for n in range(400_000))),
    REJECT,
    "mostly_unusable",
    heavy=True,
)

# --- formulas ------------------------------------------------------------------------------------------------------------------
FORMULAS = (
    "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x.example\";\"Fahrplan\")", "=1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0", "=WEBSERVICE(A1)", " =cmd|'x'!A0", "\t=cmd|'x'!A0", "=IMPORTXML(CONCAT(A1))", "@HYPERLINK(A1)", "=DDE(\"cmd\";\"x\")",
)  # fmt: skip
for number, formula in enumerate(FORMULAS):
    cell = '"' + formula.replace('"', '""') + '"'
    put(f"formula-{number}", partial(lambda c: replaced("stops", "b,Markt", f"b,{c}"), cell), REJECT, "formula_cell")
put(
    "formula-as-id",
    lambda: feed(**{n: text_of(f"{n}.txt").replace("t1,", "=cmd|'x'!A0,") for n in ("stop_times",)}),
    REJECT,
    "formula_cell",
)
put("formula-in-the-header", lambda: feed(stops=STOPS.replace("wheelchair_boarding", "=cmd|'x'!A0")), REJECT, "formula_cell")
put(
    "formula-in-a-table-kept-as-data",
    lambda: feed(booking_rules="booking_rule_id,booking_type,message\nr,1,=cmd|'x'!A0\n"),
    REJECT,
    "formula_cell",
)
for number, name in enumerate(("+49 3876 1234", "@home Café", "-Markt (Nord)", "- Umleitung -", "Ost = West", "= Dorf =", "+ (Halt) +", "A|B", "Bahnhof (DB)!")):  # fmt: skip
    put(f"no-formula-{number}", partial(lambda n: replaced("stops", "b,Markt", f"b,{n}"), name), ACCEPT)

# --- positions -----------------------------------------------------------------------------------------------------------------
for lat, lon in (("NaN", "NaN"), ("inf", "-inf"), ("91", "8"), ("49.5", "181"), ("0", "0"), ("", ""), ("1e999", "8"), ("49,5", "8,6"), ("-1e-400", "0"), ("N49", "E8"), ("0x31", "8")):  # fmt: skip
    put(
        f"one-stop-at-{lat}-{lon}".replace(",", "."),
        partial(lambda a, o: replaced("stops", "49.51,8.61", f'"{a}","{o}"'), lat, lon),
        REPAIR,
        "coordinate_unusable",
    )
    put(f"all-stops-at-{lat}-{lon}".replace(",", "."), partial(
        lambda a, o: feed(stops="stop_id,stop_name,stop_lat,stop_lon\n" + "".join(f'{s},{s},"{a}","{o}"\n' for s in "Sabcd")), lat, lon), REJECT)  # fmt: skip
put(
    "positions-exchanged",
    lambda: feed(stops="stop_id,stop_lat,stop_lon\nS,8.60,49.50\na,8.601,49.501\nb,8.61,49.51\nc,8.62,49.52\nd,8.63,49.53\n"),
    REJECT,
    "positions_swapped",
)

# --- loops ---------------------------------------------------------------------------------------------------------------------
put("station-of-itself", lambda: replaced("stops", "1,,1", "1,S,1"), REJECT, "key_loop")
put("stations-in-a-circle", lambda: replaced("stops", "1,,1", "1,a,1"), REJECT, "key_loop")
put(
    "a-thousand-stations-in-a-circle",
    lambda: feed(stops=STOPS + "".join(f"x{n},x,49.5,8.6,1,x{(n + 1) % 1000},\n" for n in range(1000))),
    REJECT,
    "key_loop",
)
put(
    "a-long-chain-of-stations",
    lambda: feed(stops=STOPS + "".join(f"x{n},x,49.5,8.6,1,x{n + 1},\n" for n in range(50_000)) + "x50000,x,49.5,8.6,1,,\n"),
    HARMLESS,
)
put(
    "in-seat-transfers-in-a-circle",
    lambda: feed(transfers="from_trip_id,to_trip_id,transfer_type\nt1,t2,4\nt2,t1,4\n"),
    REJECT,
    "key_loop",
)
put(
    "transfers-there-and-back",
    lambda: feed(transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\na,b,2,60\nb,a,2,60\na,a,2,30\n"),
    ACCEPT,
)
put(
    "a-block-in-a-circle",
    lambda: feed(
        trips=TRIPS.replace("direction_id\n", "direction_id,block_id\n").replace("0\n", "0,x\n").replace("1\n", "1,x\n")
    ),
    HARMLESS,
)
put(
    "a-hundred-thousand-transfers",
    lambda: feed(
        transfers="from_stop_id,to_stop_id,transfer_type\n"
        + "".join(f"{'abcd'[n % 4]},{'abcd'[n // 4 % 4]},0\n" for n in range(100_000))
    ),
    HARMLESS,
)

# --- times, frequencies, calendars, trips ---------------------------------------------------------------------------------------
for time in (
    "9999:99:99",
    "999:00:00",
    "-1:00:00",
    "25:61:00",
    "1e3:00:00",
    "8h",
    "٠٨:٠٠:٠٠",
    "08:00:00:00",
    "99999999999:00:00",
):
    put(
        f"time-{time}",
        partial(lambda t: replaced("stop_times", "t1,08:00:00,08:00:00", f"t1,{t},{t}"), time),
        REPAIR,
        "time_unusable",
    )
put("all-times-absurd", lambda: feed(stop_times=TIMES.replace(":", "9:")), REJECT)
put("times-run-back", lambda: replaced("stop_times", "t1,08:10:00,08:12:00", "t1,07:10:00,07:12:00"), REPAIR, "time_runs_back")
put("sequence-of-billions", lambda: replaced("stop_times", ",d,4,1,0", ",d,99999999999,1,0"), REPAIR, "sequence_unusable")
FREQUENT = "trip_id,start_time,end_time,headway_secs\n"
put("headway-0", lambda: feed(frequencies=FREQUENT + "n1,6:00:00,8:00:00,0\n"), REPAIR, "frequency_unusable")
put("headway-minus-1", lambda: feed(frequencies=FREQUENT + "n1,6:00:00,8:00:00,-1\n"), REPAIR, "frequency_unusable")
put("headway-1-all-week", lambda: feed(frequencies=FREQUENT + "n1,0:00:00,160:00:00,1\n"), REJECT, "too_many_departures")
put("headway-1-for-years", lambda: feed(frequencies=FREQUENT + "n1,0:00:00,99999:00:00,1\n"), HARMLESS)
put(
    "headway-1-a-thousand-times",
    lambda: feed(frequencies=FREQUENT + "n1,6:00:00,8:40:00,1\n" * 1000),
    REJECT,
    "too_many_departures",
)
put(
    "frequency-that-ends-before-it-begins",
    lambda: feed(frequencies=FREQUENT + "n1,8:00:00,6:00:00,600\n"),
    REPAIR,
    "frequency_unusable",
)
put("calendar-for-millennia", lambda: replaced("calendar", "20260301,20261231", "00010101,99991231"), REPAIR, "date_far")
put("calendar-of-500-years", lambda: replaced("calendar", "20260301,20261231", "17000101,22001231"), REPAIR, "date_far")
put("calendar-that-ends-before-it-begins", lambda: replaced("calendar", "20260301,20261231", "20261231,20260301"), HARMLESS)
put("dates-that-are-none", lambda: replaced("calendar_dates", "20260501,2", "20260231,2"), REPAIR, "date_unusable")
put("dates-far-off", lambda: replaced("calendar_dates", "20260501,2", "99991231,1"), REPAIR, "date_unusable")
put(
    "a-hundred-thousand-dates",
    lambda: feed(
        calendar_dates="service_id,date,exception_type\n"
        + "".join(f"s{n},2026{n % 12 + 1:02}{n % 28 + 1:02},1\n" for n in range(100_000))
    ),
    HARMLESS,
)
put(
    "a-trip-of-a-million-halts",
    lambda: feed(
        stop_times=TIMES
        + "".join(
            f"t3,{10 + n // 90_000}:{n // 1500 % 60:02}:{n // 25 % 60:02},,{'abcd'[n % 7 % 4]},{n + 9},,\n"
            for n in range(1_000_000)
        )
    ),
    REJECT,
    heavy=True,
)
put(
    "a-trip-of-ten-thousand-halts",
    lambda: feed(
        stop_times=TIMES.replace("t3,10:30:00,10:30:00,d,2,,\n", "")
        + "".join(
            f"t3,{11 + n // 3600}:{n // 60 % 60:02}:{n % 60:02},{11 + n // 3600}:{n // 60 % 60:02}:{n % 60:02},{'abcd'[n % 4]},{n + 9},,\n"
            for n in range(10_000)
        )
    ),
    REJECT,
    "trip_too_long",
)
put("time-zone-that-leads-outside", lambda: replaced("agency", "Europe/Berlin", "../../etc/passwd"), REJECT, "timezone_unknown")
put("time-zone-of-a-folder", lambda: replaced("agency", "Europe/Berlin", "Europe"), REJECT, "timezone_unknown")
put("time-zone-of-a-kilometre", lambda: replaced("agency", "Europe/Berlin", "E" * 5000), REJECT, "timezone_unknown")
put("route-types-of-nowhere", lambda: replaced("routes", "Wald,3", "Wald,99999999999"), REPAIR, "value_unusable")

# --- areas ---------------------------------------------------------------------------------------------------------------------
RING = [[8.6, 49.5], [8.7, 49.5], [8.7, 49.6], [8.6, 49.6], [8.6, 49.5]]


def areas(*rings: object, text: str = "") -> bytes:
    """The small feed with areas, and a trip within the first."""
    features = [
        {"type": "Feature", "id": f"area{n}", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for n, ring in enumerate(rings)
    ]
    columns = "location_id,start_pickup_drop_off_window,end_pickup_drop_off_window\n"
    times = TIMES.replace("drop_off_type\n", f"drop_off_type,{columns}").replace("t1,", "t1,")
    flexible = "".join(f"f1,,,,{n},2,2,area0,08:00:00,18:00:00\n" for n in (1, 2))
    return feed(
        locations=text or json.dumps({"type": "FeatureCollection", "features": features}),
        trips=TRIPS + "R,all,f1,,\n",
        stop_times=times + flexible,
    )


def circle(corners: int, shift: float = 0) -> list[list[float]]:
    """A ring that does not cross itself."""
    half = corners // 2
    there = [[8.0 + shift + n / corners, 49.0 + (n % 2) * 1e-7] for n in range(half)]
    back = [[8.0 + shift + n / corners, 49.2 + (n % 2) * 1e-7] for n in reversed(range(half))]
    return [*there, *back, there[0]]


put("area-sound", lambda: areas(RING), ACCEPT)
put(
    "area-that-touches-itself",
    lambda: areas([*RING[:3], [8.65, 49.6], [8.65, 49.61], [8.65, 49.6], *RING[3:]]),
    REPAIR,
    "area_mended",
)
put(
    "area-that-crosses-itself",
    lambda: areas([[8.6, 49.5], [8.7, 49.6], [8.7, 49.5], [8.6, 49.6], [8.6, 49.5]]),
    REJECT,
    "areas_unreadable",
)
put("area-of-no-size", lambda: areas([[8.6, 49.5]] * 5), REJECT, "areas_unreadable")
put(
    "area-of-a-line", lambda: areas([[8.6, 49.5], [8.7, 49.5], [8.6, 49.5], [8.7, 49.5], [8.6, 49.5]]), REJECT, "areas_unreadable"
)
put("area-not-closed", lambda: areas(RING[:-1]), REJECT, "areas_unreadable")
put("area-of-three-corners", lambda: areas(RING[:2] + RING[-1:]), REJECT, "areas_unreadable")
put("area-at-nan", lambda: areas([[float("nan"), 49.5], *RING[1:]]), REJECT, "areas_unreadable")
put("area-at-infinity", lambda: areas([[8.6, float("inf")], *RING[1:]]), REJECT, "areas_unreadable")
put("area-beyond-the-pole", lambda: areas([[8.6, 91], [8.7, 91], [8.7, 95], [8.6, 91]]), REJECT, "areas_unreadable")
put(
    "area-at-1e999",
    lambda: areas(
        text='{"features":[{"id":"area0","geometry":{"type":"Polygon","coordinates":[[[1e999,1],[2,1],[2,2],[1e999,1]]]}}]}'
    ),
    REJECT,
    "areas_unreadable",
)
put("area-of-words", lambda: areas([["8.6", "49.5"]] * 5), REJECT, "areas_unreadable")
put("area-of-objects", lambda: areas([{"lon": 1}] * 5), REJECT, "areas_unreadable")
put("area-of-a-million-corners", lambda: areas(circle(1_000_000)), REJECT, heavy=True)
put(
    "areas-of-a-million-corners-in-all",
    lambda: areas(*(circle(5_000, n / 20) for n in range(80))),
    REJECT,
    "areas_too_large",
    heavy=True,
)
put("area-of-ten-thousand-corners", lambda: areas(circle(10_000)), ACCEPT)
put("one-bad-area-of-three", lambda: areas(RING, RING, [[8.6, 91]] * 5), REPAIR, "area_unusable")
put("areas-nested-deeply", lambda: areas(text='{"features":' + "[" * 200_000 + "]" * 200_000 + "}"), REJECT, "areas_unreadable")
put("areas-nested-objects", lambda: areas(text='{"a":' * 100_000 + "1" + "}" * 100_000), REJECT, "areas_unreadable")
put("areas-of-a-huge-number", lambda: areas(text='{"features":[' + "9" * 1_000_000 + "]}"), REJECT, "areas_unreadable")
put("areas-cut-off", lambda: areas(text='{"type": "FeatureCollection", "features": ['), REJECT, "areas_unreadable")
put("areas-that-are-none", lambda: areas(text="null"), REJECT, "areas_unreadable")
put("areas-empty-file", lambda: areas(text=" "), REJECT, "areas_unreadable")
put("areas-as-a-page", lambda: areas(text="<!doctype html>"), REJECT, "areas_unreadable")
put(
    "areas-a-hundred-thousand-points",
    lambda: areas(
        text=json.dumps({"features": [{"id": n, "geometry": {"type": "Point", "coordinates": [8, 49]}} for n in range(100_000)]})
    ),
    REJECT,
    "areas_unreadable",
    heavy=True,
)
put(
    "area-ids-twice",
    lambda: areas(
        text=json.dumps(
            {"features": [{"type": "Feature", "id": "area0", "geometry": {"type": "Polygon", "coordinates": [RING]}}] * 2}
        )
    ),
    REPAIR,
    "area_unusable",
)
