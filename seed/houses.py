"""Houses along the streets of a settlement, numbered as usual: odd on the left, even on the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely import LineString
from shapely import Point as ShapelyPoint

from seed.land import Rank, Settlement
from seed.sketch import Point, Sketch, bearing, distance, offset

_FRONTAGE_M = {Rank.TOWN: 36.0, Rank.SMALL_TOWN: 36.0, Rank.VILLAGE: 36.0, Rank.HAMLET: 42.0, Rank.NEIGHBOUR: 60.0}
_POSTCODES = ("00421", "00423", "00425", "00427")


@dataclass(frozen=True, slots=True)
class House:
    """An address; ``node`` is its node in the sketch."""

    node: int
    settlement: str
    street: str
    number: int
    at: Point

    @property
    def address(self) -> str:
        """As on a letter: "Kirchweg 3, Grelitz"."""
        return f"{self.street} {self.number}, {self.settlement}"


class _Taken:
    """Where houses stand already, in squares as wide as the space each keeps."""

    SPACE_M = 16

    def __init__(self) -> None:
        self._squares: dict[tuple[int, int], list[Point]] = {}

    def add(self, at: Point) -> None:
        self._squares.setdefault(self._square(at), []).append(at)

    def is_near(self, at: Point) -> bool:
        """Whether a house stands too near."""
        column, row = self._square(at)
        around = ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
        return any(distance(at, other) < self.SPACE_M for square in around for other in self._squares.get(square, ()))

    def _square(self, at: Point) -> tuple[int, int]:
        return int(at[0] // self.SPACE_M), int(at[1] // self.SPACE_M)


def build_houses(sketch: Sketch, settlement: Settlement, barriers: list[LineString], rng: np.random.Generator) -> list[House]:
    """Houses on both sides of every named street, clear of streets, water and each other. No German postcode begins with 00."""
    ways = [way for way in sketch.highways_near(settlement.at, 1.3 * settlement.radius_m) if way.is_drivable]
    obstacles = np.array([LineString(sketch.points(way)) for way in ways] + barriers, dtype=object)
    streets = [way for way in ways if way.settlement == settlement.name and "name" in way.tags and not way.is_bridge]
    numbers: dict[str, list[int]] = {}
    built: list[House] = []
    taken = _Taken()
    for way in streets:
        for at, side in _lots(sketch.points(way), _FRONTAGE_M[settlement.rank], rng):
            if taken.is_near(at) or shapely.dwithin(obstacles, ShapelyPoint(at), 10).any():
                continue
            street = way.tags["name"]
            counter = numbers.setdefault(street, [1, 2])
            node = sketch.node(at, _address_tags(settlement, street, counter[side]))
            built.append(House(node, settlement.name, street, counter[side], at))
            counter[side] += 2
            taken.add(at)
    return built


def _lots(points: list[Point], frontage_m: float, rng: np.random.Generator) -> list[tuple[Point, int]]:
    """Positions 14 to 19 m off the line; side 0 is left, 1 right."""
    lots = []
    left_over = 14.0
    for a, b in pairwise(points):
        along, total = bearing(a, b), distance(a, b)
        position = left_over
        while position < total:
            for side, turn in ((0, math.pi / 2), (1, -math.pi / 2)):
                on_road = offset(a, along, position + float(rng.uniform(-4, 4)))
                lots.append((offset(on_road, along + turn, float(rng.uniform(14, 19))), side))
            position += frontage_m
        left_over = position - total
    return lots


def _address_tags(settlement: Settlement, street: str, number: int) -> dict[str, str]:
    rank = {Rank.TOWN: 0, Rank.SMALL_TOWN: 1}.get(settlement.rank, 2 + (settlement.at[0] > 0))
    return {
        "addr:city": settlement.name,
        "addr:housenumber": str(number),
        "addr:postcode": _POSTCODES[rank],
        "addr:street": street,
    }
