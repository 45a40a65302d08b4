"""Journeys by ride and timetable in plain sentences, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from mobility.domain.lines import LineRide
from mobility.domain.requests import Offer, OfferKind

Texts = Callable[[str], str]
Clock = Callable[[datetime], str]


def parts_told(offer: Offer, time: Clock, _: Texts) -> list[str]:
    """A sentence for each ride and each train or bus of an offer; none for a single ride."""
    rides = {"to": offer.ride_to, "from": offer.ride_from}
    told = [transit_told(leg, time, _) for leg in offer.transit]
    if rides["to"] is not None:
        told.insert(0, _ride_told(rides["to"], time, _))
    if rides["from"] is not None:
        told.append(_ride_told(rides["from"], time, _))
    return told if offer.kind is OfferKind.JOURNEY or len(told) > 1 else []


def transit_told(leg: LineRide, time: Clock, _: Texts) -> str:
    """A train or bus in a sentence."""
    says = _("{line} Richtung {headsign}: um {departs} ab {board}, um {arrives} in {alight}.").format(
        line=leg.line or leg.agency,
        headsign=leg.headsign,
        departs=time(leg.departs),
        board=leg.board.name,
        arrives=time(leg.arrives),
        alight=leg.alight.name,
    )
    return says if leg.wheelchair is not False else says + " " + _("Nicht für Rollstühle.")


def lines_told(transit: Sequence[LineRide], _: Texts) -> str:
    """``RE 6 und Bus 902``."""
    return _(" und ").join(leg.line or leg.agency for leg in transit)


def _ride_told(ride: Offer, time: Clock, _: Texts) -> str:
    return _("{service} holt Sie zwischen {earliest} und {latest} ab: {pickup}. Sie sind bis {arrives} da: {dropoff}.").format(
        service=ride.service_name,
        earliest=time(ride.pickup_window.earliest),
        latest=time(ride.pickup_window.latest),
        pickup=ride.pickup.name or _("an Ihrer Tür"),
        arrives=time(ride.dropoff_window.latest),
        dropoff=ride.dropoff.name or _("an der Tür"),
    )
