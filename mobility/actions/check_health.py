"""Can the service do its work?"""

from __future__ import annotations

from mobility.actions.context import Context


def check_health(context: Context) -> int:
    """How many agencies there are; what matters is that the database answers.

    Raises:
        UnavailableError: it does not.
    """
    with context.store.transaction() as tx:
        return len(tx.list_agencies())
