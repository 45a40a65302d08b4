"""Streets of a place by its name, from the internet: osmnx finds its outline, Overpass sends what lies within as an .osm file."""

from __future__ import annotations

from pathlib import Path

import httpx
import shapely

from routing.streets.errors import StreetsError
from routing.streets.reading import Progress

_MEND = "check the connection, or download an extract and name the file"
_TIMEOUT_S = 300
_SMOOTH_DEGREES = 0.0005
_WANTED = (
    'way["highway"]',
    'way["route"="ferry"]',
    'nwr["addr:housenumber"]',
    'way["addr:interpolation"]',
    'nwr["place"]["name"]',
    *(f'nwr["{key}"]["name"]' for key in ("amenity", "shop", "healthcare", "tourism", "leisure", "office", "social_facility")),
    'nwr["railway"~"^(station|halt)$"]',
    'nwr["landuse"="cemetery"]',
    'rel["type"="restriction"]',
)


def fetch_place(place: str, target: Path, progress: Progress, transport: httpx.BaseTransport | None = None) -> None:
    """Write the streets and addresses of ``place`` (such as ``Perleberg, Germany``) to ``target``, an ``.osm`` file.

    Raises:
        StreetsError: there is no connection, no such place, or no answer.
    """
    progress("finding the place", 0, 0)
    outline, server = _outline(place)
    progress("fetching its streets", 0, 0)
    try:
        with (
            httpx.Client(timeout=_TIMEOUT_S, transport=transport, headers={"User-Agent": "rural-mobility"}) as client,
            client.stream("POST", f"{server}/interpreter", data={"data": query_within(outline)}) as answer,
            target.open("wb") as file,
        ):
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                file.write(chunk)
                progress("fetching its streets", file.tell(), 0)
    except httpx.HTTPStatusError as error:
        raise StreetsError(place, f"the Overpass server answered {error.response.status_code}", "try again later") from None
    except httpx.HTTPError:
        raise StreetsError(place, "its streets cannot be fetched: no connection to the Overpass server", _MEND) from None


def query_within(outline: shapely.Polygon) -> str:
    """The question to Overpass: streets, restrictions and addresses within an outline (lon/lat), nodes first."""
    corners = " ".join(f"{lat:.5f} {lon:.5f}" for lon, lat in shapely.get_coordinates(outline.exterior).tolist())
    wanted = "".join(f'{what}(poly:"{corners}");' for what in _WANTED)
    return f"[out:xml][timeout:{_TIMEOUT_S}];({wanted});(._;>;);out body;"


def _outline(place: str) -> tuple[shapely.Polygon, str]:
    """The largest part of the place's area without its finest bends, and the Overpass server that osmnx is set to."""
    import osmnx  # noqa: PLC0415 - slow to load, and only this needs it

    osmnx.settings.use_cache = False
    try:
        area = osmnx.geocode_to_gdf(place).union_all()
    except OSError:  # which the errors of its HTTP library are
        raise StreetsError(place, "cannot be looked up: no connection to the internet", _MEND) from None
    except (ValueError, TypeError):
        raise StreetsError(place, "no town or county of that name is known", "write it as in: Perleberg, Germany") from None
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    if not parts:
        raise StreetsError(place, "is a point, not an area", "name a town or county")
    largest = max(parts, key=lambda part: part.area)
    smooth = shapely.simplify(shapely.Polygon(largest.exterior), _SMOOTH_DEGREES)
    return (smooth if isinstance(smooth, shapely.Polygon) else largest), osmnx.settings.overpass_url
