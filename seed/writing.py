"""Writes the demo county as files, the way a real county would bring its own."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path

from seed.county import make_county
from seed.gtfs_file import write_gtfs
from seed.osm_file import write_osm
from seed.people_file import PASSWORDS, people_toml

STREETS, FEED, PEOPLE, SERVICES = "county.osm.pbf", "county-gtfs.zip", "people.toml", "services"

_README = """# Landkreis Auental: an invented county

**Everything here is invented**: places, roads, timetable, carriers and people. The county lies on a map where other places are;
nothing here says anything about them. Telephone numbers are from the ranges set aside for fiction.
Alles hier ist erfunden.

| file | what it is |
|---|---|
| `{streets}` | streets, addresses, stops (OpenStreetMap format, not OpenStreetMap data) |
| `{feed}` | timetable from {start} on (GTFS) |
| `{services}/*.toml` | four services, one of each form |
| `{people}` | riders, drivers, hours, sign-ins |

Sign-ins (public, for the demo only):

{sign_ins}
"""


def write_county(folder: Path, start: date) -> list[Path]:
    """Writes all files into ``folder`` (made when absent; files of these names are replaced) and returns their paths.

    The same ``start`` gives the same bytes. Files appear only when all of them are complete.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SERVICES).mkdir(exist_ok=True)
    county = make_county()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        partial = Path(name)
        (partial / SERVICES).mkdir()
        write_osm(county.sketch, partial / STREETS)
        write_gtfs(county, start, partial / FEED)
        (partial / PEOPLE).write_text(people_toml(county), encoding="utf-8", newline="\n")
        (partial / "README.md").write_text(_readme(start), encoding="utf-8", newline="\n")
        for service in sorted((Path(__file__).parent / SERVICES).glob("*.toml")):
            shutil.copyfile(service, partial / SERVICES / service.name)
        written = sorted(path.relative_to(partial) for path in partial.rglob("*") if path.is_file())
        for path in written:
            (partial / path).replace(folder / path)
    return [folder / path for path in written]


def _readme(start: date) -> str:
    sign_ins = "\n".join(f"- `{name}` / `{password}`" for name, password in PASSWORDS.items())
    return _README.format(
        streets=STREETS, feed=FEED, services=SERVICES, people=PEOPLE, start=start.isoformat(), sign_ins=sign_ins
    )
