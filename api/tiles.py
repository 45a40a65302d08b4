"""Vector tiles of the streets, for maps drawn elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from api.auth import ContextDep
from api.places import find_asker
from mobility.actions.draw_tiles import describe_tiles, draw_tile

router = APIRouter(tags=["places"])

_TYPE = "application/vnd.mapbox-vector-tile"
_KEPT_S = 3600
_LAYERS = {
    "streets": {"class": "road class", "name": "name or number"},
    "paths": {"class": "road class"},
    "places": {"name": "town or village"},
    "pois": {"name": "name"},
    "addresses": {"number": "house number"},
}


class LayerOut(BaseModel):
    """A layer and its fields."""

    id: str
    fields: dict[str, str]


class TileSetOut(BaseModel):
    """TileJSON 3.0."""

    tilejson: str = "3.0.0"
    tiles: list[str]
    bounds: tuple[float, float, float, float]
    minzoom: int
    maxzoom: int
    attribution: str
    version: str
    vector_layers: list[LayerOut]


@router.get("/tiles.json")
def get_tile_set(request: Request, context: ContextDep) -> TileSetOut:
    """What tiles there are, as map libraries read it."""
    found = describe_tiles(context, find_asker(request, context))
    return TileSetOut(
        tiles=["/tiles/{z}/{x}/{y}.mvt"],
        bounds=found.bounds,
        minzoom=found.least_zoom,
        maxzoom=found.most_zoom,
        attribution=found.attribution,
        version=found.version,
        vector_layers=[LayerOut(id=name, fields=fields) for name, fields in _LAYERS.items()],
    )


@router.get("/tiles/{zoom}/{column}/{row}.mvt", response_class=Response, responses={200: {"content": {_TYPE: {}}}})
def get_tile(
    request: Request, context: ContextDep, zoom: int, column: int, row: int, if_none_match: Annotated[str, Header()] = ""
) -> Response:
    """One Mapbox vector tile; 204 where there is nothing, 304 when it is the one the asker has."""
    tile = draw_tile(context, find_asker(request, context), zoom, column, row)
    headers = {"ETag": f'"{tile.version}"', "Cache-Control": f"private, max-age={_KEPT_S}"}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(tile.content, status_code=200 if tile.content else 204, media_type=_TYPE, headers=headers)
