"""The address index, built from the extract itself: house numbers, streets, places and points of interest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import COORDINATE_SCALE
from routing.streets.interpolating import numbers_between
from routing.streets.network import Edges
from routing.streets.raw_places import RawPlace
from routing.streets.reading import RawExtract
from routing.streets.spelling import joined_words, words_of
from routing.streets.storing import pack_texts

KINDS = ("address", "street", "place", "poi")
"""Order is part of the stored format."""

_SETTLEMENTS = frozenset(
    {"city", "town", "village", "hamlet", "suburb", "quarter", "borough", "municipality", "isolated_dwelling", "farm"}
)
_REF = re.compile(r"^[A-Z][A-Za-z]{0,2}\s?\d+[a-z]?(?:;|$)")

EVERYDAY: dict[tuple[str, str], str] = {
    ("amenity", "doctors"): "Arztpraxis Arzt",
    ("healthcare", "doctor"): "Arztpraxis Arzt",
    ("amenity", "dentist"): "Zahnarzt",
    ("healthcare", "physiotherapist"): "Physiotherapie",
    ("amenity", "hospital"): "Krankenhaus Klinik",
    ("amenity", "clinic"): "Klinik Ärztehaus",
    ("amenity", "pharmacy"): "Apotheke",
    ("amenity", "nursing_home"): "Pflegeheim Seniorenheim",
    ("social_facility", "nursing_home"): "Pflegeheim Seniorenheim",
    ("social_facility", "assisted_living"): "Betreutes Wohnen Seniorenheim",
    ("amenity", "grave_yard"): "Friedhof",
    ("landuse", "cemetery"): "Friedhof",
    ("amenity", "place_of_worship"): "Kirche",
    ("amenity", "townhall"): "Rathaus Bürgeramt",
    ("amenity", "school"): "Schule",
    ("amenity", "kindergarten"): "Kindergarten Kita",
    ("amenity", "bank"): "Bank Sparkasse",
    ("amenity", "post_office"): "Post",
    ("amenity", "library"): "Bücherei Bibliothek",
    ("amenity", "community_centre"): "Gemeindehaus Bürgerhaus",
    ("amenity", "restaurant"): "Gaststätte Restaurant",
    ("amenity", "cafe"): "Café",
    ("amenity", "fuel"): "Tankstelle",
    ("shop", "supermarket"): "Supermarkt",
    ("shop", "bakery"): "Bäckerei Bäcker",
    ("shop", "hairdresser"): "Friseur",
    ("amenity", "veterinary"): "Tierarzt",
    ("amenity", "police"): "Polizei",
    ("amenity", "fire_station"): "Feuerwehr",
    ("amenity", "bus_station"): "Busbahnhof ZOB",
    ("amenity", "courthouse"): "Gericht Amtsgericht",
    ("amenity", "marketplace"): "Marktplatz Wochenmarkt",
    ("amenity", "cinema"): "Kino",
    ("amenity", "theatre"): "Theater",
    ("amenity", "social_centre"): "Begegnungsstätte Seniorentreff",
    ("amenity", "food_bank"): "Tafel",
    ("amenity", "recycling"): "Wertstoffhof Recyclinghof",
    ("amenity", "public_bath"): "Schwimmbad Hallenbad",
    ("amenity", "dialysis"): "Dialyse",
    ("healthcare", "dialysis"): "Dialyse",
    ("healthcare", "hospice"): "Hospiz",
    ("healthcare", "psychotherapist"): "Psychotherapie",
    ("healthcare", "speech_therapist"): "Logopädie",
    ("healthcare", "podiatrist"): "Fußpflege Podologie",
    ("healthcare", "alternative"): "Heilpraktiker",
    ("social_facility", "day_care"): "Tagespflege",
    ("social_facility", "workshop"): "Werkstatt",
    ("shop", "chemist"): "Drogerie",
    ("shop", "butcher"): "Metzgerei Fleischerei",
    ("shop", "optician"): "Optiker",
    ("shop", "hearing_aids"): "Hörgeräte Akustiker",
    ("shop", "medical_supply"): "Sanitätshaus",
    ("shop", "doityourself"): "Baumarkt",
    ("shop", "beverages"): "Getränkemarkt",
    ("shop", "farm"): "Hofladen",
    ("shop", "florist"): "Blumenladen",
    ("shop", "convenience"): "Dorfladen Laden",
    ("tourism", "hotel"): "Hotel",
    ("tourism", "guest_house"): "Pension",
    ("tourism", "museum"): "Museum",
    ("office", "employment_agency"): "Arbeitsamt Jobcenter",
    ("office", "government"): "Amt Behörde",
    ("leisure", "water_park"): "Freibad Schwimmbad",
    ("leisure", "fitness_centre"): "Fitnessstudio",
    ("leisure", "sports_centre"): "Sporthalle",
    ("railway", "station"): "Bahnhof",
    ("railway", "halt"): "Bahnhof Haltepunkt",
    ("highway", "bus_stop"): "Haltestelle",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    x: int
    y: int
    kind: int
    words: tuple[str, ...]
    usual: str = ""


def everyday_name(tags: Mapping[str, str]) -> str:
    """What people call such a thing (``Apotheke``), or an empty text."""
    return next((name for (key, value), name in EVERYDAY.items() if tags.get(key) == value), "")


def build_address_index(raw: RawExtract, edges: Edges) -> dict[str, NDArray[Any]]:
    """Arrays of the index: entries (label, words, place on earth, kind), vocabulary, and postings of each word."""
    near = _Settlements(raw.places)
    entries = [*_settlement_entries(raw.places), *_town_entries(raw.places), *_street_entries(raw, edges, near)]
    entries += _all_place_entries(raw.places, near)
    entries += _interpolated_entries(raw, near, {entry.label for entry in entries})
    # Of several with one label close together the first: a town before a signpost of its name.
    spots = {(entry.label, entry.x // 20_000, entry.y // 20_000): entry for entry in reversed(entries)}
    unique = list(reversed(spots.values()))
    vocabulary = sorted({word for entry in unique for word in entry.words})
    number = {word: i for i, word in enumerate(vocabulary)}
    word = np.array([number[w] for entry in unique for w in entry.words], dtype=np.int64)
    owner = np.repeat(np.arange(len(unique), dtype=np.int32), [len(entry.words) for entry in unique])
    order = np.argsort(word, kind="stable")
    return {
        **pack_texts("address_label", [entry.label for entry in unique]),
        **pack_texts("address_usual", [entry.usual for entry in unique]),
        **pack_texts("vocabulary", vocabulary),
        "address_x": np.array([entry.x for entry in unique], dtype=np.int32),
        "address_y": np.array([entry.y for entry in unique], dtype=np.int32),
        "address_kind": np.array([entry.kind for entry in unique], dtype=np.int8),
        "posting_first": np.searchsorted(word[order], np.arange(len(vocabulary) + 1)).astype(np.int64),
        "posting_entry": owner[order],
    }


def _interpolated_entries(raw: RawExtract, near: _Settlements, known: set[str]) -> Iterator[_Entry]:
    """House numbers that no node has, from the lines between those that are mapped."""
    tags_of = {place.ref: place.tags for place in raw.places if place.ref and "addr:housenumber" in place.tags}
    for line in raw.number_lines:
        for x, y, tags in numbers_between(line, tags_of):
            place = RawPlace(x, y, tags)
            yield from (entry for entry in _place_entries(place, near.name(x, y)) if entry.label not in known)


class _Settlements:
    """Names the settlement a point belongs to: that of the nearest settlement, or ``addr:city`` of the nearest address where the
    extract has lost its place nodes.
    """

    def __init__(self, places: list[RawPlace], kinds: frozenset[str] = _SETTLEMENTS) -> None:
        known = [place for place in places if place.tags.get("place") in kinds and "name" in place.tags]
        key = "name" if known else "addr:city"
        known = known or [place for place in places if key in place.tags]
        self.names = [place.tags[key] for place in known]
        # Many addresses say one town; two villages of one name are two.
        alike = {name: number for number, name in enumerate(self.names)} if key != "name" else {}
        self._number = np.array([alike.get(name, number) for number, name in enumerate(self.names)], dtype=np.int64)
        self._squeeze = float(np.cos(np.radians(known[0].y * COORDINATE_SCALE))) if known else 1.0
        from scipy.spatial import cKDTree  # noqa: PLC0415 - slow to load, and only an import needs it

        self._tree = cKDTree([(place.x * self._squeeze, place.y) for place in known]) if known else None

    def numbers(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int64]:
        """Number of the nearest settlement of each point; −1 when the extract names none."""
        if self._tree is None:
            return np.full(len(x), -1, dtype=np.int64)
        nearest = np.asarray(self._tree.query(np.stack((x * self._squeeze, y), axis=1))[1], dtype=np.int64)
        return np.asarray(self._number[nearest])

    def name(self, x: int, y: int) -> str:
        """Name of the nearest settlement, or an empty text."""
        number = int(self.numbers(np.array([x]), np.array([y]))[0])
        return self.names[number] if number >= 0 else ""


def _settlement_entries(places: list[RawPlace]) -> Iterator[_Entry]:
    settled = [place for place in places if "place" in place.tags and "name" in place.tags]
    towns = _Settlements(settled, frozenset({"city", "town", "village"}))
    for place in settled:
        name, town = place.tags["name"], towns.name(place.x, place.y)
        beside = town if town != name and place.tags["place"] not in ("city", "town", "village", "county", "state") else ""
        yield _entry(name, beside, place, 2)


def _town_entries(places: list[RawPlace]) -> Iterator[_Entry]:
    """Towns that only addresses speak of, at their middle address."""
    known = {place.tags["name"] for place in places if "place" in place.tags and "name" in place.tags}
    members: dict[str, list[RawPlace]] = defaultdict(list)
    for place in places:
        if "addr:city" in place.tags and place.tags["addr:city"] not in known:
            members[place.tags["addr:city"]].append(place)
    for town, there in members.items():
        middle = float(np.median([place.x for place in there])), float(np.median([place.y for place in there]))
        yield _entry(town, "", min(there, key=lambda place: abs(place.x - middle[0]) + abs(place.y - middle[1])), 2)


def _street_entries(raw: RawExtract, edges: Edges, near: _Settlements) -> Iterator[_Entry]:
    """One entry per street name and settlement, at the edge in the middle."""
    middle = (edges.shape_first[:-1] + edges.shape_first[1:] - 1) // 2
    x, y = edges.shape_x[middle], edges.shape_y[middle]
    settlement = near.numbers(x, y)
    named = np.flatnonzero(edges.name > 0)
    order = named[np.lexsort((edges.way[named], settlement[named], edges.name[named]))]
    changes = np.flatnonzero(np.diff(edges.name[order]) | np.diff(settlement[order])) + 1
    for group in np.split(order, changes) if len(order) else []:
        name = raw.street_names[edges.name[group[0]]]
        if _REF.match(name):
            continue
        off = np.abs(x[group] - np.median(x[group])) + np.abs(y[group] - np.median(y[group]))
        at = group[int(np.argmin(off))]
        town = near.names[settlement[at]] if settlement[at] >= 0 else ""
        yield _entry(name, town, RawPlace(int(x[at]), int(y[at]), {}), 1)


def _all_place_entries(places: list[RawPlace], near: _Settlements) -> Iterator[_Entry]:
    x, y = np.array([(place.x, place.y) for place in places]).reshape(-1, 2).T
    for place, number in zip(places, near.numbers(x, y).tolist(), strict=True):
        yield from _place_entries(place, near.names[number] if number >= 0 else "")


def _place_entries(place: RawPlace, settlement: str) -> Iterator[_Entry]:
    tags = place.tags
    town = tags.get("addr:city") or settlement
    street = tags.get("addr:street") or tags.get("addr:place") or tags.get("addr:hamlet") or ""
    also = " ".join({tags.get("addr:suburb", ""), tags.get("addr:postcode", ""), settlement} - {town, ""})
    numbers = tags.get("addr:housenumber", "")
    for house_number in filter(None, (part.strip() for part in re.split(r"[;,]", numbers))):
        yield _entry(f"{street or town} {house_number}".strip(), town if street else "", place, 0, also)
    usual = everyday_name(tags)
    if (usual or tags.get("name")) and "place" not in tags:
        where = ", ".join(filter(None, (f"{street} {numbers}".strip() if street else "", town)))
        yield _entry(tags.get("name") or usual.split()[0], where, place, 3, also, usual)


def _entry(name: str, where: str, place: RawPlace, kind: int, also: str = "", usual: str = "") -> _Entry:
    label = f"{name}, {where}" if where and where != name else name
    words = words_of(f"{name} {where} {also} {usual}")
    return _Entry(
        label, place.x, place.y, kind, tuple(dict.fromkeys([*words, *joined_words(words_of(name))])), " ".join(words_of(usual))
    )
