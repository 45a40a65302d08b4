"""Places by what somebody types: addresses, points of interest and stops, best first, while the word is not yet finished."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mobility.domain.places import Place
from mobility.domain.services import Service
from mobility.planning.access import crow_fly_m
from mobility.planning.network import Network, kept_with_network
from routing.streets.geocoders import Geocoder, GeocoderError
from routing.streets.spelling import words_of

LEAST_LETTERS = 2
_SURE = 0.6
_CLEARLY = 0.08
"""How far the best find must lie before the second to be taken without asking."""
_SAME_STOP_M = 150.0
_SAME_SPOT_M = 15.0


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place to choose. ``kind``: home, favourite, stop, address, street, place or poi; ``score`` 0 … 1; ``id`` tells it from others
    that are found with the same words.
    """

    id: str
    label: str
    kind: str
    place: Place
    score: float = 1.0


def search(network: Network, services: Sequence[Service], text: str, limit: int = 8) -> list[FoundPlace]:
    """The best finds; none for less than two letters."""
    if sum(char.isalnum() for char in text) < LEAST_LETTERS:
        return []
    stops = _matching_stops(network, services, words_of(text[:200]))
    names = tuple(f"{found.label}," for found in stops)
    addresses = [
        FoundPlace(_id(a.lon, a.lat), a.label, a.kind, Place(a.lon, a.lat, a.label), a.score)
        for a in network.streets.find(text, limit=limit)
    ]
    others = [found for found in addresses if not found.label.startswith(names)]  # the same stop, from the map
    if network.geocoder is not None and not any(found.score >= _SURE for found in (*stops, *others)):
        others += _found_elsewhere(network, network.geocoder, text, limit)
    return sorted([*stops, *others], key=lambda found: -found.score)[:limit]


def _found_elsewhere(network: Network, geocoder: Geocoder, text: str, limit: int) -> list[FoundPlace]:
    """What a geocoder finds where our streets are; nothing when it does not answer."""
    west, south, east, north = network.streets.bounds
    try:
        found = geocoder.find(text, ((west + east) / 2, (south + north) / 2), limit)
    except GeocoderError:
        return []
    near = [one for one in found if west <= one.lon <= east and south <= one.lat <= north]
    return [FoundPlace(_id(one.lon, one.lat), one.label, one.kind, Place(one.lon, one.lat, one.label), one.score) for one in near]


def clearly_meant(text: str, found: Sequence[FoundPlace]) -> FoundPlace | None:
    """The one place that ``text`` means beyond doubt, or None: then somebody should be asked. A house number that is not known is
    never taken for another one.
    """
    exact = [one for one in found if one.label.casefold() == text.strip().casefold()]
    if exact:
        return exact[0] if all(is_same(one, exact[0]) for one in exact) else None
    right = [one for one in found if numbers(text) <= numbers(one.label)]
    if not right or right[0].score < _SURE:
        return None
    alone = len(right) == 1 or right[0].score - right[1].score >= _CLEARLY
    return right[0] if alone else None


def is_same(one: FoundPlace, other: FoundPlace) -> bool:
    """The same spot, however it is called."""
    return crow_fly_m(one.place, other.place) < _SAME_SPOT_M


def numbers(text: str) -> set[str]:
    """House numbers, five-figure postcodes left out: a bus is never sent to number 52 because number 5 is not known."""
    words = re.split(r"[\s,;]+", text.lower())
    return {word for word in words if word[:1].isdigit() and not re.fullmatch(r"\d{5}", word)}


def _id(lon: float, lat: float) -> str:
    return f"at:{lon:.5f},{lat:.5f}"


def _matching_stops(network: Network, services: Sequence[Service], wanted: list[str]) -> list[FoundPlace]:
    """Stops in whose name each typed word begins a word; the more of the name is typed, the better."""
    known = [(stop, tuple(words_of(stop.name))) for service in services for stop in service.stops]
    matching: dict[str, list[FoundPlace]] = {}
    for stop, words in [*known, *_feed_stops(network)]:
        if wanted and all(any(word.startswith(typed) for word in words) for typed in wanted):
            share = sum(map(len, wanted)) / max(1, sum(map(len, words)))
            found = FoundPlace(f"stop:{stop.stop_id}", stop.name, "stop", stop, 0.66 + 0.3 * min(1.0, share))
            same = matching.setdefault(stop.name.casefold(), [])
            if all(crow_fly_m(stop, other.place) > _SAME_STOP_M for other in same):
                same.append(found)
    return [found for same in matching.values() for found in same]


@kept_with_network
def _feed_stops(network: Network) -> list[tuple[Place, tuple[str, ...]]]:
    """Stops of the feed with the words of their names; stations once, not each of their platforms."""
    stops: Iterable[Place] = (
        ()
        if network.feed is None
        else (Place(s.lon, s.lat, s.name, s.id) for s in network.feed.stops if s.location_type in (0, 1) and s.parent is None)
    )
    return [(stop, tuple(words_of(stop.name))) for stop in stops]
