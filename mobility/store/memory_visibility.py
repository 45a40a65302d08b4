"""The rules of :mod:`mobility.store.visibility` as Python conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from mobility.domain.accounts import Actor
from mobility.domain.bookings import Booking, Leg
from mobility.domain.fleet import Shift
from mobility.domain.notices import Notice
from mobility.domain.riders import Rider
from mobility.store.memory_tables import Tables
from mobility.store.visibility import Noun, Scope, Sight, is_near, scope

T = TypeVar("T")

_OWN_FIELDS: dict[tuple[Noun, Sight], str] = {
    (Noun.FAVOURITE, Sight.OWN_RIDER): "rider_id",
    (Noun.DRIVER, Sight.OWN_DRIVER): "id",
    (Noun.DRIVER, Sight.OWN_PROVIDER): "provider_id",
    (Noun.SHIFT, Sight.OWN_DRIVER): "driver_id",
    (Noun.LEAVE, Sight.OWN_DRIVER): "driver_id",
    (Noun.RUN, Sight.OWN_DRIVER): "driver_id",
    (Noun.RUN, Sight.OWN_PROVIDER): "provider_id",
    (Noun.BOOKING_CONSENT, Sight.OWN_RIDER): "rider_id",
    (Noun.ARRIVAL_CONTACT, Sight.OWN_RIDER): "rider_id",
    (Noun.STANDING_ORDER, Sight.OWN_RIDER): "rider_id",
    (Noun.WAITING_WISH, Sight.OWN_RIDER): "rider_id",
    (Noun.NOTICE, Sight.OWN_RIDER): "to_rider_id",
    (Noun.NOTICE, Sight.OWN_DRIVER): "to_driver_id",
}


def seen(tables: Tables, actor: Actor, noun: Noun, rows: Iterable[T]) -> list[T]:
    """The rows that the actor may see. All nouns but services, which do not know their agency."""
    what = scope(actor, noun)
    if what.sight is Sight.NONE:
        return []
    same_agency: list[Any] = [row for row in rows if getattr(row, "agency_id") == what.agency_id]  # noqa: B009 -- many types
    if what.sight in (Sight.ALL, Sight.ANONYMOUS):
        return same_agency
    owns = _own(tables, noun, what)
    return [row for row in same_agency if owns(row)]


def _own(tables: Tables, noun: Noun, what: Scope) -> Callable[[Any], bool]:
    name = _OWN_FIELDS.get((noun, what.sight))
    if name is not None:
        return lambda row: bool(getattr(row, name) == what.own_id)
    if what.sight is Sight.OWN_OR_AGREED:
        return _own_or_agreed(tables, noun, what)
    match noun:
        case Noun.BOOKING:
            return lambda booking: _on_own_run(tables, what, booking)
        case Noun.RIDER:
            return lambda rider: _rides_along(tables, what, rider)
        case Noun.SHIFT:
            return lambda shift: _of_own_service(tables, what, shift)
        case _:  # a provider's notices
            return lambda notice: _to_own_driver(tables, what, notice)


def _own_or_agreed(tables: Tables, noun: Noun, what: Scope) -> Callable[[Any], bool]:
    agreed = _agreed(tables, what)
    match noun:
        case Noun.RIDER:
            return lambda rider: rider.id == what.own_id or rider.id in agreed
        case Noun.DECISION:
            known = agreed | {what.own_id, None}
            return lambda one: (
                one.request.rider_id == what.own_id or (one.made_by == what.account_id and one.request.rider_id in known)
            )
        case _:
            return lambda booking: (
                booking.rider_id == what.own_id or (booking.rider_id in agreed and _is_by(tables, what, booking))
            )


def _agreed(tables: Tables, what: Scope) -> set[str]:
    """Riders who agree at this moment that this account books for them."""
    own = (one for one in tables.booking_consents.values() if one.is_for(what.account_id, what.own_id))
    return {one.rider_id for one in own if what.now is not None and one.holds(what.now)}


def _is_by(tables: Tables, what: Scope, booking: Booking) -> bool:
    consent = tables.booking_consents.get(booking.consent_id or "")
    return consent is not None and consent.is_for(what.account_id, what.own_id)


def whose_bookings(tables: Tables, what: Scope) -> set[str] | None:
    """The riders whose bookings alone can be seen; None: not so few."""
    return {what.own_id} | _agreed(tables, what) if what.sight is Sight.OWN_OR_AGREED else None


def _on_own_run(tables: Tables, what: Scope, booking: Booking) -> bool:
    """A leg is on one of the driver's or provider's runs, or on one of the provider's services."""
    for leg in booking.legs:
        run = tables.runs.get(leg.run_id) if leg.run_id is not None else None
        if run is not None and what.own_id == (run.driver_id if what.sight is Sight.OWN_DRIVER else run.provider_id):
            return True
        if what.sight is Sight.OWN_PROVIDER and _provides(tables, what, leg.service_id):
            return True
    return False


def _rides_along(tables: Tables, what: Scope, rider: Rider) -> bool:
    bookings = (tables.bookings[booking_id] for booking_id in tables.bookings_of.get(rider.id, ()))
    if what.sight is Sight.OWN_DRIVER:
        return any(_is_near(tables, what, leg) for booking in bookings for leg in booking.legs)
    return any(_on_own_run(tables, what, booking) for booking in bookings)


def near_legs(tables: Tables, what: Scope, leg_ids: Iterable[str]) -> set[str]:
    """Those of the legs that the driver may know everything about; for other sights none are looked up."""
    if what.sight is not Sight.OWN_DRIVER:
        return set()
    known = (leg_id for leg_id in leg_ids if leg_id in tables.booking_of_leg)
    return {leg_id for leg_id in known if _is_near(tables, what, tables.bookings[tables.booking_of_leg[leg_id]].leg(leg_id))}


def _is_near(tables: Tables, what: Scope, leg: Leg) -> bool:
    run = tables.runs.get(leg.run_id) if leg.run_id is not None else None
    return run is not None and run.driver_id == what.own_id and is_near(leg, what.now)


def _of_own_service(tables: Tables, what: Scope, shift: Shift) -> bool:
    return _provides(tables, what, shift.service_id)


def _provides(tables: Tables, what: Scope, service_id: str) -> bool:
    saved = tables.services.get((what.agency_id, service_id))
    return saved is not None and saved.service.carrier.provider_id == what.own_id


def _to_own_driver(tables: Tables, what: Scope, notice: Notice) -> bool:
    driver = tables.drivers.get(notice.to_driver_id) if notice.to_driver_id is not None else None
    return driver is not None and driver.provider_id == what.own_id
