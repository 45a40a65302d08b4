"""Nearest street, against shapely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from routing.streets.earth import EARTH_RADIUS_M, degrees
from routing.streets.streets import MAX_SNAP_M, Streets


def _nearest_by_shapely(streets: Streets, places: NDArray[Any], allowed: NDArray[Any]) -> NDArray[Any]:
    edges = streets._edges
    scale = np.radians(1.0) * EARTH_RADIUS_M * np.array([np.cos(np.radians(sum(streets.bounds[1::2]) / 2)), 1.0])
    points = degrees(edges.shape_x, edges.shape_y) * scale
    lines = shapely.linestrings(points, indices=np.repeat(np.arange(edges.count), np.diff(edges.shape_first)))[allowed]
    (_, _), away = shapely.STRtree(lines).query_nearest(shapely.points(places * scale), return_distance=True, all_matches=False)
    return np.asarray(away)


@pytest.mark.parametrize("walking", [False, True])
def test_distances_agree_with_shapely(real_streets: Streets, walking: bool) -> None:
    west, south, east, north = real_streets.bounds
    rng = np.random.default_rng(3)
    places = np.stack((rng.uniform(west - 0.02, east + 0.02, 800), rng.uniform(south - 0.02, north + 0.02, 800)), axis=1)
    snaps = real_streets._snap_all(places, "places", walking=walking)
    allowed = real_streets._edges.foot if walking else real_streets._usable
    away = _nearest_by_shapely(real_streets, places, allowed)
    found = snaps.edge >= 0
    np.testing.assert_array_equal(found, away <= MAX_SNAP_M)
    np.testing.assert_allclose(snaps.metres[found], away[found], atol=1e-3)
    assert allowed[snaps.edge[found]].all()
    for place, edge, fraction, metres in zip(places, snaps.edge, snaps.fraction, snaps.metres, strict=True):
        if edge >= 0:
            lon, lat = real_streets._finder.position(int(edge), float(fraction))
            off = np.radians([(lon - place[0]) * np.cos(np.radians(lat)), lat - place[1]]) * EARTH_RADIUS_M
            assert np.hypot(*off) == pytest.approx(metres, rel=0.02, abs=0.1)


def test_side_of_the_street(sketch: Any, place: Callable[[float, float], tuple[float, float]], imported: Any) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 10, 0)
    sketch.way(1, [1, 2], highway="residential", name="Hauptstraße")
    streets = imported(sketch)
    sides = [snapped.side for row in (1, -1, 0) if (snapped := streets.snap(*place(5, row))) is not None]
    assert sides == [1, -1, 0]


def test_what_is_too_far_is_off_the_map(sketch: Any, place: Callable[[float, float], tuple[float, float]], imported: Any) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 10, 0)
    sketch.way(1, [1, 2], highway="residential")
    streets = imported(sketch)
    assert streets.snap(*place(5, 13)) is not None
    assert streets.snap(*place(5, 14)) is None
    assert streets.snap(0.0, 0.0) is None
