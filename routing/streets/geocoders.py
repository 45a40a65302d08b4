"""Other people's address search as a second source: Photon and Nominatim. Off unless somebody names one.

What is asked for leaves the house: the text that somebody typed goes to the server named.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from routing.streets.address_search import Address

_TIMEOUT_S = 3.0
_MOST_TEXT = 200
_SURE = 0.5
"""Score of what somebody else found: good enough to show, not to send a bus to without asking."""


class GeocoderError(Exception):
    """A geocoder cannot be asked, or did not answer; its text is one line and never holds what was asked."""


class Geocoder(Protocol):
    """Whoever finds addresses."""

    def find(self, text: str, near: tuple[float, float] | None = None, limit: int = 5) -> list[Address]:
        """Best first.

        Raises:
            GeocoderError: the server is refused, does not answer, or answers nonsense.
        """


@dataclass(frozen=True, slots=True)
class Photon:
    """A Photon server (komoot), by its base ``url``."""

    url: str
    allow_private: bool = False
    transport: httpx.BaseTransport | None = None

    def find(self, text: str, near: tuple[float, float] | None = None, limit: int = 5) -> list[Address]:
        """As in the protocol."""
        where = {} if near is None else {"lon": f"{near[0]:.4f}", "lat": f"{near[1]:.4f}"}
        answer = _asked(self, "/api", {"q": text[:_MOST_TEXT], "limit": str(limit), "lang": "de", **where})
        features = answer.get("features") if isinstance(answer, dict) else None
        if not isinstance(features, list):
            raise GeocoderError(f"{self.url}: not the answer of a Photon server")
        return [found for found in map(_of_photon, features) if found is not None][:limit]


@dataclass(frozen=True, slots=True)
class Nominatim:
    """A Nominatim server, by its base ``url``."""

    url: str
    allow_private: bool = False
    transport: httpx.BaseTransport | None = None

    def find(self, text: str, near: tuple[float, float] | None = None, limit: int = 5) -> list[Address]:
        """As in the protocol; ``near`` is sent as a box about it that is preferred."""
        asked = {"q": text[:_MOST_TEXT], "limit": str(limit), "format": "jsonv2", "accept-language": "de"}
        if near is not None:
            asked["viewbox"] = f"{near[0] - 0.5:.2f},{near[1] - 0.5:.2f},{near[0] + 0.5:.2f},{near[1] + 0.5:.2f}"
        answer = _asked(self, "/search", asked)
        if not isinstance(answer, list):
            raise GeocoderError(f"{self.url}: not the answer of a Nominatim server")
        return [found for found in map(_of_nominatim, answer) if found is not None][:limit]


def geocoder_named(text: str, *, allow_private: bool = False) -> Photon | Nominatim:
    """The geocoder of a setting such as ``photon:https://photon.example.org``.

    Raises:
        GeocoderError: no such kind, or no web address.
    """
    kind, _, url = text.partition(":")
    kinds: Mapping[str, type[Photon | Nominatim]] = {"photon": Photon, "nominatim": Nominatim}
    if kind not in kinds or not url.startswith(("https://", "http://")):
        raise GeocoderError("name a geocoder as photon:https://… or nominatim:https://…")
    return kinds[kind](url.rstrip("/"), allow_private)


def _asked(geocoder: Photon | Nominatim, path: str, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON of strangers
    url = httpx.URL(geocoder.url + path)
    if not geocoder.allow_private and not _is_public(url):
        raise GeocoderError(f"{url.host} is not a public address")
    headers = {"User-Agent": "rural-mobility"}
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False, transport=geocoder.transport, headers=headers) as client:
            answer = client.get(url, params=dict(parameters))
            answer.raise_for_status()
            return answer.json()
    except (httpx.HTTPError, ValueError):
        raise GeocoderError(f"{url.host} does not answer as a geocoder should") from None


def _is_public(url: httpx.URL) -> bool:
    """Whether all addresses of the host are of the public internet."""
    try:
        found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise GeocoderError(f"the host {url.host} is not known") from None
    return all(ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_global for one in found)


def _of_photon(feature: Any) -> Address | None:  # noqa: ANN401 - JSON of strangers
    try:
        lon, lat = (float(value) for value in feature["geometry"]["coordinates"][:2])
        told = feature["properties"]
        street = " ".join(filter(None, (told.get("street") or "", told.get("housenumber") or "")))
        parts = [told.get("name") or "", street, told.get("city") or told.get("village") or ""]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return _address(parts, lon, lat)


def _of_nominatim(found: Any) -> Address | None:  # noqa: ANN401 - JSON of strangers
    try:
        lon, lat, label = float(found["lon"]), float(found["lat"]), str(found["display_name"])
    except (KeyError, TypeError, ValueError):
        return None
    return _address([part.strip() for part in label.split(",")][:4], lon, lat)


def _address(parts: list[str], lon: float, lat: float) -> Address | None:
    label = ", ".join(dict.fromkeys(part for part in parts if part))[:200]
    if not label or not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return Address(label, round(lon, 7), round(lat, 7), "address", _SURE)
