"""The driving graph as networkx and osmnx know it: for planners' notebooks, plots, and as oracle in tests."""

from __future__ import annotations

import networkx as nx
import numpy as np
from shapely import LineString

from routing.streets.calibration import ROAD_CLASSES
from routing.streets.earth import COORDINATE_SCALE
from routing.streets.network import Edges
from routing.streets.routes import edge_line
from routing.streets.storing import Texts


def to_networkx(edges: Edges, names: Texts) -> nx.MultiDiGraph[int]:
    """A graph with osmnx's attributes: nodes by OSM id with x, y; edges with osmid, name, highway, length (metres), travel_time
    (seconds), speed_kph, oneway, reversed, geometry. Turn restrictions are not in it.
    """
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326", created_with="rural-mobility", simplified=True)
    drivable = np.flatnonzero((edges.forward_ms >= 0) | (edges.backward_ms >= 0))
    for node in np.unique(np.concatenate((edges.tail[drivable], edges.head[drivable]))).tolist():
        lon, lat = float(edges.node_x[node]) * COORDINATE_SCALE, float(edges.node_y[node]) * COORDINATE_SCALE
        graph.add_node(int(edges.node_ref[node]), x=lon, y=lat)
    for edge in drivable.tolist():
        for backward, milliseconds in enumerate((edges.forward_ms, edges.backward_ms)):
            if milliseconds[edge] >= 0:
                ends = edges.node_ref[edges.tail[edge]], edges.node_ref[edges.head[edge]]
                tail, head = (int(ref) for ref in (ends[::-1] if backward else ends))
                graph.add_edge(tail, head, **_attributes(edges, names, edge, backward=bool(backward)))
    return graph


def _attributes(edges: Edges, names: Texts, edge: int, *, backward: bool) -> dict[str, object]:
    line = edge_line(edges, edge)
    metres = float(edges.decimetres[edge]) / 10
    seconds = float((edges.backward_ms if backward else edges.forward_ms)[edge]) / 1000
    return {
        "osmid": int(edges.way[edge]),
        "name": names[int(edges.name[edge])],
        "highway": ROAD_CLASSES[int(edges.road_class[edge])],
        "length": metres,
        "travel_time": seconds,
        "speed_kph": metres / seconds * 3.6,
        "oneway": bool(edges.forward_ms[edge] < 0 or edges.backward_ms[edge] < 0),
        "reversed": backward,
        "geometry": LineString(line[::-1] if backward else line),
    }
