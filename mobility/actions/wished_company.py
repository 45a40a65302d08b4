"""Look up with whom a rider wishes to ride, for every search that places a ride."""

from __future__ import annotations

from mobility.domain.accounts import system_actor
from mobility.domain.riders import Company, company_of
from mobility.store.interface import Transaction


def wished_company(tx: Transaction, agency_id: str, rider_id: str | None) -> Company | None:
    """What is known of whom a rider wishes to ride with; None when nothing is."""
    return None if rider_id is None else company_of(rider_id, tx.list_rider_wishes(system_actor(agency_id), rider_id))
