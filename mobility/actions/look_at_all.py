"""Everything an agency has at one moment, for the invariants to be asked of it (docs/invariants.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mobility.actions.context import Context
from mobility.domain.accounts import system_actor
from mobility.domain.places import Place
from mobility.domain.riders import WishKind
from mobility.integrity.looks import Look
from mobility.planning.network import Network
from mobility.planning.travel import AVERAGE, PlaceKey, place_key


def look_at_all(context: Context, agency_id: str, days: Sequence[date]) -> Look:
    """Everything the invariants speak of, in one transaction. Bookings with a ride on another day's run are left out."""
    system = system_actor(agency_id)
    with context.store.transaction() as tx:
        runs = {run.id: run for day in days for run in tx.list_runs(system, day)}
        bookings = [booking for booking in tx.list_bookings(system) if all(leg.run_id in {None, *runs} for leg in booking.legs)]
        known = {booking.id for booking in bookings}
        notices = [each for each in tx.list_notices(system) if each.booking_id in {None, *known}]
        return Look(
            now=context.clock(),
            runs=runs,
            bookings={booking.id: booking for booking in bookings},
            notices=notices,
            holds=[hold for hold in tx.list_holds(system) if hold.run_id in runs],
            events={run_id: tx.list_driver_events(system, run_id) for run_id in runs},
            services={service.id: service for service in tx.list_services(system)},
            drivers={driver.id: driver for driver in tx.list_drivers(system)},
            never_together=[one for one in tx.list_rider_wishes(system) if one.kind is WishKind.NEVER_TOGETHER],
            groups={rider.id: rider.groups for rider in tx.list_riders(system)},
        )


class StreetWays:
    """Driving as the streets have it, each way asked once."""

    def __init__(self, network: Network, zone: ZoneInfo) -> None:
        self._travel, self._zone = network.travel, zone
        self._known: dict[tuple[PlaceKey, PlaceKey, int], tuple[int, int]] = {}

    def average(self, origin: Place, destination: Place) -> tuple[int, int]:
        """Seconds and metres in an average hour."""
        return self._drive(origin, destination, AVERAGE)

    def slowest_s(self, origin: Place, destination: Place, first: datetime, last: datetime) -> int:
        """Seconds in the slowest of the hours from first to last."""
        pace = self._travel.pace(first.astimezone(self._zone), last.astimezone(self._zone))
        return self._drive(origin, destination, pace)[0]

    def _drive(self, origin: Place, destination: Place, pace: int) -> tuple[int, int]:
        key = place_key(origin), place_key(destination), pace
        if key[0] == key[1]:
            return 0, 0
        if key not in self._known:
            self._known[key] = self._travel.drive(origin, destination, pace)
        return self._known[key]
