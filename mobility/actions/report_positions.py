"""Vehicles say where they are (a driver's telephone, or a fleet's on-board units together). State, never a decision.

Planning then starts from there: a bus on its way to one rider can be sent to another first. Only the last position is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from mobility.actions.context import Context
from mobility.domain.accounts import Actor, Role
from mobility.domain.runs import Position
from mobility.errors import InvalidInputError, NotAllowedError, Problem
from mobility.planning.compiling import NEXT_JUNCTION
from mobility.store.interface import Transaction

_REPORTERS = (Role.DRIVER, Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def report_positions(context: Context, actor: Actor, positions: Mapping[str, Position]) -> None:
    """Remember the positions of runs, by run id; all of them or none. The next junction a vehicle will pass is a good position.

    Raises:
        NotFoundError: no such run for this actor.
        NotAllowedError: a role that does not report.
        InvalidInputError: a position of the future.
    """
    if actor.role not in _REPORTERS:
        raise NotAllowedError(f"the role {actor.role.value} does not report from a run")
    if any(position.at > context.clock() + NEXT_JUNCTION for position in positions.values()):
        raise InvalidInputError(Problem("at", "lies in the future", "check date and time zone"))

    def work(tx: Transaction) -> None:
        for run_id in sorted(positions):
            tx.get_run(actor, run_id)
            tx.save_position(run_id, positions[run_id])

    context.store.in_transaction(work)
