"""Re-optimise the coming runs of a day: on a snapshot, saved only if no run has changed meanwhile, all or nothing.

Promises stay as they were told. Rides never change service (carrier, legal basis), and never move onto or off a volunteer who accepts
rides one by one, nor a manifest on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobility.actions.context import Context
from mobility.actions.following_moves import follow_moves
from mobility.actions.keep_ceilings import keep_ceilings
from mobility.domain.accounts import system_actor
from mobility.errors import StaleRunError
from mobility.planning.reoptimising import improve_plan
from mobility.planning.searching import make_plan
from mobility.store.interface import Transaction
from routing.dialaride.solver import Search


@dataclass(frozen=True, slots=True)
class Reoptimisation:
    """What came of it: runs changed, rides that moved to another run, cost before and after (objective units)."""

    runs_changed: int
    rides_moved: int
    cost_before: int
    cost_after: int


def reoptimise_day(
    context: Context, agency_id: str, day: date, seconds: float = 5.0, seed: int = 1, *, steps: int | None = None
) -> Reoptimisation:
    """Improve the plan of one service day, for ``seconds`` at most; with ``steps`` the search ends after so many, and can be repeated.

    Raises:
        StaleRunError: a run changed while the search was at it; nothing was saved.
    """
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        runs = [run for run in tx.list_runs(system, day) if not run.withdrawn]
        services = {service.id: service for service in tx.list_services(system)}
        network = context.network(tx, system)
    plan = make_plan(runs, services, network.travel, context.clock())
    improved, before, after = improve_plan(plan, Search(seconds, steps, seed))
    old = {run.id: run for run in runs}
    changed = [run for run in improved if run.visits != old[run.id].visits]
    if not changed or after >= before:
        return Reoptimisation(0, 0, before, before)

    def work(tx: Transaction) -> int:
        locked = tx.lock_runs([run.id for run in changed])
        if any(run.revision != old[run.id].revision for run in locked):
            raise StaleRunError("a run changed during re-optimisation")
        for run in changed:
            tx.save_run(run, old[run.id].revision)
        moved = follow_moves(context, tx, agency_id, changed)
        keep_ceilings(context, tx, agency_id, [run.id for run in changed])
        return moved

    return Reoptimisation(len(changed), context.store.in_transaction(work), before, after)
