"""How fast roads are driven, by class and hour: one table for all extracts, in ``calibration.toml`` beside this file.

A county with figures of its own hands in another file of the same shape.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from routing.streets.errors import StreetsError

ROAD_CLASSES = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
    "ferry",
    "path",
)
"""Order is part of the stored format: an edge keeps its class as a position in this tuple."""

_LEAST_FACTOR, _MOST_FACTOR = 0.1, 20.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Speeds of a class: ``free_kph`` where no limit is posted, ``link_kph`` on its ramps (None: as on the road itself), and
    ``share`` of the posted or free speed that is driven on average, bends, junctions and other traffic included.
    """

    free_kph: float
    share: float
    link_kph: float | None = None


@dataclass(frozen=True, slots=True)
class HourProfile:
    """Some hours of the day (0 … 23, local time) in which each class takes ``times`` (by :data:`ROAD_CLASSES`) as long as on average."""

    name: str
    hours: tuple[int, ...]
    times: tuple[float, ...]


AVERAGE = HourProfile("average", (), (1.0,) * len(ROAD_CLASSES))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The table: ``paces`` by class, ``profiles`` by hour; hours that none of them names are average. ``source`` tells where the
    figures are from.
    """

    source: str
    paces: Mapping[str, Pace]
    profiles: tuple[HourProfile, ...]

    def profile_at(self, hour: int) -> HourProfile:
        """The profile of an hour of the day, 0 … 23."""
        return next((profile for profile in self.profiles if hour in profile.hours), AVERAGE)


@cache
def own_calibration() -> Calibration:
    """The table that comes with the program."""
    return read_calibration(Path(__file__).with_name("calibration.toml"))


def read_calibration(file: Path) -> Calibration:
    """Read a table.

    Raises:
        StreetsError: the file is missing, is not TOML, lacks a class, or holds a figure that no road has.
    """
    try:
        with file.open("rb") as stream:
            table = tomllib.load(stream)
    except OSError as error:
        raise StreetsError(file.name, f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StreetsError(file.name, f"not TOML: {error}") from None
    return calibration_of(table, file.name)


def calibration_of(table: Mapping[str, Any], where: str) -> Calibration:
    """The table from parsed TOML or JSON.

    Raises:
        StreetsError: as :func:`read_calibration`.
    """
    classes, hours = table.get("road", {}), table.get("hour_profile", [])
    if not isinstance(classes, dict) or not isinstance(hours, list):
        raise StreetsError(where, "must hold tables [road.CLASS] and [[hour_profile]]")
    if unknown := sorted(set(classes) - set(ROAD_CLASSES)):
        raise StreetsError(where, f"unknown road class {unknown[0]}", f"use {', '.join(ROAD_CLASSES)}")
    if missing := [name for name in ROAD_CLASSES if name not in classes]:
        raise StreetsError(where, f"lacks [road.{missing[0]}]")
    paces = {name: _pace(classes[name], f"{where} [road.{name}]") for name in ROAD_CLASSES}
    return Calibration(str(table.get("source", "")), paces, tuple(_profile(one, where) for one in hours))


def as_table(calibration: Calibration) -> dict[str, Any]:
    """What :func:`calibration_of` reads again."""
    return {
        "source": calibration.source,
        "road": {
            name: {"free_kph": pace.free_kph, "share": pace.share}
            | ({} if pace.link_kph is None else {"link_kph": pace.link_kph})
            for name, pace in calibration.paces.items()
        },
        "hour_profile": [
            {"name": one.name, "hours": list(one.hours), "times": dict(zip(ROAD_CLASSES, one.times, strict=True))}
            for one in calibration.profiles
        ],
    }


def _pace(table: object, where: str) -> Pace:
    if not isinstance(table, dict):
        raise StreetsError(where, "must be a table")
    free = _figure(table, "free_kph", where, (1.0, 200.0))
    link = _figure(table, "link_kph", where, (1.0, 200.0)) if "link_kph" in table else None
    return Pace(free, _figure(table, "share", where, (0.1, 1.5)), link)


def _profile(table: object, where: str) -> HourProfile:
    if not isinstance(table, dict) or not isinstance(table.get("times"), dict) or not isinstance(table.get("hours"), list):
        raise StreetsError(where, "each [[hour_profile]] needs name, hours and times")
    hours = table["hours"]
    if not all(type(hour) is int and 0 <= hour <= 23 for hour in hours):
        raise StreetsError(where, f"hours of profile {table.get('name')!r} must be whole numbers from 0 to 23")
    if unknown := sorted(set(table["times"]) - set(ROAD_CLASSES)):
        raise StreetsError(where, f"unknown road class {unknown[0]} in a profile", f"use {', '.join(ROAD_CLASSES)}")
    limits = (_LEAST_FACTOR, _MOST_FACTOR)
    times = tuple(_figure(table["times"], name, where, limits) if name in table["times"] else 1.0 for name in ROAD_CLASSES)
    return HourProfile(str(table.get("name", "")), tuple(hours), times)


def _figure(table: Mapping[str, Any], key: str, where: str, limits: tuple[float, float]) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not limits[0] <= value <= limits[1]:
        raise StreetsError(where, f"{key} must be a number from {limits[0]:g} to {limits[1]:g}, found {value!r}")
    return float(value)
