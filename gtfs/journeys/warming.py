"""``python -m gtfs.journeys.warming``: compile the journey search, once on a machine (half a minute; afterwards it is kept on the disk).

In a process of its own, so that whoever starts it goes on meanwhile. Nothing to compile takes two seconds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from gtfs.feed import Feed
from gtfs.importing import import_feed
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.nouns import Reach

_DAY = date(2026, 4, 27)
_FILES = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,A,https://a.invalid,Europe/Berlin\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\na,A,52.1,12.1\nb,B,52.2,12.2\nc,C,52.3,12.3\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\n1,A,1,3\n2,A,2,3\n",
    "trips.txt": "route_id,service_id,trip_id\n1,S,1\n2,S,2\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "1,08:00:00,08:00:00,a,1\n1,08:20:00,08:20:00,b,2\n2,08:30:00,08:30:00,b,1\n2,08:50:00,08:50:00,c,2\n"
    ),
    "calendar_dates.txt": f"service_id,date,exception_type\nS,{_DAY:%Y%m%d},1\n",
}


def compile_search() -> None:
    """Ask a feed of two trips everything that is compiled; as an import is read, its arrays are mapped read-only."""
    with tempfile.TemporaryDirectory() as folder:
        archive, imported = Path(folder) / "feed.zip", Path(folder) / "feed"
        with zipfile.ZipFile(archive, "w") as packed:
            for name, text in _FILES.items():
                packed.writestr(name, text)
        import_feed(archive, imported)
        planner = JourneyPlanner(Feed.load(imported))
        planner.prepare()
        access, egress = [Reach("a", 60), Reach("a", 600, 7 * 3600)], [Reach("c", 60), Reach("c", 600, 9 * 3600)]
        for arrive_by in (False, True):
            query = Query(access, egress, _DAY, 7 * 3600 - 600, 9 * 3600, arrive_by)
            planner.journeys(query)
            planner.earliest_arrival(query)


def compiling() -> subprocess.Popen[bytes]:
    """Begin to compile beside whatever goes on; the process has ended when it is done."""
    return subprocess.Popen([sys.executable, "-m", "gtfs.journeys.warming"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    compile_search()
