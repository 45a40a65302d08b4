"""Pin a ride: re-optimisation leaves it on this run and in this order. Its rider and its driver notice nothing."""

from __future__ import annotations

from dataclasses import replace

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context, new_id
from mobility.domain.accounts import Actor
from mobility.domain.hand_actions import HandAction, HandKind
from mobility.domain.runs import Run
from mobility.errors import NotFoundError
from mobility.store.interface import Transaction


def pin_ride(context: Context, actor: Actor, run_id: str, leg_id: str, *, pinned: bool) -> Run:
    """Pin a ride to its run, or let it go again. What is so already stays as it is.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run, or no such ride on it.
    """
    check_desk(actor)

    def work(tx: Transaction) -> Run:
        tx.get_run(actor, run_id)
        (before,) = tx.lock_runs([run_id])
        if leg_id not in before.without_holds().leg_ids:
            raise NotFoundError("no such ride on this run")
        visits = tuple(replace(visit, pinned=pinned) if visit.leg_id == leg_id else visit for visit in before.visits)
        if visits == before.visits:
            return before
        run = before.with_visits(visits)
        if run.manifest is not None and run.manifest.revision == before.revision:  # it still says what the driver holds
            run = replace(run, manifest=replace(run.manifest, revision=run.revision))
        tx.save_run(run, before.revision)
        kind = HandKind.PIN if pinned else HandKind.UNPIN
        now, revisions = context.clock(), {run.id: run.revision}
        tx.save_hand_action(HandAction(new_id(), actor.agency_id, actor.account_id, now, kind, "", (before,), (), revisions, {}))
        return run

    return context.store.in_transaction(work)
