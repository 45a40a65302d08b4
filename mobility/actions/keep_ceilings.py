"""After any change of a run without a permit: whoever booked last pays less, if all passengers together would pay more than the ride costs.

A price only ever falls by it, so nobody has to agree; the booking's history says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import Booking, HistoryEntry
from mobility.domain.runs import Run
from mobility.domain.tariffs import lowered
from mobility.planning.ceilings import lawful_prices
from mobility.store.interface import Transaction

COSTS_LESS = "costs less: all passengers together pay no more than the ride costs"


def keep_ceilings(context: Context, tx: Transaction, agency_id: str, run_ids: Collection[str]) -> dict[str, Booking]:
    """The runs are locked and saved, so are their bookings; those whose price had to fall are saved anew. These by id."""
    system = system_actor(agency_id)
    changed: dict[str, Booking] = {}
    for run_id in sorted(run_ids):
        run = tx.get_run(system, run_id)
        if run.ceiling_cents_per_km is not None and not run.withdrawn and len(run.leg_ids):
            changed |= _kept(context, tx, run)
    return changed


def _kept(context: Context, tx: Transaction, run: Run) -> dict[str, Booking]:
    system = system_actor(run.agency_id)
    bookings = tx.list_bookings_of_legs(system, run.leg_ids)
    newest = sorted(bookings, key=lambda booking: (booking.created_at, booking.id), reverse=True)
    prices = {leg.id: leg.price_cents for booking in bookings for leg in booking.legs}
    begun = {visit.leg_id for visit in run.visits if visit.is_done}
    order = [leg.id for booking in newest for leg in reversed(booking.legs) if leg.id not in begun]
    lower = lawful_prices(run, prices, order, context.network(tx, system).travel)
    changed: dict[str, Booking] = {}
    for seen in newest:
        for leg in (leg for leg in seen.legs if leg.id in lower):
            booking = tx.lock_booking(system, seen.id)
            now_is = replace(leg, price_cents=lower[leg.id], price_parts=lowered(leg.price_parts, lower[leg.id]))
            changed[booking.id] = booking.with_leg(now_is, HistoryEntry(context.clock(), system.account_id, COSTS_LESS))
            tx.save_booking(changed[booking.id])
    return changed
