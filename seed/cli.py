"""``python -m seed``: the demo county on the command line."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from mobility.errors import MobilityError
from mobility.progress_bars import progress_bars
from mobility.setting_up import opened
from mobility.settings import read_settings
from seed.loading import book_days, load_county
from seed.people_file import PASSWORDS
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


@app.command()
def load() -> None:
    """Write the demo county, import it by the public way in, and book two days of rides; what is there already stays."""
    today = datetime.now(UTC).date()
    try:
        settings = read_settings()
        with opened(settings) as context, progress_bars() as tell:
            load_county(context, settings.data / "demo-county", today, tell)
            booked = book_days(context, today, tell)
    except MobilityError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from None
    if booked:
        typer.echo(f"{booked} rides booked for the next two working days.")
    typer.echo("Demo sign-ins (name / password): " + ", ".join(f"{name} / {word}" for name, word in PASSWORDS.items()))
