"""Small feeds, and zip files made from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

Files = dict[str, str | bytes]

SMALL: Files = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Kreisbus,https://example.org,Europe/Berlin\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
        "S,Bahnhof,49.50,8.60,1,,1\n"
        "a,Bahnhof Steig 1,49.501,8.601,0,S,\n"
        "b,Markt,49.51,8.61,0,,\n"
        'c,"Dorf, Kirche",49.52,8.62,0,,2\n'
        "d,Wald,49.53,8.63,0,,\n"
    ),
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nR,A,700,Bahnhof–Wald,3\nN,A,N1,Nachtbus,3\n",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20260301,20261231\n"
        "all,1,1,1,1,1,1,1,20260301,20261231\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20260501,2\nextra,20260501,1\n",
    "trips.txt": (
        "route_id,service_id,trip_id,trip_headsign,direction_id\n"
        "R,week,t1,Wald,0\nR,week,t2,,1\nR,extra,t3,Wald,0\nN,all,n1,Wald,0\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "t1,08:00:00,08:00:00,a,1,0,1\nt1,08:10:00,08:12:00,b,2,0,0\nt1,,,c,3,2,2\nt1,08:30:00,08:30:00,d,4,1,0\n"
        "t2,9:00:00,9:00:00,d,10,,\nt2,9:20:00,9:20:00,a,20,,\n"
        "t3,10:00:00,10:00:00,a,1,,\nt3,10:30:00,10:30:00,d,2,,\n"
        "n1,23:50:00,23:50:00,a,1,,\nn1,24:20:00,24:21:00,b,2,,\nn1,25:30:00,25:30:00,d,3,,\n"
    ),
}


@pytest.fixture
def small() -> Files:
    """The files of a small sound feed: line 700 on weekdays, a night bus every day, an extra trip on 1 May 2026."""
    return dict(SMALL)


def pack(files: Files) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@pytest.fixture(scope="session")
def zip_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Files | bytes], Path]:
    """Writes files (or ready zip bytes) as a new zip file and returns its path."""
    folder = tmp_path_factory.mktemp("feeds")
    numbers = count()

    def write(files: Files | bytes) -> Path:
        path = folder / f"{next(numbers)}.zip"
        path.write_bytes(files if isinstance(files, bytes) else pack(files))
        return path

    return write
