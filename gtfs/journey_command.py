"""``python -m gtfs journey``: from door to door by timetable, walking crow-fly times a factor where no streets are asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from gtfs.errors import FeedError
from gtfs.feed import Feed
from gtfs.journeys.changes import Footing, plane
from gtfs.journeys.live_trips import concerning
from gtfs.journeys.planner import JourneyPlanner, Query
from gtfs.journeys.serving import JourneyService
from gtfs.merging import Merged, merge_feeds
from gtfs.nouns import FootLeg, Journey, Reach, TransitLeg
from gtfs.overlap_rules import FEED_NAME, MAIN, known_name, read_overlap_rules
from gtfs.reading import read_feed
from gtfs.realtime import RealtimeError
from gtfs.service_days import moment, seconds_of

Coordinates = tuple[float, float]
_UNUSABLE_INPUT = 2


def journey(  # noqa: PLR0913, PLR0917  options of a command
    feed: Annotated[Path, typer.Argument(help="The feed's zip file, or the folder of an import.")],
    origin: Annotated[str, typer.Option("--from", help="LON,LAT in degrees (WGS 84).")],
    goal: Annotated[str, typer.Option("--to", help="LON,LAT in degrees (WGS 84).")],
    at: Annotated[str, typer.Option(help="ISO time, such as 2026-06-08T08:00; without a zone that of the feed.")],
    arrive_by: Annotated[bool, typer.Option("--arrive-by", help="To be there at that time.")] = False,  # noqa: FBT002
    window: Annotated[
        int, typer.Option(min=0, max=1440, help="Minutes after that time (before, with --arrive-by) that will do too.")
    ] = 0,
    walk: Annotated[int, typer.Option(min=0, help="Metres, crow-fly, to the first stop and from the last.")] = 1000,
    speed: Annotated[float, typer.Option(min=0.1, help="Walking speed in metres per second.")] = 1.1,
    detour: Annotated[float, typer.Option(min=1.0, help="Metres walked for a metre crow-fly.")] = 1.3,
    change: Annotated[int, typer.Option(min=0, help="Seconds a change takes at the least.")] = 120,
    most_changes: Annotated[int, typer.Option(min=0, max=10, help="Changes at most.")] = 5,
    wheelchair: Annotated[bool, typer.Option("--wheelchair", help="Only what the feed says takes a wheelchair.")] = False,  # noqa: FBT002
    realtime: Annotated[
        list[str] | None,
        typer.Option(
            help="File or address of a GTFS Realtime message: trips as they run, and alerts; of a further feed: NAME=MESSAGE."
        ),
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option(help="A further feed, as NAME=FEED; its ids begin with NAME and a colon.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Which feed counts for lines that several deliver: docs/feeds.md.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,  # noqa: FBT002
) -> None:
    """Say how to get from one place to another by timetable: every journey that is best in one way or another."""
    try:
        places = _coordinates(origin, "--from"), _coordinates(goal, "--to")
        merged = _merged(feed, also or (), rules)
        timetable = merged.feed
        planner = JourneyPlanner(timetable, footing=Footing(speed, detour, change_s=change))
        when = _moment(at, timetable)
        _apply(JourneyService(planner, merged.parts), realtime or ())
    except (FeedError, RealtimeError, ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_UNUSABLE_INPUT) from error
    day = when.date()
    at_s, span = seconds_of(when.astimezone(UTC), day, timetable.timezone), window * 60
    earliest, latest = (at_s - span, at_s) if arrive_by else (at_s, at_s + span)
    access, egress = (_reaches(planner, place, walk) for place in places)
    query = Query(access, egress, day, earliest, latest, arrive_by, most_changes, wheelchair)
    found = [_told(planner, query, one) for one in planner.journeys(query)]
    if as_json:
        typer.echo(json.dumps({"journeys": found}, ensure_ascii=False, indent=2))
    else:
        _print(found)


def _merged(main: Path, also: Sequence[str], rules: Path | None) -> Merged:
    feeds = {MAIN: _read(main)}
    for told in also:
        name, _, path = told.partition("=")
        if not path or known_name(name) in feeds:
            raise ValueError(f'--also: "{told}" names no further feed; write NAME=FEED, such as rail=rail.zip')
        feeds[known_name(name)] = _read(Path(path))
    merged = merge_feeds(feeds, None if rules is None else read_overlap_rules(rules.read_text("utf-8")))
    for name, why in merged.left_out.items():
        typer.echo(f"{name} is left out: {why}", err=True)
    return merged


def _read(feed: Path) -> Feed:
    return Feed.load(feed) if feed.is_dir() else read_feed(feed)


def _coordinates(text: str, option: str) -> Coordinates:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        lon = lat = float("nan")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f'{option}: "{text}" is no place; write LON,LAT in degrees, such as 8.6821,49.4094')
    return lon, lat


def _moment(text: str, feed: Feed) -> datetime:
    """The moment on the feed's clock."""
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(feed.timezone) if at.tzinfo else at.replace(tzinfo=feed.timezone)
    except (ValueError, OverflowError):
        raise ValueError(f'--at: "{text}" is no time; write it as 2026-06-08T08:00') from None
    days = feed.days()
    if days is None or not days[0] <= at.date() <= days[1] + timedelta(days=1):
        raise ValueError(
            f"--at: the timetable says nothing of that day; it runs from {days[0]} to {days[1]}" if days else "it never runs"
        )
    return at


def _reaches(planner: JourneyPlanner, place: Coordinates, most_m: float) -> list[Reach]:
    """Stops with departures or arrivals within reach on foot."""
    feed = planner.feed
    stops = feed.stop_table
    points = plane(stops["lon"].to_numpy(), stops["lat"].to_numpy())
    metres = np.linalg.norm(points - plane(np.array([place[0]]), np.array([place[1]])), axis=1)
    served = np.diff(feed.timetable.stop_first) > 0
    near = np.flatnonzero((metres <= most_m) & served)
    return [Reach(feed.stops[stop].id, int(planner.footing.seconds(metres[stop : stop + 1])[0])) for stop in near]


def _apply(service: JourneyService, messages: Sequence[str]) -> None:
    for told in messages:
        name, named, where = told.partition("=")
        feed = name if named and FEED_NAME.fullmatch(name) else MAIN
        failed = service.refresh(where if feed else told, datetime.now(UTC), feed=feed)
        if failed:
            _say_failed(failed)


def _say_failed(failed: int) -> None:
    typer.echo(f"GTFS Realtime: {failed} trips of it are not of this timetable or of a kind that is not applied", err=True)


def _told(planner: JourneyPlanner, query: Query, found: Journey) -> dict[str, Any]:
    feed = planner.feed

    def clock(seconds: int) -> str:
        return moment(query.day, seconds, feed.timezone).isoformat()

    def walk(start: str | None, end: str | None, departure_s: int, arrival_s: int) -> dict[str, Any]:
        return {
            "mode": "walk", "from": _stop(feed, start), "to": _stop(feed, end),
            "departure": clock(departure_s), "arrival": clock(arrival_s),
        }  # fmt: skip

    def alerts(leg: TransitLeg) -> list[dict[str, str]]:
        route = feed.find_route(leg.route_id)
        span = [int(moment(query.day, seconds, feed.timezone).timestamp()) for seconds in (leg.departure_s, leg.arrival_s)]
        told = concerning(planner.live.alerts, leg, route.agency if route else None, (span[0], span[1]))
        return [{"header": one.header, "description": one.description, "url": one.url} for one in told]

    def ride(leg: TransitLeg) -> dict[str, Any]:
        stops = [
            {**_known(feed, stop), "arrival": clock(arrival), "departure": clock(departure)}
            for stop, arrival, departure in leg.halts
        ]
        return {
            "mode": "transit", "stay_seated": leg.stays, "trip_id": leg.trip_id, "route_id": leg.route_id, "line": leg.route_short_name,
            "route_type": leg.route_type, "headsign": leg.headsign, "from": _stop(feed, leg.halts[0][0]),
            "to": _stop(feed, leg.halts[-1][0]), "departure": clock(leg.departure_s), "arrival": clock(leg.arrival_s), "stops": stops,
            "late_s": None if leg.late_s is None else {"departure": leg.late_s[0], "arrival": leg.late_s[1]}, "alerts": alerts(leg),
        }  # fmt: skip

    legs = [walk(None, found.access.stop_id, found.departure_s, found.departure_s + found.access.seconds)]
    legs += [
        walk(leg.from_stop_id, leg.to_stop_id, leg.departure_s, leg.arrival_s) if isinstance(leg, FootLeg) else ride(leg)
        for leg in found.legs
    ]
    legs.append(walk(found.egress.stop_id, None, found.legs[-1].arrival_s, found.arrival_s))
    return {
        "departure": clock(found.departure_s), "arrival": clock(found.arrival_s), "changes": found.changes,
        "minutes": (found.arrival_s - found.departure_s) // 60, "legs": legs,
    }  # fmt: skip


def _known(feed: Feed, stop_id: str) -> dict[str, Any]:
    stop = feed.find_stop(stop_id)
    return {"stop_id": stop_id, "name": stop.name if stop else ""}


def _stop(feed: Feed, stop_id: str | None) -> dict[str, Any] | None:
    """None stands for the origin or the goal."""
    return None if stop_id is None else _known(feed, stop_id)


def _print(found: list[dict[str, Any]]) -> None:
    console = Console(highlight=False)
    for one in found:
        console.print(f"{one['departure'][11:16]} – {one['arrival'][11:16]}, changes: {one['changes']}", style="bold")
        for leg in one["legs"]:
            where = f"{(leg['from'] or {'name': 'start'})['name']} → {(leg['to'] or {'name': 'goal'})['name']}"
            what = "on foot" if leg["mode"] == "walk" else f"{leg['line']} {leg['headsign']}"
            what = f"stay seated, {what}" if leg.get("stay_seated") else what
            console.print(f"  {leg['departure'][11:16]} {where}, {what}, {leg['arrival'][11:16]}", markup=False, soft_wrap=True)
            late = leg.get("late_s")
            if late and any(late.values()):
                minutes = [f"{seconds / 60:+.0f}" for seconds in late.values()]
                console.print(f"    minutes late: {minutes[0]} at departure, {minutes[1]} at arrival", markup=False)
            for alert in leg.get("alerts", ()):
                console.print(f"    {alert['header']} {alert['url']}".rstrip(), markup=False, soft_wrap=True)
    if not found:
        console.print("No journey found.")
