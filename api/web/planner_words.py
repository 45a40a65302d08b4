"""Answers to requests, in the planner's words."""

from __future__ import annotations

from api.web.language import Language, translator
from mobility.actions.count_decisions import JOURNEY, LED, LINE, RIDE
from mobility.domain.requests import Reason


def answer_words(language: Language) -> dict[str, str]:
    """Each reason for a no, and what was offered, as a few words."""
    _ = translator(language)
    return {
        RIDE: _("Fahrt angeboten"),
        JOURNEY: _("Fahrt mit Bus oder Bahn verbunden"),
        LINE: _("auf die Linie verwiesen"),
        LED: _("zur Haltestelle der Linie gefahren"),
        Reason.OUTSIDE_AREA: _("abgelehnt: außerhalb des Gebiets"),
        Reason.TOO_FAR_TO_WALK: _("abgelehnt: Fußweg zu weit"),
        Reason.NO_ROAD: _("abgelehnt: keine Straße dorthin"),
        Reason.ABOVE_CEILING: _("abgelehnt: Preis über den Betriebskosten"),
        Reason.TOO_SHORT: _("abgelehnt: zu kurze Strecke"),
        Reason.NOT_OPEN: _("abgelehnt: außerhalb der Betriebszeit"),
        Reason.TOO_LATE: _("abgelehnt: zu spät gefragt"),
        Reason.TOO_EARLY: _("abgelehnt: zu früh gefragt"),
        Reason.NOT_ELIGIBLE: _("abgelehnt: nicht für diese Personen"),
        Reason.NEEDS_NOT_SERVED: _("abgelehnt: Hilfe nicht möglich"),
        Reason.PARTY_TOO_LARGE: _("abgelehnt: Gruppe zu groß"),
        Reason.ORDINARY_LINE: _("abgelehnt: eine Linie fährt dort"),
        Reason.NO_CAPACITY: _("abgelehnt: kein Platz frei"),
        Reason.NO_SERVICE: _("abgelehnt: kein Dienst"),
        Reason.OFFER_EXPIRED: _("abgelehnt: Angebot abgelaufen"),
        Reason.TAKEN_MEANWHILE: _("abgelehnt: inzwischen vergeben"),
    }
