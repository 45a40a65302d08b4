"""What a driver is told, turn by turn, on streets small enough to drive in one's head."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from routing.cli import app
from routing.streets.handing_over import encoded_polyline, geo_uri, navigation_links
from routing.streets.importing import import_streets
from routing.streets.streets import Streets

Place = Callable[[float, float], tuple[float, float]]


@pytest.fixture
def crossing(sketch: Any) -> Any:
    """Hauptstraße from west to east, Querweg from south to north, and a ring road of no name that joins their ends."""
    for ref, (column, row) in enumerate([(-10, 0), (0, 0), (10, 0), (0, -10), (0, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3], highway="tertiary", name="Hauptstraße")
    sketch.way(2, [4, 2, 5], highway="residential", name="Querweg")
    sketch.way(3, [1, 4, 3, 5, 1], highway="service")
    return sketch


def told(streets: Streets, origin: tuple[float, float], destination: tuple[float, float]) -> list[str]:
    steps = streets.directions(origin, destination)
    assert steps is not None
    route = streets.route(origin, destination)
    assert route is not None
    assert sum(step.metres for step in steps) == pytest.approx(route.metres, abs=len(steps))
    assert sum(step.seconds for step in steps) == pytest.approx(route.seconds, abs=len(steps) + 1)
    return [step.de for step in steps]


def test_left_right_and_straight_on(crossing: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    streets = imported(crossing)
    west, north, south, east = place(-5, 0), place(0.05, 5), place(-0.05, -5), place(5, 0)
    assert told(streets, west, north) == [
        "Losfahren auf Hauptstraße, Richtung Osten",
        "Links abbiegen auf Querweg",
        "Ziel auf der rechten Seite",
    ]
    assert told(streets, west, south) == [
        "Losfahren auf Hauptstraße, Richtung Osten",
        "Rechts abbiegen auf Querweg",
        "Ziel auf der rechten Seite",
    ]
    assert told(streets, east, west) == ["Losfahren auf Hauptstraße, Richtung Westen", "Ziel erreicht"]
    english = streets.directions(west, north)
    assert english is not None
    assert [step.en for step in english] == [
        "Set out onto Hauptstraße, heading east",
        "Turn left onto Querweg",
        "Your destination is on the right",
    ]


def test_exits_of_a_roundabout_are_counted(sketch: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    """Counter-clockwise with arms south, east, north, west; the east arm is the first exit for who comes from the south."""
    for ref, (column, row) in {
        1: (0, -1),
        2: (1, 0),
        3: (0, 1),
        4: (-1, 0),
        5: (0, -9),
        6: (9, 0),
        7: (0, 9),
        8: (-9, 0),
    }.items():
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3, 4, 1], highway="tertiary", junction="roundabout")
    for number, (ends, name) in enumerate(
        {(5, 1): "Südweg", (2, 6): "Ostweg", (3, 7): "Nordweg", (4, 8): "Westweg"}.items(), start=2
    ):
        sketch.way(number, ends, highway="tertiary", name=name)
    streets = imported(sketch)
    for goal, number, name in ((place(5, 0), 1, "Ostweg"), (place(0, 5), 2, "Nordweg"), (place(-5, 0), 3, "Westweg")):
        assert told(streets, place(0, -5), goal)[1] == f"Im Kreisverkehr die {number}. Ausfahrt nehmen auf {name}"


def test_a_bend_and_a_new_name_are_no_turns(sketch: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10), (10, 20), (14, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3], highway="secondary", name="Talstraße")
    sketch.way(2, [3, 4], highway="secondary", name="Bergstraße")
    sketch.way(3, [3, 5], highway="service")
    sketch.way(4, [2, 5], highway="service")
    streets = imported(sketch)
    assert told(streets, place(2, 0), place(10, 18)) == [
        "Losfahren auf Talstraße, Richtung Osten",
        "Weiter auf Bergstraße",
        "Ziel erreicht",
    ]


def test_at_a_t_junction_one_is_told_even_where_the_name_goes_on(
    sketch: Any, place: Place, imported: Callable[[Any], Streets]
) -> None:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10), (10, -10), (0, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3], highway="tertiary", name="Dorfstraße")
    sketch.way(2, [2, 4], highway="tertiary", name="Mühlweg")
    sketch.way(3, [3, 5, 1, 4], highway="service")
    assert told(imported(sketch), place(2, 0), place(10, 8))[1] == "Links abbiegen auf Dorfstraße"


def test_every_way_on_real_streets_can_be_told(real_streets: Streets) -> None:
    rng = np.random.default_rng(11)
    edges = real_streets._edges
    at = edges.shape_first[rng.choice(np.flatnonzero(real_streets._usable), 40)]
    places = [(x / 1e7, y / 1e7) for x, y in zip(edges.shape_x[at].tolist(), edges.shape_y[at].tolist(), strict=True)]
    for origin, destination in zip(places[:20], places[20:], strict=True):
        sentences = told(real_streets, origin, destination)
        assert sentences[0].startswith("Losfahren")
        assert sentences[-1].startswith("Ziel")
        assert len(sentences) <= 60


def test_the_polyline_of_the_format_s_own_example() -> None:
    line = [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]
    assert encoded_polyline(line) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    assert encoded_polyline([]) == ""


def test_links_say_latitude_first() -> None:
    assert geo_uri((12.1, 53.2)) == "geo:53.200000,12.100000?q=53.200000,12.100000"
    links = navigation_links((12.0, 53.0), (12.1, 53.2))
    assert all("53.200000,12.100000" in link for link in links.values())


def test_route_command_tells_it_all(crossing: Any, place: Place, tmp_path: Path) -> None:
    import_streets(crossing.write(tmp_path / "a.osm"), tmp_path / "dir")
    ends = [f"{lon},{lat}" for lon, lat in (place(-5, 0), place(0, 5))]
    answer = json.loads(CliRunner().invoke(app, ["route", str(tmp_path / "dir"), *ends, "--json", "--hour", "7"]).stdout)
    assert answer["steps"][1] | {"metres": 0, "seconds": 0} == {
        "turn": "left",
        "street": "Querweg",
        "metres": 0,
        "seconds": 0,
        "lon": 12.0,
        "lat": 53.0,
        "exit": 0,
        "heading": "",
        "de": "Links abbiegen auf Querweg",
        "en": "Turn left onto Querweg",
    }
    assert set(answer) == {"seconds", "metres", "geometry", "streets", "steps", "polyline", "links"}
    plain = CliRunner().invoke(app, ["route", str(tmp_path / "dir"), *ends]).stdout
    assert "Links abbiegen auf Querweg" in plain


def test_what_is_here(sketch: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3, 1], highway="residential", name="Ringstraße")
    sketch.node(4, 1, 1, addr__street="Ringstraße", addr__housenumber="3", addr__city="Wust")
    streets = imported(sketch)
    here = streets.nearest_address(*place(1.2, 1))
    assert here is not None
    assert here.label == "Ringstraße 3, Wust"
    assert 0.9 < here.score < 1
    assert streets.nearest_address(*place(60, 60)) is None
    assert streets.nearest_address(float("nan"), 53.0) is None
