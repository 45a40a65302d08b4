"""How long a bus takes on the sketch's roads: what timetables are made from."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx

from seed.sketch import Sketch, Way, distance

_SHARE_OF_LIMIT = 0.68
_FASTEST_KMH = 80.0


def driving_graph(sketch: Sketch) -> nx.DiGraph[int]:
    """Every drivable piece of road with ``seconds`` (a bus at about two thirds of the limit) and ``metres``."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for way in sketch.drivable():
        for a, b in pairwise(way.nodes):
            metres = distance(sketch.at(a), sketch.at(b))
            weights = {"metres": metres, "seconds": metres / _metres_per_second(way)}
            if way.tags.get("oneway") != "-1":
                graph.add_edge(a, b, **weights)
            if way.tags.get("oneway", "-1") == "-1":
                graph.add_edge(b, a, **weights)
    return graph


def _metres_per_second(way: Way) -> float:
    limit = float(way.tags.get("maxspeed", "50"))
    return min(_FASTEST_KMH, _SHARE_OF_LIMIT * limit) / 3.6
