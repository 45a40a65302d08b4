"""Can the service do its work?"""

from __future__ import annotations

from dataclasses import dataclass

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.datasets import DatasetKind


@dataclass(frozen=True, slots=True)
class Found:
    """How many agencies there are, how many sources of GTFS Realtime, and how many of those have told nothing that can still be used."""

    agencies: int
    sources: int = 0
    stale: int = 0


def check_health(context: Context) -> Found:
    """What there is. The agencies networks are loaded when they are not yet, so that no rider waits for it.

    Raises:
        UnavailableError: the database does not answer.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
        sources = [source for agency in agencies for source in tx.list_live_sources(system_actor(agency.id))]
        for agency in agencies:
            if tx.find_dataset(system_actor(agency.id), DatasetKind.STREETS) is not None:
                context.network(tx, system_actor(agency.id))
    fresh = [one.is_fresh(context.clock(), context.live.max_age_s) for one in sources]
    return Found(len(agencies), len(fresh), fresh.count(False))
