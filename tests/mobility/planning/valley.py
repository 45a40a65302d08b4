"""A valley of one road with a feed of its own: everything the rule towards parallel lines has to tell apart."""

from __future__ import annotations

from pathlib import Path

from gtfs.feed import Feed
from gtfs.options import Options
from gtfs.reading import read_feed
from mobility.domain.places import Place
from mobility.planning.network import Network
from mobility.planning.travel import TravelCache
from routing.streets.importing import import_streets
from routing.streets.streets import Streets
from tests.gtfs.conftest import Files, pack
from tests.routing.streets.conftest import SOUTH, STEP, WEST, Sketch

# One step of the lattice is 67 m along the road (53° N) and 111 m across it.
DORF, MUEHLE, STADT, BAHNHOF, KLINIK = 0, 30, 120, 128, 280
PLACES = {
    "Dorf": (DORF, 0),
    "Dorf, 470 m vom Bus": (DORF + 7, 0),
    "Dorf, 540 m vom Bus": (DORF + 8, 0),
    "Hof über dem Fluss": (DORF + 1, -1),
    "Weiler": (12, 0),
    "Mühle": (MUEHLE, 0),
    "Stadt": (STADT, 0),
    "Bahnhof": (BAHNHOF, 0),
    "Stadt, 200 m vom Bus": (STADT - 3, 0),
    "Klinik": (KLINIK, 0),
}
STOPS = {"dorf": DORF, "muehle": MUEHLE, "stadt": STADT, "bahnhof": BAHNHOF, "klinik": KLINIK}
OVERLAY = '[[on_demand]]\nlines = ["90"]\ntelephone = "+49 30 23125 500"\nminutes_ahead = 60\n'
FILES: Files = {
    "agency.txt": (
        "agency_id,agency_name,agency_url,agency_timezone\n"
        "K,Kreisbus,https://example.org,Europe/Berlin\nB,Talbahn,https://example.org,Europe/Berlin\n"
    ),
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding\n"
    + "".join(
        f'{stop},"{name}",{SOUTH},{WEST + STOPS[stop] * STEP:.4f},{wheelchair}\n'
        for stop, name, wheelchair in (
            ("dorf", "Dorf, Kirche", 1),
            ("muehle", "Mühle", 2),
            ("stadt", "Stadt, Markt", 1),
            ("bahnhof", "Stadt, Bahnhof", 1),
            ("klinik", "Klinik", 1),
        )
    ),
    "routes.txt": (
        "route_id,agency_id,route_short_name,route_long_name,route_type\n"
        "r12,K,12,,3\nr13,K,13,,3\nr90,K,90,,3\nr77,K,77,,3\nbb1,K,BB1,,3\nn1,K,N1,,3\nre6,B,RE 6,,2\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20260101,20261231\nall,1,1,1,1,1,1,1,20260101,20261231\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20260514,2\nfeast,20260514,1\n",
    "trips.txt": (
        "route_id,service_id,trip_id,trip_headsign,wheelchair_accessible\n"
        "r12,week,12-8,Stadt,2\nr12,week,12-10,Stadt,1\nr12,feast,12-feast,Stadt,1\nr12,week,12-back,Dorf,1\n"
        "r90,week,90-12,Stadt,1\nr13,week,13-13,Stadt,1\nr13,week,13-14,Stadt,1\nr13,week,13-15,Stadt,1\nr13,week,13-17,Stadt,\n"
        "bb1,week,bb-16,Stadt,1\nr77,all,77-19,Stadt,1\nn1,all,n-24,Stadt,1\nn1,all,n-2,Stadt,1\nre6,week,re-10,Klinik,1\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "12-8,8:00:00,8:00:00,dorf,1,,\n12-8,8:05:00,8:05:00,muehle,2,,\n12-8,8:20:00,8:20:00,stadt,3,,\n"
        "12-10,10:00:00,10:00:00,dorf,1,,\n12-10,10:05:00,10:05:00,muehle,2,,\n12-10,10:20:00,10:20:00,stadt,3,,\n"
        "12-10,10:23:00,10:23:00,bahnhof,4,,\n"
        "12-feast,11:00:00,11:00:00,dorf,1,,\n12-feast,11:20:00,11:20:00,stadt,2,,\n"
        "12-back,11:30:00,11:30:00,stadt,1,,\n12-back,11:50:00,11:50:00,dorf,2,,\n"
        "90-12,12:00:00,12:00:00,dorf,1,,\n90-12,12:20:00,12:20:00,stadt,2,,\n"
        "13-13,13:00:00,13:00:00,dorf,1,1,\n13-13,13:20:00,13:20:00,stadt,2,,\n"
        "13-14,14:00:00,14:00:00,dorf,1,2,\n13-14,14:20:00,14:20:00,stadt,2,,\n"
        "13-15,15:00:00,15:00:00,dorf,1,3,\n13-15,15:20:00,15:20:00,stadt,2,,\n"
        "13-17,17:00:00,17:00:00,dorf,1,,\n13-17,17:20:00,17:20:00,stadt,2,,1\n13-17,17:25:00,17:25:00,bahnhof,3,,\n"
        "bb-16,16:00:00,16:00:00,dorf,1,,\nbb-16,16:20:00,16:20:00,stadt,2,,\n"
        "77-19,19:00:00,19:00:00,dorf,1,,\n77-19,22:10:00,22:10:00,stadt,2,,\n"
        "n-24,24:10:00,24:10:00,dorf,1,,\nn-24,24:30:00,24:30:00,stadt,2,,\n"
        "n-2,26:30:00,26:30:00,dorf,1,,\nn-2,26:50:00,26:50:00,stadt,2,,\n"
        "re-10,10:33:00,10:33:00,bahnhof,1,,\nre-10,10:45:00,10:45:00,klinik,2,,\n"
    ),
}


def place(name: str) -> Place:
    column, row = PLACES[name]
    return Place(WEST + column * STEP, SOUTH + row * STEP, name)


def feed(folder: Path, files: Files = FILES) -> Feed:
    """Line 90 is told to be a bus on call by an overlay, as where a county delivers it as an ordinary one."""
    path = folder / "valley.zip"
    path.write_bytes(pack(files))
    return read_feed(path, options=Options(overlay=OVERLAY))


def network(folder: Path) -> Network:
    """One road of 20 km; beyond the river at its beginning a farm whose bridge is 600 m away."""
    sketch = Sketch()
    for column in range(KLINIK + 2):
        sketch.node(column + 1, column, 0)
    sketch.way(1, range(1, KLINIK + 3), highway="secondary", name="Talstraße")
    sketch.node(9001, DORF + 1, -1)
    sketch.node(9002, DORF + 9, -1)
    sketch.way(2, (9001, 9002, DORF + 10), highway="residential", name="Am Fluss")
    import_streets(sketch.write(folder / "valley.osm"), folder / "streets")
    streets = Streets.load(folder / "streets")
    return Network(streets, feed(folder), TravelCache(streets))
