"""Handing a way to somebody else's map: encoded polylines, ``geo:`` addresses and links that navigation apps open."""

from __future__ import annotations

from collections.abc import Sequence

Place = tuple[float, float]
"""(lon, lat) in degrees."""


def encoded_polyline(line: Sequence[Place], digits: int = 5) -> str:
    """Google's encoded polyline (latitude first, ``digits`` decimals) of a line."""
    scale = 10**digits
    text: list[str] = []
    before = (0, 0)
    for lon, lat in line:
        now = (round(lat * scale), round(lon * scale))
        text += [_encoded(value - old) for value, old in zip(now, before, strict=True)]
        before = now
    return "".join(text)


def _encoded(value: int) -> str:
    rest = ~(value << 1) if value < 0 else value << 1
    text = ""
    while rest >= 0x20:
        text += chr((0x20 | (rest & 0x1F)) + 63)
        rest >>= 5
    return text + chr(rest + 63)


def geo_uri(place: Place) -> str:
    """A ``geo:`` address (RFC 5870); ``?q=`` repeats the point because Android's maps put a pin only there."""
    point = f"{place[1]:.6f},{place[0]:.6f}"
    return f"geo:{point}?q={point}"


def navigation_links(origin: Place, destination: Place) -> dict[str, str]:
    """Addresses that common navigation apps open; nothing is sent anywhere until somebody follows one."""
    start, end = (f"{lat:.6f},{lon:.6f}" for lon, lat in (origin, destination))
    return {
        "geo": geo_uri(destination),
        "google": f"https://www.google.com/maps/dir/?api=1&origin={start}&destination={end}&travelmode=driving",
        "apple": f"https://maps.apple.com/?saddr={start}&daddr={end}&dirflg=d",
        "openstreetmap": f"https://www.openstreetmap.org/directions?engine=fossgis_osrm_car&route={start};{end}",
    }
