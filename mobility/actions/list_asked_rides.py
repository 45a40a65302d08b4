"""The rides a volunteer is asked for, and where they begin and end as he may know it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mobility.actions.context import Context
from mobility.actions.look_at_day import find_network, village_of
from mobility.actions.read_drive import check_drives
from mobility.domain.accounts import Actor, system_actor
from mobility.domain.bookings import Booking, Leg, LegState
from mobility.domain.places import Place

Ride = tuple[Booking, Leg]


def list_asked_rides(context: Context, actor: Actor, first: date, last: date) -> list[Ride]:
    """Rides on the driver's own runs from the first day to the last that wait for his answer, by pickup time.

    Raises:
        NotAllowedError: not a driver's account.
    """
    driver_id = check_drives(actor)
    with context.store.transaction() as tx:
        runs = {run.id: run.leg_ids for run in tx.list_runs_of(actor, driver_id, first, last)}
        bookings = tx.list_bookings_of_legs(actor, {leg_id for leg_ids in runs.values() for leg_id in leg_ids})
    rides = [(booking, leg) for booking in bookings for leg in booking.legs if leg.run_id in runs]
    asked = [ride for ride in rides if ride[1].state is LegState.AWAITING_CONFIRMATION]
    return sorted(asked, key=lambda ride: ride[1].pickup_window.earliest)


def near_villages(context: Context, actor: Actor, rides: Sequence[Ride]) -> dict[str, tuple[str, str]]:
    """By leg, names for where the ride begins and ends: a place without one is told by the village nearest to it."""
    with context.store.transaction() as tx:
        network = find_network(context, tx, system_actor(actor.agency_id))
    streets = None if network is None else network.streets

    def named(place: Place) -> str:
        return place.name or village_of(streets, place)

    return {leg.id: (named(leg.pickup), named(leg.dropoff)) for _, leg in rides}
