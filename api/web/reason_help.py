"""After a "no": what would help, in a sentence; the same for residents and at the desk, which reads it out."""

from __future__ import annotations

from collections.abc import Callable

from mobility.domain.requests import Reason


def help_told(reason: Reason, _: Callable[[str], str]) -> str:
    """What would help."""
    return {
        Reason.OUTSIDE_AREA: _(
            "Vielleicht liegt eine Haltestelle in der Nähe, an der wir halten. Oder rufen Sie uns an: Wir wissen, wer dort fährt."
        ),
        Reason.TOO_FAR_TO_WALK: _("Es hilft, wenn jemand Sie zur Haltestelle bringt oder dort abholt. Sonst rufen Sie uns an."),
        Reason.NO_ROAD: _("Es hilft, eine Adresse an einer Straße in der Nähe zu nennen."),
        Reason.TOO_SHORT: _("Können Sie den Weg nicht gehen? Dann rufen Sie uns bitte an."),
        Reason.NOT_OPEN: _("Eine andere Zeit hilft. Wann wir fahren, steht bei den Regeln."),
        Reason.TOO_LATE: _("Eine spätere Zeit hilft. Oder rufen Sie uns an, manchmal geht es doch noch."),
        Reason.TOO_EARLY: _("Bitte fragen Sie wieder, wenn der Tag näher ist."),
        Reason.NOT_ELIGIBLE: _("Rufen Sie uns an: Wir wissen, was es für Sie gibt."),
        Reason.NEEDS_NOT_SERVED: _("Rufen Sie uns an: Wir wissen, wer ein passendes Fahrzeug hat."),
        Reason.PARTY_TOO_LARGE: _("Es hilft, auf mehrere Fahrten zu verteilen. Oder rufen Sie uns an."),
        Reason.ORDINARY_LINE: _(
            "Steigen Sie dort einfach ein. Können Sie die Haltestelle nicht erreichen, dann rufen Sie uns an."
        ),
        Reason.ABOVE_CEILING: _("Es hilft, mit anderen zusammen zu fahren. Rufen Sie uns an, wir suchen jemanden."),
        Reason.NO_CAPACITY: _("Eine andere Zeit hilft, oder warten Sie auf einen Platz."),
        Reason.NO_SERVICE: _("Bitte fragen Sie Ihre Gemeinde, was sonst dorthin fährt."),
        Reason.OFFER_EXPIRED: _("Die Suche dauert nur einen Augenblick."),
        Reason.TAKEN_MEANWHILE: _("Die Suche dauert nur einen Augenblick."),
    }[reason]
