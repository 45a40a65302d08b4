"""Judges a solution of a benchmark instance in double precision, on the file's own rules. It shares nothing with the search."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from routing.dialaride.instances import Instance, Node

TOLERANCE = 1e-6
"""What the sum of a few dozen rounded doubles may be off, in the file's units."""


def distance(instance: Instance, routes: Sequence[Sequence[int]]) -> float:
    """Length of all routes, depot to depot, in the file's units."""
    stops = [[instance.nodes[0], *(instance.nodes[n] for n in route), instance.nodes[0]] for route in routes if route]
    return sum(_leg(a, b) for route in stops for a, b in pairwise(route))


def faults(instance: Instance, routes: Sequence[Sequence[int]]) -> list[str]:
    """Everything wrong with the routes (numbers of visits as in the file, depot left out), one sentence each."""
    used = [route for route in routes if route]
    found = [f"{len(used)} routes for {instance.vehicles} vehicles"] if len(used) > instance.vehicles else []
    visited = sorted(number for route in used for number in route)
    if visited != list(range(1, len(instance.nodes))):
        found.append(f"visits made: {len(visited)}, once each: {len(set(visited))}, wanted: {len(instance.nodes) - 1}")
        return found
    for number, route in enumerate(used, start=1):
        found += [f"route {number}: {fault}" for fault in _faults_of_route(instance, [instance.nodes[n] for n in route])]
    return found


def _faults_of_route(instance: Instance, visits: Sequence[Node]) -> list[str]:
    place = {visit.number: index for index, visit in enumerate(visits)}
    found = [
        f"visit {visit.number} is not followed by its delivery {visit.partner}"
        for visit in visits
        if visit.load > 0 and place.get(visit.partner, -1) < place[visit.number]
    ]
    aboard = 0
    for visit in visits:
        aboard += visit.load
        if aboard > instance.capacity:
            found.append(f"{aboard} aboard after visit {visit.number}, capacity {instance.capacity}")
    if not found and service_times(instance, visits) is None:
        found.append("no times keep all windows, the longest ride and the longest duration")
    return found


def service_times(instance: Instance, visits: Sequence[Node]) -> list[float] | None:
    """The earliest start of service at the depot, every visit and the depot again, or None when no times keep all rules.

    Bellman-Ford on the difference constraints: every round raises a time to what another asks for; n rounds suffice, or none do.
    """
    stops = [instance.nodes[0], *visits, instance.nodes[0]]
    last, place = len(stops) - 1, {visit.number: index for index, visit in enumerate(visits, start=1)}
    asks = [(k, k + 1, stops[k].service * (k > 0) + _leg(stops[k], stops[k + 1])) for k in range(last)]
    asks.append((last, 0, -instance.max_duration))
    asks += [(place[v.partner], place[v.number], -v.service - instance.max_ride) for v in visits if v.load > 0]
    times = [stop.earliest for stop in stops]
    for _ in range(len(stops) + 1):
        changed = False
        for source, target, more in asks:
            if times[source] + more > times[target] + TOLERANCE / len(stops):
                times[target], changed = times[source] + more, True
        if not changed:
            in_time = all(time <= stop.latest + TOLERANCE for time, stop in zip(times, stops, strict=True))
            return times if in_time else None
    return None


def _leg(a: Node, b: Node) -> float:
    return hypot(a.x - b.x, a.y - b.y)
