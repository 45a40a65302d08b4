"""Prices reckoned once more, part by part, from the service file alone."""

from __future__ import annotations

from collections.abc import Iterator

from mobility.domain.bookings import Booking, Leg
from mobility.domain.runs import Run, VisitKind
from mobility.domain.services import Service
from mobility.domain.tariffs import SEVERELY_DISABLED, WHOLE, PartKind, PricePart, Tariff
from mobility.integrity.looks import Look, Ways

_TAKEN_OFF = (PartKind.GROUP, PartKind.SHARED, PartKind.CEILING)
_NOTHING = (PartKind.FREE, PartKind.ESCORT, PartKind.TICKET)


def wrong_price(booking: Booking, leg: Leg, service: Service, groups: frozenset[str], ways: Ways) -> Iterator[str]:
    """What is wrong with the parts of a leg's price, and with their sum."""
    parts, tariff = leg.price_parts, service.tariff
    summed = sum(part.persons * part.each_cents for part in parts)
    if summed != leg.price_cents or summed < 0:
        yield f"costs {leg.price_cents} cents, its parts {summed}"
    people = [part for part in parts if part.kind not in (*_TAKEN_OFF, PartKind.SURCHARGE)]
    if sum(part.persons for part in people) != booking.party.seats + booking.party.wheelchairs:
        yield "somebody is charged twice or not at all"
    full = _fares(service, leg, ways)
    for part in people:
        if part.each_cents not in {_each(tariff, part, fare) for fare in full}:
            yield f"charges {part.each_cents} cents as {part.kind.value}, by its tariff {sorted(full)}"
        if part.group and not _may(tariff, part, booking, groups):
            yield f"gives {part.kind.value} to somebody who has no claim to it"
    charged = sum(part.persons for part in people if part.kind not in (PartKind.FREE, PartKind.ESCORT))
    surcharges = sum(part.persons * part.each_cents for part in parts if part.kind is PartKind.SURCHARGE)
    if surcharges != charged * tariff.surcharge_cents:
        yield f"has surcharges of {surcharges} cents for {charged} people"
    for part in parts:
        if part.kind in _TAKEN_OFF and (part.each_cents >= 0 or not _takes_off(service, part)):
            yield f"takes {part.each_cents} cents off as {part.kind.value}"


def _fares(service: Service, leg: Leg, ways: Ways) -> set[int]:
    """What one person may have to pay: with zones, any of their fares (which zone a place lies in is the map's business)."""
    tariff, metres = service.tariff, ways.average(leg.pickup, leg.dropoff)[1]
    if tariff.bands:
        by_way = [band.cents for band in tariff.bands if metres <= band.up_to_m] or [tariff.bands[-1].cents]
        fares = {by_way[0]}
    else:
        fares = {tariff.base_cents + tariff.cents_per_km * -(-metres // 1000)}
    fares |= {fare.cents for fare in tariff.zone_fares}
    return fares if tariff.max_cents is None else {min(fare, tariff.max_cents) for fare in fares}


def _each(tariff: Tariff, part: PricePart, fare: int) -> int:
    if part.kind in _NOTHING:
        return 0
    percents = {one.group: one.percent for one in tariff.concessions}
    percent = {PartKind.FELLOW: tariff.fellow_percent, PartKind.REDUCED: percents.get(part.group, 100)}.get(part.kind, 100)
    return fare * percent // 100


def _may(tariff: Tariff, part: PricePart, booking: Booking, groups: frozenset[str]) -> bool:
    """Whether somebody of the party has said that he belongs to the part's group, or is as old."""
    limits = [one for one in tariff.concessions if one.group == part.group]
    known = (
        bool(limits) or part.group in tariff.free_groups or (part.group == SEVERELY_DISABLED and tariff.severely_disabled_free)
    )
    said = part.group in groups or any(
        fellow.group == part.group
        or (fellow.age is not None and any(one.from_age is not None or one.to_age is not None for one in limits))
        for fellow in booking.party.fellows
    )
    return known and said


def _takes_off(service: Service, part: PricePart) -> bool:
    tariff = service.tariff
    if part.kind is PartKind.CEILING:
        return service.ceiling is not None
    return tariff.group is not None if part.kind is PartKind.GROUP else tariff.shared_percent < WHOLE


def above_ceiling(run: Run, look: Look, ways: Ways) -> Iterator[tuple[int, int]]:
    """Of each ride on the run (until nobody is aboard) for which all passengers together pay more than they may: what, and the most."""
    inside, paid, metres, here = 0, 0, 0, run.visits[0].place
    for visit in run.visits:
        if visit.kind is VisitKind.BREAK or visit.skipped or visit.held_until is not None:
            continue
        metres += ways.average(here, visit.place)[1] if inside else 0
        here = visit.place
        if visit.kind is VisitKind.PICKUP:
            inside += 1
            known = look.legs.get(visit.leg_id or "")
            paid += 0 if known is None else known[1].price_cents
        elif visit.kind is VisitKind.DROPOFF:
            inside -= 1
            if not inside:
                most = metres * (run.ceiling_cents_per_km or 0) // 1000
                if paid > most:
                    yield paid, most
                paid = metres = 0
