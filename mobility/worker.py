"""What happens without anybody asking: notices are sent, held places freed, silence is settled, promises narrowed, plans improved, new
days opened.

The jobs live in PostgreSQL (procrastinate), in a schema of their own; any number of workers may run. A worker killed in the middle
loses nothing: every job reads what is to be done from the store and does it in transactions of its own.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager

from mobility.actions.ask_sources import Asking, ask_sources
from mobility.actions.book_standing_rides import book_standing_rides
from mobility.actions.bring_feed import use_planned_feeds
from mobility.actions.call_home import settle_silent_returns
from mobility.actions.context import Context
from mobility.actions.fill_duties import fill_duties
from mobility.actions.hand_over_hurt import hand_over_hurt
from mobility.actions.hold_offer import release_lapsed_holds
from mobility.actions.keep_connections import keep_connections
from mobility.actions.keep_privacy import forget_what_is_old
from mobility.actions.narrow_promises import narrow_promises
from mobility.actions.one_by_one import told_plainly
from mobility.actions.open_runs import open_coming_runs
from mobility.actions.propose_trains import list_proposed, propose_trains
from mobility.actions.reckon_what_if import reckon_what_ifs
from mobility.actions.reoptimise_day import reoptimise_day
from mobility.actions.report_positions import forget_positions
from mobility.actions.report_trip import forget_trip_reports
from mobility.actions.serve_waiting_list import serve_waiting_list
from mobility.actions.settle_unanswered import settle_unanswered
from mobility.actions.share_rides import weigh_volunteers
from mobility.actions.watch_credentials import watch_credentials
from mobility.domain.accounts import Agency, system_actor
from mobility.domain.datasets import DatasetKind
from mobility.domain.live_news import read_configured
from mobility.domain.riders import Channel
from mobility.errors import NothingImportedError, StaleRunError
from mobility.notifications.channels import ChannelSender, EmailSender, FileSmsGateway, SmsGatewaySender
from mobility.notifications.outbox import Senders, send_due
from mobility.settings import Settings
from mobility.simulation.ordering import next_to_run

_log = logging.getLogger("worker")
_REOPTIMISE_S = 10.0
_AGAIN_AFTER_S = 2.0
_LEFT_BEHIND = """
DELETE FROM jobs.procrastinate_jobs AS job WHERE status = 'doing' AND NOT EXISTS (
    SELECT FROM jobs.procrastinate_workers AS worker
    WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '30 seconds')
"""
_LOCK = 5_317_740_391_256
EVERY_TEN_SECONDS = "* * * * * */10"
EVERY_MINUTE = "* * * * *"
EVERY_FIVE_MINUTES = "*/5 * * * *"
EVERY_HOUR = "20 * * * *"
EVERY_NIGHT = "10 3 * * *"
EVERY_EVENING_AND_NIGHT = "40 3,17 * * *"


def run_worker(context: Context, url: str, settings: Settings) -> None:
    """Work until the process is told to stop. ``url`` is the database's SQLAlchemy address."""
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    while True:
        try:
            make_job_tables(address)
            connector = PsycopgConnector(conninfo=address, kwargs={"options": "-c search_path=jobs"}, min_size=1, max_size=4)
            app = job_app(context, connector, settings)
            _watch_left_behind(app, address)
            _log.info("at work")
            app.run_worker(concurrency=2, install_signal_handlers=True, delete_jobs="always")
        except (ConnectorException, psycopg.OperationalError):
            _log.warning("the database does not answer; trying again")
            time.sleep(_AGAIN_AFTER_S)
        else:
            return


def free_left_behind(address: str) -> int:
    """Jobs in the hands of a worker that was killed would never be done again: who takes one up locks its kind. How many there were."""
    with psycopg.connect(address, options="-c search_path=jobs") as connection:
        return connection.execute(_LEFT_BEHIND).rowcount


def _watch_left_behind(app: App, address: str) -> None:
    """Without a lock, which a killed worker could leave behind too."""

    def job(timestamp: int) -> None:  # noqa: ARG001 - when it was due
        run_job("left_behind", partial(free_left_behind, address))

    app.periodic(cron=EVERY_TEN_SECONDS)(app.task(name="left_behind", pass_context=False)(job))


def job_app(context: Context, connector: PsycopgConnector, settings: Settings) -> App:
    """The jobs and when they are due."""
    app = App(connector=connector)
    started: list[subprocess.Popen[bytes]] = []

    def every(cron: str, name: str, work: Callable[[], object]) -> None:
        def job(timestamp: int) -> None:  # noqa: ARG001 - when it was due; the work looks at the clock itself
            run_job(name, work)

        app.periodic(cron=cron)(app.task(name=name, queueing_lock=name, lock=name, pass_context=False)(job))

    every(EVERY_TEN_SECONDS, "notices", partial(_send_notices, context, senders_of(settings)))
    every(EVERY_TEN_SECONDS, "holds", partial(release_lapsed_holds, context))
    every(EVERY_TEN_SECONDS, "simulations", partial(_start_simulation, context, started))
    every(EVERY_TEN_SECONDS, "realtime", partial(_ask_sources, context, settings))
    every(EVERY_MINUTE, "silence", partial(settle_unanswered, context))
    every(EVERY_MINUTE, "open_returns", partial(settle_silent_returns, context))
    every(EVERY_MINUTE, "waiting_list", partial(_serve_waiting, context, {}))
    every(EVERY_MINUTE, "timetables", partial(_use_timetables, context, {}))
    every(EVERY_MINUTE, "promises", partial(narrow_promises, context))
    every(EVERY_MINUTE, "connections", partial(keep_connections, context))
    every(EVERY_FIVE_MINUTES, "plans", partial(_reoptimise_all, context))
    every(EVERY_HOUR, "standing_orders", partial(_book_standing_rides, context))
    every(EVERY_NIGHT, "credentials", partial(watch_credentials, context, settings.warn_days))
    every(EVERY_NIGHT, "new_days", partial(_open_new_days, context))
    every(EVERY_HOUR, "fairness", partial(_if_imported, weigh_volunteers, context))
    every(EVERY_EVENING_AND_NIGHT, "duties", partial(_if_imported, fill_duties, context))
    every(EVERY_EVENING_AND_NIGHT, "what_if", partial(_if_imported, reckon_what_ifs, context))
    every(EVERY_NIGHT, "forgetting", partial(forget_what_is_old, context))
    every(EVERY_NIGHT, "trip_reports", partial(forget_trip_reports, context))
    every(EVERY_NIGHT, "whereabouts", partial(forget_positions, context))
    return app


def _use_timetables(context: Context, looked_at: dict[str, tuple[str, ...]]) -> None:
    """What is planned for today; and whoever a timetable that has come into use hurts, however it came, is handed to the desk, and told what would
    work instead.
    """
    use_planned_feeds(context)
    for agency in _agencies(context):
        with context.store.transaction() as tx:
            in_use = tuple(one.id for one in tx.list_datasets_in_use(system_actor(agency.id), DatasetKind.FEED))
        if looked_at.get(agency.id) != in_use:
            propose_trains(context, agency.id, (*hand_over_hurt(context, agency.id), *list_proposed(context, agency.id)))
            looked_at[agency.id] = in_use


def _send_notices(context: Context, senders: Senders) -> None:
    while send_due(context.store, senders, context.clock, reveal=context.reveal):
        pass


def _ask_sources(context: Context, settings: Settings) -> None:
    asking = Asking(settings.realtime_seconds, settings.realtime_megabytes * 1_000_000, settings.realtime_private)
    ask_sources(context, read_configured(settings.realtime), asking)


def _reoptimise_all(context: Context) -> None:
    for agency in _agencies(context):
        _reoptimise(context, agency)


def _open_new_days(context: Context) -> None:
    for agency in _agencies(context):
        open_coming_runs(context, agency.id)


def _if_imported(work: Callable[[Context], int], context: Context) -> None:
    with suppress(NothingImportedError):
        work(context)


def _book_standing_rides(context: Context) -> None:
    for agency in _agencies(context):
        try:
            book_standing_rides(context, agency.id)
        except NothingImportedError:
            _log.info("standing orders: nothing imported yet")


def _serve_waiting(context: Context, looked_at: dict[str, dict[str, int]]) -> None:
    for agency in _agencies(context):
        try:
            serve_waiting_list(context, agency.id, looked_at.setdefault(agency.id, {}))
        except NothingImportedError:
            _log.info("waiting list: nothing imported yet")


def _start_simulation(context: Context, started: list[subprocess.Popen[bytes]]) -> None:
    """One at a time, in a process of its own, so that nobody waits for it; ``started`` are those of this worker that still run."""
    started[:] = [process for process in started if process.poll() is None]
    waiting = None if started else next_to_run(context)
    if waiting is not None:
        started.append(subprocess.Popen([sys.executable, "-m", "mobility", "run-simulation", waiting]))


def run_job(name: str, work: Callable[[], object]) -> None:
    """Do the work. What goes wrong is logged without its text, which may hold what a person wrote (as the database's DETAIL does);
    the job counts as done, for it is due again soon.
    """
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, the other jobs go on
        _log.error("job %s failed: %s", name, told_plainly(error))


def log_plainly() -> None:
    """What the worker does, one line each on standard error. The libraries' own chatter is left out: it repeats itself every ten
    seconds, and names the addresses that are called.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("procrastinate", "httpx", "httpcore", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def senders_of(settings: Settings) -> Senders:
    """The channels this installation has; whoever wants another one is rung up by the desk."""
    senders: dict[Channel, ChannelSender] = {}
    if settings.smtp_url is not None:
        senders[Channel.EMAIL] = EmailSender(settings.smtp_url, settings.mail_from)
    if settings.sms_url is not None:
        senders[Channel.SMS] = SmsGatewaySender(settings.sms_url, settings.sms_token)
    elif settings.sms_folder is not None:
        senders[Channel.SMS] = FileSmsGateway(settings.sms_folder)
    return senders


def _agencies(context: Context) -> list[Agency]:
    with context.store.transaction() as tx:
        return tx.list_agencies()


def _reoptimise(context: Context, agency: Agency) -> None:
    today = context.clock().astimezone(ZoneInfo(agency.timezone)).date()
    for day in (today, today + timedelta(days=1)):
        try:
            result = reoptimise_day(context, agency.id, day, _REOPTIMISE_S)
        except StaleRunError:
            _log.info("re-optimisation of %s: somebody booked meanwhile, nothing saved", day)
        except NothingImportedError:
            return
        else:
            _log.info("re-optimisation of %s: %d runs changed, %d rides moved", day, result.runs_changed, result.rides_moved)


def make_job_tables(address: str) -> None:
    """The queue's own tables. They hold nothing that outlives a job, so another version of the library starts anew."""
    made_by = f"procrastinate {version('procrastinate')}"
    with psycopg.connect(address) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        row = connection.execute("SELECT obj_description(to_regnamespace('jobs'), 'pg_namespace')").fetchone()
        if row is not None and row[0] == made_by:
            return
        connection.execute("DROP SCHEMA IF EXISTS jobs CASCADE")
        connection.execute("CREATE SCHEMA jobs")
        connection.execute("SET LOCAL search_path TO jobs")
        connection.execute(SchemaManager.get_schema())
        connection.execute(psycopg.sql.SQL("COMMENT ON SCHEMA jobs IS {}").format(made_by))
