"""Map tiles as a map library asks for them."""

from __future__ import annotations

import math
from typing import Any

import mapbox_vector_tile
import pytest

from tests.county_web import Web


def address(lon: float, lat: float, zoom: int) -> str:
    """The tile that holds a point, by the formula of the OSM wiki (Slippy map tilenames)."""
    column = int((lon + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    return f"/tiles/{zoom}/{column}/{row}.mvt"


def test_streets_and_villages_are_on_the_map(web: Web) -> None:
    told = web.call(None, "GET", "/tiles.json").json()
    assert told["tilejson"] == "3.0.0"
    assert "OpenStreetMap" in told["attribution"]
    village = web.county.place("Markt 8, Auenfurt")
    west, south, east, north = told["bounds"]
    assert west < village.lon < east
    assert south < village.lat < north
    answer = web.call(None, "GET", address(village.lon, village.lat, told["maxzoom"]))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    layers: dict[str, Any] = mapbox_vector_tile.decode(answer.content)
    assert set(layers) <= {layer["id"] for layer in told["vector_layers"]}
    assert "Markt" in {feature["properties"].get("name") for feature in layers["streets"]["features"]}
    assert "8" in {feature["properties"]["number"] for feature in layers["addresses"]["features"]}
    for zoom in range(told["minzoom"], told["maxzoom"]):
        assert web.call(None, "GET", address(village.lon, village.lat, zoom)).status_code in (200, 204)


def test_a_tile_is_sent_once(web: Web) -> None:
    village = web.county.place("Markt 8, Auenfurt")
    first = web.call(None, "GET", address(village.lon, village.lat, 14))
    again = web.call(None, "GET", address(village.lon, village.lat, 14), If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert "max-age" in first.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/tiles/5/1/1.mvt", "/tiles/17/1/1.mvt", "/tiles/10/1024/1.mvt", "/tiles/10/1/-1.mvt", "/tiles/a/b/c.mvt"]
)
def test_tiles_that_do_not_exist(web: Web, path: str) -> None:
    answer = web.call(None, "GET", path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_nothing_in_the_sea(web: Web) -> None:
    assert web.call(None, "GET", address(0.0, 0.0, 14)).status_code == 204
