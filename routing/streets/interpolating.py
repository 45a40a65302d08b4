"""House numbers between those that are mapped: ways of ``addr:interpolation`` (OSM wiki, Addresses, Using interpolation)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from routing.streets.earth import COORDINATE_SCALE, great_circle_metres

_LEADING = re.compile(r"^\s*(\d+)\s*([a-z]?)", re.IGNORECASE)
_STEPS = {"even": 2, "odd": 2, "all": 1}
_MOST_BETWEEN = 200
"""A longer gap is a slip of the mapper: nobody lives at all numbers from 1 to 10001."""

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A way of ``addr:interpolation``: its nodes as (id, x, y), coordinates in 1e-7 degrees."""

    nodes: tuple[tuple[int, int, int], ...]
    tags: Tags


def numbers_between(line: NumberLine, tags_of_node: Mapping[int, Tags]) -> Iterator[tuple[int, int, dict[str, str]]]:
    """(x, y, address tags) of each number between two neighbouring numbered nodes of the line, spread evenly along it."""
    at = [i for i, (ref, _, _) in enumerate(line.nodes) if "addr:housenumber" in tags_of_node.get(ref, {})]
    for low, high in pairwise(at):
        ends = tags_of_node[line.nodes[low][0]], tags_of_node[line.nodes[high][0]]
        between = _between(ends[0]["addr:housenumber"], ends[1]["addr:housenumber"], line.tags["addr:interpolation"])
        if between:
            shared = {
                key: value for key, value in ends[0].items() if key.startswith("addr:") and ends[1].get(key, value) == value
            }
            shared |= {key: value for key, value in line.tags.items() if key.startswith("addr:")}
            shared.pop("addr:interpolation")
            for (x, y), number in zip(_spread(line.nodes[low : high + 1], len(between)), between, strict=True):
                yield x, y, shared | {"addr:housenumber": number}


def _between(first: str, last: str, kind: str) -> list[str]:
    """Numbers strictly between two, in the direction of the way; none when they cannot be told."""
    one, other = _LEADING.match(first), _LEADING.match(last)
    if not one or not other:
        return []
    begin, end = int(one[1]), int(other[1])
    if kind == "alphabetic" and begin == end and one[2] and other[2]:
        letters = _strictly_between(ord(one[2].lower()), ord(other[2].lower()), 1)
        return [f"{begin}{chr(letter)}" for letter in letters]
    step = _STEPS.get(kind) or (int(kind) if re.fullmatch(r"[1-9]\d?", kind) else 0)
    if not step or abs(end - begin) > _MOST_BETWEEN * step:
        return []
    return [str(number) for number in _strictly_between(begin, end, step)]


def _strictly_between(begin: int, end: int, step: int) -> list[int]:
    return list(range(begin + step, end, step)) if begin < end else list(range(begin - step, end, -step))


def _spread(nodes: tuple[tuple[int, int, int], ...], count: int) -> Iterator[tuple[int, int]]:
    """``count`` points on a line, as far from each other as from its ends."""
    x, y = (np.array([node[axis] for node in nodes], dtype=np.float64) for axis in (1, 2))
    along = np.concatenate(([0.0], np.cumsum(great_circle_metres(x * COORDINATE_SCALE, y * COORDINATE_SCALE))))
    where = np.linspace(0.0, along[-1], count + 2)[1:-1]
    yield from zip(
        np.rint(np.interp(where, along, x)).astype(int).tolist(),
        np.rint(np.interp(where, along, y)).astype(int).tolist(),
        strict=True,
    )
