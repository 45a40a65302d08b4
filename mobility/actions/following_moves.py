"""When runs have exchanged rides, bookings learn which run carries them now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.bookings import HistoryEntry
from mobility.domain.runs import Run
from mobility.store.interface import Transaction


def follow_moves(context: Context, tx: Transaction, agency_id: str, changed: Sequence[Run]) -> int:
    """The runs are locked; bookings whose ride is on another of them are locked after and say so. How many there were."""
    system = system_actor(agency_id)
    carrier = {leg_id: run.id for run in changed for leg_id in run.leg_ids}
    moved = 0
    for seen in tx.list_bookings_of_legs(system, carrier.keys()):
        for leg in seen.legs:
            run_id = carrier.get(leg.id)
            if run_id is None or run_id == leg.run_id:
                continue
            booking = tx.lock_booking(system, seen.id)
            entry = HistoryEntry(context.clock(), system.account_id, "moved to another run, promise unchanged")
            tx.save_booking(booking.with_leg(replace(booking.leg(leg.id), run_id=run_id), entry))
            moved += 1
    return moved
