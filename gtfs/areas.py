"""locations.geojson: the areas of on-demand services, as far as they are areas on earth."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from gtfs.archive import Archive
from gtfs.errors import FeedError
from gtfs.findings import Findings
from gtfs.limits import MIB

GEOJSON = "locations.geojson"
_GEOJSON_BYTES = 32 * MIB
_SAME_SHAPE = 0.99  # of the area, before and after an outline was mended


def read_areas(archive: Archive, findings: Findings) -> dict[str, Any]:
    """The usable features by id; what is left out is reported. None when the feed has no such file.

    Raises:
        FeedError: it is no GeoJSON, most of its areas are none, or it is unreasonably large.
    """
    if not archive.has(GEOJSON):
        return {}
    if archive.size(GEOJSON) > _GEOJSON_BYTES:
        raise FeedError("zip_too_large", GEOJSON, subject=f"more than {_GEOJSON_BYTES // MIB} MiB")
    text = b"".join(archive.chunks(GEOJSON, MIB))
    if text.count(b"[") > 2 * archive.limits.positions:
        raise FeedError("areas_too_large", GEOJSON, subject=f"{archive.limits.positions:,}")
    features = _features(text)
    usable: dict[str, Any] = {}
    corners = 0
    for number, feature in enumerate(features, start=1):
        rings = _rings(feature)
        corners += sum(len(ring) for ring in rings)
        if corners > archive.limits.positions:
            raise FeedError("areas_too_large", GEOJSON, number, f"{archive.limits.positions:,}")
        area = _sound(feature, rings, findings)
        if area is not None and str(area["id"]) not in usable:
            usable[str(area["id"])] = area
        else:
            name = feature.get("id", number) if isinstance(feature, dict) else number
            findings.add("area_unusable", GEOJSON, subject=str(name))
    if 2 * len(usable) < len(features):
        raise FeedError("areas_unreadable", GEOJSON, subject=f"{len(features) - len(usable)} of {len(features)}")
    return usable


def _features(text: bytes) -> list[Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        return list(document["features"])
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise FeedError("areas_unreadable", GEOJSON, subject=_reason(error)) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON (RFC 8259, section 6)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON at line {error.lineno}"
    if isinstance(error, RecursionError):
        return "nested without end"
    return "not text" if isinstance(error, UnicodeDecodeError) else "not GeoJSON"


def _rings(feature: Any) -> list[list[Any]]:  # noqa: ANN401  whatever the file holds
    """All rings of a feature's polygons; none where it has no polygon, or something that is no ring."""
    try:
        geometry = feature["geometry"]
        polygons = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
        rings = [ring for polygon in polygons for ring in polygon]
    except (KeyError, TypeError):
        return []
    return rings if all(isinstance(ring, list) for ring in rings) else []


def _sound(feature: Any, rings: list[list[Any]], findings: Findings) -> dict[str, Any] | None:  # noqa: ANN401  whatever the file holds
    """The feature, its outline mended where that changes next to nothing; None for one that is no area on earth."""
    identifier = feature.get("id") if isinstance(feature, dict) else None
    if not rings or not isinstance(identifier, str | int) or isinstance(identifier, bool):
        return None
    if not all(len(ring) >= 4 and ring[0] == ring[-1] and all(_is_position(position) for position in ring) for ring in rings):
        return None
    mended = _mended(feature["geometry"])
    if mended is None:
        return None
    if mended is not feature["geometry"]:
        findings.add("area_mended", GEOJSON, subject=str(identifier))
    return {**feature, "geometry": mended}


def _is_position(position: Any) -> bool:  # noqa: ANN401  whatever the file holds
    if not isinstance(position, list) or not 2 <= len(position) <= 4:
        return False
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in position):
        return False
    lon, lat = float(position[0]), float(position[1])
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def _mended(geometry: dict[str, Any]) -> dict[str, Any] | None:
    """The geometry itself when it is valid (OGC 06-103r4, 6.1.11), a valid one of nearly the same area, or None."""
    from shapely import make_valid  # noqa: PLC0415  few feeds have areas
    from shapely.geometry import MultiPolygon, Polygon, mapping, shape  # noqa: PLC0415

    outline = shape(geometry)
    if outline.is_valid:
        return geometry if outline.area > 0 else None
    made = make_valid(outline)
    parts = [part for part in getattr(made, "geoms", [made]) if isinstance(part, Polygon | MultiPolygon)]
    polygons = [one for part in parts for one in (part.geoms if isinstance(part, MultiPolygon) else [part])]
    area = sum(polygon.area for polygon in polygons)
    small, large = sorted((area, outline.area))  # the signed one: crossing loops count against each other
    if not area or small < _SAME_SHAPE * large:
        return None
    whole = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    return json.loads(json.dumps(mapping(whole)))  # type: ignore[no-any-return]  # lists, as read from JSON
