"""Hours of the day as metrics on one topology, and what is closed or slow today."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routing.streets import calibration
from routing.streets.calibration import as_table, calibration_of, own_calibration, read_calibration
from routing.streets.changes import RoadChange
from routing.streets.errors import StreetsError
from routing.streets.hierarchy import HierarchyTravelTimes, Metric, customise
from routing.streets.importing import import_streets
from routing.streets.streets import Streets
from routing.travel import FOREVER

Place = Callable[[float, float], tuple[float, float]]

RUSH = '\n[[hour_profile]]\nname = "rush"\nhours = [7, 8]\n[hour_profile.times]\nresidential = 2.0\n'


@pytest.fixture
def block(sketch: Any) -> Any:
    """A ring of four streets, 10 steps wide."""
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10), (0, 10)], start=1):
        sketch.node(ref, column, row)
    for number, (name, ends) in enumerate({"Süd": (1, 2), "Ost": (2, 3), "Nord": (3, 4), "West": (4, 1)}.items(), start=1):
        sketch.way(number, ends, highway="residential", name=f"{name}straße")
    return sketch


def drive(streets: Streets, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[int, int]:
    matrix = streets.matrix(np.array([origin]), np.array([destination]))
    return int(matrix.seconds[0, 0]), int(matrix.metres[0, 0])


def test_a_county_has_its_own_table(block: Any, place: Place, tmp_path: Path) -> None:
    own = Path(calibration.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    file = tmp_path / "county.toml"
    file.write_text(own.partition("\n[[hour_profile]]")[0] + RUSH, encoding="utf-8")
    extract = block.write(tmp_path / "a.osm")
    import_streets(extract, tmp_path / "streets", calibration=read_calibration(file))
    streets = Streets.load(tmp_path / "streets")
    usual, rush = (drive(one, place(2, 0), place(8, 0)) for one in (streets.at_hour(12), streets.at_hour(7)))
    assert rush[1] == usual[1]
    assert rush[0] == pytest.approx(2 * usual[0], abs=1)
    assert streets.at_hour(7) is streets.at_hour(8)
    assert streets.at_hour(12) is streets
    # Another file at loading: other hours, the speeds as imported.
    import_streets(extract, tmp_path / "plain")
    assert drive(Streets.load(tmp_path / "plain", calibration=file).at_hour(8), place(2, 0), place(8, 0)) == rush


def test_the_table_survives_the_way_through_json() -> None:
    assert calibration_of(as_table(own_calibration()), "x") == own_calibration()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "lacks \\[road.motorway\\]"),
        ("[road.lane]\nfree_kph = 3", "unknown road class lane"),
        ("road = 3", "must hold tables"),
        ("[road", "not TOML"),
        ("[road.motorway]\nfree_kph = 900\nshare = 1.0", "lacks"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StreetsError, match=what):
        read_calibration(file)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"free_kph": 900}, "free_kph must be a number from 1 to 200, found 900"),
        ({"share": math.nan}, "share must be"),
        ({"share": True}, "share must be"),
    ],
)
def test_figures_that_no_road_has(change: dict[str, object], what: str) -> None:
    table = as_table(own_calibration())
    table["road"]["track"] |= change
    with pytest.raises(StreetsError, match=what):
        calibration_of(table, "c.toml")


def test_a_closed_street_is_driven_around(block: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    streets = imported(block)
    before = drive(streets, place(2, 0), place(8, 0))
    closed = streets.with_changes([RoadChange(*place(10, 5))])
    assert drive(closed, place(2, 0), place(8, 0)) == before
    # From the south of the closed street to its north: all the way round.
    assert drive(closed, place(10, 0), place(10, 10))[1] > 2 * drive(streets, place(10, 0), place(10, 10))[1]
    # Who lives on it is served from the next open street.
    assert drive(closed, place(10, 5), place(2, 0))[0] < FOREVER
    assert closed.snap(*place(10.2, 5)) != streets.snap(*place(10.2, 5))
    assert drive(streets, place(2, 0), place(8, 0)) == before


def test_changes_that_mean_nothing(block: Any, place: Place, imported: Callable[[Any], Streets]) -> None:
    streets = imported(block)
    with pytest.raises(ValueError, match="no street within 100 m"):
        streets.with_changes([RoadChange(53.0, 12.0)])
    for wrong in ({"times": 0.0}, {"times": math.nan}, {"times": 1e9}, {"along_m": -1.0}, {"along_m": math.inf}):
        with pytest.raises(ValueError, match="found"):
            RoadChange(*place(1, 0), **wrong)


def test_partial_equals_whole_customisation(real_streets: Streets) -> None:
    """Closures and slow-downs, one on top of the other: costs as from scratch."""
    rng = np.random.default_rng(9)
    engine, cost = real_streets.travel_times, real_streets._arcs.cost
    assert isinstance(engine, HierarchyTravelTimes)
    for round_ in range(4):
        after = cost.copy()
        some = rng.choice(len(after), 25, replace=False)
        after[some] = (
            np.where(rng.random(25) < 0.4, 1 << 61, after[some] * rng.choice([2, 3], 25))
            if round_ < 3
            else real_streets._arcs.cost[some]
        )
        engine = engine.with_costs(cost, after)
        whole = customise(engine._topology, after)
        for name in ("up", "down"):
            np.testing.assert_array_equal(getattr(engine._metric, name), getattr(whole, name))
        assert [f.name for f in fields(Metric)] == ["up", "down", "via_up", "via_down"]
        cost = after
