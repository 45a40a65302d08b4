"""An invented county, drawn from one seed: settlements, roads, streets, houses, destinations, stops."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from shapely import LineString
from shapely import Point as ShapelyPoint

from seed.crossings import build_bridges, forbid_left_turns, join_crossings
from seed.houses import House, build_houses
from seed.land import TOWN, Land, Rank, Settlement, lay_out_land
from seed.network import FEDERAL, ORDER, Road, plan_roads, roads_by_settlement
from seed.pois import BusStop, Poi, PoiPen
from seed.roads import RoadPen, Stem, draw_stem
from seed.sketch import Point, Sketch, Way, distance
from seed.streets import Growth, GrowthRules, draw_green
from seed.surroundings import draw_paths, draw_surroundings
from seed.town import draw_old_town, draw_station_road, put_roundabout

SEED = 7
_PARTS = ("land", "network", "roads", "streets", "houses", "surroundings")


@dataclass(frozen=True, slots=True)
class County:
    """The finished map and what other parts of the seed need to know about it."""

    sketch: Sketch
    land: Land
    roads: list[Road]
    houses: list[House]
    pois: list[Poi]
    stops: list[BusStop]
    stations: dict[str, Point]

    @property
    def settlements(self) -> list[Settlement]:
        """The county's own settlements, without the neighbours."""
        return self.land.county


@cache
def make_county(seed: int = SEED) -> County:
    """The county of this seed: the same numbers give the same county."""
    chance = {part: np.random.default_rng([seed, number]) for number, part in enumerate(_PARTS)}
    land = lay_out_land(chance["land"])
    roads = plan_roads(land, chance["network"])
    stations = _stations(land)
    sketch = Sketch()
    stems = _draw_roads(sketch, land, roads, stations, chance["roads"])
    barriers = [LineString(land.river), LineString(land.railway)]
    _grow_streets(sketch, land, stems, barriers, chance["streets"])
    draw_paths(sketch, land, chance["surroundings"])
    sketch.line(land.railway, {"railway": "rail", "gauge": "1435", "name": "Auentalbahn (erfunden)"})
    build_bridges(sketch, land.river)
    build_bridges(sketch, land.railway, frozenset({FEDERAL}))
    join_crossings(sketch)
    houses = [house for settlement in land.settlements for house in build_houses(sketch, settlement, barriers, chance["houses"])]
    pen = _furnish(sketch, land, houses, stations)
    draw_surroundings(sketch, land, chance["surroundings"])
    forbid_left_turns(sketch, TOWN, 3)
    return County(sketch, land, roads, houses, pen.pois, pen.stops, stations)


def _stations(land: Land) -> dict[str, Point]:
    """The point of the railway nearest to each place that has a station."""
    rails = LineString(land.railway)
    served = [s for s in land.settlements if s.rank in (Rank.TOWN, Rank.SMALL_TOWN) or s.name in ("Prunitz", "Seelenthin")]
    points = {}
    for settlement in served:
        at = shapely.get_coordinates(rails.interpolate(rails.project(ShapelyPoint(settlement.at))))[0]
        points[settlement.name] = (float(at[0]), float(at[1]))
    return points


def _draw_roads(
    sketch: Sketch, land: Land, roads: list[Road], stations: dict[str, Point], rng: np.random.Generator
) -> list[Stem]:
    own = roads_by_settlement(roads, len(land.settlements))
    stems = []
    for here, settlement in enumerate(land.settlements):
        draw = draw_old_town if settlement.rank is Rank.TOWN else draw_stem
        stems.append(draw(sketch, land.settlements, here, roads, own[here]))
    for settlement, stem in zip(land.settlements, stems, strict=True):
        if settlement.name in stations and settlement.rank is not Rank.NEIGHBOUR:
            draw_station_road(sketch, settlement, stem, stations[settlement.name])
    pen = RoadPen(sketch, land.settlements, LineString(land.river), rng)
    for number in sorted(range(len(roads)), key=lambda number: ORDER.index(roads[number].highway)):
        pen.draw(number, roads[number], stems)
    return stems


def _grow_streets(sketch: Sketch, land: Land, stems: list[Stem], barriers: list[LineString], rng: np.random.Generator) -> None:
    for number, (settlement, stem) in enumerate(zip(land.settlements, stems, strict=True)):
        if settlement.rank is Rank.TOWN:
            _add_roundabout(sketch, settlement)
        elif settlement.rank is Rank.VILLAGE and number % 3 == 0:
            draw_green(sketch, settlement, stem.nodes)
        Growth(sketch, settlement, barriers, rng).grow(_growth_rules(settlement))


def _growth_rules(settlement: Settlement) -> GrowthRules:
    if settlement.rank is Rank.TOWN:
        return GrowthRules(count=75, shortest_m=110, longest_m=420, clearance_m=62, speed="30")
    if settlement.rank is Rank.SMALL_TOWN:
        return GrowthRules(count=30, shortest_m=100, longest_m=330, clearance_m=58, speed="30")
    count = 6 if settlement.rank is Rank.NEIGHBOUR else max(1, round(settlement.population / 75))
    return GrowthRules(count, shortest_m=70, longest_m=min(260.0, settlement.radius_m), clearance_m=46, speed="50")


def _add_roundabout(sketch: Sketch, town: Settlement) -> None:
    """On the federal road west of the town, with an arm into the business park."""

    def westmost(way: Way) -> float:
        return min(sketch.at(node)[0] for node in way.nodes)

    road = min((way for way in sketch.drivable() if way.settlement == town.name and way.tags["highway"] == FEDERAL), key=westmost)
    index = min(range(1, len(road.nodes) - 1), key=lambda i: abs(distance(sketch.at(road.nodes[i]), town.at) - 900))
    centre = sketch.at(road.nodes[index])
    arm = put_roundabout(sketch, road, index, (centre[0] + 40, centre[1] + 330))
    sketch.way(arm, {"highway": "residential", "name": "Am Gewerbepark", "maxspeed": "50"}, town.name)


def _furnish(sketch: Sketch, land: Land, houses: list[House], stations: dict[str, Point]) -> PoiPen:
    pen = PoiPen(sketch, houses)
    villages = sorted((s for s in land.county if s.rank is Rank.VILLAGE), key=lambda s: -s.population)
    for settlement in land.settlements:
        if settlement.name in stations:
            at = stations[settlement.name]
            pen.at_point("station", f"Bahnhof {settlement.name}", settlement, (at[0], at[1] + 14))
        streets = [way for way in sketch.drivable() if way.settlement == settlement.name and "junction" not in way.tags]
        pen.furnish(settlement, streets, villages.index(settlement) if settlement in villages else math.inf)  # type: ignore[arg-type]
    return pen
