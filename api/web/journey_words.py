"""Journeys by ride and timetable in plain sentences, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.web.language import Language, clock
from mobility.domain.bookings import Booking
from mobility.domain.lines import LineRide
from mobility.domain.requests import Offer, OfferKind
from mobility.files.line_words import ride_told

Texts = Callable[[str], str]
_ROUNDED_UP = timedelta(seconds=59, microseconds=999_999)
"""Nobody reads a promise that ends too early."""


def parts_told(offer: Offer, language: Language, zone: ZoneInfo, _: Texts) -> list[str]:
    """A sentence for each ride and each train or bus of a journey; none for other offers."""
    if offer.kind is not OfferKind.JOURNEY:
        return []
    told = [transit_told(ride, language, zone, _) for ride in offer.transit]
    if offer.ride_to is not None:
        told.insert(0, _ride_told(offer.ride_to, language, zone, _))
    if offer.ride_from is not None:
        told.append(_ride_told(offer.ride_from, language, zone, _))
    return told


def proposal_told(booking: Booking, language: Language, zone: ZoneInfo, _: Texts) -> list[str]:
    """A sentence for each train and ride proposed since a new timetable, in order; none where nothing is."""
    told: list[tuple[datetime, str]] = []
    says = _("Wir holen Sie zwischen {earliest} und {latest} ab: {pickup}. Sie sind bis {arrives} da: {dropoff}.")
    for proposal in (journey.proposed for journey in booking.journeys if journey.proposed):
        told += [(ride.departs, transit_told(ride, language, zone, _)) for ride in proposal.transit]
        for leg in proposal.legs:
            first, last = leg.pickup_window.earliest, leg.pickup_window.latest + _ROUNDED_UP
            times = {"earliest": clock(first, language, zone), "latest": clock(last, language, zone)}
            arrives = clock(leg.dropoff_window.latest + _ROUNDED_UP, language, zone)
            pickup, dropoff = leg.pickup.name or _("an Ihrer Tür"), leg.dropoff.name or _("an der Tür")
            told.append((first, says.format(**times, arrives=arrives, pickup=pickup, dropoff=dropoff)))
    return [sentence for _at, sentence in sorted(told)]


def transit_told(ride: LineRide, language: Language, zone: ZoneInfo, _: Texts) -> str:
    """A train or bus in a sentence; and in a second one who cannot board it."""
    says = ride_told(ride, language, zone)
    return says if ride.wheelchair is not False else says + " " + _("Nicht für Rollstühle.")


def lines_told(transit: Sequence[LineRide], _: Texts) -> str:
    """``RE 6 und 902``."""
    return _(" und ").join(ride.line or ride.agency for ride in transit)


def _ride_told(ride: Offer, language: Language, zone: ZoneInfo, _: Texts) -> str:
    return _("{service} holt Sie zwischen {earliest} und {latest} ab: {pickup}. Sie sind bis {arrives} da: {dropoff}.").format(
        service=ride.service_name,
        earliest=clock(ride.pickup_window.earliest, language, zone),
        latest=clock(ride.pickup_window.latest + _ROUNDED_UP, language, zone),
        pickup=ride.pickup.name or _("an Ihrer Tür"),
        arrives=clock(ride.dropoff_window.latest + _ROUNDED_UP, language, zone),
        dropoff=ride.dropoff.name or _("an der Tür"),
    )
