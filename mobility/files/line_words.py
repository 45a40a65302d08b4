"""A journey by ordinary lines in a few plain sentences: which line, from which stop, when, and how far to walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.lines import LineJourney, LineRide, Verdict
from mobility.files.plain_texts import Language

_AT_THE_DOOR_M = 20
_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "ride": "{vehicle} fährt um {departs} Uhr ab „{board}“ und ist um {arrives} Uhr an „{alight}“.",
        "then": "Dort steigen Sie um.",
        "to": "Bis „{board}“ sind es {metres} m zu Fuß, etwa {minutes}.",
        "led": "Bis „{board}“ sind es {kilometres} km. Dorthin fahren wir Sie.",
        "from": "Von „{alight}“ sind es noch {metres} m zu Fuß, etwa {minutes}.",
        Verdict.FREE: "Zu dieser Zeit fährt keine Linie, die Sie selbst erreichen und die Sie hinbringt.",
        Verdict.EXEMPT: "{service} fährt Sie trotzdem.",
        Verdict.LINE: "{service} fährt deshalb dann nicht.",
        Verdict.LEAD: "{service} fährt nur bis zu dieser Haltestelle.",
        "minute": "1 Minute",
        "minutes": "{count} Minuten",
        "towards": "{vehicle} Richtung {headsign}",
        "bus": "Der Bus",
        "train": "Der Zug",
        "tram": "Die Bahn",
        "boat": "Die Fähre",
    },
    "en": {
        "ride": "{vehicle} leaves “{board}” at {departs} and reaches “{alight}” at {arrives}.",
        "then": "You change there.",
        "to": "It is {metres} m on foot to “{board}”, about {minutes}.",
        "led": "It is {kilometres} km to “{board}”. We take you there.",
        "from": "From “{alight}” it is {metres} m on foot, about {minutes}.",
        Verdict.FREE: "No line that you can reach takes you there at that time.",
        Verdict.EXEMPT: "{service} takes you all the same.",
        Verdict.LINE: "That is why {service} does not go then.",
        Verdict.LEAD: "{service} goes only as far as that stop.",
        "minute": "1 minute",
        "minutes": "{count} minutes",
        "towards": "{vehicle} towards {headsign}",
        "bus": "The bus",
        "train": "The train",
        "tram": "The tram",
        "boat": "The ferry",
    },
}
_TRAMS, _TRAINS, _BOATS = {0, 1, 5, 6, 7, 12}, {2}, {4}


def ruling_told(verdict: Verdict, lines: Sequence[LineJourney], service: str, language: Language, zone: ZoneInfo) -> str:
    """What the rule towards parallel lines says of a wish: the line nearest to it, and what follows for the service of this name."""
    follows = _TEXTS[language][verdict].format(service=service)
    return " ".join([*(line_told(line, language, zone) for line in lines[:1]), follows])


def line_told(journey: LineJourney, language: Language, zone: ZoneInfo) -> str:
    """All of it, such as "Der Bus 12 Richtung Auenfurt fährt um 10:12 Uhr ab …"."""
    parts = [to_stop_told(journey, language)]
    for ride in journey.rides:
        parts += [ride_told(ride, language, zone), _TEXTS[language]["then"]]
    return " ".join(part for part in (*parts[:-1], from_stop_told(journey, language)) if part)


def ride_told(ride: LineRide, language: Language, zone: ZoneInfo) -> str:
    """The line, its direction, where and when it leaves and arrives."""
    return _TEXTS[language]["ride"].format(
        vehicle=_vehicle(ride, language),
        board=ride.board.name,
        departs=_clock(ride.departs, language, zone),
        alight=ride.alight.name,
        arrives=_clock(ride.arrives, language, zone),
    )


def to_stop_told(journey: LineJourney, language: Language) -> str:
    """The way to the first stop; empty at the door."""
    if journey.by_ride:
        kilometres = f"{journey.to_stop_m / 1000:.1f}".replace(".", "," if language == "de" else ".")
        return _TEXTS[language]["led"].format(kilometres=kilometres, board=journey.first.board.name)
    return _walk("to", journey.to_stop_m, journey.first.departs - journey.leaves, language, board=journey.first.board.name)


def from_stop_told(journey: LineJourney, language: Language) -> str:
    """The way from the last stop; empty at the door."""
    return _walk("from", journey.from_stop_m, journey.arrives - journey.last.arrives, language, alight=journey.last.alight.name)


def _walk(text: str, metres: int, takes: timedelta, language: Language, **stop: str) -> str:
    if metres < _AT_THE_DOOR_M:
        return ""
    texts, count = _TEXTS[language], max(1, -(-round(takes.total_seconds()) // 60))
    minutes = texts["minute"] if count == 1 else texts["minutes"].format(count=count)
    return texts[text].format(metres=-(-metres // 10) * 10, minutes=minutes, **stop)


def _vehicle(ride: LineRide, language: Language) -> str:
    texts = _TEXTS[language]
    vehicle = f"{texts[_mode(ride.route_type)]} {ride.line}".strip()
    return texts["towards"].format(vehicle=vehicle, headsign=ride.headsign) if ride.headsign else vehicle


def _mode(route_type: int) -> str:
    """Of GTFS route types, the extended ones included."""
    if route_type in _TRAINS or 100 <= route_type < 200:
        return "train"
    if route_type in _TRAMS or 400 <= route_type < 700 or 900 <= route_type < 1000:
        return "tram"
    return "boat" if route_type in _BOATS or 1000 <= route_type < 1300 else "bus"


def _clock(at: datetime, language: Language, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.hour}:{local:%M}" if language == "de" else f"{local:%H:%M}"
