"""``python -m seed``: the demo county on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from seed.writing import write_county

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def seed() -> None:
    """An invented county, written as the standard files a real one has."""


@app.command()
def write(
    folder: Annotated[Path, typer.Argument(help="where the files go; made when absent")],
    start: Annotated[str, typer.Option(help="first day of the timetable, YYYY-MM-DD; today without it")] = "",
) -> None:
    """Write streets, timetable, services and people of the demo county."""
    try:
        first = date.fromisoformat(start) if start else datetime.now(UTC).date()
    except ValueError:
        typer.echo(f"--start: not a day: {start!r} (write it as 2026-06-01)", err=True)
        raise typer.Exit(2) from None
    try:
        written = write_county(folder, first)
    except OSError as error:
        typer.echo(f"{folder}: cannot be written to: {error.strerror} (choose another folder)", err=True)
        raise typer.Exit(1) from None
    for path in written:
        typer.echo(path)
