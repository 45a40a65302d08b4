"""``python -m gtfs diff``: what passengers would notice when one feed takes another's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gtfs.comparing import FeedChanges, LineChange, compare_feeds
from gtfs.confinement import read_confined
from gtfs.errors import FeedError

_UNUSABLE_INPUT = 2
_MOST_SHOWN = 50


def diff(
    old: Annotated[Path, typer.Argument(help="The feed as it was: a zip file, or the folder of an import.")],
    new: Annotated[Path, typer.Argument(help="The feed as it will be.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,  # noqa: FBT002  a switch
) -> None:
    """Compare two feeds: lines, departures a day, stops moved or gone (exit status 2 when one of them cannot be used)."""
    try:
        with read_confined(old) as before, read_confined(new) as after:
            changes = compare_feeds(before, after)
    except FeedError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_UNUSABLE_INPUT) from None
    if as_json:
        typer.echo(json.dumps(changes.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(changes)


def _print(changes: FeedChanges) -> None:
    console = Console()
    lines = [line for line in changes.lines if line.change != "same"]
    if lines:
        table = Table("line", "change", "weekday", "Saturday", "Sunday", box=None)
        for line in lines[:_MOST_SHOWN]:
            table.add_row(line.name, line.change, *_trips(line))
        console.print(table)
    for stop in changes.stops[:_MOST_SHOWN]:
        far = f" by {stop.metres} m" if stop.metres else f" from {stop.old_id}" if stop.old_id else ""
        console.print(f"{stop.change}{far}: {stop.name} ({stop.id})", markup=False, highlight=False, soft_wrap=True)
    same = sum(line.change == "same" for line in changes.lines)
    console.print(f"{len(lines)} lines and {len(changes.stops)} stops change; {same} lines and {changes.stops_same} stops stay.")


def _trips(line: LineChange) -> list[str]:
    pairs = zip(line.old_trips, line.new_trips, strict=True)
    return [str(old) if old == new else f"{old} → {new}" for old, new in pairs]
