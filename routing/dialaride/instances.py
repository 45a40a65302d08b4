"""Public benchmark files as problems of this engine: Cordeau's dial-a-ride instances, Li & Lim's pickups and deliveries.

Distances are Euclidean and unrounded in the files. The engine takes them in whole units of 10⁻⁵ (``SCALE``): times rounded up, so
that what is in time here is in time there; distances rounded to the nearest. Solutions are judged again in double precision on the
files' own rules (:mod:`routing.dialaride.referee`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from routing.dialaride.problem import Kind, Objective, Request, Route, Visit
from routing.travel import FOREVER, Matrix

SCALE = 100_000
UNSERVED = 10**10


class InstanceError(ValueError):
    """A benchmark file cannot be read; the message names file, line and what was expected."""


@dataclass(frozen=True, slots=True)
class Node:
    """One line of a file: number, coordinates, minutes of service, change aboard, window; the partner's number or −1."""

    number: int
    x: float
    y: float
    service: float
    load: int
    earliest: float
    latest: float
    partner: int = -1


@dataclass(frozen=True, slots=True)
class Instance:
    """A benchmark instance: ``nodes[0]`` is the depot, the rest pickups and deliveries. ``max_ride`` and ``max_duration`` are
    infinite where the file knows none.
    """

    name: str
    vehicles: int
    capacity: int
    nodes: tuple[Node, ...]
    max_duration: float = float("inf")
    max_ride: float = float("inf")

    def pairs(self) -> list[tuple[Node, Node]]:
        """Pickup and delivery of every ride, in the file's order of pickups."""
        by_number = {node.number: node for node in self.nodes}
        return [(node, by_number[node.partner]) for node in self.nodes[1:] if node.load > 0]


def read_cordeau(path: Path) -> Instance:
    """An instance of Cordeau & Laporte (2003; n counts both ends of every ride) or Cordeau (2006; n counts rides, an end depot
    follows).

    Raises:
        InstanceError: the file is not of either form.
    """
    lines = _numbers(path)
    vehicles, count, duration, capacity, ride = _row(
        path, lines, 0, 5, "vehicles, number, longest duration, capacity, longest ride"
    )
    rows = [_row(path, lines, k, 7, "number, x, y, service, load, earliest, latest") for k in range(1, len(lines))]
    rides = int(count) if len(rows) == 2 * int(count) + 2 else int(count) // 2
    if len(rows) not in (2 * rides + 1, 2 * rides + 2) or rides < 1:
        raise InstanceError(
            f"{path}, line 1: expected {int(count) + 1} lines to follow (number counts visits) or {2 * int(count) + 2} "
            f"(it counts rides), found {len(rows)}"
        )
    nodes = []
    for k, row in enumerate(rows[: 2 * rides + 1]):
        if int(row[0]) != k:
            raise InstanceError(f"{path}, line {lines[k + 1][0]}: expected visit number {k}, found {row[0]:g}")
        partner = -1 if k == 0 else (k + rides if k <= rides else k - rides)
        nodes.append(Node(k, row[1], row[2], row[3], int(row[4]), row[5], row[6], partner))
    instance = Instance(path.stem, int(vehicles), int(capacity), tuple(nodes), duration, ride)
    return _checked(path, lines, instance)


def read_li_lim(path: Path) -> Instance:
    """An instance of Li & Lim (2001): ``vehicles capacity speed``, then one line per visit with the partner of each.

    Raises:
        InstanceError: the file is not of that form.
    """
    lines = _numbers(path)
    vehicles, capacity, _ = _row(path, lines, 0, 3, "vehicles, capacity, speed")
    expected = "number, x, y, demand, earliest, latest, service, pickup, delivery"
    nodes = []
    for k in range(1, len(lines)):
        row = _row(path, lines, k, 9, expected)
        number, pickup, delivery = int(row[0]), int(row[7]), int(row[8])
        if number != k - 1:
            raise InstanceError(f"{path}, line {lines[k][0]}: expected visit number {k - 1}, found {number}")
        nodes.append(Node(number, row[1], row[2], row[6], int(row[3]), row[4], row[5], (delivery or pickup) if number else -1))
    return _checked(path, lines, Instance(path.stem, int(vehicles), int(capacity), tuple(nodes)))


def _numbers(path: Path) -> list[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers."""
    try:
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise InstanceError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InstanceError(f"{path}: expected a text of numbers, found bytes that are none") from None
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) < 2:
        raise InstanceError(f"{path}, line 1: expected a line of limits and one per visit, found {len(lines)} lines")
    return lines


def _row(path: Path, lines: Sequence[tuple[int, list[str]]], index: int, width: int, expected: str) -> list[float]:
    line, words = lines[index]
    try:
        row = [float(word) for word in words]
    except ValueError:
        row = []
    if len(row) != width or not np.isfinite(row).all():
        raise InstanceError(f"{path}, line {line}: expected {width} numbers ({expected}), found “{' '.join(words)[:60]}”")
    return row


def _checked(path: Path, lines: Sequence[tuple[int, list[str]]], instance: Instance) -> Instance:
    """Pairs fit together, windows are open, times fit the engine's range."""
    if instance.vehicles < 1 or instance.capacity < 1:
        raise InstanceError(f"{path}, line {lines[0][0]}: expected at least one vehicle and one place")
    nodes = instance.nodes
    for node in nodes:
        where = f"{path}, line {lines[node.number + 1][0]}"
        if node.earliest > node.latest:
            raise InstanceError(
                f"{where}: expected a window that opens before it closes, found {node.earliest:g} … {node.latest:g}"
            )
        if not node.earliest >= 0 or node.latest * SCALE >= FOREVER or node.service < 0:
            raise InstanceError(f"{where}: expected times from 0 to {FOREVER // SCALE}")
        if node.number == 0:
            continue
        mate = nodes[node.partner] if 0 < node.partner < len(nodes) else None
        if mate is None or mate.partner != node.number or mate.load != -node.load or node.load == 0:
            raise InstanceError(f"{where}: expected a partner with the opposite load, found {node.partner}")
    return instance


def as_problem(instance: Instance, vehicles: int | None = None) -> tuple[Matrix, list[Route], list[Request], Objective]:
    """The instance in the engine's terms: places are the file's visits, time and distance in units of 1 / ``SCALE``."""
    points = np.array([(node.x, node.y) for node in instance.nodes])
    away = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    seconds = np.ceil(np.round(away * SCALE, 4))
    matrix = Matrix(seconds.astype(np.int32), np.round(away * SCALE).astype(np.int32))
    depot = instance.nodes[0]
    window = _whole(depot.earliest), _whole(depot.latest)
    visits = Visit(Kind.START, 0, *window), Visit(Kind.END, 0, *window)
    duration = _whole(instance.max_duration)
    route = Route(visits, ((instance.capacity,),), max_duration=duration)
    requests = [_request(instance, number, *pair) for number, pair in enumerate(instance.pairs())]
    objective = Objective(drive_second=0, metre=1, ride_second=0, wait_second=0, unserved=UNSERVED)
    return matrix, [route] * (vehicles or instance.vehicles), requests, objective


def _request(instance: Instance, number: int, pickup: Node, dropoff: Node) -> Request:
    ride = _whole(instance.max_ride)
    return Request(_visit(Kind.PICKUP, pickup, number), _visit(Kind.DROPOFF, dropoff, number, ride))


def _visit(kind: Kind, node: Node, number: int, ride: int = FOREVER) -> Visit:
    window = int(np.ceil(node.earliest * SCALE)), _whole(node.latest)
    return Visit(kind, node.number, *window, int(np.ceil(node.service * SCALE)), (node.load,), number, ride)


def _whole(amount: float) -> int:
    """In the engine's unit, rounded down: limits."""
    return FOREVER if amount * SCALE >= FOREVER else int(np.floor(amount * SCALE))
