"""What the desk's pages show, in words: needs, rides, offers, reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mobility.domain.bookings import Booking, Leg, LegState, Outcome
from mobility.domain.requests import Alternative, Reason
from mobility.domain.riders import Channel, Need

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class RideLine:
    """One ride of a booking on the card. ``tone`` is the badge's class."""

    booking: Booking
    leg: Leg
    state: str
    tone: str
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A counter-offer as a button; ``number`` is the alternative's place in the rejection."""

    number: int
    alternative: Alternative
    ends: tuple[tuple[str, str], ...] = ()
    """For a stop: which end of the ride it could be, and what the button says."""


def need_words(_: Texts) -> dict[Need, str]:
    """What somebody needs, as one would say it."""
    return {
        Need.WHEELCHAIR: _("bleibt im Rollstuhl sitzen"),
        Need.WALKING_FRAME: _("kommt mit Rollator"),
        Need.FRONT_SEAT: _("sitzt vorn"),
        Need.DOOR_TO_DOOR: _("von Haustür zu Haustür"),
        Need.BOARDING_HELP: _("braucht Hilfe beim Ein- und Aussteigen"),
        Need.GUIDE_DOG: _("kommt mit Assistenzhund"),
        Need.CHILD_SEAT: _("braucht einen Kindersitz"),
        Need.FOLDABLE_WHEELCHAIR: _("setzt sich um, Faltrollstuhl kommt in den Kofferraum"),
        Need.ELECTRIC_WHEELCHAIR: _("bleibt im Elektrorollstuhl sitzen"),
        Need.MOBILITY_SCOOTER: _("fährt auf dem Elektromobil mit"),
        Need.STEP_FREE: _("kann keine Stufe steigen: Rampe oder Lift"),
        Need.HELP_TO_DOOR: _("an der Wohnungstür abholen und bis hinein begleiten"),
        Need.LOW_VISION: _("sieht schlecht: ansprechen und führen"),
        Need.LOW_HEARING: _("hört schlecht: klingeln, langsam und deutlich sprechen"),
        Need.ORIENTATION_HELP: _("findet sich allein nicht zurecht: nur an eine Person übergeben"),
        Need.INFANT_SEAT: _("braucht eine Babyschale"),
        Need.BOOSTER_SEAT: _("braucht eine Sitzerhöhung"),
        Need.PUSHCHAIR: _("kommt mit Kinderwagen"),
    }


def channel_words(_: Texts) -> dict[Channel, str]:
    """How somebody is told something."""
    return {Channel.CALL_BACK: _("Rückruf"), Channel.SMS: _("SMS"), Channel.EMAIL: _("E-Mail")}


def reason_words(_: Texts) -> dict[Reason, str]:
    """Why there is no ride, to be read out."""
    return {
        Reason.OUTSIDE_AREA: _("Der Ort liegt außerhalb des Gebiets, in dem wir fahren."),
        Reason.TOO_FAR_TO_WALK: _("Keine Haltestelle ist so nah, dass man zu Fuß hinkommt."),
        Reason.NO_ROAD: _("Dorthin führt keine Straße, die unsere Fahrzeuge benutzen können."),
        Reason.ABOVE_CEILING: _("Zu diesem Preis dürfen wir ohne Genehmigung nicht fahren. Vielleicht hilft ein anderer Dienst."),
        Reason.TOO_SHORT: _("Der Weg ist kürzer, als wir fahren dürfen."),
        Reason.NOT_OPEN: _("Um diese Zeit fährt niemand."),
        Reason.TOO_LATE: _("Für diese Fahrt ist es zu spät zum Bestellen."),
        Reason.TOO_EARLY: _("Für diesen Tag kann man noch nicht bestellen."),
        Reason.NOT_ELIGIBLE: _("Diese Fahrten sind für andere Personengruppen."),
        Reason.NEEDS_NOT_SERVED: _("Kein Fahrzeug ist dafür ausgestattet."),
        Reason.PARTY_TOO_LARGE: _("So viele Personen passen in kein Fahrzeug."),
        Reason.ORDINARY_LINE: _("Zu dieser Zeit fährt schon der gewöhnliche Bus."),
        Reason.NO_CAPACITY: _("Um diese Zeit sind alle Fahrzeuge besetzt."),
        Reason.NO_SERVICE: _("Es ist noch kein Angebot eingerichtet."),
        Reason.OFFER_EXPIRED: _("Das Angebot ist abgelaufen. Bitte noch einmal suchen."),
        Reason.TAKEN_MEANWHILE: _("Den letzten Platz hat gerade jemand anderes gebucht. Bitte noch einmal suchen."),
    }


def ride_lines(bookings: list[Booking], _: Texts) -> list[RideLine]:
    """All rides of these bookings."""
    return [_ride_line(booking, leg, _) for booking in bookings for leg in booking.legs]


def _ride_line(booking: Booking, leg: Leg, _: Texts) -> RideLine:
    state, tone = _state(leg, _)
    return RideLine(booking, leg, state, tone, can_cancel=leg.state is not LegState.CLOSED)


def _state(leg: Leg, _: Texts) -> tuple[str, str]:
    if leg.outcome is not None:
        return {
            Outcome.PERFORMED: (_("gefahren"), ""),
            Outcome.NO_SHOW: (_("niemand kam"), "warn"),
            Outcome.CANCELLED: (_("abgesagt"), ""),
            Outcome.NOT_CONFIRMED: (_("nicht zustande gekommen"), "bad"),
        }[leg.outcome]
    return {
        LegState.ON_RUN: (_("zugesagt"), "good"),
        LegState.AWAITING_CONFIRMATION: (_("wartet auf die Zusage"), "warn"),
        LegState.WAITING_LIST: (_("sucht noch jemanden, der fährt"), "warn"),
        LegState.IN_RESCUE: (_("wird neu geplant"), "bad"),
    }.get(leg.state, ("", ""))


def suggestions(alternatives: tuple[Alternative, ...], _: Texts) -> list[Suggestion]:
    """The counter-offers that can be asked for again with one press, then those that are only told."""
    ends = (("from", _("von dort abfahren")), ("to", _("dorthin fahren")))
    return [Suggestion(n, each, ends if each.kind == "stop" else ()) for n, each in enumerate(alternatives)]
