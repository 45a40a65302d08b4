"""Imported streets, ready to answer: travel times, routes, walking distances, addresses."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from routing.streets.address_search import Address, AddressIndex
from routing.streets.driving import directed_costs
from routing.streets.hierarchy import HierarchyTravelTimes, Metric, Topology, customise
from routing.streets.map_lines import Bounds, RoadLines, road_lines
from routing.streets.network import COST_BITS, DECIMETRES, NO_WAY, Edges, degrees
from routing.streets.places import EdgeEnds, join_costs, same_edge_costs
from routing.streets.routes import Drive, StreetRoute, full_drive, line_of, streets_along, turn_offs_of
from routing.streets.snapping import FloatArray, Plane, Snaps, StreetFinder
from routing.streets.storing import Arrays, Texts, read_folder
from routing.streets.traveltimes import Arcs, CostArray, PlainTravelTimes, TravelTimes
from routing.streets.walking import WalkingGraph, build_walking_graph, walk_metres
from routing.travel import FOREVER, IntArray, Matrix

if TYPE_CHECKING:
    import networkx as nx

MAX_SNAP_M = 1500
"""Places farther than this from every street are off the map."""


@dataclass(frozen=True, slots=True)
class Snapped:
    """The point (lon, lat) of the nearest drivable street, how many ``metres`` away it is, and the street's name."""

    lon: float
    lat: float
    metres: float
    street: str


class Streets:
    """One imported extract. All methods are safe to call from several threads; nothing in it changes after loading.

    Coordinates are WGS 84 degrees, lon before lat. Driving times are free-flow times by road class and posted speed, calibrated
    (:data:`routing.streets.access.CALIBRATION`), turn restrictions included; see :mod:`routing.streets.driving` and
    :mod:`routing.streets.access` for what is not modelled. The last metres from the street to a door cost nothing by car.
    """

    def __init__(self, arrays: Arrays, meta: dict[str, Any], *, plain: bool = False) -> None:
        self.meta = meta
        self._edges = Edges(**{f.name: arrays[f.name] for f in fields(Edges)})
        self._names = Texts(arrays, "names")
        self._directed_costs = directed_costs(self._edges)
        self._arc_directed = arrays["arc_directed"]
        self._driving_junction = arrays["driving_junction"]
        self._arcs = Arcs(
            nodes=len(self._driving_junction),
            tail=arrays["arc_tail"],
            head=arrays["arc_head"],
            cost=self._directed_costs[self._arc_directed],
        )
        self._topology = Topology(**{f.name: arrays[f"cch_{f.name}"] for f in fields(Topology)})
        metric = Metric(**{f.name: arrays[f"metric_{f.name}"] for f in fields(Metric)})
        self.travel_times: TravelTimes = PlainTravelTimes(self._arcs) if plain else HierarchyTravelTimes(self._topology, metric)
        self._ends = EdgeEnds(self._arcs, self._arc_directed, self._directed_costs)
        self.addresses = AddressIndex(arrays)
        self._building = threading.RLock()

    @classmethod
    def load(cls, folder: Path, *, plain: bool = False) -> Streets:
        """Open what :func:`routing.streets.importing.import_streets` wrote; ``plain`` answers by scipy's Dijkstra instead.

        Raises:
            StreetsError: the folder is missing, incomplete, or of another version.
        """
        arrays, meta = read_folder(folder)
        return cls(arrays, meta, plain=plain)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) of the streets."""
        west, south, east, north = self.meta["bounds"]
        return west, south, east, north

    def matrix(self, origins: FloatArray, destinations: FloatArray) -> Matrix:
        """Fastest driving from each of ``origins`` (N, 2) to each of ``destinations`` (M, 2), as (N, M) seconds (rounded up) and
        metres of that same way. Places off the map (farther than ``MAX_SNAP_M`` from a street, or not finite) reach nothing.

        Raises:
            ValueError: the arrays are not (K, 2).
        """
        start = self._snap_all(origins, "origins")
        goal = start if destinations is origins else self._snap_all(destinations, "destinations")
        costs = self.travel_times.costs(self._ends.departures(start), self._ends.arrivals(goal))
        return join_costs(costs, same_edge_costs(start, goal, self._directed_costs))

    def snap(self, lon: float, lat: float) -> Snapped | None:
        """Nearest drivable street, or None when there is none within ``MAX_SNAP_M`` (or the coordinates are no place on earth)."""
        snaps = self._finder.snap(np.array([[lon, lat]], dtype=np.float64), MAX_SNAP_M)
        edge = int(snaps.edge[0])
        if edge < 0:
            return None
        on_lon, on_lat = self._finder.position(edge, float(snaps.fraction[0]))
        return Snapped(on_lon, on_lat, float(snaps.metres[0]), self._names[int(self._edges.name[edge])])

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> StreetRoute | None:
        """The fastest way between two places, or None when there is none; seconds and metres agree with :meth:`matrix`."""
        found = self._find_drive(origin, destination)
        if found is None:
            return None
        drive, total = found
        return StreetRoute(
            seconds=int(total.seconds[0, 0]),
            metres=int(total.metres[0, 0]),
            geometry=line_of(self._edges, drive),
            streets=streets_along(self._edges, self._names, drive.directed),
        )

    def turn_offs(self, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[FloatArray, IntArray] | None:
        """Where a vehicle on the fastest way can still turn off: (K, 2) lon/lat just before each junction passed, in order, and (K,)
        whole seconds from the origin, rounded down; None: no way.
        """
        found = self._find_drive(origin, destination)
        return None if found is None else turn_offs_of(self._edges, self._directed_costs, found[0])

    def by_distance(self) -> Streets:
        """The same streets, on which the way with the fewest metres counts as the fastest; what it says of seconds means nothing."""
        other = copy.copy(self)
        metres = self._directed_costs & DECIMETRES
        other._reckon_with(np.where(self._directed_costs < NO_WAY, (metres << COST_BITS) + metres, NO_WAY))  # noqa: SLF001 - its own
        return other

    def _reckon_with(self, costs: CostArray) -> None:
        """Other costs of the directed edges (2E,)."""
        self._directed_costs = costs
        self._arcs = replace(self._arcs, cost=costs[self._arc_directed])
        self._ends = EdgeEnds(self._arcs, self._arc_directed, costs)
        if isinstance(self.travel_times, PlainTravelTimes):
            self.travel_times = PlainTravelTimes(self._arcs)
        else:
            self.travel_times = HierarchyTravelTimes(self._topology, customise(self._topology, self._arcs.cost))

    def _find_drive(self, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[Drive, Matrix] | None:
        """The fastest way and, (1, 1), what it takes."""
        start, goal = (self._snap_all(np.array([place], dtype=np.float64), "place") for place in (origin, destination))
        departures, arrivals = self._ends.departures(start), self._ends.arrivals(goal)
        costs = self.travel_times.costs(departures, arrivals)
        same_edge = same_edge_costs(start, goal, self._directed_costs)
        total = join_costs(costs, same_edge)
        if total.seconds[0, 0] >= FOREVER:
            return None
        begin, end = float(start.fraction[0]), float(goal.fraction[0])
        if len(same_edge[2]) and same_edge[2][0] <= costs[0, 0]:
            directed = 2 * start.edge + (end < begin)
        else:
            path = self.travel_times.path(departures, arrivals)
            assert path is not None, "a finite cost has a way"  # noqa: S101 - engine invariant, not input
            directed = full_drive(self._arcs, self._arc_directed, path, (departures, arrivals))
        begin = 1.0 - begin if directed[0] & 1 else begin
        end = 1.0 - end if directed[-1] & 1 else end
        return Drive(directed, begin, end), total

    def walk_metres(self, origin: FloatArray, destinations: FloatArray, max_m: int = 2000) -> IntArray:
        """Metres on foot from ``origin`` (2,) to each of ``destinations`` (M, 2) along streets and paths, the straight way from door
        to path included; ``FOREVER`` beyond ``max_m``.

        Raises:
            ValueError: the arrays have other shapes.
        """
        start = self._snap_all(np.asarray(origin, dtype=np.float64).reshape(1, -1), "origin", walking=True)
        goals = self._snap_all(destinations, "destinations", walking=True)
        return walk_metres(self._walking, self._edges, start, goals, max_m)

    def find(self, text: str, near: tuple[float, float] | None = None, limit: int = 5) -> list[Address]:
        """Addresses, streets, places and points of interest that ``text`` may mean, best first; forgives umlauts and slips."""
        return self.addresses.find(text, near, limit)

    @property
    def settlements(self) -> list[Address]:
        """Towns and villages, for maps and to say where something is."""
        return self.addresses.settlements

    def road_lines(self, bounds: Bounds, tolerance: float, most_points: int) -> list[RoadLines]:
        """Roads for a map; see :func:`routing.streets.map_lines.road_lines`."""
        return road_lines(self._edges, bounds, tolerance, most_points)

    def to_networkx(self) -> nx.MultiDiGraph[int]:
        """The driving graph in the form osmnx uses (crs, x, y, osmid, length, travel_time, geometry), without turn restrictions."""
        from routing.streets.view import to_networkx  # noqa: PLC0415  networkx takes half a second to import

        return to_networkx(self._edges, self._names)

    def warm_up(self) -> None:
        """Build the indexes that are otherwise built by the first question, and compile what is not yet in the cache."""
        ends = np.array([0, -1])
        places = degrees(self._edges.node_x, self._edges.node_y)[self._driving_junction[ends]]
        self.matrix(places, places)
        self.route(tuple(places[0].tolist()), tuple(places[1].tolist()))
        self.walk_metres(places[0], places)
        self.find("a")

    def _snap_all(self, places: FloatArray, what: str, *, walking: bool = False) -> Snaps:
        lon_lat = np.asarray(places, dtype=np.float64)
        if lon_lat.ndim != 2 or lon_lat.shape[1] != 2:
            raise ValueError(f"{what} must be rows of lon, lat; found an array of shape {lon_lat.shape}")
        return (self._walk_finder if walking else self._finder).snap_known(lon_lat, MAX_SNAP_M)

    @cached_property
    def _plane(self) -> Plane:
        return Plane((self.bounds[1] + self.bounds[3]) / 2)

    @cached_property
    def _finder(self) -> StreetFinder:
        with self._building:
            drivable = np.flatnonzero((self._edges.forward_ms >= 0) | (self._edges.backward_ms >= 0))
            return StreetFinder(self._edges, drivable, self._plane)

    @cached_property
    def _walk_finder(self) -> StreetFinder:
        with self._building:
            return StreetFinder(self._edges, np.flatnonzero(self._edges.foot), self._plane)

    @cached_property
    def _walking(self) -> WalkingGraph:
        with self._building:
            return build_walking_graph(self._edges)
