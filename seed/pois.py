"""Where people want to go: surgeries, shops, churches, the clinic; and the bus stops."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seed.houses import House
from seed.land import SMALL_TOWN, TOWN, Rank, Settlement
from seed.sketch import Point, Sketch, Way, bearing, distance, offset

_TAGS = {
    "doctor": {"amenity": "doctors"},
    "dentist": {"amenity": "dentist"},
    "clinic": {"amenity": "hospital", "emergency": "yes"},
    "dialysis": {"amenity": "clinic", "healthcare": "dialysis"},
    "pharmacy": {"amenity": "pharmacy"},
    "supermarket": {"shop": "supermarket"},
    "bakery": {"shop": "bakery"},
    "bank": {"amenity": "bank"},
    "school": {"amenity": "school"},
    "kindergarten": {"amenity": "kindergarten"},
    "townhall": {"amenity": "townhall"},
    "library": {"amenity": "library"},
    "market": {"amenity": "marketplace"},
    "day_care": {"amenity": "social_facility", "social_facility": "day_care", "social_facility:for": "senior"},
    "inn": {"amenity": "restaurant"},
    "pool": {"leisure": "sports_centre"},
    "church": {"amenity": "place_of_worship", "religion": "christian"},
    "cemetery": {"amenity": "grave_yard"},
    "fire_station": {"amenity": "fire_station"},
    "station": {"railway": "station", "public_transport": "station"},
    "community": {"amenity": "community_centre"},
}

# kind, name, direction from the centre (degrees, counter-clockwise from east), share of the radius
_IN_TOWN = (
    ("clinic", "Klinik Auenfurt", 20, 0.62),
    ("dialysis", "Dialysezentrum Auenfurt", 24, 0.58),
    ("doctor", "Hausarztpraxis am Markt", 100, 0.10),
    ("doctor", "Augenarztpraxis Lange Straße", 250, 0.12),
    ("doctor", "Praxis für Orthopädie", 320, 0.30),
    ("doctor", "Frauenarztpraxis Auenfurt", 200, 0.25),
    ("dentist", "Zahnarztpraxis Wallstraße", 40, 0.18),
    ("pharmacy", "Markt-Apotheke", 80, 0.06),
    ("pharmacy", "Auen-Apotheke", 330, 0.40),
    ("supermarket", "Frischemarkt Gewerbepark", 170, 0.85),
    ("supermarket", "Kaufhalle Bahnhofstraße", 285, 0.40),
    ("bakery", "Bäckerei am Tor", 140, 0.12),
    ("bank", "Sparkasse Auental", 60, 0.08),
    ("school", "Oberschule Auenfurt", 130, 0.45),
    ("school", "Gymnasium Auenfurt", 140, 0.52),
    ("townhall", "Kreishaus und Rathaus", 300, 0.05),
    ("library", "Stadtbibliothek", 220, 0.10),
    ("day_care", "Tagespflege Uferblick", 60, 0.40),
    ("pool", "Hallenbad Auenfurt", 230, 0.60),
    ("fire_station", "Feuerwehr Auenfurt", 350, 0.50),
)
_IN_SMALL_TOWN = (
    ("doctor", "Landarztpraxis Kranichstedt", 90, 0.15),
    ("dentist", "Zahnarztpraxis Kranichstedt", 200, 0.20),
    ("pharmacy", "Kranich-Apotheke", 10, 0.10),
    ("supermarket", "Dorfmarkt Kranichstedt", 250, 0.45),
    ("bank", "Sparkasse Auental, Zweigstelle", 150, 0.10),
    ("school", "Grundschule Kranichstedt", 60, 0.45),
    ("day_care", "Tagespflege Kranichstedt", 310, 0.35),
    ("fire_station", "Feuerwehr Kranichstedt", 120, 0.40),
)


@dataclass(frozen=True, slots=True)
class Poi:
    """A destination."""

    kind: str
    name: str
    settlement: str
    at: Point


@dataclass(frozen=True, slots=True)
class BusStop:
    """A bus stop: ``node`` on the road, a platform on either side; ``along`` is the road's direction there (radians)."""

    number: int
    name: str
    settlement: str
    node: int
    along: float
    platforms: tuple[Point, Point]

    @property
    def id(self) -> str:
        """In the manner of a DHID; no German county has the number 12999."""
        return f"de:12999:{990000 + self.number}"

    def platform_id(self, side: int) -> str:
        """Platform 1 is on the right of the road's direction, 2 on its left."""
        return f"{self.id}:0:{side}"


class PoiPen:
    """Turns houses into destinations and sets churches, cemeteries and stops."""

    def __init__(self, sketch: Sketch, houses: list[House]) -> None:
        self._sketch = sketch
        self._free: dict[str, list[House]] = {}
        for house in houses:
            self._free.setdefault(house.settlement, []).append(house)
        self.pois: list[Poi] = []
        self.stops: list[BusStop] = []

    def at_house(self, kind: str, name: str, settlement: Settlement, target: Point) -> None:
        """The destination takes over the free house nearest to ``target``."""
        house = min(self._free[settlement.name], key=lambda house: distance(house.at, target))
        self._free[settlement.name].remove(house)
        self._sketch.nodes[house.node].tags.update(_TAGS[kind] | {"name": name})
        self.pois.append(Poi(kind, name, settlement.name, house.at))

    def at_point(self, kind: str, name: str, settlement: Settlement, at: Point) -> None:
        """The destination has a node of its own."""
        self._sketch.node(at, _TAGS[kind] | {"name": name})
        self.pois.append(Poi(kind, name, settlement.name, at))

    def stop(self, name: str, settlement: str, target: Point, streets: list[Way]) -> None:
        """A stop at the street node nearest to ``target``, with a platform on either side."""
        where = [(way, index) for way in streets for index in range(1, len(way.nodes) - 1)]
        way, index = min(where, key=lambda item: distance(self._sketch.at(item[0].nodes[item[1]]), target))
        node, before, after = (self._sketch.at(way.nodes[index + shift]) for shift in (0, -1, 1))
        along = bearing(before, after)
        right, left = (offset(node, along + turn, 5.0) for turn in (-math.pi / 2, math.pi / 2))
        stop = BusStop(len(self.stops) + 1, name, settlement, way.nodes[index], along, (right, left))
        for side, at in enumerate(stop.platforms, start=1):
            tags = {"highway": "bus_stop", "public_transport": "platform", "name": name, "ref:IFOPT": stop.platform_id(side)}
            self._sketch.node(at, tags)
        self.stops.append(stop)

    def furnish(self, settlement: Settlement, streets: list[Way], rank_in_size: int) -> None:
        """Everything a settlement of this size has; ``rank_in_size`` counts villages from the largest, 0."""
        special = {TOWN: _IN_TOWN, SMALL_TOWN: _IN_SMALL_TOWN}.get(settlement.name, ())
        for kind, name, degrees, share in special:
            target = offset(settlement.at, math.radians(degrees), share * settlement.radius_m)
            self.at_house(kind, name, settlement, target)
        if settlement.rank is Rank.VILLAGE:
            self._furnish_village(settlement, rank_in_size)
        if settlement.population >= 60 and settlement.rank is not Rank.NEIGHBOUR:
            self.at_house("community", f"Dorfgemeinschaftshaus {settlement.name}", settlement, settlement.at)
            church = "Stadtkirche" if special else "Dorfkirche"
            self.at_point("church", f"{church} {settlement.name}", settlement, offset(settlement.at, 1.1, 31))
        self._set_stops(settlement, streets)

    def _furnish_village(self, settlement: Settlement, rank_in_size: int) -> None:
        self.at_point(
            "cemetery", f"Friedhof {settlement.name}", settlement, offset(settlement.at, 2.3, 0.8 * settlement.radius_m)
        )
        self.at_house("fire_station", f"Freiwillige Feuerwehr {settlement.name}", settlement, settlement.at)
        if rank_in_size < 5:
            self.at_house("doctor", f"Arztpraxis {settlement.name}", settlement, settlement.at)
            self.at_house("bakery", f"Dorfladen {settlement.name}", settlement, settlement.at)
            self.at_house("kindergarten", f"Kita {settlement.name}", settlement, settlement.at)
        if rank_in_size % 2 == 0:
            self.at_house("inn", f"Gasthof {settlement.name}", settlement, settlement.at)

    def _set_stops(self, settlement: Settlement, streets: list[Way]) -> None:
        if settlement.rank in (Rank.VILLAGE, Rank.HAMLET):
            what = "Kirche" if settlement.rank is Rank.VILLAGE else "Dorf"
            self.stop(f"{settlement.name}, {what}", settlement.name, settlement.at, streets)
        elif settlement.rank in (Rank.TOWN, Rank.SMALL_TOWN):
            wanted = {"station": "Bahnhof", "clinic": "Klinik", "school": "Schule", "supermarket": "Einkaufsmarkt"}
            seen: set[str] = set()
            self.stop(f"{settlement.name}, Markt", settlement.name, settlement.at, streets)
            for poi in self.pois:
                if poi.settlement == settlement.name and poi.kind in wanted and poi.kind not in seen:
                    seen.add(poi.kind)
                    self.stop(f"{settlement.name}, {wanted[poi.kind]}", settlement.name, poi.at, streets)
