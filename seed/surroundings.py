"""What lies around the settlements: river, woods, lakes, field tracks, footpaths, the county border."""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely import LineString
from shapely import Point as ShapelyPoint

from seed.land import COUNTY, Land, Rank, Settlement
from seed.network import TRACK
from seed.sketch import Point, Relation, Sketch, bearing, distance, offset

_TRACKS, _WOODS, _LAKES = 45, 16, 6


def draw_paths(sketch: Sketch, land: Land, rng: np.random.Generator) -> None:
    """Field tracks off the open roads, footpaths between loose ends, a path along the river in the town."""
    _draw_field_tracks(sketch, LineString(land.river), rng)
    for settlement in land.county:
        _draw_footway(sketch, settlement)
    town = next(s for s in land.settlements if s.rank is Rank.TOWN)
    water = [point for point in land.river if distance(point, town.at) < 1100]
    bank = shapely.get_coordinates(LineString(water).offset_curve(22)).tolist()
    sketch.line([(x, y) for x, y in bank], {"highway": "path", "name": "Auenweg", "surface": "fine_gravel"})


def _draw_field_tracks(sketch: Sketch, river: LineString, rng: np.random.Generator) -> None:
    lines = np.array([river, *(LineString(sketch.points(way)) for way in sketch.highways())], dtype=object)
    roads = [way for way in sketch.drivable() if not way.settlement and len(way.nodes) > 8]
    drawn = 0
    while drawn < _TRACKS:
        road = roads[int(rng.integers(len(roads)))]
        index = int(rng.integers(3, len(road.nodes) - 3))
        start = sketch.at(road.nodes[index])
        side = math.pi / 2 if rng.random() < 0.5 else -math.pi / 2
        direction = bearing(start, sketch.at(road.nodes[index + 1])) + side
        points, total = [start], float(rng.uniform(300, 1100))
        for _ in range(round(total / 90)):
            points.append(offset(points[-1], direction, 90))
            direction += float(rng.normal(0, 0.12))
        if (shapely.distance(lines, LineString(points[1:])) > 60).all():
            nodes = [road.nodes[index], *(sketch.node(point) for point in points[1:])]
            sketch.way(nodes, {"highway": TRACK, "tracktype": f"grade{1 + drawn % 4}", "motor_vehicle": "agricultural"})
            drawn += 1


def _draw_footway(sketch: Sketch, settlement: Settlement) -> None:
    """Joins the two nearest loose ends of side streets that see each other."""
    streets = [way for way in sketch.drivable() if way.settlement == settlement.name]
    lines = np.array([LineString(sketch.points(way)) for way in streets], dtype=object)
    used = [node for way in streets for node in way.nodes]
    ends = [way.nodes[-1] for way in streets if way.tags["highway"] == "residential" and used.count(way.nodes[-1]) == 1]
    pairs = sorted((distance(sketch.at(a), sketch.at(b)), a, b) for i, a in enumerate(ends) for b in ends[i + 1 :])
    for apart, a, b in pairs:
        line = LineString([sketch.at(a), sketch.at(b)])
        inner = LineString([line.interpolate(3), line.interpolate(max(4, line.length - 3))])
        if apart < 260 and not shapely.intersects(lines, inner).any():
            sketch.way([a, b], {"highway": "footway", "surface": "compacted"}, settlement.name)
            return


def draw_surroundings(sketch: Sketch, land: Land, rng: np.random.Generator) -> None:
    """River, woods, lakes, names of the settlements, and the county's border as a relation."""
    sketch.line(land.river, {"waterway": "river", "name": "Aue (erfunden)"})
    for number in range(_WOODS):
        centre = (float(rng.uniform(-14000, 14000)), float(rng.uniform(-12000, 12000)))
        far = min(distance(centre, s.at) - s.radius_m for s in land.settlements)
        if far > 500:
            _blob(sketch, centre, min(far, 1500.0), {"natural": "wood", "name": f"Forst {number + 1}"}, rng)
    taken = [LineString(sketch.points(way)) for way in sketch.drivable()]
    lakes = 0
    while lakes < _LAKES:
        centre = (float(rng.uniform(-13000, 13000)), float(rng.uniform(-11000, 11000)))
        if not shapely.dwithin(np.array(taken, dtype=object), ShapelyPoint(centre), 480).any():
            taken.append(LineString([centre, (centre[0], centre[1] + 300)]))
            lakes += 1
            _blob(sketch, centre, 300, {"natural": "water", "water": "lake"}, rng)
    for settlement in land.settlements:
        sketch.node((settlement.at[0] + 8, settlement.at[1] + 8), _place_tags(settlement))
    border = sketch.line(land.border, {"boundary": "administrative", "admin_level": "6"})
    tags = {"type": "boundary", "boundary": "administrative", "admin_level": "6", "name": COUNTY}
    sketch.relations.append(Relation([("w", border, "outer")], tags))


def _blob(sketch: Sketch, centre: Point, radius: float, tags: dict[str, str], rng: np.random.Generator) -> None:
    ring = [offset(centre, k * math.pi / 7, radius * float(rng.uniform(0.6, 1.0))) for k in range(14)]
    sketch.line([*ring, ring[0]], tags)


def _place_tags(settlement: Settlement) -> dict[str, str]:
    place = {Rank.SMALL_TOWN: "town", Rank.NEIGHBOUR: "town"}.get(settlement.rank, settlement.rank.value)
    return {"place": place, "name": settlement.name, "population": str(settlement.population)}
