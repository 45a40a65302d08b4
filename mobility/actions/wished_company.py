"""With whom a rider wishes to ride, for every search that places a ride; and who is together on a run against a wish."""

from __future__ import annotations

from mobility.domain.accounts import system_actor
from mobility.domain.riders import Company, company_of
from mobility.domain.runs import Run, VisitKind
from mobility.store.interface import Transaction


def wished_company(tx: Transaction, agency_id: str, rider_id: str | None) -> Company | None:
    """What is known of whom a rider wishes to ride with; None when nothing is."""
    return None if rider_id is None else company_of(rider_id, tx.list_rider_wishes(system_actor(agency_id), rider_id))


def together_on(run: Run) -> frozenset[str]:
    """Rides that are, or will be, aboard at the same time as one with a mark in common (leg ids)."""
    aboard: dict[str, frozenset[str]] = {}
    found: set[str] = set()
    for visit in run.visits:
        if visit.leg_id is None or visit.skipped:
            continue
        if visit.kind is VisitKind.DROPOFF:
            aboard.pop(visit.leg_id, None)
            continue
        marks = frozenset[str]() if visit.company is None else visit.company.apart
        with_them = {leg_id for leg_id, others in aboard.items() if marks & others}
        found |= with_them | ({visit.leg_id} if with_them else set())
        aboard[visit.leg_id] = marks
    return frozenset(found)
