"""Coordinates as stored, and distances on the mean sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
COORDINATE_SCALE = 1e-7
"""Degrees per unit of stored coordinates (OSM's own resolution)."""


def degrees(x: NDArray[np.int32], y: NDArray[np.int32]) -> NDArray[np.float64]:
    """Stored coordinates (K,) as (K, 2) degrees, lon before lat."""
    result: NDArray[np.float64] = np.stack((x, y), axis=1).astype(np.float64) * COORDINATE_SCALE
    return result


def great_circle_metres(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between each point and the next (K − 1,), haversine on the mean sphere."""
    lam, phi = np.radians(lon), np.radians(lat)
    half = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[1:]) * np.cos(phi[:-1]) * np.sin(np.diff(lam) / 2) ** 2
    metres: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return metres
