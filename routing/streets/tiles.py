"""Vector tiles (Mapbox Vector Tile 2.1) of streets, places and house numbers, for whoever draws maps of their own.

Layers: ``streets`` (``class``, ``name``), ``paths`` (on foot only), ``places`` (``name``), ``pois`` (``name``), ``addresses`` (``number``). What
a tile holds depends on its zoom, so that none grows large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray

from routing.streets.address_search import AddressIndex
from routing.streets.calibration import ROAD_CLASSES
from routing.streets.earth import degrees
from routing.streets.network import Edges
from routing.streets.snapping import FloatArray
from routing.streets.storing import Texts

LEAST_ZOOM, MOST_ZOOM = 6, 16
ATTRIBUTION = "© OpenStreetMap contributors, ODbL 1.0"
_EXTENT = 4096
_TOLERANCE = 4
_MARGIN = 64 / _EXTENT
"""Lines go on a little beyond the tile, so that their ends are not seen."""
_CLASSES_FROM_ZOOM = ((6, 2), (8, 3), (10, 5), (12, 7), (13, len(ROAD_CLASSES)))
"""(zoom, how many of :data:`ROAD_CLASSES` from the most important on)."""
_PATHS_FROM, _PLACES_FROM, _POIS_FROM, _NUMBERS_FROM = 14, 8, 15, 16
_MOST_LATITUDE = 85.051129


@dataclass(frozen=True, slots=True)
class TileNumber:
    """Zoom, column from the west, row from the north, as web maps count them.

    Raises:
        ValueError: there is no such tile.
    """

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not LEAST_ZOOM <= self.zoom <= MOST_ZOOM:
            raise ValueError(f"tiles have zooms from {LEAST_ZOOM} to {MOST_ZOOM}")
        if not (0 <= self.column < 2**self.zoom and 0 <= self.row < 2**self.zoom):
            raise ValueError(f"columns and rows of zoom {self.zoom} go from 0 to {2**self.zoom - 1}")

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) on the Mercator square, 0 … 1 eastwards and northwards."""
        size = 1.0 / 2**self.zoom
        north = 1.0 - self.row * size
        return self.column * size, north - size, (self.column + 1) * size, north


class TileMaker:
    """Makes tiles of one extract. ``drivable`` and ``edges.foot`` (E,) tell what may be used."""

    def __init__(self, edges: Edges, names: Texts, addresses: AddressIndex, drivable: NDArray[np.bool_]) -> None:
        self._edges = edges
        self._names = names
        self._addresses = addresses
        self._drivable = drivable
        self._points = _mercator(*degrees(edges.shape_x, edges.shape_y).T)
        lon_lat = addresses.positions()
        self._spot_points = _mercator(lon_lat[:, 0], lon_lat[:, 1])
        first = edges.shape_first[:-1]
        self._low = np.stack([np.minimum.reduceat(self._points[:, axis], first) for axis in (0, 1)], axis=1)
        self._high = np.stack([np.maximum.reduceat(self._points[:, axis], first) for axis in (0, 1)], axis=1)

    def tile(self, number: TileNumber) -> bytes:
        """The tile as protocol buffer; empty where there is nothing."""
        zoom, bounds = number.zoom, number.bounds
        classes = max(count for least, count in _CLASSES_FROM_ZOOM if zoom >= least)
        shown = self._drivable & (self._edges.road_class < classes)
        layers = [_layer("streets", self._lines(bounds, shown, named=True))]
        if zoom >= _PATHS_FROM:
            layers.append(_layer("paths", self._lines(bounds, self._edges.foot & ~self._drivable, named=False)))
        for name, kind, least in (
            ("places", "place", _PLACES_FROM),
            ("pois", "poi", _POIS_FROM),
            ("addresses", "address", _NUMBERS_FROM),
        ):
            if zoom >= least:
                layers.append(_layer(name, self._spots(bounds, kind)))
        filled = [layer for layer in layers if layer["features"]]
        if not filled:
            return b""
        return bytes(mapbox_vector_tile.encode(filled, default_options={"extents": _EXTENT}))

    def _lines(self, bounds: tuple[float, float, float, float], shown: NDArray[np.bool_], *, named: bool) -> list[dict[str, Any]]:
        """Edges of one class and name joined to lines, cut off at the tile's margin, simplified to what it can show."""
        west, south, east, north = bounds
        margin = (east - west) * _MARGIN
        box = (west - margin, south - margin, east + margin, north + margin)
        inside = (self._low <= box[2:]).all(axis=1) & (self._high >= box[:2]).all(axis=1)
        chosen = np.flatnonzero(shown & inside)
        kinds = self._edges.road_class[chosen].astype(np.int64) << 32 | (self._edges.name[chosen] if named else 0)
        features = []
        for kind in np.unique(kinds).tolist():
            lines = shapely.multilinestrings([shapely.LineString(self._line(edge)) for edge in chosen[kinds == kind].tolist()])
            cut = shapely.clip_by_rect(shapely.line_merge(lines), *box)
            plain = shapely.simplify(shapely.transform(cut, lambda at: _within(at, bounds)), _TOLERANCE, preserve_topology=False)
            if not shapely.is_empty(plain):
                name = self._names[kind & 0xFFFFFFFF]
                features.append(
                    {"geometry": plain, "properties": {"class": ROAD_CLASSES[kind >> 32]} | ({"name": name} if name else {})}
                )
        return features

    def _line(self, edge: int) -> FloatArray:
        return self._points[self._edges.shape_first[edge] : self._edges.shape_first[edge + 1]]

    def _spots(self, bounds: tuple[float, float, float, float], kind: str) -> list[dict[str, Any]]:
        west, south, east, north = bounds
        of_kind = self._addresses.of_kind(kind)
        at = self._spot_points[of_kind]
        inside = ((at >= (west, south)) & (at < (east, north))).all(axis=1)
        features = []
        for number, point in zip(of_kind[inside].tolist(), at[inside], strict=True):
            name = self._addresses.entry(number).label.partition(",")[0]
            told = {"number": name.rpartition(" ")[2]} if kind == "address" else {"name": name}
            features.append({"geometry": shapely.Point(_within(point, bounds)), "properties": told})
        return features


def _layer(name: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "features": features}


def _within(at: FloatArray, bounds: tuple[float, float, float, float]) -> FloatArray:
    """Whole steps eastwards and northwards from the tile's south-west corner."""
    return np.rint((at - bounds[:2]) * (_EXTENT / (bounds[2] - bounds[0])))


def _mercator(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """(K, 2) on the Mercator square, 0 … 1 eastwards and northwards."""
    phi = np.radians(np.clip(lat, -_MOST_LATITUDE, _MOST_LATITUDE))
    result: FloatArray = np.stack((lon / 360 + 0.5, 0.5 + np.log(np.tan(np.pi / 4 + phi / 2)) / (2 * np.pi)), axis=1)
    return result
