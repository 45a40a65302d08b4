"""Can the service do its work?"""

from __future__ import annotations

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.datasets import DatasetKind


def check_health(context: Context) -> int:
    """How many agencies there are. Their networks are loaded when they are not yet, so that no rider waits for it.

    Raises:
        UnavailableError: the database does not answer.
    """
    with context.store.transaction() as tx:
        agencies = tx.list_agencies()
        for agency in agencies:
            if tx.find_dataset(system_actor(agency.id), DatasetKind.STREETS) is not None:
                context.network(tx, system_actor(agency.id))
    return len(agencies)
