"""Other solvers on the same instances. Only OR-Tools is installed with the project, the others by its extra ``benchmark``.

Each takes an instance and about how many CPU seconds it may take on one thread, and returns routes of visit numbers, depot left out,
or None. None of them knows a longest ride, so all but OR-Tools take Li & Lim's files alone. Fewest vehicles come first: where a
solver knows costs only, a vehicle costs more than any distance. Times and distances go in as whole numbers of 10⁻³, times rounded up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from routing.dialaride import solving
from routing.dialaride.hybrid import Effort
from routing.dialaride.instances import Instance
from routing.travel import IntArray

SCALE = 1000
VEHICLE = 10**8
"""What a vehicle costs, in the unit of distances."""

Routes = list[list[int]] | None


def slowness() -> float:
    """Wall seconds that a CPU second takes now: these solvers' limits are wall time."""
    wall, cpu = time.monotonic(), time.process_time()
    numbers = np.random.default_rng(0).random(2_000_000)
    while time.process_time() - cpu < 0.3:
        np.sort(numbers)
    return (time.monotonic() - wall) / (time.process_time() - cpu)


def ortools(instance: Instance, cpu_seconds: float) -> Routes:
    try:
        return solving.solve_ortools(instance, Effort(cpu_seconds * slowness())).routes
    except solving.NoSolutionError:
        return None


def pyvroom(instance: Instance, cpu_seconds: float) -> Routes:
    """VROOM at its most thorough; it ends by itself, often earlier. It knows 32-bit times only, hence a coarser scale."""
    import vroom  # type: ignore[import-not-found]

    nodes, scale = instance.nodes, 100
    problem = vroom.Input()
    problem.set_durations_matrix("car", _table(instance, scale).astype(np.uint32))
    window = vroom.TimeWindow(0, int(nodes[0].latest * scale))
    for vehicle in range(instance.vehicles):
        costs = vroom.VehicleCosts(fixed=10**7)
        problem.add_vehicle(vroom.Vehicle(vehicle, start=0, end=0, capacity=[instance.capacity], time_window=window, costs=costs))
    for pickup, delivery in instance.pairs():
        steps = [
            vroom.ShipmentStep(
                node.number,
                location=node.number,
                default_service=int(node.service * scale),
                time_windows=[vroom.TimeWindow(int(node.earliest * scale), int(node.latest * scale))],
            )
            for node in (pickup, delivery)
        ]
        problem.add_shipment(*steps, amount=vroom.Amount([pickup.load]))
    answer = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=cpu_seconds * slowness()))
    stops = answer.routes[answer.routes["type"].isin(["pickup", "delivery"])]
    return [route["location_index"].astype(int).tolist() for _, route in stops.groupby("vehicle_id")]


def pyvrp(instance: Instance, cpu_seconds: float) -> Routes:
    import pyvrp as solver  # type: ignore[import-not-found]

    nodes, model = instance.nodes, solver.Model()
    places = [model.add_location(node.x, node.y) for node in nodes]
    depot = model.add_depot(places[0], tw_late=int(nodes[0].latest * SCALE))
    model.add_vehicle_type(instance.vehicles, instance.capacity, depot, depot, fixed_cost=VEHICLE)
    for pickup, delivery in instance.pairs():
        (a, b), (c, d) = _window(pickup), _window(delivery)
        services = int(pickup.service * SCALE), int(delivery.service * SCALE)
        ends = places[pickup.number], places[delivery.number]
        model.add_shipment(*ends, a, b, services[0], c, d, services[1], amount=pickup.load)
    away = _table(instance, SCALE)
    for a, one in enumerate(places):
        for b, other in enumerate(places):
            model.add_edge(one, other, int(away[a, b]), int(away[a, b]))
    began, pairs = time.process_time(), instance.pairs()
    result = model.solve(lambda _: time.process_time() - began >= cpu_seconds, seed=1, display=False)
    if not result.is_feasible():
        return None
    return [
        [pairs[stop.idx][int(stop.is_delivery())].number for stop in route.schedule() if stop.is_pickup() or stop.is_delivery()]
        for route in result.best.routes()
    ]


def commiv(instance: Instance, cpu_seconds: float) -> Routes:
    """Its hierarchical driver: fewest vehicles first."""
    import commiv as solver  # type: ignore[import-not-found]

    nodes, pairs = instance.nodes, instance.pairs()
    answer = solver.solve_pdptw(
        _table(instance, SCALE).tolist(),
        [pickup.number for pickup, _ in pairs],
        [delivery.number for _, delivery in pairs],
        [pickup.load for pickup, _ in pairs],
        instance.capacity,
        [int(node.earliest * SCALE) for node in nodes],
        [int(node.latest * SCALE) for node in nodes],
        [int(node.service * SCALE) for node in nodes],
        fleet_min=True,
        wall_ms=int(cpu_seconds * slowness() * 1000),
    )
    return [[number for number in route if number] for route in answer.routes]


def vrp_cli(instance: Instance, cpu_seconds: float) -> Routes:
    import vrp_cli as solver  # type: ignore[import-not-found]

    problem, matrix = _pragmatic(instance), _table(instance, SCALE).flatten().tolist()
    limits = {"termination": {"maxTime": max(1, int(cpu_seconds * slowness()))}, "environment": {"parallelism": _ONE_THREAD}}
    matrices = [json.dumps({"profile": "car", "travelTimes": matrix, "distances": matrix})]
    answer = json.loads(solver.solve_pragmatic(problem=json.dumps(problem), matrices=matrices, config=json.dumps(limits)))
    if answer.get("unassigned"):
        return None
    return [_stops(tour["stops"]) for tour in answer["tours"]]


_ONE_THREAD = {"numThreadPools": 1, "threadsPerPool": 1}


def _stops(stops: Sequence[Any]) -> list[int]:
    """Activities are named by the job, which is the pickup's number and the delivery's."""
    acts = [act for stop in stops for act in stop["activities"] if act["type"] in ("pickup", "delivery")]
    return [int(act["jobId"].split("-")[act["type"] == "delivery"]) for act in acts]


def _pragmatic(instance: Instance) -> dict[str, Any]:
    """The instance in vrp-cli's own format, a unit of 10⁻³ as a second of the year 1970."""
    nodes = instance.nodes

    def place(number: int) -> dict[str, Any]:
        node = nodes[number]
        window = [[_moment(node.earliest), _moment(node.latest)]]
        return {"location": {"index": number}, "duration": node.service * SCALE, "times": window}

    jobs = [
        {
            "id": f"{a.number}-{b.number}",
            "pickups": [{"places": [place(a.number)], "demand": [a.load]}],
            "deliveries": [{"places": [place(b.number)], "demand": [a.load]}],
        }
        for a, b in instance.pairs()
    ]
    depot = {"location": {"index": 0}}
    shift = {"start": {"earliest": _moment(0), **depot}, "end": {"latest": _moment(nodes[0].latest), **depot}}
    vehicle = {
        "typeId": "bus",
        "vehicleIds": [f"bus {k}" for k in range(instance.vehicles)],
        "profile": {"matrix": "car"},
        "costs": {"fixed": VEHICLE, "distance": 1, "time": 0},
        "shifts": [shift],
        "capacity": [instance.capacity],
    }
    goals = [{"type": "minimize-unassigned"}, {"type": "minimize-tours"}, {"type": "minimize-distance"}]
    return {
        "plan": {"jobs": jobs},
        "fleet": {"vehicles": [vehicle], "profiles": [{"name": "car"}]},
        "objectives": [[goal] for goal in goals],
    }


def _moment(units: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(units * SCALE)))


def _window(node: Any) -> tuple[int, int]:
    return int(node.earliest * SCALE), int(node.latest * SCALE)


def _table(instance: Instance, scale: int) -> IntArray:
    points = np.array([(node.x, node.y) for node in instance.nodes])
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return np.asarray(np.ceil(np.round(away * scale, 4)), np.int32)


PEERS: dict[str, Callable[[Instance, float], Routes]] = {
    "ortools": ortools,
    "pyvroom": pyvroom,
    "pyvrp": pyvrp,
    "commiv": commiv,
    "vrp-cli": vrp_cli,
}
