"""Map tiles of the streets in use, for maps that somebody draws elsewhere; our own pages draw theirs on the server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mobility.actions.context import Context
from mobility.actions.find_places import anybody
from mobility.domain.accounts import Actor
from mobility.errors import InvalidInputError, Problem
from routing.streets.streets import Streets
from routing.streets.tiles import ATTRIBUTION, LEAST_ZOOM, MOST_ZOOM, TileNumber

_TILES_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class TileSet:
    """What tiles there are: ``bounds`` (west, south, east, north), zooms, whom to name, and the ``version`` of the streets."""

    bounds: tuple[float, float, float, float]
    least_zoom: int
    most_zoom: int
    attribution: str
    version: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A Mapbox vector tile (empty where there is nothing), made of this ``version`` of the streets."""

    content: bytes
    version: str


def describe_tiles(context: Context, actor: Actor | None) -> TileSet:
    """The tiles of the agency's streets (of the first one when nobody is signed in: streets are public).

    Raises:
        UnavailableError: no streets imported yet.
    """
    streets = _streets(context, actor)
    return TileSet(streets.bounds, LEAST_ZOOM, MOST_ZOOM, ATTRIBUTION, _version(streets))


def draw_tile(context: Context, actor: Actor | None, zoom: int, column: int, row: int) -> Tile:
    """One tile; made once for each version of the streets, then remembered.

    Raises:
        InvalidInputError: there is no such tile.
        UnavailableError: no streets imported yet.
    """
    try:
        number = TileNumber(zoom, column, row)
    except ValueError as error:
        raise InvalidInputError(Problem("path", str(error), "see /tiles.json")) from None
    streets = _streets(context, actor)
    return Tile(_content(streets, number), _version(streets))


def _streets(context: Context, actor: Actor | None) -> Streets:
    with context.store.transaction() as tx:
        return context.network(tx, actor or anybody(tx)).streets


def _version(streets: Streets) -> str:
    return str(streets.meta.get("sha256", ""))[:16]


@lru_cache(maxsize=_TILES_REMEMBERED)
def _content(streets: Streets, number: TileNumber) -> bytes:
    return streets.tile(number)
