"""From an OSM extract to a folder of streets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.access import Vehicle
from routing.streets.addresses import build_address_index
from routing.streets.calibration import Calibration, as_table, own_calibration
from routing.streets.driving import DrivingGraph, build_driving_graph, directed_costs
from routing.streets.earth import COORDINATE_SCALE, degrees
from routing.streets.errors import StreetsError
from routing.streets.hierarchy import build_topology, customise
from routing.streets.network import Edges, build_edges
from routing.streets.reading import Progress, RawExtract, Reader
from routing.streets.storing import pack_texts, write_folder
from routing.streets.walking import walkable_edges


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import kept and what it cut off. ``bounds`` is (west, south, east, north) of the streets; ``ways_cut`` were cut by the
    border of the extract; ``islands`` are parts of the road network with no way to or from the largest one.
    """

    source: str
    sha256: str
    date: str
    bounds: tuple[float, float, float, float]
    edges: int
    junctions: int
    driving_km: int
    walking_km: int
    restrictions: int
    addresses: int
    ways_cut: int
    islands: int
    islands_km: float


def import_streets(
    extract: Path,
    folder: Path,
    progress: Progress | None = None,
    *,
    vehicle: Vehicle = Vehicle.CAR,
    calibration: Calibration | None = None,
) -> ImportReport:
    """Read an ``.osm.pbf`` or ``.osm`` extract and write ``folder`` as a whole or not at all; the same extract gives the same arrays.

    Only the largest strongly connected part is kept for driving, the largest connected part for walking. ``progress`` is called
    with (step, done, total); total 0 means unknown. ``calibration``: another table of speeds than the program's own.

    Raises:
        StreetsError: the extract is unusable (missing, empty, truncated, no OSM file, no roads) or the folder cannot be written.
    """
    tell: Callable[[str, int, int], None] = progress or (lambda _step, _done, _total: None)
    calibration = calibration or own_calibration()
    raw = Reader(vehicle, calibration).read(extract, tell)
    if not len(raw.ways.way_ids):
        raise StreetsError(extract.name, "holds no streets", "choose an extract with highway=* ways")
    tell("building", 0, 4)
    edges = build_edges(raw)
    graph = build_driving_graph(edges, raw.blocked_nodes, raw.restrictions)
    if not len(graph.tail):
        raise StreetsError(extract.name, "holds no roads that connect for cars", "choose an extract with drivable highway=* ways")
    tell("building", 1, 4)
    kept = _keep_connected(edges, graph)
    hierarchy = _hierarchy(kept, graph)
    tell("building", 2, 4)
    addresses = build_address_index(raw, edges)
    tell("building", 3, 4)
    report = _report(extract, raw, (edges, kept), graph, len(addresses["address_kind"]))
    arrays = (
        {f.name: getattr(kept, f.name) for f in fields(Edges)} | hierarchy | addresses | pack_texts("names", raw.street_names)
    )
    write_folder(folder, arrays, {**asdict(report), "vehicle": vehicle.name.lower(), "calibration": as_table(calibration)})
    tell("building", 4, 4)
    return report


def _keep_connected(edges: Edges, graph: DrivingGraph) -> Edges:
    """The edges with driving and walking restricted to the connected parts."""
    drivable = np.zeros(2 * edges.count, dtype=np.bool_)
    drivable[graph.directed] = True
    return replace(
        edges,
        forward_ms=np.where(drivable[0::2], edges.forward_ms, -1).astype(np.int32),
        backward_ms=np.where(drivable[1::2], edges.backward_ms, -1).astype(np.int32),
        foot=walkable_edges(edges),
    )


def _hierarchy(edges: Edges, graph: DrivingGraph) -> dict[str, NDArray[Any]]:
    lon_lat = degrees(edges.node_x[graph.junction], edges.node_y[graph.junction])
    topology = build_topology(len(graph.junction), graph.tail, graph.head, lon_lat)
    metric = customise(topology, directed_costs(edges)[graph.directed])
    driving = {"driving_junction": graph.junction, "arc_tail": graph.tail, "arc_head": graph.head, "arc_directed": graph.directed}
    shape = {f"cch_{f.name}": getattr(topology, f.name) for f in fields(topology)}
    return driving | shape | {f"metric_{f.name}": getattr(metric, f.name) for f in fields(metric)}


def _report(extract: Path, raw: RawExtract, edges: tuple[Edges, Edges], graph: DrivingGraph, addresses: int) -> ImportReport:
    before, kept = edges
    drivable = (kept.forward_ms >= 0) | (kept.backward_ms >= 0)
    lost = ((before.forward_ms >= 0) | (before.backward_ms >= 0)) & ~drivable
    x, y = kept.shape_x, kept.shape_y
    bounds = tuple(round(float(value) * COORDINATE_SCALE, 7) for value in (x.min(), y.min(), x.max(), y.max()))
    with extract.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ImportReport(
        source=extract.name,
        sha256=sha256,
        date=raw.date,
        bounds=(bounds[0], bounds[1], bounds[2], bounds[3]),
        edges=kept.count,
        junctions=len(kept.node_ref),
        driving_km=round(int(kept.decimetres[drivable].sum(dtype=np.int64)) / 10_000),
        walking_km=round(int(kept.decimetres[kept.foot].sum(dtype=np.int64)) / 10_000),
        restrictions=graph.restrictions,
        addresses=addresses,
        ways_cut=raw.ways_cut,
        islands=graph.islands,
        islands_km=round(int(before.decimetres[lost].sum(dtype=np.int64)) / 10_000, 1),
    )
