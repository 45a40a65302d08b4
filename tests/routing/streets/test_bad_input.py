"""Files that are not streets: one line that says what and how to mend it, nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from routing.cli import app
from routing.streets.errors import StreetsError
from routing.streets.importing import import_streets
from routing.streets.streets import Streets

OSM = '<?xml version="1.0"?><osm version="0.6">{}</osm>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.osm.pbf", b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
        ("empty.osm.pbf", b""),
        ("zeros.osm.pbf", bytes(5000)),
        ("cut.osm", b'<?xml version="1.0"?><osm version="0.6"><node id="1" lon="1" la'),
        ("page.osm", b"<!DOCTYPE html><html><body>404</body></html>"),
        ("nothing.osm", OSM.format("").encode()),
        ("table.csv", b"lon,lat\n1,2\n"),
        ("house.osm", OSM.format('<node id="1" version="1" lon="9" lat="50"><tag k="addr:housenumber" v="5"/></node>').encode()),
    ],
)
def test_unusable_extracts(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(StreetsError) as caught:
        import_streets(file, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_truncated_extract_keeps_the_old_streets(shared_data: Path, tmp_path: Path) -> None:
    whole = shared_data / "osm" / "north-bayreuth.osm.pbf"
    import_streets(whole, tmp_path / "streets")
    before = Streets.load(tmp_path / "streets").meta
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole.read_bytes()[:300_000])
    with pytest.raises(StreetsError, match="not a complete OSM file"):
        import_streets(cut, tmp_path / "streets")
    assert Streets.load(tmp_path / "streets").meta == before
    import_streets(whole, tmp_path / "streets")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.osm.pbf", "streets"]


def test_footpaths_alone_are_no_roads(sketch: Any, imported: Callable[[Any], Streets]) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 1, 0)
    sketch.way(1, [1, 2], highway="footway")
    with pytest.raises(StreetsError, match="no roads"):
        imported(sketch)


def test_foreign_folder_is_not_overwritten(sketch: Any, tmp_path: Path) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 1, 0)
    sketch.way(1, [1, 2], highway="residential")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(StreetsError, match="not a folder of streets"):
        import_streets(sketch.write(tmp_path / "a.osm"), tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "dear"


@pytest.mark.parametrize("damage", ["missing", "no meta", "meta", "array", "version"])
def test_damaged_folders(sketch: Any, imported: Callable[[Any], Streets], tmp_path: Path, damage: str) -> None:
    sketch.node(1, 0, 0)
    sketch.node(2, 1, 0)
    sketch.way(1, [1, 2], highway="residential")
    imported(sketch)
    folder = tmp_path / "streets"
    if damage == "missing":
        folder = tmp_path / "elsewhere"
    elif damage == "no meta":
        (folder / "meta.json").unlink()
    elif damage == "meta":
        (folder / "meta.json").write_text("[1, 2", encoding="utf-8")
    elif damage == "array":
        (folder / "tail.npy").write_bytes(b"\x93NUMPY")
    else:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        (folder / "meta.json").write_text(json.dumps(meta | {"format": 0}), encoding="utf-8")
    with pytest.raises(StreetsError, match="import"):
        Streets.load(folder)


def test_commands(sketch: Any, tmp_path: Path) -> None:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3, 1], highway="residential", name="Ringstraße")
    extract, folder = sketch.write(tmp_path / "a.osm"), tmp_path / "dir"
    (tmp_path / "p.csv").write_text("lon,lat\n12.0,53.0\n12.01,53.01\n20,53\n", encoding="utf-8")
    run = CliRunner().invoke
    assert run(app, ["streets", str(extract), "--out", str(folder)]).exit_code == 0
    assert run(app, ["matrix", str(folder), str(tmp_path / "p.csv"), "--out", str(tmp_path / "m.npy")]).exit_code == 0
    answer = run(app, ["route", str(folder), "12.0,53.0", "12.01,53.01", "--json"])
    assert json.loads(answer.stdout)["streets"] == ["Ringstraße"]
    assert json.loads(run(app, ["find", str(folder), "ringstr", "--json"]).stdout)[0]["label"] == "Ringstraße"
    import numpy as np

    seconds = np.load(tmp_path / "m.npy")
    assert seconds.dtype == np.int32
    assert (seconds[2] == -1).all()
    assert seconds[0, 0] == 0 < seconds[0, 1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["streets", "nowhere.osm.pbf", "--out", "out"],
        ["find", "nowhere", "x"],
        ["route", "nowhere", "1,2", "3,4"],
        ["route", "nowhere", "north", "3,4"],
        ["route", "nowhere", "nan,2", "3,4"],
        ["matrix", "nowhere", "nothing.csv", "--out", "m.npy"],
    ],
)
def test_commands_say_no_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 2
    assert answer.stderr.strip().count("\n") == 0
    assert answer.stderr.strip()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def ring(sketch: Any, tmp_path: Path) -> Path:
    for ref, (column, row) in enumerate([(0, 0), (10, 0), (10, 10)], start=1):
        sketch.node(ref, column, row)
    sketch.way(1, [1, 2, 3, 1], highway="residential", name="Ringstraße")
    import_streets(sketch.write(tmp_path / "a.osm"), tmp_path / "dir")
    return tmp_path / "dir"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lon,lat\n53.0,12.0\n53.01,12.01\n", "lon and lat seem to be swapped"),
        ("lon,lat\n2.0,48.0\n", "no point has a street near; the streets cover lon 12.00 to 12.01"),
        ("lon,lat\n12.0,53.0\nnan,53.0\n", "line 3: not a place on earth"),
        ("lon,lat\n12.0,53.0\n12.0\n", "line 3: not a place"),
        ("lon,lat\n", "holds no points"),
        ("x,y\n12.0,53.0\n", "must name the columns lon,lat"),
        ("", "must name the columns lon,lat"),
    ],
)
def test_points_that_cannot_be_used(ring: Path, tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    (tmp_path / "m.npy").write_bytes(b"yesterday's")
    answer = CliRunner().invoke(app, ["matrix", str(ring), str(tmp_path / "p.csv"), "--out", str(tmp_path / "m.npy")])
    assert answer.exit_code == 2
    assert what in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert (tmp_path / "m.npy").read_bytes() == b"yesterday's"


def test_some_points_off_the_map_are_told(ring: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("name,lat,lon\na,53.0,12.0\nb,1,1\n", encoding="utf-8")
    answer = CliRunner().invoke(app, ["matrix", str(ring), str(tmp_path / "p.csv"), "--out", str(tmp_path / "m.npy")])
    assert answer.exit_code == 0
    assert "1 of 2 points have no street near (number 2)" in answer.stderr


def test_swapped_places_of_a_route(ring: Path) -> None:
    answer = CliRunner().invoke(app, ["route", str(ring), "53.0,12.0", "12.01,53.01"])
    assert answer.exit_code == 2
    assert "lon and lat seem to be swapped" in answer.stderr
