"""What may be driven and walked, on streets small enough to check by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from routing.streets.calibration import own_calibration
from routing.streets.streets import Streets
from routing.travel import FOREVER

Place = Callable[[float, float], tuple[float, float]]
Load = Callable[[Any], Streets]


def square(sketch: Any) -> None:
    """A residential ring 1-2-3-4 around one block of the lattice, 10 steps wide."""
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10), (0, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2], highway="residential", name="Südstraße")
    sketch.way(2, [2, 3], highway="residential", name="Oststraße")
    sketch.way(3, [3, 4], highway="residential", name="Nordstraße")
    sketch.way(4, [4, 1], highway="residential", name="Weststraße")


def drive(streets: Streets, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[int, int]:
    matrix = streets.matrix(np.array([origin]), np.array([destination]))
    return int(matrix.seconds[0, 0]), int(matrix.metres[0, 0])


def test_time_and_length_of_one_street(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    streets = imported(sketch)
    seconds, metres = drive(streets, place(0, 2), place(0, 8))
    pace = own_calibration().paces["residential"]
    # Six thousandths of a degree of latitude on the mean sphere.
    assert metres == pytest.approx(0.006 * np.pi / 180 * 6_371_008.8, abs=1)
    assert seconds == pytest.approx(metres / (pace.free_kph * pace.share / 3.6), abs=1)
    assert drive(streets, place(0, 8), place(0, 2)) == (seconds, metres)
    assert drive(streets, place(0, 8), place(0, 8)) == (0, 0)


def test_one_way_street_is_driven_around(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    sketch.node(5, 20, 0)
    sketch.node(6, 20, 10)
    sketch.way(5, [2, 5, 6, 3], highway="residential", oneway="yes", name="Einbahnstraße")
    streets = imported(sketch)
    along = drive(streets, place(20, 3), place(20, 6))
    back = drive(streets, place(20, 6), place(20, 3))
    assert along[1] == pytest.approx(334, abs=2)
    # Round by node 3, node 2 and the whole way in again.
    assert back[1] == pytest.approx(
        0.001 * 111_195 * (4 + 10 + 3) + 2 * 10 * 0.001 * 111_195 * np.cos(np.radians(53.005)), abs=15
    )
    route = streets.route(place(20, 6), place(20, 3))
    assert route is not None
    assert route.streets == ["Einbahnstraße", "Oststraße", "Einbahnstraße"]


def test_reverse_one_way_and_roundabout(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    sketch.node(5, 20, 0)
    sketch.node(6, 20, 10)
    sketch.way(5, [3, 6, 5, 2], highway="residential", oneway="-1")
    # A roundabout as a closed way; junction=roundabout alone makes it one-way.
    sketch.node(7, 30, 0)
    sketch.node(8, 32, 2)
    sketch.node(9, 34, 0)
    sketch.node(10, 32, -2)
    sketch.way(6, [5, 7], highway="residential")
    sketch.way(7, [7, 10, 9, 8, 7], highway="residential", junction="roundabout")
    streets = imported(sketch)
    assert drive(streets, place(20, 3), place(20, 6))[1] < drive(streets, place(20, 6), place(20, 3))[1]
    with_ring = drive(streets, place(31, -1), place(33, -1))
    against_ring = drive(streets, place(33, -1), place(31, -1))
    assert 2 * with_ring[1] < against_ring[1] < FOREVER


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "gate"}, True),
        ({"barrier": "gate", "access": "private"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
    ],
)
def test_barrier_stops_cars_but_not_walkers(
    sketch: Any, place: Place, imported: Load, tags: dict[str, str], passes: bool
) -> None:
    square(sketch)
    sketch.node(5, 5, 0, **tags)
    sketch.ways[0] = sketch.ways[0].replace('<nd ref="2"/>', '<nd ref="5"/><nd ref="2"/>')
    streets = imported(sketch)
    metres = drive(streets, place(4, 0), place(6, 0))[1]
    assert (metres < 200) is passes
    assert metres < FOREVER
    assert streets.walk_metres(np.array(place(4, 0)), np.array([place(6, 0)]))[0] < 200


def test_ferry_takes_its_published_time(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    for ref, (column, row) in enumerate([(20, 0), (30, 0), (30, 10)], start=5):
        sketch.node(ref, column, row)
    sketch.way(5, [2, 5], route="ferry", motor_vehicle="yes", duration="0:20")
    sketch.way(6, [5, 6, 7, 5], highway="residential")
    streets = imported(sketch)
    assert drive(streets, place(9.99, 0), place(20.01, 0.01))[0] == pytest.approx(1200, abs=5)


def test_island_and_private_land_are_cut_off(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    for ref, (column, row) in enumerate([(20, 0), (22, 0), (5, -10)], start=5):
        sketch.node(ref, column, row)
    sketch.way(5, [5, 6], highway="residential", name="Inselstraße")
    sketch.way(6, [1, 7], highway="service", access="private")
    streets = imported(sketch)
    assert streets.meta["islands"] == 1
    snapped = streets.snap(*place(21, 0))
    assert snapped is not None
    assert snapped.street in ("Oststraße", "Südstraße")
    assert streets.snap(*place(60, 0)) is None


def test_state_of_no_left_turn(sketch: Any, place: Place, imported: Load) -> None:
    """At the middle of a plus, from south to west is forbidden: the way is round the block."""
    square(sketch)
    sketch.node(5, 5, 0)
    sketch.node(6, 5, 10)
    sketch.ways[0] = sketch.ways[0].replace('<nd ref="2"/>', '<nd ref="5"/><nd ref="2"/>')
    sketch.ways[2] = sketch.ways[2].replace('<nd ref="4"/>', '<nd ref="6"/><nd ref="4"/>')
    sketch.way(5, [5, 6], highway="residential", name="Mittelstraße")
    free = imported(sketch)
    sketch.restriction("no_left_turn", ("way", 5, "from"), ("node", 6, "via"), ("way", 3, "to"))
    # Nordstraße goes both ways from node 6, so the ban as written forbids both turns; only one is meant by the next.
    banned = imported(sketch)
    assert drive(free, place(5, 5), place(3, 10))[1] < 700
    assert drive(banned, place(5, 5), place(3, 10))[1] > 1500
    assert drive(banned, place(3, 10), place(5, 5)) == drive(free, place(3, 10), place(5, 5))


def test_only_straight_on_and_restriction_over_a_way(sketch: Any, place: Place, imported: Load) -> None:
    """Ways 11, 12, 13 in a row with side streets; over via-way 12 the turn from 11 into 14 is forbidden."""
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (20, 0), (30, 0), (20, 10), (10, 10), (0, 10), (30, 10)], start=1):
        sketch.node(ref, column, row)
    for number, refs in {11: [1, 2], 12: [2, 3], 13: [3, 4], 14: [3, 5], 15: [2, 6], 16: [5, 6, 7, 1], 17: [4, 8, 5]}.items():
        sketch.way(number, refs, highway="residential", name=f"Weg {number}")
    free = imported(sketch)
    sketch.restriction("no_left_turn", ("way", 11, "from"), ("way", 12, "via"), ("way", 14, "to"))
    banned = imported(sketch)
    origin, entering, goal = place(5, 0), place(12, 0), place(20, 5)
    assert drive(free, origin, goal)[1] < drive(banned, origin, goal)[1]
    assert drive(free, entering, goal) == drive(banned, entering, goal)
    sketch.restriction("only_straight_on", ("way", 12, "from"), ("node", 3, "via"), ("way", 13, "to"))
    forced = imported(sketch)
    assert drive(forced, entering, goal)[1] > drive(banned, entering, goal)[1]


@pytest.mark.parametrize("bad", [(np.nan, 53.0), (np.inf, 53.0), (53.0, 412.0), (53.0, 12.0), (1e300, -1e300)])
def test_unusable_places_reach_nothing(sketch: Any, place: Place, imported: Load, bad: tuple[float, float]) -> None:
    square(sketch)
    streets = imported(sketch)
    assert streets.snap(*bad) is None
    assert streets.route(bad, place(0, 0)) is None
    matrix = streets.matrix(np.array([bad, place(0, 5)]), np.array([place(0, 6), bad]))
    assert (matrix.seconds >= FOREVER).tolist() == [[True, True], [False, True]]
    assert (matrix.metres >= FOREVER).tolist() == [[True, True], [False, True]]
    assert streets.walk_metres(np.array(bad), np.array([place(0, 0)])).tolist() == [FOREVER]


def test_empty_and_misshapen_arrays(sketch: Any, place: Place, imported: Load) -> None:
    square(sketch)
    streets = imported(sketch)
    assert streets.matrix(np.empty((0, 2)), np.array([place(0, 0)])).seconds.shape == (0, 1)
    with pytest.raises(ValueError, match="rows of lon, lat"):
        streets.matrix(np.zeros((3,)), np.zeros((3, 2)))
