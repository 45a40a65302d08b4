"""Who may use which OSM way, and how fast: the only place that reads access tags and speeds.

Follows the OSM wiki (Key:access, Key:oneway, Key:barrier, OSM tags for routing/Access restrictions in Germany). Speeds by class come from
:mod:`routing.streets.calibration`; what a surface allows follows the car profile of OSRM (profiles/car.lua).

Not modelled: conditional and time-dependent tags, weight, height and width limits, reversible lanes (closed both ways), the ban of
through traffic on destination-only roads (they may be driven like any other).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from routing.streets.calibration import ROAD_CLASSES, Calibration, own_calibration

Tags = Mapping[str, str]

_CLOSED_CLASSES = frozenset(
    {"construction", "proposed", "raceway", "corridor", "elevator", "escape", "platform", "rest_area", "services"}
)
_CLASSES = frozenset(ROAD_CLASSES)
_WALKABLE = frozenset({*ROAD_CLASSES[2:10], "footway", "path", "pedestrian", "steps", "cycleway"})
_ALLOWING = frozenset(
    {"yes", "permissive", "designated", "destination", "customers", "delivery", "residents", "public", "official", "1"}
)
_OPEN_BARRIERS = frozenset(
    {
        "no",
        "entrance",
        "cattle_grid",
        "border_control",
        "toll_booth",
        "sally_port",
        "gate",
        "lift_gate",
        "height_restrictor",
        "arch",
    }
    | {"kerb", "yes_if_open", "open_gate", "coupure", "swing_gate", "bump_gate", "step", "block_open", "sump_buster_open"}
)
_ZONES_KPH = {"urban": 50.0, "rural": 100.0, "motorway": 130.0, "trunk": 130.0, "walk": 7.0, "living_street": 7.0, "none": 130.0}
_ZONES_KPH |= {
    "bicycle_road": 30.0,
    "zone30": 30.0,
    "zone:30": 30.0,
    "zone20": 20.0,
    "zone:20": 20.0,
    "signals": 100.0,
    "variable": 100.0,
}
_GROUND_KPH: dict[str, dict[str, float]] = {
    "surface": {
        **dict.fromkeys(("paving_stones", "bricks", "metal"), 60.0),
        **dict.fromkeys(("grass", "wood", "sett", "grass_paver", "gravel", "unpaved", "ground", "dirt", "pebblestone"), 40.0),
        **dict.fromkeys(("cobblestone", "unhewn_cobblestone", "clay"), 30.0),
        **dict.fromkeys(("earth", "stone", "rocky", "sand"), 20.0),
        "mud": 10.0,
    },
    "tracktype": {"grade1": 60.0, "grade2": 40.0, "grade3": 30.0, "grade4": 25.0, "grade5": 20.0},
    "smoothness": {"bad": 40.0, "very_bad": 20.0, "horrible": 10.0, "very_horrible": 5.0},
}
"""What the ground allows, in km/h as driven."""
_NUMBER = re.compile(r"^(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|knots)?$")
_CLOCK = re.compile(r"^(\d{1,3}):(\d{2})(?::(\d{2}))?$")
_ISO_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")


class Vehicle(Enum):
    """Access keys from the special to the general; the first one present on a way decides (OSM wiki, Key:access)."""

    CAR = ("motorcar", "motor_vehicle", "vehicle", "access")
    BUS = ("bus", "psv", "motor_vehicle", "vehicle", "access")


@dataclass(frozen=True, slots=True)
class Use:
    """What a way is good for. Speeds in km/h as driven (calibrated), 0 = not in this direction; ``duration_s`` is a ferry's
    published crossing time, 0 = none.
    """

    road_class: int
    forward_kph: float
    backward_kph: float
    foot: bool
    duration_s: int = 0


def use_of_way(tags: Tags, vehicle: Vehicle = Vehicle.CAR, calibration: Calibration | None = None) -> Use | None:
    """Who may use a way, or None if it is of no use to cars or walkers. Speeds by ``calibration`` (None: the program's own table)."""
    calibration = calibration or own_calibration()
    if tags.get("area") == "yes":
        return None
    if tags.get("route") in ("ferry", "shuttle_train"):
        return _use_of_ferry(tags, vehicle, calibration)
    kind = tags.get("highway", "").removesuffix("_link")
    if not kind or kind in _CLOSED_CLASSES:
        return None
    foot = _foot_allowed(tags, kind)
    forward = backward = 0.0
    if _vehicle_allowed(tags, kind, vehicle):
        road_class = (
            kind if kind in _CLASSES else ("service" if kind == "busway" else "unclassified" if kind == "road" else "path")
        )
        forward, backward = _directions(tags, kind, vehicle)
        forward *= _kph(tags, road_class, "forward", calibration)
        backward *= _kph(tags, road_class, "backward", calibration)
    else:
        road_class = kind if kind in _CLASSES else "path"
    if not (foot or forward or backward):
        return None
    return Use(ROAD_CLASSES.index(road_class), forward, backward, foot)


def blocks_vehicles(tags: Tags, vehicle: Vehicle = Vehicle.CAR) -> bool:
    """True for a node that cars cannot pass (bollard, closed gate ...). Explicit access on the node decides first."""
    verdict = _verdict(tags, vehicle.value)
    if verdict is not None:
        return not verdict
    barrier = tags.get("barrier")
    return barrier is not None and barrier not in _OPEN_BARRIERS


def parse_kph(text: str | None) -> float | None:
    """Posted speed in km/h of a ``maxspeed`` value such as ``50``, ``30 mph``, ``DE:rural``, ``none``; None if it says nothing."""
    if not text:
        return None
    text = text.split(";")[0].strip().lower()
    if match := _NUMBER.match(text):
        value = float(match[1]) * {"mph": 1.609344, "knots": 1.852}.get(match[2] or "", 1.0)
        return value if 1.0 <= value <= 200.0 else None
    return _ZONES_KPH.get(text.partition(":")[2] or text)


def parse_duration(text: str | None) -> int:
    """Seconds of an OSM ``duration`` (``0:20``, ``1:02:30``, ``15`` minutes, ``PT20M``); 0 if it says nothing usable."""
    if not text:
        return 0
    if match := _CLOCK.match(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    if match := _ISO_DURATION.match(text):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    return int(text) * 60 if text.isascii() and text.isdigit() and len(text) <= 4 else 0


def _use_of_ferry(tags: Tags, vehicle: Vehicle, calibration: Calibration) -> Use | None:
    drive = _verdict(tags, vehicle.value[:-1]) is True
    foot = _verdict(tags, ("foot", "access")) is not False and tags.get("route") == "ferry"
    if not (drive or foot):
        return None
    kph = calibration.paces["ferry"].free_kph * calibration.paces["ferry"].share if drive else 0.0
    back = 0.0 if tags.get("oneway") in ("yes", "1", "true") else kph
    return Use(ROAD_CLASSES.index("ferry"), kph, back, foot, parse_duration(tags.get("duration")))


def _verdict(tags: Tags, keys: tuple[str, ...]) -> bool | None:
    """Whether the most special of ``keys`` allows; None when none of them is present."""
    for key in keys:
        value = tags.get(key)
        if value is not None:
            return any(part.strip() in _ALLOWING for part in value.split(";"))
    return None


def _vehicle_allowed(tags: Tags, kind: str, vehicle: Vehicle) -> bool:
    verdict = _verdict(tags, vehicle.value)
    if verdict is not None and kind not in ("path", "footway", "steps", "pedestrian", "cycleway", "bridleway", "track"):
        return verdict
    if kind == "service" and tags.get("service") == "emergency_access":
        return False
    if kind in _CLASSES and kind not in ("path", "track", "ferry"):
        return True
    if kind == "busway":
        return vehicle is Vehicle.BUS
    if kind == "road":
        return True
    # Tracks, pedestrian streets and paths are open to cars only where a key made for vehicles says so.
    return kind not in ("footway", "steps") and _verdict(tags, vehicle.value[:-1]) is True


def _foot_allowed(tags: Tags, kind: str) -> bool:
    verdict = _verdict(tags, ("foot",))
    if verdict is not None:
        return verdict
    if tags.get("motorroad") == "yes" or kind not in _WALKABLE:
        return False
    return _verdict(tags, ("access",)) is not False


def _directions(tags: Tags, kind: str, vehicle: Vehicle) -> tuple[float, float]:
    """(forward, backward) as 1.0 or 0.0."""
    own = next((tags[f"oneway:{key}"] for key in vehicle.value if f"oneway:{key}" in tags), None)
    oneway = own or tags.get("oneway", "")
    if oneway in ("-1", "reverse"):
        return 0.0, 1.0
    if oneway in ("reversible", "alternating"):
        return 0.0, 0.0
    implied = kind == "motorway" or tags.get("junction") in ("roundabout", "circular")
    if oneway in ("yes", "1", "true") or (implied and oneway not in ("no", "0", "false")):
        return 1.0, 0.0
    return 1.0, 1.0


def _kph(tags: Tags, road_class: str, direction: str, calibration: Calibration) -> float:
    pace = calibration.paces[road_class]
    posted = (
        parse_kph(tags.get(f"maxspeed:{direction}")) or parse_kph(tags.get("maxspeed")) or parse_kph(tags.get("maxspeed:type"))
    )
    posted = posted or parse_kph(tags.get("source:maxspeed"))
    link = pace.link_kph if tags.get("highway", "").endswith("_link") else None
    if posted is None:
        kph = (link or pace.free_kph) * pace.share
    else:
        # "100 outside towns" is a ceiling on a country lane, not the speed that can be driven there.
        ceiling = pace.free_kph * (1.25 if road_class in ("motorway", "trunk", "primary", "secondary") else 1.6)
        kph = min(posted, ceiling) * pace.share
    return min(kph, *(_GROUND_KPH[key].get(tags.get(key, ""), kph) for key in _GROUND_KPH))
