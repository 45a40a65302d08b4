"""The evening before: everything on paper for the day on which the computer is down, and recording that it was handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from mobility.actions.by_hand import check_desk
from mobility.actions.context import Context
from mobility.actions.hand_out_manifest import manifest_of
from mobility.domain.accounts import Actor
from mobility.domain.fleet import ReachedBy
from mobility.domain.runs import ManifestIssue, Run
from mobility.errors import StaleRunError
from mobility.manifests.pack import PaperPack
from mobility.store.interface import Transaction


def read_paper_pack(context: Context, actor: Actor, day: date) -> PaperPack:
    """The runs of a day that are driven, by their beginning.

    Raises:
        NotAllowedError: not the desk.
    """
    check_desk(actor)
    with context.store.transaction() as tx:
        runs = sorted(_driven(tx.list_runs(actor, day)), key=lambda run: (run.starts_at, run.vehicle.name, run.id))
        drivers = {run.id: tx.get_driver(actor, run.driver_id) for run in runs if run.driver_id is not None}
        manifests = tuple(manifest_of(tx, actor, run) for run in runs)
        return PaperPack(day, manifests, drivers, {run.id: run.revision for run in runs if run.reached_by is ReachedBy.PAPER})


def _driven(runs: list[Run]) -> list[Run]:
    return [run for run in runs if not run.withdrawn and (run.carries_riders or not run.only_if_booked)]


def hand_out_pack(context: Context, actor: Actor, revisions: Mapping[str, int]) -> list[Run]:
    """Record that these runs' manifests were handed to drivers on paper, as they were printed (``revisions`` by run id): all or none.

    Raises:
        NotAllowedError: not the desk.
        NotFoundError: no such run.
        StaleRunError: a run has changed since it was printed.
    """
    check_desk(actor)

    def work(tx: Transaction) -> list[Run]:
        for run_id in revisions:
            tx.get_run(actor, run_id)
        issued = []
        for before in tx.lock_runs(revisions.keys()):
            if before.revision != revisions[before.id] or before.withdrawn:
                raise StaleRunError("a run has changed since it was printed: print it again")
            if before.reached_by is not ReachedBy.PAPER:
                continue
            issue = ManifestIssue(before.revision + 1, context.clock())
            run = replace(before, manifest=issue, revision=before.revision + 1)
            tx.save_run(run, before.revision)
            issued.append(run)
        return issued

    return context.store.in_transaction(work)
