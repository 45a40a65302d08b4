"""Tables people made: one clear line with file, row and how to mend it; nothing is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobility.errors import InvalidInputError
from mobility.simulation.wishes import read_wishes
from mobility.simulation.workload import open_workload
from tests.county import MONDAY, CountyFiles
from tests.mobility.simulation.test_simulating import scene

NODES = "node_id,x_m,y_m,lon,lat,settlement\n0,0,0,12.0,52.0,0\n1,0,0,12.01,52.0,0\n2,0,0,12.02,52.01,0\n"
EDGES = "from,to,length_m,time_s\n0,1,700,60\n1,0,700,60\n1,2,1300.5,100\n2,1,1300.5,100\n"
VEHICLES = "vehicle_id,node,seats,wheelchair_places,shift_start_s,shift_end_s\n0,0,8,0,0,86400\n"
REQUESTS = "request_id,t_s,origin,destination,passengers\n0,100,0,2,1\n1,200,2,0,1\n"


def write(folder: Path, **changed: str) -> Path:
    """A tiny workload, with some of its files changed."""
    texts = {"nodes": NODES, "edges": EDGES, "vehicles": VEHICLES, "requests": REQUESTS} | changed
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def read(folder: Path) -> None:
    with open_workload(folder, "requests.csv", "vehicles.csv"):
        pass


def test_the_tiny_workload_can_be_read(tmp_path: Path) -> None:
    with open_workload(write(tmp_path), "requests.csv", "vehicles.csv") as workload:
        assert [wish.id for wish in workload.wishes] == ["0", "1"]
        assert [duty.ends_anywhere for duty in workload.scene.services[0].duties] == [True]


BAD = {
    "missing column": ({"requests": REQUESTS.replace("origin", "orgin")}, "requests.csv row 1: no column origin"),
    "unknown node": ({"requests": REQUESTS.replace("2,0,1", "9,0,1")}, "requests.csv row 3, origin: node 9 is not in nodes.csv"),
    "not a number": ({"edges": EDGES.replace("1300.5,100", "nan,100")}, "edges.csv row 4, length_m: 'nan' is not a number"),
    "negative": ({"edges": EDGES.replace("700,60", "700,-60")}, "edges.csv row 2, time_s: '-60' is not a number from"),
    "words": ({"requests": REQUESTS.replace("100,0", "soon,0")}, "requests.csv row 2, t_s: 'soon' is not a number"),
    "half a node": (
        {"vehicles": VEHICLES.replace("\n0,0,8", "\n0,0.5,8")},
        "vehicles.csv row 2, node: '0.5' is not a whole number",
    ),
    "twice": ({"requests": REQUESTS.replace("\n1,200", "\n0,200")}, "requests.csv row 3, request_id: '0' is in 2 already"),
    "node twice": ({"nodes": NODES.replace("\n2,", "\n1,")}, "nodes.csv row 4, node_id: '1' is in 3 already"),
    "no rows": ({"requests": REQUESTS.partition("\n")[0] + "\n"}, "requests.csv: holds no rows"),
    "empty": ({"vehicles": ""}, "vehicles.csv row 1: no column vehicle_id"),
    "ragged": ({"requests": REQUESTS.replace("1,200,2,0,1", "1,200")}, "requests.csv row 3: has more or fewer cells"),
    "binary": ({"requests": "\0\0\xff"}, "requests.csv row 1: no column"),
    "one way": ({"edges": EDGES.replace("1,0,700,60\n", "")}, "edges.csv: an edge has no equal way back"),
    "an island": ({"edges": EDGES.partition("1,2")[0]}, "edges.csv: 1 nodes are not connected"),
    "shift backwards": ({"vehicles": VEHICLES.replace("0,86400", "500,400")}, "vehicles.csv row 2, shift_end_s: is not after"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_told_with_file_and_row(tmp_path: Path, what: str) -> None:
    changed, line = BAD[what]
    with pytest.raises(InvalidInputError) as told:
        read(write(tmp_path, **changed))
    problem = str(told.value.problems[0])
    assert problem.startswith(line)
    assert problem.endswith(")"), "and how to mend it"
    assert len(told.value.problems) <= 10


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no such file"), open_workload(write(tmp_path), "gone.csv", "vehicles.csv"):
        pass


def test_a_latin_1_file_is_not_guessed_at(tmp_path: Path) -> None:
    (write(tmp_path) / "requests.csv").write_bytes(REQUESTS.encode() + b"2,300,0,1,M\xfcller\n")
    with pytest.raises(InvalidInputError, match="CSV file in UTF-8"):
        read(tmp_path)


WISHES = "request_id,depart_after,arrive_by,origin_lon,origin_lat,destination_lon,destination_lat,needs,booked_at\n"
BAD_WISHES = {
    "a,08:00,09:00,12,53,12.1,53,,": "give exactly one of depart_after and arrive_by",
    "a,,,12,53,12.1,53,,": "give exactly one of depart_after and arrive_by",
    "a,at eight,,12,53,12.1,53,,": "'at eight' is not a time",
    "a,2026-06-08T08:00:00,,12,53,12.1,53,,": "has no offset from UTC",
    "a,08:00,,112,253,12.1,53,,": "'253' is not a number from -90 to 90",
    "a,08:00,,inf,53,12.1,53,,": "'inf' is not a number from -180 to 180",
    "a,08:00,,12,53,12.1,53,wings,": "'wings' is not a need (choose from wheelchair",
    "a,08:00,,12,53,12.1,53,,09:00": "is after the wished time",
}


@pytest.mark.parametrize("row", BAD_WISHES)
def test_wishes_that_cannot_be_read(county_files: CountyFiles, tmp_path: Path, row: str) -> None:
    (tmp_path / "wishes.csv").write_text(WISHES + row + "\n")
    with pytest.raises(InvalidInputError) as told:
        read_wishes(tmp_path / "wishes.csv", scene(county_files, "auental-bus"), MONDAY)
    assert str(told.value).startswith("wishes.csv row 2, ")
    assert BAD_WISHES[row] in str(told.value)
