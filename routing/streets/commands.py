"""The commands of the street side: ``streets``, ``matrix``, ``route``, ``find``."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress as Bar

from routing.streets.access import Vehicle
from routing.streets.calibration import read_calibration
from routing.streets.errors import StreetsError
from routing.streets.handing_over import encoded_polyline, navigation_links
from routing.streets.importing import import_streets
from routing.streets.streets import Streets
from routing.travel import FOREVER


class VehicleName(StrEnum):
    """What ``--vehicle`` takes."""

    CAR = "car"
    BUS = "bus"


_ROWS_AT_ONCE = 500

JsonFlag = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder written by the streets command.")]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command("streets")(streets_command)
    app.command("matrix")(matrix_command)
    app.command("route", context_settings={"ignore_unknown_options": True})(route_command)
    app.command("find")(find_command)


def streets_command(
    extract: Annotated[Path, typer.Argument(metavar="EXTRACT", help=".osm.pbf or .osm file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    vehicle: Annotated[VehicleName, typer.Option(help="Whose access rules and bans count.")] = VehicleName.CAR,
    calibration: Annotated[Path | None, typer.Option(metavar="FILE", help="Speeds and hour profiles of your own (TOML).")] = None,
    as_json: JsonFlag = False,  # noqa: FBT002 - a command line flag
) -> None:
    """Import streets and addresses from an OpenStreetMap extract."""
    console = Console(stderr=True)
    with _plain_errors(), Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        step = bar.add_task("reading", total=None)
        report = import_streets(
            extract,
            out,
            lambda what, done, total: bar.update(step, description=what, completed=done, total=total or None),
            vehicle=Vehicle[vehicle.name],
            calibration=read_calibration(calibration) if calibration else None,
        )
    if as_json:
        typer.echo(json.dumps(asdict(report)))
        return
    typer.echo(
        f"{out}: {report.driving_km} km of roads, {report.walking_km} km on foot, {report.restrictions} turn restrictions, "
        f"{report.addresses} addresses (from {report.source}, {report.date or 'undated'})"
    )
    if report.islands:
        typer.echo(f"cut off: {report.islands} islands with {report.islands_km} km of roads no car can reach and leave")


def matrix_command(
    folder: Folder,
    points: Annotated[Path, typer.Argument(metavar="POINTS.csv", help="Columns lon,lat.")],
    out: Annotated[Path, typer.Option("--out", metavar="M.npy", help="int32 seconds, unreachable -1.")],
) -> None:
    """Travel times between all points."""
    with _plain_errors():
        places = _read_points(points)
        streets = Streets.load(folder)
        off = _off_the_map(streets, places, points.name)
        seconds = _matrix_in_blocks(streets, places)
        _write_array(out, seconds)
    typer.echo(f"{out}: {seconds.shape[0]} x {seconds.shape[1]}, {int((seconds < 0).sum())} unreachable")
    if len(off):
        lines = ", ".join(str(line) for line in off[:10].tolist()) + (" …" if len(off) > 10 else "")
        sys.stderr.write(f"{points.name}: {len(off)} of {len(places)} points have no street near (number {lines})\n")


def _off_the_map(streets: Streets, places: NDArray[np.float64], name: str) -> NDArray[np.int64]:
    """Numbers, from 1, of the points with no street near.

    Raises:
        StreetsError: that holds for all of them.
    """
    off = np.flatnonzero([streets.snap(lon, lat) is None for lon, lat in places.tolist()]) + 1
    if len(off) == len(places):
        lon, lat = places[0].tolist()
        raise StreetsError(
            name, f"no point has a street near; the streets cover {_bounds_text(streets)}", _swapped(streets, lon, lat)
        )
    return off


def _matrix_in_blocks(streets: Streets, places: NDArray[np.float64]) -> NDArray[np.int32]:
    """int32 seconds, unreachable −1; a bar on the terminal while it takes long."""
    console = Console(stderr=True)
    seconds = np.empty((len(places), len(places)), dtype=np.int32)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        for begin in bar.track(range(0, len(places), _ROWS_AT_ONCE), description="travel times"):
            rows = streets.matrix(places[begin : begin + _ROWS_AT_ONCE], places).seconds
            seconds[begin : begin + _ROWS_AT_ONCE] = np.where(rows >= FOREVER, -1, rows)
    return seconds


def _write_array(out: Path, seconds: NDArray[np.int32]) -> None:
    """Whole, or not at all: what was there stays until the new one is complete."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("wb") as file:
            np.save(file, seconds)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StreetsError(str(out), f"cannot be written: {error.strerror}") from None


def route_command(
    folder: Folder,
    origin: Annotated[str, typer.Argument(metavar="LON,LAT")],
    destination: Annotated[str, typer.Argument(metavar="LON,LAT")],
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="As driven at this hour of the day.")] = None,
    as_json: JsonFlag = False,  # noqa: FBT002 - a command line flag
) -> None:
    """The fastest way between two points."""
    with _plain_errors():
        ends = [_parse_place(text) for text in (origin, destination)]
        streets = Streets.load(folder)
        for text, end in zip((origin, destination), ends, strict=True):
            if streets.snap(*end) is None:
                what = f"no street near; the streets cover {_bounds_text(streets)}"
                raise StreetsError(text, what, _swapped(streets, *end))
        if hour is not None:
            streets = streets.at_hour(hour)
        route, steps = streets.route(ends[0], ends[1]), streets.directions(ends[0], ends[1])
        if route is None or steps is None:
            raise StreetsError(f"{origin} to {destination}", "no way to drive")
    if as_json:
        told = [{**asdict(step), "de": step.de, "en": step.en} for step in steps]
        handed = {"polyline": encoded_polyline(route.geometry), "links": navigation_links(ends[0], ends[1])}
        typer.echo(json.dumps({**asdict(route), "steps": told, **handed}, ensure_ascii=False))
        return
    typer.echo(f"{route.seconds // 60} min {route.seconds % 60} s, {route.metres / 1000:.1f} km: {', '.join(route.streets)}")
    for step in steps:
        typer.echo(f"  {step.de}" + (f" ({step.metres} m)" if step.metres else ""))


def find_command(
    folder: Folder,
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    as_json: JsonFlag = False,  # noqa: FBT002 - a command line flag
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
) -> None:
    """Search addresses, streets, places and points of interest."""
    with _plain_errors():
        found = Streets.load(folder).find(text, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(address) for address in found], ensure_ascii=False))
        return
    for address in found:
        typer.echo(f"{address.lon:.6f},{address.lat:.6f}  {address.label} ({address.kind})")
    if not found:
        typer.echo("nothing found")


@contextmanager
def _plain_errors() -> Iterator[None]:
    """One line and exit code 2 instead of a traceback."""
    try:
        yield
    except StreetsError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None


def _read_points(file: Path) -> NDArray[np.float64]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not {"lon", "lat"} <= set(rows.fieldnames or ()):
                raise StreetsError(file.name, "the first line must name the columns lon,lat")
            places = [_parse_place(f"{row['lon']},{row['lat']}", f"{file.name} line {rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StreetsError(file.name, f"cannot be read: {getattr(error, 'strerror', None) or 'not a CSV text'}") from None
    if not places:
        raise StreetsError(file.name, "holds no points", "write a line lon,lat and one line for each point")
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def _parse_place(text: str, where: str = "") -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise StreetsError(where or text, f"not a place: {text!r}", "write LON,LAT such as 8.69,49.41") from None
    if not (np.isfinite([lon, lat]).all() and abs(lon) <= 180 and abs(lat) <= 90):
        raise StreetsError(where or text, f"not a place on earth: {text!r}", "write LON,LAT in degrees, lon first")
    return lon, lat


def _swapped(streets: Streets, lon: float, lat: float) -> str:
    """How to mend a place off the map."""
    west, south, east, north = streets.bounds
    swapped = west <= lat <= east and south <= lon <= north
    return "lon and lat seem to be swapped" if swapped else "lon comes before lat"


def _bounds_text(streets: Streets) -> str:
    west, south, east, north = streets.bounds
    return f"lon {west:.2f} to {east:.2f}, lat {south:.2f} to {north:.2f}"
