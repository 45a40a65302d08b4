"""Vehicles say where they are (a driver's telephone, or a fleet's on-board units together). State, never a decision.

Planning then starts from there: a bus on its way to one rider can be sent to another first. Only the last position is kept, a driver's only
while he is on duty, and none beyond the night after the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.runs import Position, Run
from mobility.errors import ConflictError, InvalidInputError, NotAllowedError, Problem
from mobility.planning.compiling import NEXT_JUNCTION
from mobility.store.interface import Transaction

ON_DUTY = timedelta(minutes=15)
"""A driver's position counts from so long before a run to so long after it (and after what it is late)."""
_KEPT = timedelta(hours=2)
_REPORTERS = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def report_positions(context: Context, actor: Actor, positions: Mapping[str, Position]) -> None:
    """Remember the positions of runs, by run id; all of them or none. The next junction a vehicle will pass is a good position.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not report.
        InvalidInputError: a position of the future.
        ConflictError: a driver's, and he is not on duty.
    """
    if actor.role not in _REPORTERS:
        raise NotAllowedError(f"the role {actor.role.value} does not report from a run")
    if any(position.at > context.clock() + NEXT_JUNCTION for position in positions.values()):
        raise InvalidInputError(Problem("at", "lies in the future", "check date and time zone"))

    def work(tx: Transaction) -> None:
        for run_id in sorted(positions):
            run = tx.get_run(actor, run_id)
            if actor.role is Role.DRIVER and not _is_on_duty(run, context.clock()):
                raise ConflictError("positions count on duty only")
            tx.save_position(run_id, positions[run_id])

    context.store.in_transaction(work)


def _is_on_duty(run: Run, now: datetime) -> bool:
    return not run.withdrawn and run.starts_at - ON_DUTY <= now <= run.ends_at + timedelta(seconds=run.delay_s) + ON_DUTY


def forget_positions(context: Context) -> None:
    """Where vehicles were on runs that are over is nobody's business any more."""
    context.store.in_transaction(lambda tx: tx.forget_positions(context.clock() - _KEPT))
