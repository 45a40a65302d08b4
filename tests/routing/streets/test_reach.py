"""How far one gets in a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely

from routing.streets.earth import degrees
from routing.streets.streets import Streets


def test_what_is_reached_lies_within_and_nothing_else(real_streets: Streets) -> None:
    """Streets reached with 10 % to spare lie within the area; those that take 10 % too long and are 400 m from any reached do not."""
    edges, seconds = real_streets._edges, 300
    rng = np.random.default_rng(2)
    chosen = rng.choice(np.flatnonzero(real_streets._usable), 160)
    middle = (edges.shape_first[chosen] + edges.shape_first[chosen + 1]) // 2
    places = degrees(edges.shape_x[middle], edges.shape_y[middle])
    times = real_streets.matrix(places[:1], places).seconds[0]
    area = real_streets.isochrone((float(places[0, 0]), float(places[0, 1])), seconds)
    within = shapely.contains_xy(area, places[:, 0], places[:, 1])
    assert within[times <= 0.9 * seconds].all()
    smaller = real_streets.isochrone((float(places[0, 0]), float(places[0, 1])), seconds // 2)
    assert smaller.area < area.area
    assert shapely.area(shapely.difference(smaller, area)) < 0.02 * smaller.area


def test_one_street(
    sketch: Any, place: Callable[[float, float], tuple[float, float]], imported: Callable[[Any], Streets]
) -> None:
    """Along one straight street of 100 km/h posted: as far to the left as to the right, and no farther than the time allows."""
    sketch.node(1, 0, 0)
    sketch.node(2, 100, 0)
    sketch.way(1, [1, 2], highway="primary", maxspeed="100")
    streets = imported(sketch)
    west, _, east, _ = streets.isochrone(place(50, 0), 60).bounds
    far = streets.matrix(np.array([place(50, 0)]), np.array([place(100, 0)]))
    metres = int(far.metres[0, 0]) * 60 / int(far.seconds[0, 0])
    degree = 111_195 * np.cos(np.radians(53.0))
    assert abs((east - west) * degree / 2 - 150 - metres) < 60
    assert streets.isochrone((0.0, 0.0), 60).is_empty
