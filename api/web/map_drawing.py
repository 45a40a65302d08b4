"""A day's runs as a drawing (SVG): coordinates, paths and labels that do not cover each other; the template writes them down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import cos, radians
from string import ascii_uppercase

from mobility.actions.look_at_changes import ChangesSeen
from mobility.actions.look_at_day import DaySeen, HaltSeen, MapGround, RunSeen
from mobility.actions.look_at_service import ServiceSeen

WIDTH = 1000
_TALLEST, _FLATTEST = 1.1, 0.45
_LOOKS = 8
_LETTER_W, _LINE_H, _DOT = 8.6, 17, 6
_HEAVY = frozenset({"motorway", "trunk", "primary"})
_MIDDLE = frozenset({"secondary", "tertiary"})

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A text beside a point; ``x`` and ``y`` are where it begins, empty ``text`` where there was no room."""

    x: float
    y: float
    text: str
    at_x: float
    at_y: float


@dataclass(frozen=True, slots=True)
class RunDrawn:
    """A run: its letter, one of eight looks (colour and pattern of its line), its way, its halts."""

    letter: str
    look: int
    path: str
    halts: tuple[Label, ...]
    run: RunSeen


@dataclass(frozen=True, slots=True)
class MapDrawn:
    """Everything on the map; ``roads`` are (weight, path), ``scale_px`` is the length of a kilometre."""

    width: int
    height: int
    roads: tuple[tuple[str, str], ...]
    villages: tuple[Label, ...]
    runs: tuple[RunDrawn, ...]
    scale_px: float


@dataclass(slots=True)
class _Room:
    """What is taken on the paper."""

    width: float
    height: float
    taken: list[Box] = field(default_factory=list)

    def label(self, at: Point, text: str) -> Label:
        """The text right or left of a point, above or below; empty where all four places are taken."""
        x, y = at
        wide = len(text) * _LETTER_W
        for left, base in ((x + 9, y + 5), (x - 9 - wide, y + 5), (x - wide / 2, y - 12), (x - wide / 2, y + 23)):
            box = (left, base - _LINE_H, left + wide, base + 3)
            inside = left >= 0 and box[1] >= 0 and box[2] <= self.width and box[3] <= self.height
            if inside and not any(_overlap(box, other) for other in self.taken):
                self.taken.append(box)
                return Label(round(left, 1), round(base, 1), text, round(x, 1), round(y, 1))
        return Label(0, 0, "", round(x, 1), round(y, 1))


def letter_of(number: int) -> str:
    """A, B … Z, AA, AB …"""
    rest, last = divmod(number, len(ascii_uppercase))
    return (letter_of(rest - 1) if rest else "") + ascii_uppercase[last]


def draw_map(day: DaySeen, clock: Callable[[HaltSeen], str]) -> MapDrawn | None:
    """The map of a day; None without streets. ``clock`` says a halt's time."""
    if day.ground is None:
        return None
    project, height, scale = _projection(day.ground)
    room = _Room(WIDTH, height)
    room.taken += [_dot(project((halt.lon, halt.lat))) for run in day.runs for halt in run.halts]
    villages = [room.label(project((lon, lat)), name) for name, lon, lat in day.ground.villages]
    runs = tuple(_draw_run(number, run, project, room, clock) for number, run in enumerate(day.runs))
    return MapDrawn(WIDTH, round(height), _roads(day.ground, project), tuple(villages), runs, scale)


@dataclass(frozen=True, slots=True)
class ServiceDrawn:
    """A service on the map: its areas as one path, its stops with their names where there is room."""

    width: int
    height: int
    roads: tuple[tuple[str, str], ...]
    villages: tuple[Label, ...]
    area: str
    stops: tuple[Label, ...]
    scale_px: float


def draw_service(seen: ServiceSeen) -> ServiceDrawn:
    """Villages are named first: by them people find themselves."""
    project, height, scale = _projection(seen.ground)
    room = _Room(WIDTH, height)
    at = [project((stop.lon, stop.lat)) for stop in seen.stops]
    room.taken += [_dot(point) for point in at]
    villages = tuple(room.label(project((lon, lat)), name) for name, lon, lat in seen.ground.villages)
    stops = tuple(room.label(point, stop.name) for point, stop in zip(at, seen.stops, strict=True))
    area = _path([[*ring, ring[0]] for _, ring in seen.areas], project)
    return ServiceDrawn(WIDTH, round(height), _roads(seen.ground, project), villages, area, stops, scale)


@dataclass(frozen=True, slots=True)
class ChangesDrawn:
    """Stops before and after: those that stay as points, gone and new ones with their names where there is room, moved ones with where they
    were.
    """

    width: int
    height: int
    roads: tuple[tuple[str, str], ...]
    villages: tuple[Label, ...]
    dots: tuple[Point, ...]
    gone: tuple[Label, ...]
    new: tuple[Label, ...]
    moved: tuple[tuple[Label, Point], ...]
    scale_px: float


def draw_changes(seen: ChangesSeen) -> ChangesDrawn | None:
    """None where there is nothing to draw on, or no stop has changed. What is gone is named first: it hurts most."""
    if seen.ground is None:
        return None
    project, height, scale = _projection(seen.ground)
    room = _Room(WIDTH, height)
    at = {stop.id: project((stop.lon, stop.lat)) for stop in seen.drawn}
    room.taken += [_dot(point) for point in at.values()]
    labels = {(stop.change, stop.id): room.label(at[stop.id], stop.name) for stop in seen.drawn}
    villages = tuple(room.label(project((lon, lat)), name) for name, lon, lat in seen.ground.villages)
    gone, new = (tuple(label for (change, _), label in labels.items() if change == kind) for kind in ("gone", "new"))
    moved = tuple(
        (labels["moved", stop.id], _rounded(project(stop.was))) for stop in seen.drawn if stop.change == "moved" and stop.was
    )
    dots = tuple(
        point for point in (_rounded(project(dot)) for dot in seen.dots) if 0 <= point[0] <= WIDTH and 0 <= point[1] <= height
    )
    return ChangesDrawn(WIDTH, round(height), _roads(seen.ground, project), villages, dots, gone, new, moved, scale)


def _rounded(point: Point) -> Point:
    return round(point[0], 1), round(point[1], 1)


def _roads(ground: MapGround, project: Callable[[Point], Point]) -> tuple[tuple[str, str], ...]:
    return tuple((_weight(one.road_class), _path(one.lines, project)) for one in reversed(ground.roads))


def _projection(ground: MapGround) -> tuple[Callable[[Point], Point], float, float]:
    """Plate carrée at the middle latitude: for a county nobody sees the difference. Paths, the paper's height, pixels to a kilometre."""
    west, south, east, north = ground.bounds
    squeeze = cos(radians((south + north) / 2))
    natural = (north - south) / ((east - west) * squeeze)
    height = WIDTH * min(max(natural, _FLATTEST), _TALLEST)
    scale = min(WIDTH / ((east - west) * squeeze), height / (north - south))
    left = (WIDTH - (east - west) * squeeze * scale) / 2
    top = (height - (north - south) * scale) / 2

    def project(point: Point) -> Point:
        return left + (point[0] - west) * squeeze * scale, top + (north - point[1]) * scale

    return project, height, scale / 111.2


def _draw_run(
    number: int, run: RunSeen, project: Callable[[Point], Point], room: _Room, clock: Callable[[HaltSeen], str]
) -> RunDrawn:
    letter = letter_of(number)
    halts = tuple(
        room.label(project((halt.lon, halt.lat)), f"{letter}{at} {clock(halt)}") for at, halt in enumerate(run.halts, start=1)
    )
    return RunDrawn(letter, number % _LOOKS, _path([run.way], project), halts, run)


def _path(lines: Iterable[Iterable[Iterable[float]]], project: Callable[[Point], Point]) -> str:
    """Lines as one path, whole pixels' tenths, without points that fall together."""
    parts: list[str] = []
    for line in lines:
        points = [f"{x:.1f} {y:.1f}" for x, y in (project((lon, lat)) for lon, lat in line)]
        kept = [point for before, point in zip(["", *points], points, strict=False) if point != before]
        if len(kept) > 1:
            parts.append(f"M{kept[0]}L{' '.join(kept[1:])}")
    return "".join(parts)


def _weight(road_class: str) -> str:
    return "heavy" if road_class in _HEAVY else "middle" if road_class in _MIDDLE else "light"


def _dot(at: Point) -> Box:
    return at[0] - _DOT, at[1] - _DOT, at[0] + _DOT, at[1] + _DOT


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
