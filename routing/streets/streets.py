"""Imported streets, ready to answer: travel times, routes, walking distances, addresses."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from routing.streets.address_search import Address, AddressIndex
from routing.streets.calibration import as_table, calibration_of, own_calibration, read_calibration
from routing.streets.changes import RoadChange, changed_costs, scaled
from routing.streets.directions import Directions, Step
from routing.streets.driving import directed_costs
from routing.streets.earth import degrees
from routing.streets.hierarchy import HierarchyTravelTimes, Metric, Topology
from routing.streets.map_lines import Bounds, RoadLines, road_lines
from routing.streets.network import COST_BITS, DECIMETRES, NO_WAY, Edges
from routing.streets.places import EdgeEnds, join_costs, same_edge_costs
from routing.streets.reach import first_metres, land_beside, reached_lines
from routing.streets.routes import Drive, StreetRoute, full_drive, line_of, streets_along, turn_offs_of
from routing.streets.snapping import FloatArray, Snaps, StreetFinder
from routing.streets.storing import Arrays, Texts, read_folder
from routing.streets.tiles import TileMaker, TileNumber
from routing.streets.traveltimes import Arcs, CostArray, PlainTravelTimes, TravelTimes
from routing.streets.walking import WalkingGraph, build_walking_graph, walk_metres
from routing.travel import FOREVER, IntArray, Matrix

if TYPE_CHECKING:
    import networkx as nx

MAX_SNAP_M = 1500
"""Places farther than this from every street are off the map."""


@dataclass(frozen=True, slots=True)
class Snapped:
    """The point (lon, lat) of the nearest drivable street, how many ``metres`` away it is, the street's name, and on which ``side`` of
    it the place lies for who drives towards the next house number up or down: by the order of the street's points (1 left,
    −1 right, 0 on it).
    """

    lon: float
    lat: float
    metres: float
    street: str
    side: int = 0


class Streets:
    """One imported extract. All methods are safe to call from several threads; nothing in it changes after loading.

    Coordinates are WGS 84 degrees, lon before lat. Driving times are those of an average hour by road class and posted speed
    (:mod:`routing.streets.calibration`), or of the hour asked for (:meth:`at_hour`), turn restrictions included; see :mod:`routing.streets.driving` and
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
        self._usable = self._drivable = (self._edges.forward_ms >= 0) | (self._edges.backward_ms >= 0)
        self._profiles = calibration_of(meta["calibration"], "meta.json") if "calibration" in meta else own_calibration()
        self._by_pace: dict[tuple[float, ...], Streets] = {}
        self._building = threading.RLock()

    @classmethod
    def load(cls, folder: Path, *, plain: bool = False, calibration: Path | None = None) -> Streets:
        """Open what :func:`routing.streets.importing.import_streets` wrote; ``plain`` answers by scipy's Dijkstra instead.
        ``calibration``: a file whose hour profiles count instead of those at the import (speeds by class stay as imported).

        Raises:
            StreetsError: the folder is missing, incomplete, or of another version, or the file is no calibration.
        """
        arrays, meta = read_folder(folder)
        if calibration is not None:
            meta = meta | {"calibration": as_table(read_calibration(calibration))}
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
        snaps = self._finder.snap(np.array([[lon, lat]], dtype=np.float64), MAX_SNAP_M, self._usable)
        edge = int(snaps.edge[0])
        if edge < 0:
            return None
        on_lon, on_lat = self._finder.position(edge, float(snaps.fraction[0]))
        return Snapped(on_lon, on_lat, float(snaps.metres[0]), self._names[int(self._edges.name[edge])], int(snaps.side[0]))

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

    def directions(self, origin: tuple[float, float], destination: tuple[float, float]) -> list[Step] | None:
        """The fastest way turn by turn, from setting out to arriving; None when there is no way."""
        found = self._find_drive(origin, destination)
        if found is None:
            return None
        goal = self._snap_all(np.array([destination], dtype=np.float64), "place")
        return self._directions.steps(found[0], self._directed_costs, int(goal.side[0]))

    def isochrone(self, origin: tuple[float, float], seconds: int) -> shapely.MultiPolygon:
        """The land beside the streets that can be reached by car within ``seconds``, in degrees; empty for a place off the map."""
        start = self._snap_all(np.array([origin], dtype=np.float64), "origin")
        departure = self._ends.departures(start)
        lines = reached_lines(self._edges, self._arcs, self._arc_directed, self.travel_times, departure, seconds)
        for directed, begin in zip(departure.directed.tolist(), departure.cost.tolist(), strict=True):
            fraction = float(start.fraction[0])
            leaving = Drive(np.array([directed]), 1.0 - fraction if directed & 1 else fraction, 1.0)
            if begin < NO_WAY and leaving.begin < 1.0:
                lines.append(line_of(self._edges, first_metres(self._directed_costs, leaving, seconds)))
        return land_beside(lines, (self.bounds[1] + self.bounds[3]) / 2)

    def turn_offs(self, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[FloatArray, IntArray] | None:
        """Where a vehicle on the fastest way can still turn off: (K, 2) lon/lat just before each junction passed, in order, and (K,)
        whole seconds from the origin, rounded down; None: no way.
        """
        found = self._find_drive(origin, destination)
        return None if found is None else turn_offs_of(self._edges, self._directed_costs, found[0])

    def at_hour(self, hour: int) -> Streets:
        """The same streets as they are driven at an hour of the day (0 … 23, local time); hours of one profile share one answer."""
        return self.slowest([hour])

    def slowest(self, hours: Iterable[int]) -> Streets:
        """The same streets with every class of road as slow as in the slowest of some hours of the day (0 … 23, local time): no way
        takes longer in any of them. What is equally slow shares one answer.

        Raises:
            ValueError: no hours.
        """
        times = tuple(map(max, zip(*(self._profiles.profile_at(hour).times for hour in hours), strict=True)))
        if not times:
            raise ValueError("at least one hour")
        if all(each == 1.0 for each in times):
            return self
        with self._building:
            if times not in self._by_pace:
                by_edge = np.asarray(times)[np.repeat(self._edges.road_class, 2)]
                self._by_pace[times] = self._with_costs(scaled(self._directed_costs, by_edge))
            return self._by_pace[times]

    def with_changes(self, changes: Sequence[RoadChange]) -> Streets:
        """The same streets with today's closures and slow-downs; of the hierarchy only what rests on them is reckoned again. A place on
        a closed street is served from the next open one.

        Raises:
            ValueError: no street near a change.
        """
        costs = changed_costs(self._edges, self._directed_costs, changes, self._finder, self._drivable)
        return self._with_costs(costs)

    def by_distance(self) -> Streets:
        """The same streets, on which the way with the fewest metres counts as the fastest; what it says of seconds means nothing."""
        metres = self._directed_costs & DECIMETRES
        return self._with_costs(np.where(self._directed_costs < NO_WAY, (metres << COST_BITS) + metres, NO_WAY))

    def _with_costs(self, costs: CostArray) -> Streets:
        """Other costs of the directed edges (2E,)."""
        _ = self._finder, self._walking  # made once, shared by all copies
        other = copy.copy(self)
        other._reckon_with(costs)  # noqa: SLF001 - its own
        return other

    def _reckon_with(self, costs: CostArray) -> None:
        before, after = self._arcs.cost, costs[self._arc_directed]
        self._directed_costs = costs
        self._usable = self._drivable & (np.minimum(costs[0::2], costs[1::2]) < NO_WAY)
        self._arcs = replace(self._arcs, cost=after)
        self._ends = EdgeEnds(self._arcs, self._arc_directed, costs)
        self._by_pace = {}
        if isinstance(self.travel_times, HierarchyTravelTimes):
            self.travel_times = self.travel_times.with_costs(before, after)
        else:
            self.travel_times = PlainTravelTimes(self._arcs)

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

    def nearest_address(self, lon: float, lat: float, max_m: float = 200) -> Address | None:
        """What is here: the nearest house number, point of interest, street or settlement within ``max_m`` metres, in this order; None
        when there is none (or the coordinates are no place on earth). Its ``score`` falls from 1 to 0 with the distance.
        """
        return self.addresses.nearest(lon, lat, max_m)

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

    def tile(self, number: TileNumber) -> bytes:
        """A vector tile; see :mod:`routing.streets.tiles`."""
        return self._tiles.tile(number)

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
        return self._finder.snap(lon_lat, MAX_SNAP_M, self._edges.foot if walking else self._usable)

    @cached_property
    def _finder(self) -> StreetFinder:
        with self._building:
            return StreetFinder(self._edges, (self.bounds[1] + self.bounds[3]) / 2)

    @cached_property
    def _tiles(self) -> TileMaker:
        return TileMaker(self._edges, self._names, self.addresses, self._drivable)

    @cached_property
    def _directions(self) -> Directions:
        drivable = np.stack((self._edges.forward_ms >= 0, self._edges.backward_ms >= 0), axis=1).ravel()
        return Directions(self._edges, self._names, drivable)

    @cached_property
    def _walking(self) -> WalkingGraph:
        with self._building:
            return build_walking_graph(self._edges)
