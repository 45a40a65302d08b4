"""What comes from other people's servers: addresses from a geocoder, streets of a place by name. No test asks a real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest
import shapely

from routing.streets.by_name import fetch_place
from routing.streets.errors import StreetsError
from routing.streets.geocoders import GeocoderError, Nominatim, Photon, geocoder_named
from routing.streets.importing import import_streets

PHOTON = {
    "features": [
        {
            "geometry": {"coordinates": [12.1, 53.2]},
            "properties": {"street": "Hauptstraße", "housenumber": "5", "city": "Pritzwalk"},
        },
        {"geometry": {"coordinates": ["x"]}, "properties": {}},
        {"properties": None},
        {"geometry": {"coordinates": [999, 53]}, "properties": {"name": "nowhere"}},
    ]
}
NOMINATIM = [{"lon": "12.1", "lat": "53.2", "display_name": "5, Hauptstraße, Pritzwalk, Brandenburg, Deutschland"}, {"lon": "x"}]
HOST = "http://127.0.0.1:9"


def answering(answer: Any, asked: list[httpx.URL] | None = None) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        (asked if asked is not None else []).append(request.url)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    return httpx.MockTransport(handle)


def test_photon_and_nominatim_speak_their_own_language() -> None:
    asked: list[httpx.URL] = []
    photon = Photon(HOST, allow_private=True, transport=answering(PHOTON, asked))
    nominatim = Nominatim(HOST, allow_private=True, transport=answering(NOMINATIM, asked))
    assert [(one.label, one.lon, one.lat) for one in photon.find("hauptstr 5", (12.0, 53.0))] == [
        ("Hauptstraße 5, Pritzwalk", 12.1, 53.2)
    ]
    assert [one.label for one in nominatim.find("hauptstr 5")] == ["5, Hauptstraße, Pritzwalk, Brandenburg"]
    assert [(url.path, url.params["q"]) for url in asked] == [("/api", "hauptstr 5"), ("/search", "hauptstr 5")]
    assert asked[0].params["lon"] == "12.0000"


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="<html>"), {"error": "no"}, 7, None])
def test_nonsense_is_no_answer(answer: Any) -> None:
    for kind in (Photon, Nominatim):
        with pytest.raises(GeocoderError) as caught:
            kind(HOST, allow_private=True, transport=answering(answer)).find("Meine Straße 5")
        assert "Meine" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "http://localhost:8080", "http://10.0.0.3", "http://[::1]", "http://169.254.1.1"]
)
def test_the_own_network_is_not_asked_unless_it_is_meant(url: str) -> None:
    asked: list[httpx.URL] = []
    with pytest.raises(GeocoderError, match="not a public address"):
        Photon(url, transport=answering(PHOTON, asked)).find("x")
    assert asked == []


def test_geocoders_by_name() -> None:
    assert geocoder_named("photon:https://p.example/") == Photon("https://p.example")
    assert geocoder_named("nominatim:http://n.example", allow_private=True) == Nominatim("http://n.example", allow_private=True)
    for wrong in ("", "https://p.example", "google:https://p.example", "photon:file:///etc/passwd"):
        with pytest.raises(GeocoderError, match="name a geocoder as"):
            geocoder_named(wrong)


def test_streets_of_a_place_by_name(sketch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """osmnx finds the outline; Overpass answers with a file that is imported like any other."""
    sketch.node(1, 0, 0)
    sketch.node(2, 10, 0)
    sketch.way(1, [1, 2], highway="residential", name="Hauptstraße")
    body = sketch.write(tmp_path / "overpass.osm").read_bytes()
    outline = shapely.box(12.0, 53.0, 12.1, 53.1)
    monkeypatch.setattr("osmnx.geocode_to_gdf", lambda _place: geopandas.GeoDataFrame(geometry=[outline], crs="epsg:4326"))
    asked: list[bytes] = []

    def overpass(request: httpx.Request) -> httpx.Response:
        asked.append(request.read())
        return httpx.Response(200, content=body)

    fetch_place("Perleberg, Germany", tmp_path / "place.osm", lambda *_: None, httpx.MockTransport(overpass))
    assert import_streets(tmp_path / "place.osm", tmp_path / "streets").driving_km == 1
    assert b"restriction" in asked[0]
    assert b"53.10000+12.10000" in asked[0]


@pytest.mark.parametrize(
    ("error", "what"),
    [(OSError("offline"), "no connection to the internet"), (TypeError("no polygon"), "no town or county of that name")],
)
def test_without_internet_or_without_such_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, what: str
) -> None:
    def fail(_place: str) -> None:
        raise error

    monkeypatch.setattr("osmnx.geocode_to_gdf", fail)
    with pytest.raises(StreetsError, match=what) as caught:
        fetch_place("Perleberg", tmp_path / "place.osm", lambda *_: None)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_overpass_server_that_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outline = shapely.box(12.0, 53.0, 12.1, 53.1)
    monkeypatch.setattr("osmnx.geocode_to_gdf", lambda _place: geopandas.GeoDataFrame(geometry=[outline], crs="epsg:4326"))
    with pytest.raises(StreetsError, match="answered 429"):
        fetch_place("x", tmp_path / "place.osm", lambda *_: None, answering(httpx.Response(429)))
