"""Journeys by ride and timetable in plain sentences, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from api.web.language import Language, clock
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
