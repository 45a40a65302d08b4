"""The command line: set a county up, load what it offers, run it.

Each command imports what it needs when it runs: all of it together takes seconds, `--help` and the demo's parent process need none.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from gtfs.errors import FeedError
from gtfs.overlap_rules import known_name
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.datasets import DatasetKind
from mobility.errors import InvalidInputError, MobilityError, Problem
from mobility.progress_bars import Tell, progress_bars
from mobility.settings import read_settings
from routing.streets.errors import StreetsError

if TYPE_CHECKING:
    from mobility.actions.context import Context

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__.partition("\n")[0])
service_app = typer.Typer(no_args_is_help=True, help="A service is one TOML file.")
people_app = typer.Typer(no_args_is_help=True, help="Riders, drivers, shifts and sign-ins are one TOML file.")
agency_app = typer.Typer(no_args_is_help=True, help="Agencies are the tenants: a county or a transit authority each.")
app.add_typer(service_app, name="service")
app.add_typer(people_app, name="people")
app.add_typer(agency_app, name="agency")

_out = Console(highlight=False)
_MAX_FEED_BYTES = 500_000_000

AgencyOption = Annotated[str, typer.Option("--agency", help="Which agency; not needed while there is only one.")]


def main() -> None:
    """Run a command; what a person can mend is one clear line for each problem and exit code 2, never a traceback."""
    try:
        app()
    except InvalidInputError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(2)
    except (MobilityError, StreetsError, FeedError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


@contextmanager
def _context() -> Iterator[Context]:
    from mobility.setting_up import opened

    with opened(read_settings()) as context:
        yield context


def _agency(context: Context, named: str) -> str:
    """The agency named, or the only one there is.

    Raises:
        InvalidInputError: it does not exist, or none was named and there are several.
    """
    with context.store.transaction() as tx:
        known = [agency.id for agency in tx.list_agencies()]
    if named in known:
        return named
    if not named and len(known) == 1:
        return known[0]
    what = "is not an agency here" if named else "name one" if known else "there is none yet"
    mend = f"choose from {', '.join(known)}" if known else 'python -m mobility agency add ID "NAME"'
    raise InvalidInputError(Problem(f"--agency {named}".strip(), what, mend))


@agency_app.command("add")
def agency_add(
    agency_id: Annotated[str, typer.Argument(metavar="ID", help="Short, lower-case letters, digits and hyphens.")], name: str
) -> None:
    """Add an agency, the tenant everything else belongs to."""
    if not agency_id.isascii() or not agency_id.replace("-", "").isalnum() or agency_id != agency_id.lower():
        raise InvalidInputError(Problem("ID", "only lower-case letters, digits and hyphens", "such as altmark"))
    with _context() as context, context.store.transaction() as tx:
        if tx.find_agency(agency_id) is None:
            tx.add_agency(Agency(agency_id, name))
    _out.print(f"Agency {agency_id} is there.")


@app.command("import-streets")
def import_streets(
    extract: Annotated[Path | None, typer.Argument(help="An .osm.pbf or .osm file.")] = None,
    place: Annotated[
        str, typer.Option(help='Instead of a file: a place by name, such as "Perleberg, Germany", from the internet.')
    ] = "",
    agency: AgencyOption = "",
) -> None:
    """Import streets and addresses from an OpenStreetMap extract."""
    from mobility.actions import import_data

    if (extract is None) == (not place):
        raise InvalidInputError(Problem("import-streets", "name a file or a place", "write EXTRACT, or --place NAME"))
    with _context() as context, progress_bars() as progress, _extract(extract, place, progress) as file:
        report = import_data.import_streets(context, _agency(context, agency), file, progress)
    _out.print(
        f"Streets in use: {report.junctions:,} junctions, {report.driving_km:,} km of roads, {report.addresses:,} addresses."
    )
    if report.islands:
        _out.print(f"Left out, not connected to the rest: {report.islands} islands with {report.islands_km:.1f} km.")


@contextmanager
def _extract(extract: Path | None, place: str, progress: Tell) -> Iterator[Path]:
    """The file named, or one fetched for the time of the import."""
    if extract is not None:
        yield extract
        return
    from routing.streets.by_name import fetch_place

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "place.osm"
        fetch_place(place, file, progress)
        yield file


@app.command("import-feed")
def import_feed(
    feed: Annotated[str, typer.Argument(metavar="ZIP-or-URL", help="A GTFS zip file, or the address of one.")],
    agency: AgencyOption = "",
    without: Annotated[str, typer.Option(help="Codes of repairs not to make, as in parent_missing,draft_column.")] = "",
    shift: Annotated[bool, typer.Option("--shift", help="Move a timetable that has ended by whole weeks to now.")] = False,  # noqa: FBT002
    overlay: Annotated[Path | None, typer.Option(help="A file that marks lines as on-demand: docs/feeds.md.")] = None,
    name: Annotated[str, typer.Option("--feed", help="Which of the agency's feeds; others than main come beside it.")] = "main",
) -> None:
    """Import a GTFS feed from a file or from an address on the internet; the agency's other feeds stay in use beside it."""
    from gtfs.options import options_from
    from mobility.actions import import_data

    known = _feed_name(name)
    with _context() as context, _fetched(feed) as path, progress_bars() as progress:
        options = options_from(without, context.clock().date() if shift else None, overlay)
        report = import_data.import_feed(context, _agency(context, agency), path, progress, options, name=known)
    for finding in report.findings:
        _out.print(str(finding), style="yellow", markup=False)
    _out.print(f"Feed in use ({report.outcome}).")


def _feed_name(told: str) -> str:
    try:
        return known_name(told)
    except ValueError as error:
        raise InvalidInputError(Problem("--feed", str(error), "main is the feed whose ids stand alone")) from None


@app.command("feeds")
def feeds(
    rules: Annotated[Path | None, typer.Option(help="Say which counts for lines that several deliver: docs/feeds.md.")] = None,
    withdraw: Annotated[str, typer.Option(help="A feed to be used no longer; the others stay, its versions are kept.")] = "",
    agency: AgencyOption = "",
) -> None:
    """Say which feeds are in use, and for which lines that several deliver which of them counts."""
    from gtfs.overlap_rules import MOST_BYTES
    from mobility.actions.keep_feeds import look_at_feeds, save_feed_rules, withdraw_feed
    from mobility.files.toml_reading import read_text_file

    with _context() as context:
        actor = system_actor(_agency(context, agency))
        if rules is not None:
            save_feed_rules(context, actor, read_text_file(rules, MOST_BYTES))
        if withdraw:
            withdraw_feed(context, actor, _feed_name(withdraw))
        for line in look_at_feeds(context, actor).told():
            _out.print(line, markup=False, soft_wrap=True)


@contextmanager
def _fetched(feed: str) -> Iterator[Path]:
    if "://" not in feed:
        yield Path(feed)
        return
    from gtfs.fetching import fetch_feed

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "feed.zip"
        fetch_feed(feed, target, _MAX_FEED_BYTES)
        yield target


@service_app.command("check")
def service_check(file: Path) -> None:
    """Say what is wrong with a service file, line by line; changes nothing."""
    from mobility.files.service_file import MAX_SERVICE_BYTES, read_service
    from mobility.files.toml_reading import read_text_file

    service = read_service(read_text_file(file, MAX_SERVICE_BYTES), file.name)
    _out.print(f"{file.name}: {service.name} ({service.form.value}) is right.", markup=False)


@service_app.command("load")
def service_load(file: Path, agency: AgencyOption = "") -> None:
    """Check a service file and put it into use."""
    from mobility.actions.load_service import load_service
    from mobility.files.service_file import MAX_SERVICE_BYTES
    from mobility.files.toml_reading import read_text_file

    text = read_text_file(file, MAX_SERVICE_BYTES)
    with _context() as context:
        agency_id = _agency(context, agency)
        service = load_service(context, agency_id, text, file.name)
        runs = _open_if_possible(context, agency_id)
    _out.print(f"{service.name} is in use; {runs} new runs opened.", markup=False)


@people_app.command("load")
def people_load(
    file: Path,
    agency: AgencyOption = "",
) -> None:
    """Check a people file and add or replace what it names."""
    from mobility.actions.load_people import load_people
    from mobility.files.people_file import MAX_PEOPLE_BYTES
    from mobility.files.toml_reading import read_text_file

    text = read_text_file(file, MAX_PEOPLE_BYTES)
    with _context() as context:
        agency_id = _agency(context, agency)
        loaded = load_people(context, agency_id, text, file.name)
        runs = _open_if_possible(context, agency_id)
    _out.print(f"{loaded.riders} riders, {loaded.drivers} drivers, {loaded.accounts} sign-ins; {runs} new runs opened.")


def _open_if_possible(context: Context, agency_id: str) -> int:
    from mobility.actions.open_runs import open_coming_runs

    with context.store.transaction() as tx:
        ready = tx.find_dataset(system_actor(agency_id), DatasetKind.STREETS) is not None
    return open_coming_runs(context, agency_id) if ready else 0


@app.command("open-runs")
def open_runs(agency: AgencyOption = "") -> None:
    """Open the runs of all days that can be booked already (the worker does it every night)."""
    from mobility.actions.open_runs import open_coming_runs

    with _context() as context:
        _out.print(f"{open_coming_runs(context, _agency(context, agency))} new runs opened.")


@app.command()
def reoptimise(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Service day.")],
    agency: AgencyOption = "",
    seconds: Annotated[float, typer.Option(min=0.1, max=3600)] = 10.0,
    seed: int = 1,
) -> None:
    """Improve one day's plan with OR-Tools now (the worker does it every few minutes)."""
    from mobility.actions.reoptimise_day import reoptimise_day

    with _context() as context:
        result = reoptimise_day(context, _agency(context, agency), _date(day), seconds, seed)
    _out.print(
        f"{result.runs_changed} runs changed, {result.rides_moved} rides on another run; cost {result.cost_before:,} → {result.cost_after:,}."
    )


def _date(moment: datetime) -> date:
    return moment.date()


@app.command()
def simulate(  # noqa: PLR0913, PLR0917 - one option for each thing that can be varied
    out: Annotated[Path, typer.Option(help="Folder for the results; must not exist yet, or be empty.")],
    service: Annotated[str, typer.Option(help="A service in use, or a service file to try out.")] = "",
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Service day.")] = None,
    requests: Annotated[str, typer.Option(metavar="FILE", help="Wishes as a CSV file.")] = "",
    demand: Annotated[int | None, typer.Option(min=1, max=50_000, help="Or invent so many.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the invented ones.")] = 1,
    vehicles: Annotated[str, typer.Option(metavar="FILE", help="Vehicles as a CSV file, instead of the service's own.")] = "",
    more_vehicles: Annotated[int, typer.Option(min=0, max=200, help="So many more, like those there are.")] = 0,
    reoptimise_min: Annotated[int, typer.Option(min=0, max=1440, help="Improve the plan so often; 0: never.")] = 5,
    workload: Annotated[Path | None, typer.Option(help="A benchmark workload's folder, instead of a service.")] = None,
    agency: AgencyOption = "",
) -> None:
    """Simulate a service day: what if there were more vehicles, more wishes, other rules?"""
    from mobility.simulation import commands

    variation = commands.Variation(requests, demand, seed, vehicles, more_vehicles)
    with ExitStack() as stack:
        if workload is not None:
            order = stack.enter_context(commands.workload_order(workload, variation, out))
        else:
            context = stack.enter_context(_context())
            chosen = commands.chosen_day(service, day)
            order = commands.service_order(context, _agency(context, agency), (service, chosen), variation, out)
        result = commands.run(
            replace(order, reoptimise_every_s=60 * reoptimise_min or None), stack.enter_context(progress_bars())
        )
    for line in commands.summary(result):
        _out.print(line, markup=False)


@app.command("publish-feeds")
def publish_feeds(
    out: Annotated[
        Path, typer.Option(help="Folder for the files; made if it is not there. Files of the same names are replaced.")
    ],
    address: Annotated[
        str,
        typer.Option(
            help="Where the folder will be reachable, such as https://data.example.org/rides; unless told /feeds of this service."
        ),
    ] = "",
    agency: AgencyOption = "",
) -> None:
    """Write what trip planners read: GTFS-Flex, GTFS-Realtime, GOFS; and say what these cannot say."""
    from mobility.actions import publish_feeds as publishing
    from mobility.publishing.writing import write_files

    if address and not address.startswith(("https://", "http://")):
        raise InvalidInputError(Problem("--address", "is no address of the web", "such as https://data.example.org/rides"))
    if out.exists() and not out.is_dir():
        raise InvalidInputError(Problem(f"--out {out.name}", "is a file", "name a folder"))
    with _context() as context:
        agency_id = _agency(context, agency)
        told = publishing.publication(context, agency_id, address.rstrip("/") or None)
        files = {name: published.content for name, published in told.files.items()}
        files |= {name: publishing.happening_now(context, agency_id, name).content for name in publishing.NOW}
        write_files(out, files, gone=publishing.ALL_GOFS - files.keys())
    for name, content in files.items():
        _out.print(f"{name}: {len(content):,} bytes", markup=False)
    _out.print(f"{len(told.losses)} things these files cannot say ({publishing.LOSSES}):")
    for line in told.losses:
        _out.print(f"  {line}", markup=False, soft_wrap=True)
    if "//localhost" in context.public_url:
        _out.print(
            "The addresses in the files lead to this machine: set MOBILITY_PUBLIC_URL before you hand them on.", style="yellow"
        )


@app.command("run-simulation", hidden=True)
def run_simulation(simulation: str) -> None:
    """Work on a simulation that was ordered from a page; started by the worker, with the lowest priority, and ends with it."""
    import os

    from mobility.simulation import ordering

    os.nice(15)
    parent = os.getppid()
    with _context() as context:
        ordering.run_simulation(context, simulation, lambda: os.getppid() != parent)


@app.command()
def migrate() -> None:
    """Bring the database to the newest layout."""
    with _context():
        _out.print("The database is up to date.")


@app.command("move-database")
def move_database() -> None:
    """Copy everything from the database in use to the empty one that MOBILITY_MOVE_TO names, such as PostGIS."""
    from mobility.store.moving import move
    from mobility.store.opening import database, sqlalchemy_url

    settings = read_settings()
    if settings.move_to is None:
        raise InvalidInputError(Problem("MOBILITY_MOVE_TO", "is not set", "postgresql://user:password@host:5432/name"))
    with database(settings) as source:
        copied = move(source, sqlalchemy_url(settings.move_to))
    _out.print(f"{sum(copied.values()):,} rows copied; set DATABASE_URL to the new address from now on.")


@app.command()
def worker() -> None:
    """Send notices, settle unanswered rides, re-optimise, open new days; until Ctrl-C."""
    from mobility.setting_up import context_at
    from mobility.store.opening import database
    from mobility.worker import log_plainly, run_worker

    log_plainly()
    settings = read_settings()
    with database(settings) as url, context_at(url, settings) as context:
        run_worker(context, url, settings)


@app.command()
def demo() -> None:
    """The demo county: private database, invented county, worker and web server on 127.0.0.1; Ctrl-C ends all of it."""
    from mobility.demo import run_demo

    run_demo(read_settings())
