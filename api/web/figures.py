"""A simulation's figures in words, in the order in which a council asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.web.language import Language, number, translator


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, how it is shown (an en dash: nothing to measure), and a line on what it means."""

    name: str
    shown: str
    meaning: str = ""


def figures_of(kpis: dict[str, Any], language: Language) -> list[Figure]:
    """The figures of ``kpis.json`` (docs/simulation.md)."""
    _ = translator(language)

    def share(key: str) -> str:
        return "–" if kpis[key] is None else f"{number(round(100 * kpis[key], 1), language)} %"

    def plain(key: str, digits: int, unit: str) -> str:
        return "–" if kpis[key] is None else f"{number(round(kpis[key], digits), language)}{unit}"

    minutes = _(" Minuten")
    return [
        Figure(_("Wünsche"), number(kpis["wishes"], language)),
        Figure(_("davon gefahren"), share("served_share")),
        Figure(_("mittlere Wartezeit"), plain("wait_mean_min", 1, minutes), _("von der gewünschten Abfahrt bis zum Einsteigen")),
        Figure(_("Wartezeit für neun von zehn höchstens"), plain("wait_p90_min", 1, minutes)),
        Figure(_("Umweg"), plain("detour_factor", 2, " ×"), _("Zeit im Fahrzeug geteilt durch die Zeit auf dem direkten Weg")),
        Figure(_("gemeinsam gefahren"), share("pooled_share"), _("Fahrten, bei denen eine Weile noch jemand im Fahrzeug saß")),
        Figure(_("gefahrene Kilometer"), plain("vehicle_km", 0, " km")),
        Figure(_("davon leer"), share("empty_share")),
        Figure(
            _("Systemeffizienz"),
            plain("system_efficiency", 2, ""),
            _("Personenkilometer auf kürzestem Weg je Fahrzeugkilometer (FGSV)"),
        ),
        Figure(_("mittlere Besetzung"), plain("mean_occupancy", 2, "")),
        Figure(
            _("gebrochene Zusagen"), number(kpis["promises_broken"], language), _("muss 0 sein; sonst ist die Planung fehlerhaft")
        ),
    ]
