"""``python -m gtfs``: check a feed; journeys by its timetable."""

from __future__ import annotations

import typer

from gtfs.check_command import check, gtfs
from gtfs.diff_command import diff
from gtfs.journey_command import journey

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.callback()(gtfs)
app.command()(check)
app.command()(diff)
app.command()(journey)
