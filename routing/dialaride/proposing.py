"""A plan as an OR-Tools routing model, searched from where it stands. Import it late, and never beside ``highspy``."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.dialaride.capacities import at, linear_capacity
from routing.dialaride.objective import prices
from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.dialaride.schedule import longest_times, positions
from routing.travel import FOREVER, Matrix

Proposal = Mapping[int, tuple[Visit, ...]]
"""New sequences by route index."""

OUTSIDE = -1
"""Vehicle of a ride that is on no route yet."""

_NEVER = 4 * FOREVER


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: wall seconds at most, solutions at most (None: no limit), seed."""

    seconds: float
    iterations: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Node:
    """A visit in the model: where it is now (vehicle, index there), the row of the matrix it is at, and the request if movable."""

    visit: Visit
    vehicle: int
    index: int
    place: int
    request: Request | None = None


@dataclass(slots=True)
class Scene:
    """The routes the model may change, their nodes (STARTs first, then ENDs), and the order of nodes on each now."""

    matrix: Matrix
    routes: list[Route]
    numbers: list[int]
    nodes: list[Node] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    origin: int = 0

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Nodes of pickup and drop-off of every ride that has both."""
        pickups = {n.visit.request: k for k, n in enumerate(self.nodes) if n.visit.kind is Kind.PICKUP}
        for k, node in enumerate(self.nodes):
            if node.visit.kind is Kind.DROPOFF and node.visit.request in pickups:
                yield pickups[node.visit.request], k


def propose(
    matrix: Matrix, plan: tuple[Sequence[Route], Sequence[int]], requests: Sequence[Request], objective: Objective, effort: Effort
) -> list[Proposal]:
    """Sequences OR-Tools found, best last by its own reckoning; empty when nothing may move or the plan does not fit the model.

    Args:
        matrix: travel between all places.
        plan: all routes, and the indices of those that may change (nothing may be wrong with them).
        requests: rides that may be moved, and rides on no route yet: those may be left out at the objective's price.
        objective: what counts.
        effort: limits of the search.
    """
    began = time.monotonic()
    routes, numbers = plan
    numbers = [number for number in numbers if linear_capacity(routes[number]) is not None]
    scene = _scene(matrix, [routes[number] for number in numbers], list(numbers), requests, effort.seed)
    if not any(node.request for node in scene.nodes):
        return []
    model = _Model(scene, objective)
    left = max(effort.seconds / 10, effort.seconds - (time.monotonic() - began))
    return _search(model, scene, replace(effort, seconds=left))


def _scene(matrix: Matrix, routes: list[Route], numbers: list[int], requests: Sequence[Request], seed: int) -> Scene:
    scene = Scene(matrix, routes, numbers, origin=min((route.visits[0].earliest for route in routes), default=0))
    wished = {request.pickup.request: request for request in requests}
    middle: list[Node] = []
    for vehicle, route in enumerate(routes):
        places = positions(route.visits)
        movable = _movable(route)
        for index, visit in enumerate(route.visits):
            request = wished.get(visit.request) if visit.request in movable else None
            middle.append(Node(visit, vehicle, index, places[index], request))
    placed = {visit.request for route in routes for visit in route.visits}
    outside = [request for request in requests if request.pickup.request not in placed]
    ends = [n for n in middle if n.index == 0], [n for n in middle if n.index == len(routes[n.vehicle].visits) - 1]
    middle = [n for n in middle if n.visit.kind not in (Kind.START, Kind.END)]
    middle += [Node(visit, OUTSIDE, k, visit.place, r) for r in outside for k, visit in enumerate((r.pickup, r.dropoff))]
    random.Random(seed).shuffle(middle)  # noqa: S311  (a search order, no secret)
    scene.nodes = [*ends[0], *ends[1], *middle]
    of_visit = {(node.vehicle, node.index): k for k, node in enumerate(scene.nodes)}
    scene.chains = [[of_visit[v, i] for i in range(len(route.visits))] for v, route in enumerate(routes)]
    return scene


def _movable(route: Route) -> set[int]:
    """Requests with both visits behind the fixed ones."""
    free = route.visits[route.fixed :]
    return {v.request for v in free if v.kind is Kind.PICKUP} & {v.request for v in free if v.kind is Kind.DROPOFF}


class _Model:
    """The routing model of a scene: dimensions time, metres, loads, and what binds visits to vehicles and to each other."""

    def __init__(self, scene: Scene, objective: Objective) -> None:
        self.scene, self.unserved = scene, objective.unserved
        count = len(scene.routes)
        self.manager = pywrapcp.RoutingIndexManager(len(scene.nodes), count, list(range(count)), list(range(count, 2 * count)))
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self.indices = [self._index(node) for node in range(len(scene.nodes))]
        self._add_costs(objective)
        self._add_time(objective)
        self._add_metres()
        self._add_loads()
        self._bind_to_vehicles()
        self._pair()
        self._keep_order()

    def _index(self, node: int) -> int:
        count = len(self.scene.routes)
        if node < count:
            return int(self.routing.Start(node))
        if node < 2 * count:
            return int(self.routing.End(node - count))
        return int(self.manager.NodeToIndex(node))

    def _matrix_evaluator(self, value: Callable[[Node, int, int], int]) -> int:
        """Registers value(from node, seconds, metres) over all pairs."""
        rows = [node.place for node in self.scene.nodes]
        seconds, metres = (table[rows][:, rows].tolist() for table in (self.scene.matrix.seconds, self.scene.matrix.metres))
        table = [
            [value(a, 0, 0) if a.place == b.place else value(a, s, m) for b, s, m in zip(self.scene.nodes, *legs, strict=True)]
            for a, *legs in zip(self.scene.nodes, seconds, metres, strict=True)
        ]
        return int(self.routing.RegisterTransitMatrix(table))

    def _add_costs(self, objective: Objective) -> None:
        own = [prices(route, objective) for route in self.scene.routes]
        kinds = {(each.drive_second, each.metre) for each in own}
        arcs = {(second, metre): self._arc_costs(second, metre) for second, metre in sorted(kinds)}
        for vehicle, each in enumerate(own):
            self.routing.SetArcCostEvaluatorOfVehicle(arcs[each.drive_second, each.metre], vehicle)
            self.routing.SetFixedCostOfVehicle(each.used, vehicle)

    def _arc_costs(self, second: int, metre: int) -> int:
        return self._matrix_evaluator(lambda _, s, m: second * s + metre * m)

    def _add_time(self, objective: Objective) -> None:
        transit = self._matrix_evaluator(lambda a, s, _: a.visit.service + (s if s < FOREVER else _NEVER))
        self.routing.AddDimension(transit, FOREVER, FOREVER, False, "time")  # noqa: FBT003  (OR-Tools takes it by position)
        self.time = self.routing.GetDimensionOrDie("time")
        for node, index in zip(self.scene.nodes, self.indices, strict=True):
            earliest = max(0, node.visit.earliest - self.scene.origin)
            self.time.CumulVar(index).SetRange(earliest, min(FOREVER, node.visit.latest - self.scene.origin))
            # Close to the real prices of riding and waiting, and easy on the search: later is never cheaper.
            price = 0
            if node.visit.kind is Kind.DROPOFF:
                price = objective.ride_second
            elif node.visit.kind is Kind.PICKUP:
                price = max(0, objective.wait_second - objective.ride_second)
            if price:
                self.time.SetCumulVarSoftUpperBound(index, earliest, price)
        for vehicle, route in enumerate(self.scene.routes):
            if route.max_duration < FOREVER:
                self.time.SetSpanUpperBoundForVehicle(route.max_duration, vehicle)
            if objective.duty_second:
                self.time.SetSpanCostCoefficientForVehicle(objective.duty_second, vehicle)

    def _add_metres(self) -> None:
        limits = [route.max_metres for route in self.scene.routes]
        if min(limits) < FOREVER:
            transit = self._matrix_evaluator(lambda _, s, m: m if s < FOREVER else _NEVER)
            self.routing.AddDimensionWithVehicleCapacity(transit, 0, limits, True, "metres")  # noqa: FBT003

    def _add_loads(self) -> None:
        rules = [rule for rule in map(linear_capacity, self.scene.routes) if rule is not None]
        kinds = max([len(rule.each) for rule in rules] + [len(node.visit.load) for node in self.scene.nodes], default=0)
        for kind in range(kinds):
            weights = [0] * kind + [1]
            self._add_load(f"load {kind}", [weights] * len(rules), [at(rule.each, kind) for rule in rules])
        if any(rule.weights for rule in rules):
            self._add_load("room", [rule.weights for rule in rules], [rule.total for rule in rules])
        if any(node.visit.kind is Kind.BREAK for node in self.scene.nodes):
            self._add_parties()

    def _add_load(self, name: str, weights: Sequence[Sequence[int]], limits: list[int]) -> None:
        """A dimension of the weighted sum of loads; weights may differ by vehicle."""
        evaluators = {
            tuple(w): self.routing.RegisterUnaryTransitVector([_weighed(node.visit, w) for node in self.scene.nodes])
            for w in weights
        }
        # The first transit would count a START's load twice: it is in the cumul already, so START's own change is 0 there.
        self.routing.AddDimensionWithVehicleTransitAndCapacity(
            [evaluators[tuple(w)] for w in weights],
            0,
            limits,
            False,  # noqa: FBT003
            name,
        )
        dimension = self.routing.GetDimensionOrDie(name)
        for vehicle, route in enumerate(self.scene.routes):
            dimension.CumulVar(self.routing.Start(vehicle)).SetValue(_load(route.visits[0], weights[vehicle]))

    def _add_parties(self) -> None:
        """Nobody aboard during a break."""
        change = {Kind.PICKUP: 1, Kind.DROPOFF: -1}
        transit = self.routing.RegisterUnaryTransitVector([change.get(n.visit.kind, 0) for n in self.scene.nodes])
        self.routing.AddDimension(transit, 0, len(self.scene.nodes), False, "parties")  # noqa: FBT003
        parties = self.routing.GetDimensionOrDie("parties")
        for vehicle, route in enumerate(self.scene.routes):
            kinds = [visit.kind for visit in route.visits]
            aboard = kinds.count(Kind.DROPOFF) - kinds.count(Kind.PICKUP)
            parties.CumulVar(self.routing.Start(vehicle)).SetValue(aboard)
        for node, index in zip(self.scene.nodes, self.indices, strict=True):
            if node.visit.kind is Kind.BREAK:
                parties.CumulVar(index).SetValue(0)

    def _bind_to_vehicles(self) -> None:
        for node, index in zip(self.scene.nodes, self.indices, strict=True):
            if node.vehicle == OUTSIDE:
                price = None if node.request is None else node.request.unserved
                self.routing.AddDisjunction([index], (self.unserved if price is None else price) // 2)
                self.routing.VehicleVar(index).SetValues([OUTSIDE, *self._vehicles(node)])
            elif node.visit.kind not in (Kind.START, Kind.END):
                self.routing.VehicleVar(index).SetValues(self._vehicles(node))

    def _vehicles(self, node: Node) -> list[int]:
        """Vehicles that may make the visit; the present one always may, the judge has let it pass before."""
        request = node.request
        if request is None:
            return [node.vehicle]
        return [
            vehicle
            for vehicle, (route, number) in enumerate(zip(self.scene.routes, self.scene.numbers, strict=True))
            if vehicle == node.vehicle
            or (
                not request.needs & ~route.equipment
                and (not request.groups or route.group in request.groups)
                and (request.routes is None or number in request.routes)
            )
        ]

    def _pair(self) -> None:
        for pickup, dropoff in self.scene.pairs():
            a, b = self.indices[pickup], self.indices[dropoff]
            boards, alights = self.scene.nodes[pickup].visit, self.scene.nodes[dropoff].visit
            ride = self.time.CumulVar(b) - self.time.CumulVar(a)
            if self.scene.nodes[pickup].request is not None:
                self.routing.AddPickupAndDelivery(a, b)
                self.solver.Add(self.routing.VehicleVar(a) == self.routing.VehicleVar(b))
                self.solver.Add(ride >= boards.service)
            if alights.max_ride < FOREVER:
                self.solver.Add(ride <= boards.service + alights.max_ride)

    def _keep_order(self) -> None:
        """The fixed prefix stays a prefix; what may not move keeps its order, breaks their rest rules."""
        step = self.routing.RegisterUnaryTransitVector([1] * len(self.scene.nodes))
        self.routing.AddDimension(step, 0, len(self.scene.nodes) + 1, True, "steps")  # noqa: FBT003
        steps = self.routing.GetDimensionOrDie("steps")
        for route, chain in zip(self.scene.routes, self.scene.chains, strict=True):
            for before, after in pairwise(chain[: route.fixed]):
                self.routing.NextVar(self.indices[before]).SetValue(self.indices[after])
            held = [k for k in chain[route.fixed : -1] if self.scene.nodes[k].request is None]
            for before, after, longest in longest_times([self.scene.nodes[k].visit for k in chain]):
                if self.scene.nodes[chain[after]].visit.kind in (Kind.BREAK, Kind.END):
                    stretch = self.time.CumulVar(self.indices[chain[after]]) - self.time.CumulVar(self.indices[chain[before]])
                    self.solver.Add(stretch <= longest)
            for before, after in pairwise(held):
                self.solver.Add(steps.CumulVar(self.indices[before]) < steps.CumulVar(self.indices[after]))


def _load(visit: Visit, weights: Sequence[int]) -> int:
    return sum(weight * at(visit.load, kind) for kind, weight in enumerate(weights))


def _weighed(visit: Visit, weights: Sequence[int]) -> int:
    return 0 if visit.kind is Kind.START else _load(visit, weights)


def _search(model: _Model, scene: Scene, effort: Effort) -> list[Proposal]:
    routing = model.routing
    found: list[list[list[int]]] = []
    least = [2**62]

    def remember() -> None:
        price = routing.CostVar().Min()
        if price < least[0]:
            least[0] = price
            found.append([_follow(model, vehicle) for vehicle in range(len(scene.routes))])

    routing.AddAtSolutionCallback(remember)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(max(1, int(effort.seconds * 1000)))
    if effort.iterations is not None:
        parameters.solution_limit = effort.iterations
    routing.CloseModelWithParameters(parameters)
    routing.solver().ReSeed(effort.seed)
    if any(node.vehicle == OUTSIDE for node in scene.nodes):
        routing.SolveWithParameters(parameters)
    elif not _search_on(model, scene, parameters):
        return []
    return [
        {scene.numbers[v]: tuple(scene.nodes[k].visit for k in chain) for v, chain in enumerate(chains)} for chains in found[-20:]
    ]


def _search_on(model: _Model, scene: Scene, parameters: object) -> bool:
    """Search from the plan as it is; False when the model does not admit it."""
    routing = model.routing
    start = routing.ReadAssignmentFromRoutes([[model.indices[k] for k in chain[1:-1]] for chain in scene.chains], True)  # noqa: FBT003
    if start is None:
        return False
    routing.SolveFromAssignmentWithParameters(start, parameters)
    return True


def _follow(model: _Model, vehicle: int) -> list[int]:
    """Nodes of a vehicle's route in the solution at hand."""
    routing = model.routing
    index = routing.Start(vehicle)
    chain = [vehicle]
    while not routing.IsEnd(index):
        index = routing.NextVar(index).Value()
        chain.append(model.manager.IndexToNode(index))
    return chain
