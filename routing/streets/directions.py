"""Turn by turn: what to tell a driver who has the way on paper. German and English.

A step is told where there is a choice and the way is not simply the road going on. Angles are taken over the next metres of each street,
not at its first bend; a roundabout is one step with the number of its exit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from routing.streets.earth import great_circle_metres
from routing.streets.network import COST_BITS, DECIMETRES, Edges
from routing.streets.routes import Drive, edge_line
from routing.streets.snapping import FloatArray
from routing.streets.storing import Texts
from routing.streets.traveltimes import CostArray

_LOOK_M = 20.0
_NAME_HOLDS_M = 150.0
_STRAIGHT, _SLIGHT, _SHARP = 30.0, 50.0, 140.0
_LIKE = 25.0
"""Another exit this much farther from straight on may still be taken for the way on."""


class Turn(StrEnum):
    """What to do at a step."""

    DEPART = "depart"
    STRAIGHT = "straight"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SHARP_LEFT = "sharp_left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    SHARP_RIGHT = "sharp_right"
    U_TURN = "u_turn"
    ROUNDABOUT = "roundabout"
    ARRIVE = "arrive"
    ARRIVE_LEFT = "arrive_left"
    ARRIVE_RIGHT = "arrive_right"


@dataclass(frozen=True, slots=True)
class Step:
    """``turn`` at (``lon``, ``lat``) into ``street`` (may be empty), then ``metres`` and ``seconds`` until the next step. ``exit`` counts the
    exits of a roundabout (0: none); ``heading`` is a compass point (N, NE …) where one sets out. ``de`` and ``en`` are the sentence.
    """

    turn: Turn
    street: str
    metres: int
    seconds: int
    lon: float
    lat: float
    exit: int = 0
    heading: str = ""

    @property
    def de(self) -> str:
        """The sentence in German."""
        return _sentence(self, _GERMAN, _GERMAN_HEADINGS, f"die {self.exit}. Ausfahrt", " auf ")

    @property
    def en(self) -> str:
        """The sentence in English."""
        return _sentence(self, _ENGLISH, _ENGLISH_HEADINGS, f"exit {self.exit}", " onto ")


_GERMAN = {
    Turn.DEPART: "Losfahren",
    Turn.STRAIGHT: "Weiter",
    Turn.SLIGHT_LEFT: "Links halten",
    Turn.LEFT: "Links abbiegen",
    Turn.SHARP_LEFT: "Scharf links abbiegen",
    Turn.SLIGHT_RIGHT: "Rechts halten",
    Turn.RIGHT: "Rechts abbiegen",
    Turn.SHARP_RIGHT: "Scharf rechts abbiegen",
    Turn.U_TURN: "Wenden",
    Turn.ROUNDABOUT: "Im Kreisverkehr {exit} nehmen",
    Turn.ARRIVE: "Ziel erreicht",
    Turn.ARRIVE_LEFT: "Ziel auf der linken Seite",
    Turn.ARRIVE_RIGHT: "Ziel auf der rechten Seite",
}
_ENGLISH = {
    Turn.DEPART: "Set out",
    Turn.STRAIGHT: "Continue",
    Turn.SLIGHT_LEFT: "Keep left",
    Turn.LEFT: "Turn left",
    Turn.SHARP_LEFT: "Turn sharp left",
    Turn.SLIGHT_RIGHT: "Keep right",
    Turn.RIGHT: "Turn right",
    Turn.SHARP_RIGHT: "Turn sharp right",
    Turn.U_TURN: "Turn round",
    Turn.ROUNDABOUT: "At the roundabout take {exit}",
    Turn.ARRIVE: "You have arrived",
    Turn.ARRIVE_LEFT: "Your destination is on the left",
    Turn.ARRIVE_RIGHT: "Your destination is on the right",
}
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_GERMAN_HEADINGS = dict(
    zip(_POINTS, ("Norden", "Nordosten", "Osten", "Südosten", "Süden", "Südwesten", "Westen", "Nordwesten"), strict=True)
)
_ENGLISH_HEADINGS = dict(
    zip(_POINTS, ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"), strict=True)
)


def _sentence(step: Step, words: dict[Turn, str], headings: dict[str, str], exit_words: str, onto: str) -> str:
    text = words[step.turn].format(exit=exit_words)
    if step.street and not step.turn.startswith("arrive"):
        text += f"{onto}{step.street}"
    if step.heading:
        towards = "Richtung" if words is _GERMAN else "heading"
        text += f", {towards} {headings[step.heading]}"
    return text


class Directions:
    """Finds the steps of drives over one set of edges; ``drivable`` (2E,) tells which directed edges cars may use."""

    def __init__(self, edges: Edges, names: Texts, drivable: NDArray[np.bool_]) -> None:
        self._edges = edges
        self._names = names
        begin = np.stack((edges.tail, edges.head), axis=1).ravel()
        usable = np.flatnonzero(drivable)
        self._exits = usable[np.argsort(begin[usable], kind="stable")]
        self._first = np.searchsorted(begin[self._exits], np.arange(len(edges.node_ref) + 1))
        self._ends = begin.reshape(-1, 2)[:, ::-1].ravel()

    def steps(self, drive: Drive, costs: CostArray, side: int) -> list[Step]:
        """The steps of a drive; ``side`` of the last edge (from its tail to its head) on which the destination lies (1 left, −1 right)."""
        directed = drive.directed.tolist()
        share = np.ones(len(directed))
        share[0], share[-1] = (1 - drive.begin, drive.end) if len(directed) > 1 else (drive.end - drive.begin,) * 2
        each = costs[drive.directed]
        metres, seconds = ((part * share) for part in ((each & DECIMETRES) / 10, (each >> COST_BITS) / 1000))
        told = [(0, Turn.DEPART, 0), *_worth_telling([*self._turns(directed)], metres)]
        steps = [
            self._step(directed, told[n], told[n + 1][0] if n + 1 < len(told) else len(directed), (metres, seconds))
            for n in range(len(told))
        ]
        first = self._point(directed[0], drive.begin)
        steps[0] = Step(
            Turn.DEPART, steps[0].street, steps[0].metres, steps[0].seconds, *first, 0, self._compass(directed[0], drive.begin)
        )
        where = self._point(directed[-1], drive.end)
        seen = -side if directed[-1] & 1 else side
        arrival = Turn.ARRIVE_LEFT if seen > 0 else Turn.ARRIVE_RIGHT if seen < 0 else Turn.ARRIVE
        return [*steps, Step(arrival, self._name(directed[-1]), 0, 0, *where)]

    def _turns(self, directed: Sequence[int]) -> Iterator[tuple[int, Turn, int]]:
        """(position in the drive from which it holds, turn, exit of a roundabout)."""
        at = 1
        while at < len(directed):
            before, after = directed[at - 1], directed[at]
            if self._round(after) and not self._round(before):
                out = next((i for i in range(at, len(directed)) if not self._round(directed[i])), len(directed))
                passed = sum(self._leaves(d) for d in directed[at:out])
                if out < len(directed):  # else the destination is at the roundabout itself
                    yield at, Turn.ROUNDABOUT, max(1, passed)
                at = out + 1
                continue
            turn = self._turn(before, after)
            if turn is not None:
                yield at, turn, 0
            at += 1

    def _leaves(self, directed: int) -> int:
        """Exits of a roundabout at the end of one of its edges."""
        node = int(self._ends[directed])
        return sum(not self._round(int(d)) for d in self._exits[self._first[node] : self._first[node + 1]])

    def _turn(self, before: int, after: int) -> Turn | None:
        """What to tell at the junction between two edges; None: nothing, the road goes on."""
        if after == before ^ 1:
            return Turn.U_TURN
        node = int(self._ends[before])
        others = [int(d) for d in self._exits[self._first[node] : self._first[node + 1]] if d not in (after, before ^ 1)]
        angle = self._angle(before, after)
        rivals = [other for other in others if abs(self._angle(before, other)) < abs(angle) + _LIKE]
        if not others or self._goes_on(before, after, rivals):
            renamed = self._name(after) not in ("", self._name(before))
            return Turn.STRAIGHT if renamed else None
        if abs(angle) < _SLIGHT and rivals:
            return Turn.SLIGHT_LEFT if angle < min(self._angle(before, other) for other in rivals) else Turn.SLIGHT_RIGHT
        return _turn_by(angle)

    def _goes_on(self, before: int, after: int, rivals: Sequence[int]) -> bool:
        """Whether ``after`` is simply the road going on: straight and without rivals, or of the same name and the greatest there."""
        greatest = all(self._rank(after) < self._rank(other) for other in rivals)
        same_name = self._name(before) == self._name(after)
        if abs(self._angle(before, after)) < _STRAIGHT:
            return not rivals or (greatest and same_name)
        return same_name and self._name(after) != "" and greatest

    def _angle(self, before: int, after: int) -> float:
        """Degrees turned between two edges: negative left, positive right, −180 … 180."""
        change = self._bearing(after, at_start=True) - self._bearing(before, at_start=False)
        return (change + 180) % 360 - 180

    def _bearing(self, directed: int, *, at_start: bool) -> float:
        """Degrees from north, clockwise, over the first or last metres."""
        line = self._line(directed)
        near, far = (line[0], _along(line, _LOOK_M)) if at_start else (_along(line[::-1], _LOOK_M), line[-1])
        return _degrees_from_north(near, far)

    def _compass(self, directed: int, begin: float) -> str:
        line = self._line(directed)
        near = np.array(self._point(directed, begin))
        ahead = self._point(directed, min(1.0, begin + 0.5 * (1 - begin)))
        bearing = _degrees_from_north(near, np.array(ahead)) if tuple(near) != ahead else _degrees_from_north(line[0], line[-1])
        return _POINTS[round(bearing / 45) % 8]

    def _point(self, directed: int, fraction: float) -> tuple[float, float]:
        line = self._line(directed)
        along = np.concatenate(([0.0], np.cumsum(great_circle_metres(line[:, 0], line[:, 1]))))
        lon, lat = (float(np.interp(fraction * along[-1], along, line[:, axis])) for axis in (0, 1))
        return round(lon, 7), round(lat, 7)

    def _line(self, directed: int) -> FloatArray:
        line = edge_line(self._edges, directed >> 1)
        return line[::-1] if directed & 1 else line

    def _step(self, directed: Sequence[int], told: tuple[int, Turn, int], end: int, each: tuple[FloatArray, FloatArray]) -> Step:
        begin, turn, number = told
        street = self._name(directed[begin])
        if turn is Turn.ROUNDABOUT:
            after = next((d for d in directed[begin:] if not self._round(d)), directed[begin])
            street = self._name(after)
        metres, seconds = (float(part[begin:end].sum()) for part in each)
        return Step(turn, street, round(metres), round(seconds), *self._point(directed[begin], 0.0), number)

    def _name(self, directed: int) -> str:
        return self._names[int(self._edges.name[directed >> 1])]

    def _round(self, directed: int) -> bool:
        return bool(self._edges.roundabout[directed >> 1])

    def _rank(self, directed: int) -> int:
        return int(self._edges.road_class[directed >> 1])


def _worth_telling(turns: list[tuple[int, Turn, int]], metres: FloatArray) -> list[tuple[int, Turn, int]]:
    """Without new names of a road that goes on, where they hold for a few metres only."""
    ends = [*(at for at, _, _ in turns[1:]), len(metres)][: len(turns)]
    return [
        turn
        for turn, end in zip(turns, ends, strict=True)
        if turn[1] is not Turn.STRAIGHT or metres[turn[0] : end].sum() >= _NAME_HOLDS_M
    ]


def _turn_by(angle: float) -> Turn:
    left = angle < 0
    if abs(angle) < _STRAIGHT:
        return Turn.STRAIGHT
    if abs(angle) < _SLIGHT:
        return Turn.SLIGHT_LEFT if left else Turn.SLIGHT_RIGHT
    if abs(angle) < _SHARP:
        return Turn.LEFT if left else Turn.RIGHT
    return Turn.SHARP_LEFT if left else Turn.SHARP_RIGHT


def _along(line: FloatArray, metres: float) -> FloatArray:
    """The point so many metres along a line, or its end."""
    along = np.concatenate(([0.0], np.cumsum(great_circle_metres(line[:, 0], line[:, 1]))))
    return np.array([np.interp(metres, along, line[:, 0]), np.interp(metres, along, line[:, 1])])


def _degrees_from_north(start: FloatArray, end: FloatArray) -> float:
    east = (end[0] - start[0]) * math.cos(math.radians(start[1]))
    return math.degrees(math.atan2(east, end[1] - start[1])) % 360
