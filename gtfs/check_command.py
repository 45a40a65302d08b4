"""``python -m gtfs check``: starts without polars, numpy and scipy, which only the child that reads the feed needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar
from rich.table import Table

from gtfs.confinement import check_confined
from gtfs.errors import FeedError
from gtfs.findings import CheckReport
from gtfs.limits import LIMITS
from gtfs.options import options_from
from gtfs.rules import Outcome

if TYPE_CHECKING:
    from gtfs.rows import Progress

_UNUSABLE_INPUT = 2
_BAR_FROM_BYTES = 1 << 20


def gtfs() -> None:
    """Read and check GTFS feeds; journeys by their timetables."""


def check(
    feed: Annotated[Path, typer.Argument(help="The feed's zip file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,  # noqa: FBT002  a switch
    limit: Annotated[str, typer.Option(help="Other limits than usual, as in ratio=300,members=2000.")] = "",
    without: Annotated[str, typer.Option(help="Codes of repairs not to make, as in parent_missing,draft_column.")] = "",
    shift: Annotated[bool, typer.Option("--shift", help="Move a timetable that has ended by whole weeks to now.")] = False,  # noqa: FBT002
    overlay: Annotated[Path | None, typer.Option(help="A file that marks lines as on-demand.")] = None,
) -> None:
    """Say whether a feed can be used: accept, repair or reject (exit status 1 when rejected, 2 when there is no such file)."""
    if not feed.exists():
        error = FeedError("file_unreadable", subject=f"{feed.name}, no such file")
        typer.echo(str(error), err=True)
        raise typer.Exit(_UNUSABLE_INPUT)
    try:
        limits = LIMITS.changed(limit)
        today = datetime.now(UTC).date()
        options = options_from(without, today if shift else None, overlay)
    except (ValueError, FeedError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_UNUSABLE_INPUT) from None
    with _progress() as progress:
        report = check_confined(feed, progress, limits, today, options)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    raise typer.Exit(1 if report.outcome is Outcome.REJECT else 0)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error for files that take a while; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with ProgressBar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def show(name: str, done: int, total: int) -> None:
            if total >= _BAR_FROM_BYTES:
                if name not in tasks:
                    tasks[name] = bar.add_task(name, total=total)
                bar.update(tasks[name], completed=done)  # type: ignore[arg-type]

        yield show


def _print(report: CheckReport) -> None:
    console = Console()
    for finding in report.findings:
        console.print(f"{finding.outcome.value:7} {finding.code}: {finding}", markup=False, highlight=False, soft_wrap=True)
    if report.counts:
        table = Table(show_header=False, box=None)
        for name, count in report.counts.items():
            table.add_row(name.replace("_", " "), f"{count:,}")
        console.print(table)
    console.print(report.outcome.value, style="bold", markup=False)


app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
app.callback()(gtfs)
app.command()(check)
