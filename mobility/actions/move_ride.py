"""Move a ride by hand: to another run, or to another place in the order of its own. Afterwards it is pinned there."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.actions.by_hand import Hand, Preview, Wanted, check_desk, do_by_hand, preview_by_hand
from mobility.actions.context import Context
from mobility.domain.accounts import Actor
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.runs import Run
from mobility.errors import ConflictError
from mobility.planning import by_hand
from mobility.planning.by_hand import Proposal, Scene, Spot

_ANYWHERE = Spot()


@dataclass(frozen=True, slots=True)
class Move:
    """Which ride, from which run, to which (the same one: another place in its order), and where there."""

    leg_id: str
    run_id: str
    to_run_id: str
    spot: Spot = _ANYWHERE

    def _proposed(self, scene: Scene, runs: dict[str, Run]) -> Proposal:
        return by_hand.move(runs[self.run_id], runs[self.to_run_id], self.leg_id, self.spot, scene)

    @property
    def wanted(self) -> Wanted:
        """As a change by hand."""
        return Wanted(HandKind.MOVE, frozenset({self.run_id, self.to_run_id}), frozenset({self.leg_id}), self._proposed)


def preview_move(context: Context, actor: Actor, move: Move) -> Preview:
    """What the move would change; see :func:`mobility.actions.by_hand.preview_by_hand`."""
    return preview_by_hand(context, actor, move.wanted)


def move_ride(context: Context, actor: Actor, move: Move, hand: Hand) -> HandAction:
    """Move it; see :func:`mobility.actions.by_hand.do_by_hand`."""
    return do_by_hand(context, actor, move.wanted, hand)


def possible_moves(context: Context, actor: Actor, run_id: str, leg_id: str) -> list[tuple[Run, Preview | None]]:
    """Every run of the service that day, with what would come of it (None: it cannot be brought there at all); the own run first, then
    what breaks no promise, then by lateness and cost.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        own = tx.get_run(actor, run_id)
        runs = [run for run in tx.list_runs(actor, own.day, [own.service_id]) if not run.withdrawn]
    found: list[tuple[Run, Preview | None]] = []
    for run in runs:
        try:
            found.append((run, preview_move(context, actor, Move(leg_id, run_id, run.id))))
        except ConflictError:
            found.append((run, None))
    return sorted(found, key=lambda each: (each[0].id != run_id, *_rank(each[1]), each[0].id))


def _rank(found: Preview | None) -> tuple[int, int, int]:
    if found is None or not found.proposal.is_possible:
        return 1, 0, 0
    late = sum(one.amount for one in found.proposal.objections)
    return 0, late, found.proposal.cost[1] - found.proposal.cost[0]
