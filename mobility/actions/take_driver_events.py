"""A driver's telephone sends what happened, perhaps hours later, perhaps twice, perhaps two telephones for one run: nothing is lost, and
nothing counts twice.

Each report is kept under its device and number. The run then is what all its reports say, in the order they happened. What contradicts is
kept too and becomes a task of the desk. Who was picked up rides, even when the ride had been cancelled meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mobility.actions.context import Context
from mobility.actions.settle_run import settle_run
from mobility.domain.accounts import Actor, Role
from mobility.domain.driver_events import DriverEvent, EventKind, EventProblem, event_id
from mobility.domain.runs import Run
from mobility.errors import NotAllowedError, NotFoundError
from mobility.store.interface import Transaction

_REPORTERS = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)
_LONG_BEFORE = timedelta(hours=12)
_LONG_AFTER = timedelta(days=2)
_CLOCK_IS_RIGHT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Reported:
    """One report as the telephone made it; ``at`` by the telephone's clock. Fields as in :class:`DriverEvent`."""

    sequence: int
    kind: EventKind
    at: datetime
    leg_id: str | None = None
    halt: str | None = None
    delay_s: int = 0
    persons: int = 0
    undoes: int | None = None
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one report. ``known``: it had come before. ``problem``: it is kept, and the desk sees to it."""

    sequence: int
    known: bool
    problem: EventProblem | None
    beats_cancellation: bool


def take_driver_events(
    context: Context, actor: Actor, run_id: str, device_id: str, sent_at: datetime, reports: Sequence[Reported]
) -> list[Taken]:
    """Take a batch; the answers are in its order. ``sent_at`` is the telephone's clock at sending: by it ours corrects the reports' times.

    Reports from a run that has been given to somebody else meanwhile are kept for the desk.

    Raises:
        NotFoundError: no such run, or none that the driver can have driven.
        NotAllowedError: a role that does not report from a run.
    """
    if actor.role not in _REPORTERS:
        raise NotAllowedError(f"the role {actor.role.value} does not report from a run")

    def work(tx: Transaction) -> list[Taken]:
        now = context.clock()
        run, own = _run(tx, actor, run_id)
        known = {event.id: event for event in tx.list_driver_events(replace(actor, role=Role.ADMIN), run_id)}
        ahead = sent_at - now
        offset = ahead if abs(ahead) > _CLOCK_IS_RIGHT else timedelta(0)
        new: dict[str, DriverEvent] = {}
        for report in reports:
            event = _event(actor, run, device_id, replace(report, at=min(report.at - offset, now)), now)
            if event.id not in known:
                new.setdefault(event.id, event if own else replace(event, problem=EventProblem.NOT_YOUR_RUN))
        _, settled = settle_run(context, tx, actor, run, list(known.values()), list(new.values()))
        return [_taken(settled[event_id(run_id, device_id, report.sequence)], known) for report in reports]

    return context.store.in_transaction(work)


def _run(tx: Transaction, actor: Actor, run_id: str) -> tuple[Run, bool]:
    """The run, locked, and whether the actor may report from it. What is somebody else's now may once have been this driver's."""
    try:
        tx.get_run(actor, run_id)
        own = True
    except NotFoundError:
        own = False
    found = tx.lock_runs([run_id])
    if not found or found[0].agency_id != actor.agency_id or not (own or actor.driver_id in found[0].former_driver_ids):
        raise NotFoundError("run: not found")
    return found[0], own


def _event(actor: Actor, run: Run, device_id: str, report: Reported, now: datetime) -> DriverEvent:
    possible = run.starts_at - _LONG_BEFORE <= report.at <= run.ends_at + _LONG_AFTER
    return DriverEvent(
        id=event_id(run.id, device_id, report.sequence),
        agency_id=run.agency_id,
        run_id=run.id,
        device_id=device_id,
        sequence=report.sequence,
        kind=report.kind,
        at=report.at,
        received_at=now,
        reported_by=actor.account_id,
        leg_id=report.leg_id,
        halt=report.halt,
        delay_s=report.delay_s,
        persons=report.persons,
        undoes=report.undoes,
        cents=report.cents,
        problem=None if possible else EventProblem.IMPOSSIBLE_TIME,
    )


def _taken(event: DriverEvent, known: dict[str, DriverEvent]) -> Taken:
    return Taken(event.sequence, event.id in known, event.problem, event.beats_cancellation)


def read_driver_events(context: Context, actor: Actor, run_id: str) -> list[DriverEvent]:
    """What was reported from a run.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not report from a run.
    """
    if actor.role not in _REPORTERS:
        raise NotAllowedError(f"the role {actor.role.value} does not read reports")
    with context.store.transaction() as tx:
        tx.get_run(actor, run_id)
        return tx.list_driver_events(actor, run_id)
