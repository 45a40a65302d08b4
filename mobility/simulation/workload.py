"""A benchmark workload as a scene: streets from tables of nodes and edges, a fleet, and the workload's base rules as a service.

The format is that of "rural8k" (docs/simulation.md): ``nodes.csv``, ``edges.csv``, a file of vehicles, a file of requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mobility.domain.accounts import Agency
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.fleet import Vehicle
from mobility.domain.places import Place
from mobility.domain.services import (
    Access,
    BookingRules,
    Carrier,
    DayKind,
    Duty,
    Hours,
    LegalBasis,
    ParallelRule,
    PromiseRules,
    RideRules,
    Service,
    ServiceForm,
)
from mobility.domain.tariffs import Tariff
from mobility.errors import InvalidInputError, Problem
from mobility.planning.network import Networks
from mobility.simulation.csv_rows import Row, parse_rows, read_rows, refuse_repeated
from mobility.simulation.order import Scene, Wish
from routing.streets.errors import StreetsError
from routing.streets.tables import StreetTables, write_tables

DAY = date(2026, 6, 8)
"""Any ordinary working day; the workload's seconds count from its midnight, UTC."""
SEATS = 8
LONGEST_WAIT_S, LONGEST_RIDE_FACTOR, LONGEST_RIDE_EXTRA_S = 1800, 1.5, 600
_MOST_NODE, _MOST_S = 10**9, 86_400


@dataclass(frozen=True, slots=True)
class Workload:
    """A scene and its wishes; ``nodes`` are the places of the numbered nodes."""

    scene: Scene
    wishes: tuple[Wish, ...]


@contextmanager
def open_workload(folder: Path, requests: str, vehicles: str) -> Iterator[Workload]:
    """Read a workload; its streets live in a temporary folder until the end.

    ``requests`` and ``vehicles`` are names of files in ``folder``.

    Raises:
        InvalidInputError: a file is missing or a row wrong; tells file, row and column.
    """
    nodes = _read_nodes(folder / "nodes.csv")
    tables = _read_edges(folder / "edges.csv", nodes)
    places = {name: Place(lon, lat, f"node {name}") for name, (lon, lat) in nodes.items()}
    service = _service(_read_vehicles(folder / vehicles, places))
    wishes = _read_wishes(folder / requests, places)
    with TemporaryDirectory(prefix="mobility-streets-") as temporary:
        try:
            write_tables(tables, Path(temporary) / "streets", folder.name)
        except StreetsError as error:
            raise InvalidInputError(Problem("edges.csv", error.what, error.mend)) from None
        dataset = Dataset(
            "workload:streets:1", "workload", DatasetKind.STREETS, 1, "streets", folder.name, "", _at(0), in_use=True
        )
        scene = Scene(Agency("workload", folder.name, "UTC"), (service,), Networks(Path(temporary)), (dataset,))
        yield Workload(scene, wishes)


def _at(seconds: int) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(seconds=seconds)


def _read_nodes(file: Path) -> dict[int, tuple[float, float]]:
    rows = read_rows(file, ("node_id", "lon", "lat"))
    refuse_repeated(rows, "node_id")
    parsed = parse_rows(
        rows, lambda row: (row.whole("node_id", 0, _MOST_NODE), row.number("lon", -180, 180), row.number("lat", -90, 90))
    )
    return {number: (lon, lat) for number, lon, lat in parsed}


def _read_edges(file: Path, nodes: dict[int, tuple[float, float]]) -> StreetTables:
    index = {number: position for position, number in enumerate(nodes)}

    def parse(row: Row) -> tuple[int, int, float, float]:
        tail, head = (index[_node(row, column, nodes)] for column in ("from", "to"))
        return tail, head, row.number("length_m", 0.1, 10**6), row.number("time_s", 0.001, _MOST_S)

    edges = parse_rows(read_rows(file, ("from", "to", "length_m", "time_s")), parse)
    known = {(tail, head): (metres, seconds) for tail, head, metres, seconds in edges}
    both = [(tail, head, *what) for (tail, head), what in known.items() if tail < head and known.get((head, tail)) == what]
    if 2 * len(both) != len(edges):
        raise InvalidInputError(
            Problem(file.name, "an edge has no equal way back, or is there twice", "write each edge once in each direction")
        )
    tails, heads, metres, seconds = (np.array(column) for column in zip(*both, strict=True))
    return StreetTables(np.array(list(nodes.values())), tails, heads, metres, seconds)


def _node(row: Row, column: str, nodes: dict[int, tuple[float, float]] | dict[int, Place]) -> int:
    number = row.whole(column, 0, _MOST_NODE)
    if number not in nodes:
        raise row.wrong(column, f"node {number} is not in nodes.csv", "use a node_id of nodes.csv")
    return number


def _read_vehicles(file: Path, places: dict[int, Place]) -> list[tuple[Vehicle, Duty]]:
    rows = read_rows(file, ("vehicle_id", "node", "shift_start_s", "shift_end_s"))
    refuse_repeated(rows, "vehicle_id")

    def parse(row: Row) -> tuple[Vehicle, Duty]:
        name, start, end = row.text("vehicle_id"), row.whole("shift_start_s", 0, _MOST_S), row.whole("shift_end_s", 1, _MOST_S)
        if start >= end:
            raise row.wrong("shift_end_s", "is not after shift_start_s", "mend one of the two")
        base = places[_node(row, "node", places)]
        duty = Duty(name, name, frozenset(DayKind), start, end, base, ends_anywhere=True)
        return Vehicle(name, f"vehicle {name}", SEATS), duty

    return parse_rows(rows, parse)


def _read_wishes(file: Path, places: dict[int, Place]) -> tuple[Wish, ...]:
    rows = read_rows(file, ("request_id", "t_s", "origin", "destination"))
    refuse_repeated(rows, "request_id")

    def parse(row: Row) -> Wish:
        known_at = _at(row.whole("t_s", 0, _MOST_S))
        origin, destination = (places[_node(row, column, places)] for column in ("origin", "destination"))
        group, purpose = (row.values.get(column, "").strip() for column in ("group", "purpose"))
        return Wish(row.text("request_id"), known_at, origin, destination, known_at, group=group, purpose=purpose)

    return tuple(sorted(parse_rows(rows, parse), key=lambda wish: wish.known_at))


def _service(fleet: list[tuple[Vehicle, Duty]]) -> Service:
    """The base rules: known when wished, one seat, no dwell, picked up within half an hour, rides not much longer than direct ones."""
    return Service(
        id="workload",
        name="Base rules",
        form=ServiceForm.AREA,
        access=Access.DOOR_TO_DOOR,
        carrier=Carrier("workload", "Base rules", ""),
        legal_basis=LegalBasis.POOLED_ON_DEMAND,
        timezone="UTC",
        holidays="BB",
        zones=(),
        stops=(),
        use_feed_stops=False,
        hours=(Hours(frozenset(DayKind), 0, _MOST_S),),
        booking=BookingRules(min_notice_s=0, max_days_ahead=0),
        promise=PromiseRules(_MOST_S, _MOST_S, _MOST_S),
        ride=RideRules(
            LONGEST_RIDE_FACTOR,
            LONGEST_RIDE_EXTRA_S,
            max_walk_m=0,
            max_wait_s=LONGEST_WAIT_S,
            boarding_s=0,
            wheelchair_boarding_s=0,
            near_wait_s=LONGEST_WAIT_S,
        ),
        tariff=Tariff(0),
        parallel=ParallelRule(0, 0, 0),
        needs=frozenset(),
        vehicles=tuple(vehicle for vehicle, _ in fleet),
        duties=tuple(duty for _, duty in fleet),
        lock_before_s=0,
    )
