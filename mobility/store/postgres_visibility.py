"""The rules of :mod:`mobility.store.visibility` as SQL conditions."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, cast, false, literal, or_, select, true, union_all

from mobility.domain.accounts import Actor
from mobility.domain.bookings import LegState
from mobility.store import desk_tables as d
from mobility.store import live_tables as n
from mobility.store import tables as t
from mobility.store import wish_tables as w
from mobility.store.columns import Instant
from mobility.store.visibility import NEAR_AFTER, NEAR_BEFORE, Noun, Scope, Sight, scope

_NEVER = datetime.min.replace(tzinfo=UTC, year=2)
_TABLES = {
    Noun.DATASET: t.dataset,
    Noun.SERVICE: t.service,
    Noun.RIDER: t.rider,
    Noun.FAVOURITE: t.favourite,
    Noun.DRIVER: t.driver,
    Noun.SHIFT: t.shift,
    Noun.LEAVE: t.leave,
    Noun.RUN: t.run,
    Noun.DECISION: t.decision,
    Noun.BOOKING: t.booking,
    Noun.NOTICE: t.notice,
    Noun.ACCOUNT: t.account,
    Noun.LOGBOOK: t.logbook,
    Noun.SIMULATION: t.simulation,
    Noun.HOLD: d.hold,
    Noun.RIDER_NOTE: d.rider_note,
    Noun.SPOKEN_PIN: d.spoken_pin,
    Noun.STANDING_ORDER: w.standing_order,
    Noun.WAITING_WISH: w.waiting_wish,
    Noun.LIVE_SOURCE: n.live_source,
    Noun.TRIP_REPORT: n.trip_report,
    Noun.BOOKING_CONSENT: d.booking_consent,
    Noun.ARRIVAL_CONTACT: d.arrival_contact,
    Noun.WHAT_IF: t.what_if,
    Noun.RIDER_WISH: d.rider_wish,
}

_OWN_COLUMNS = {
    (Noun.SERVICE, Sight.OWN_PROVIDER): t.service.c.provider_id,
    (Noun.FAVOURITE, Sight.OWN_RIDER): t.favourite.c.rider_id,
    (Noun.DRIVER, Sight.OWN_DRIVER): t.driver.c.id,
    (Noun.DRIVER, Sight.OWN_PROVIDER): t.driver.c.provider_id,
    (Noun.SHIFT, Sight.OWN_DRIVER): t.shift.c.driver_id,
    (Noun.LEAVE, Sight.OWN_DRIVER): t.leave.c.driver_id,
    (Noun.RUN, Sight.OWN_DRIVER): t.run.c.driver_id,
    (Noun.RUN, Sight.OWN_PROVIDER): t.run.c.provider_id,
    (Noun.BOOKING_CONSENT, Sight.OWN_RIDER): d.booking_consent.c.rider_id,
    (Noun.ARRIVAL_CONTACT, Sight.OWN_RIDER): d.arrival_contact.c.rider_id,
    (Noun.STANDING_ORDER, Sight.OWN_RIDER): w.standing_order.c.rider_id,
    (Noun.WAITING_WISH, Sight.OWN_RIDER): w.waiting_wish.c.rider_id,
    (Noun.NOTICE, Sight.OWN_RIDER): t.notice.c.to_rider_id,
    (Noun.NOTICE, Sight.OWN_DRIVER): t.notice.c.to_driver_id,
}


def visible(actor: Actor, noun: Noun) -> ColumnElement[bool]:
    """The condition a row of this noun's table must meet for the actor to see it."""
    what = scope(actor, noun)
    if what.sight is Sight.NONE:
        return false()
    same_agency = _TABLES[noun].c.agency_id == what.agency_id
    if what.sight in (Sight.ALL, Sight.ANONYMOUS):
        return same_agency
    return and_(same_agency, _own(noun, what))


def _own(noun: Noun, what: Scope) -> ColumnElement[bool]:
    column = _OWN_COLUMNS.get((noun, what.sight))
    if column is not None:
        return column == what.own_id
    if what.sight is Sight.OWN_OR_AGREED:
        return _own_or_agreed(noun, what)
    match noun:
        case Noun.BOOKING:
            return t.booking.c.id.in_(_bookings(what))
        case Noun.RIDER:
            near = select(t.leg.c.booking_id).where(is_near(what)) if what.sight is Sight.OWN_DRIVER else _bookings(what)
            return t.rider.c.id.in_(select(t.booking.c.rider_id).where(t.booking.c.id.in_(near)))
        case Noun.SHIFT:
            return t.shift.c.service_id.in_(_services(what))
        case _:  # a provider's notices
            return t.notice.c.to_driver_id.in_(select(t.driver.c.id).where(t.driver.c.provider_id == what.own_id))


def _own_or_agreed(noun: Noun, what: Scope) -> ColumnElement[bool]:
    """Riders are found by their ids first, so that nobody's question reads everybody's rows."""
    given = d.booking_consent.c
    is_helper = given.account_id == what.account_id
    if what.own_id:  # compared with nobody, it would find every consent that names no rider
        is_helper = or_(is_helper, given.helper_rider_id == what.own_id)
    to_actor = and_(given.agency_id == what.agency_id, is_helper)
    unended = or_(given.until.is_(None), given.until > (what.now or _NEVER))
    known = true() if what.now is not None else false()
    agreed = select(given.rider_id).where(to_actor, given.withdrawn_at.is_(None), unended, known)
    own_and_agreed = union_all(select(literal(what.own_id)), agreed)
    match noun:
        case Noun.RIDER:
            return t.rider.c.id.in_(own_and_agreed)
        case Noun.DECISION:
            asked = or_(t.decision.c.rider_id.is_(None), t.decision.c.rider_id.in_(own_and_agreed))
            return or_(t.decision.c.rider_id == what.own_id, and_(t.decision.c.made_by == what.account_id, asked))
        case _:
            by_itself = t.booking.c.consent_id.in_(select(given.id).where(to_actor))
            return and_(t.booking.c.rider_id.in_(own_and_agreed), or_(t.booking.c.rider_id == what.own_id, by_itself))


def is_near(what: Scope) -> ColumnElement[bool]:
    """A leg that the driver may know everything about (as :func:`mobility.store.visibility.is_near`)."""
    now = what.now or _NEVER
    own = select(t.run.c.id).where(t.run.c.agency_id == what.agency_id, t.run.c.driver_id == what.own_id)
    return and_(
        t.leg.c.agency_id == what.agency_id,
        t.leg.c.run_id.in_(own),
        t.leg.c.state != LegState.AWAITING_CONFIRMATION,
        t.leg.c.pickup_earliest <= now + NEAR_BEFORE,
        cast(t.leg.c.dropoff_window["latest"].astext, Instant) >= now - NEAR_AFTER,
    )


def _services(what: Scope) -> Select[str]:
    """Ids of the provider's services."""
    return select(t.service.c.id).where(t.service.c.agency_id == what.agency_id, t.service.c.provider_id == what.own_id)


def _bookings(what: Scope) -> Select[str]:
    """Ids of bookings with a leg on one of the driver's or provider's runs, or on one of the provider's services."""
    on_run = t.run.c.driver_id if what.sight is Sight.OWN_DRIVER else t.run.c.provider_id
    theirs: ColumnElement[bool] = t.leg.c.run_id.in_(
        select(t.run.c.id).where(t.run.c.agency_id == what.agency_id, on_run == what.own_id)
    )
    if what.sight is Sight.OWN_PROVIDER:
        theirs = or_(theirs, t.leg.c.service_id.in_(_services(what)))
    return select(t.leg.c.booking_id).where(t.leg.c.agency_id == what.agency_id, theirs)
