"""A street graph from tables of nodes and edges, as transport models and benchmark workloads come: no extract, no addresses."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routing.streets.addresses import build_address_index
from routing.streets.calibration import as_table, own_calibration
from routing.streets.driving import build_driving_graph, directed_costs
from routing.streets.earth import COORDINATE_SCALE, degrees
from routing.streets.errors import StreetsError
from routing.streets.hierarchy import build_topology, customise
from routing.streets.network import Edges
from routing.streets.reading import RawExtract
from routing.streets.storing import pack_texts, write_folder


@dataclass(frozen=True, slots=True)
class StreetTables:
    """``lon_lat`` (N, 2) degrees of nodes 0 … N − 1; edges both ways between ``tail`` and ``head`` (E,) with ``metres`` and driving
    ``seconds``, one row for both directions.
    """

    lon_lat: NDArray[np.float64]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    metres: NDArray[np.float64]
    seconds: NDArray[np.float64]


def write_tables(tables: StreetTables, folder: Path, source: str) -> None:
    """Write ``folder`` as :func:`routing.streets.importing.import_streets` does: straight edges, all of them walkable, driven in the given
    seconds at every hour.

    Raises:
        StreetsError: the nodes are not all connected, or the folder cannot be written.
    """
    edges = _edges(tables)
    graph = build_driving_graph(edges, [], [])
    if len(graph.junction) != len(tables.lon_lat):
        raise StreetsError(
            source, f"{len(tables.lon_lat) - len(graph.junction)} nodes are not connected to the others", "join or drop them"
        )
    topology = build_topology(len(graph.junction), graph.tail, graph.head, degrees(edges.node_x, edges.node_y)[graph.junction])
    metric = customise(topology, directed_costs(edges)[graph.directed])
    arrays = (
        {f.name: getattr(edges, f.name) for f in fields(Edges)}
        | {"driving_junction": graph.junction, "arc_tail": graph.tail, "arc_head": graph.head, "arc_directed": graph.directed}
        | {f"cch_{f.name}": getattr(topology, f.name) for f in fields(topology)}
        | {f"metric_{f.name}": getattr(metric, f.name) for f in fields(metric)}
        | build_address_index(RawExtract(), edges)
        | pack_texts("names", [""])
    )
    (west, south), (east, north) = tables.lon_lat.min(axis=0).tolist(), tables.lon_lat.max(axis=0).tolist()
    no_hours = as_table(replace(own_calibration(), profiles=()))
    write_folder(folder, arrays, {"source": source, "bounds": (west, south, east, north), "calibration": no_hours})


def _edges(tables: StreetTables) -> Edges:
    count, nodes = len(tables.tail), len(tables.lon_lat)
    xy = np.rint(tables.lon_lat / COORDINATE_SCALE).astype(np.int32)
    ends = np.stack((tables.tail, tables.head), axis=1).ravel()
    milliseconds = np.maximum(np.rint(tables.seconds * 1000), 1).astype(np.int32)
    return Edges(
        tail=tables.tail.astype(np.int32),
        head=tables.head.astype(np.int32),
        shape_first=np.arange(0, 2 * count + 1, 2, dtype=np.int64),
        shape_x=xy[ends, 0],
        shape_y=xy[ends, 1],
        decimetres=np.maximum(np.rint(tables.metres * 10), 1).astype(np.int32),
        forward_ms=milliseconds,
        backward_ms=milliseconds,
        foot=np.ones(count, np.bool_),
        way=np.arange(count, dtype=np.int64),
        road_class=np.zeros(count, np.int8),
        name=np.zeros(count, np.int32),
        roundabout=np.zeros(count, np.bool_),
        node_x=np.ascontiguousarray(xy[:, 0]),
        node_y=np.ascontiguousarray(xy[:, 1]),
        node_ref=np.arange(nodes, dtype=np.int64),
    )
