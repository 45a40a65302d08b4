"""The clock on the wall of an agency."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.domain.accounts import Actor


def agency_zone(context: Context, actor: Actor) -> ZoneInfo:
    """The time zone in which the actor's agency names times."""
    with context.store.transaction() as tx:
        agency = tx.find_agency(actor.agency_id)
    return ZoneInfo("Europe/Berlin" if agency is None else agency.timezone)
