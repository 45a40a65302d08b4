"""The lie of the invented land: county border, river, railway, and where people settled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from shapely import LineString, Polygon
from shapely import Point as ShapelyPoint

from seed.names import NAMES
from seed.sketch import Point, distance, resampled, smoothed

COUNTY = "Landkreis Auental (erfunden)"
TOWN = "Auenfurt"
SMALL_TOWN = "Kranichstedt"

_TOWN_AT = (-1200.0, -700.0)
_SMALL_TOWN_AT = (8300.0, 3900.0)
_NEIGHBOURS = {
    "Prunitz": (-20500.0, -3300.0),
    "Seelenthin": (20800.0, 6200.0),
    "Hartelsrode": (-600.0, 18200.0),
    "Luchfurt": (2100.0, -17600.0),
}


class Rank(StrEnum):
    """How large a settlement is; neighbours lie outside the county and only their fringe is drawn."""

    TOWN = "town"
    SMALL_TOWN = "small_town"
    VILLAGE = "village"
    HAMLET = "hamlet"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A place where people live; its built-up area reaches about ``radius_m`` from ``at``."""

    name: str
    rank: Rank
    at: Point
    population: int
    radius_m: float

    @property
    def adjective(self) -> str:
        """As streets that lead there are called: "Grelitzer"."""
        return self.name + ("r" if self.name.endswith("e") else "er")


@dataclass(frozen=True, slots=True)
class Land:
    """What was there before the roads."""

    border: list[Point]
    river: list[Point]
    railway: list[Point]
    settlements: list[Settlement]

    @property
    def county(self) -> list[Settlement]:
        """The settlements of the county itself."""
        return [settlement for settlement in self.settlements if settlement.rank is not Rank.NEIGHBOUR]


def lay_out_land(rng: np.random.Generator) -> Land:
    """Border, river, railway and some sixty settlements."""
    border = _border(rng)
    river = _river(rng)
    railway = _railway()
    return Land(border, river, railway, _settlements(rng, border, river, railway))


def _border(rng: np.random.Generator) -> list[Point]:
    phases = rng.uniform(0, 2 * math.pi, 4)
    ring = []
    for step in range(72):
        angle = 2 * math.pi * step / 72
        wobble = 1 + sum(0.035 * math.sin((k + 2) * angle + float(phases[k])) for k in range(4))
        ring.append((16300 * wobble * math.cos(angle), 13300 * wobble * math.sin(angle)))
    return [*ring, ring[0]]


def _river(rng: np.random.Generator) -> list[Point]:
    """From the north-east past the town's north side to the south-west, meandering."""
    course = [(13500, 19000), (11000, 13000), (6200, 9800), (4700, 5200), (1500, 2600), (-400, 250), (-1300, -250)]
    course += [(-2600, -700), (-5200, -3900), (-7000, -8200), (-12500, -11000), (-16500, -16500)]
    near_town = resampled(smoothed([(float(x), float(y)) for x, y in course]), 420)
    bent = [
        point if distance(point, _TOWN_AT) < 1500 else (point[0] + rng.uniform(-170, 170), point[1] + rng.uniform(-170, 170))
        for point in near_town
    ]
    return smoothed(bent, 2)


def _railway() -> list[Point]:
    """From the western neighbour past the south of the town and the small town to the eastern neighbour."""
    west, east = _NEIGHBOURS["Prunitz"], _NEIGHBOURS["Seelenthin"]
    town, small = _TOWN_AT, _SMALL_TOWN_AT
    course = [(west[0] - 1500, west[1] - 550), (west[0], west[1] - 450), (-11000, -3600), (-5200, -2150)]
    course += [(town[0] - 900, town[1] - 880), (town[0] + 900, town[1] - 830), (3200, -300), (6200, 2650)]
    course += [(small[0] - 300, small[1] - 560), (small[0] + 1500, small[1] - 380), (14000, 3900), (east[0], east[1] - 450)]
    return resampled(smoothed([*course, (east[0] + 1500, east[1] - 300)]), 90)


def _settlements(rng: np.random.Generator, border: list[Point], river: list[Point], railway: list[Point]) -> list[Settlement]:
    placed = [
        Settlement(TOWN, Rank.TOWN, _TOWN_AT, 9800, 1250),
        Settlement(SMALL_TOWN, Rank.SMALL_TOWN, _SMALL_TOWN_AT, 3100, 760),
    ]
    placed += [Settlement(name, Rank.NEIGHBOUR, at, 12000, 330) for name, at in _NEIGHBOURS.items()]
    inside = Polygon(border).buffer(-900)
    water, rails = LineString(river), LineString(railway)
    for name in (*NAMES["villages"], *NAMES["hamlets"]):
        rank = Rank.VILLAGE if name in NAMES["villages"] else Rank.HAMLET
        population = round(float(rng.lognormal(6.25, 0.35) if rank is Rank.VILLAGE else rng.lognormal(4.6, 0.5)))
        radius = 240 + 0.25 * population if rank is Rank.VILLAGE else 130 + 0.5 * population
        while True:
            at = (round(float(rng.uniform(-16500, 16500)), 1), round(float(rng.uniform(-14000, 14000)), 1))
            here = ShapelyPoint(at)
            clear = here.within(inside) and here.distance(water) > radius + 60 and here.distance(rails) > radius + 60
            if clear and all(distance(at, other.at) > _spacing(rank, other) for other in placed):
                break
        placed.append(Settlement(name, rank, at, population, radius))
    return placed


def _spacing(rank: Rank, other: Settlement) -> float:
    """How far a new settlement of ``rank`` keeps from another, metres."""
    if other.rank is Rank.TOWN:
        return 3400
    if other.rank in (Rank.SMALL_TOWN, Rank.NEIGHBOUR):
        return 2700
    return 3900 if rank is Rank.VILLAGE and other.rank is Rank.VILLAGE else 2050
