"""What trip planners fetch: public, the same for everybody, and nothing in it of anybody's rides."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from api.attempts import address_of
from api.auth import ContextDep
from api.fields import Latitude, Longitude, PathIdentifier
from api.handing_out import OPEN, HeldDep, handed_out
from api.pace import Pace
from mobility.actions.estimate_ride import estimate_ride
from mobility.actions.publish_feeds import (
    FLEX,
    LOSSES,
    NOW,
    feeds_url,
    happening_now,
    packed,
    publication,
)
from mobility.domain.places import Place
from mobility.errors import InvalidInputError, NotFoundError, Problem
from mobility.publishing import gofs

router = APIRouter(tags=["feeds"])

_PROTOBUF = "application/x-protobuf"
MEDIA = {FLEX: "application/zip", LOSSES: "text/plain; charset=utf-8"} | dict.fromkeys(NOW, _PROTOBUF)
_STATIC_S, _NOW_S = 300, 15
_ESTIMATE_TTL_S = 60
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.split(";")[0]: {} for media in MEDIA.values()}},
    304: {"description": "the asker has it already"},
}
_JSON: dict[int | str, dict[str, Any]] = {304: {"description": "the asker has it already"}}


class PublishedOut(BaseModel):
    """One file: where it lies, of what kind it is, and the name of this version (its ETag); None for what is made anew all the time."""

    name: str
    url: str
    media_type: str
    version: str | None


@router.get("/feeds/{agency_id}")
def get_feeds(agency_id: PathIdentifier, context: ContextDep) -> list[PublishedOut]:
    """Everything that is published of an agency, with its addresses."""
    told, base = publication(context, agency_id), feeds_url(context, agency_id)
    static = {name: published.version for name, published in told.files.items()}
    return [
        PublishedOut(
            name=name, url=f"{base}/{name}", media_type=MEDIA.get(name, "application/json").split(";")[0], version=version
        )
        for name, version in (static | dict.fromkeys(NOW)).items()
    ]


class _Asked:
    """A question of GOFS: from where, to where if that is known, by which services. Nothing of it is kept; each address has its pace."""

    def __init__(  # noqa: PLR0913, PLR0917 - the specification's parameters
        self,
        request: Request,
        context: ContextDep,
        agency_id: PathIdentifier,
        pickup_lat: Annotated[Latitude, Query()],
        pickup_lon: Annotated[Longitude, Query()],
        drop_off_lat: Annotated[Latitude | None, Query()] = None,
        drop_off_lon: Annotated[Longitude | None, Query()] = None,
        brand_id: Annotated[str, Query(max_length=2000, description="of service_brands.json, parted by commas")] = "",
    ) -> None:
        pace: Pace = request.app.state.pace
        pace.take(address_of(request), context.clock())
        self.context = context
        dropoff = None
        if drop_off_lat is not None and drop_off_lon is not None:
            dropoff = Place(drop_off_lon, drop_off_lat)
        elif (drop_off_lat, drop_off_lon) != (None, None):
            raise InvalidInputError(Problem("drop_off_lat, drop_off_lon", "one without the other", "give both or neither"))
        brands = [brand.strip() for brand in brand_id.split(",") if brand.strip()]
        self.estimates = estimate_ride(context, agency_id, Place(pickup_lon, pickup_lat), dropoff, brands)


AskedDep = Annotated[_Asked, Depends()]


@router.get("/feeds/{agency_id}/gofs/wait_time", response_class=Response, responses={200: {"content": {"application/json": {}}}})
def get_wait_time(asked: AskedDep) -> Response:
    """How long one waits at most for a ride from here (GOFS 1.0), from real offers; in steps of ten minutes."""
    return _answered(gofs.wait_times(asked.estimates, asked.context.clock(), _ESTIMATE_TTL_S))


@router.get(
    "/feeds/{agency_id}/gofs/realtime_booking", response_class=Response, responses={200: {"content": {"application/json": {}}}}
)
def get_realtime_booking(asked: AskedDep) -> Response:
    """The same with the time aboard, the price, and where to book (GOFS 1.0)."""
    booking_url = f"{asked.context.public_url}/ride"
    return _answered(gofs.realtime_booking(asked.estimates, booking_url, asked.context.clock(), _ESTIMATE_TTL_S))


@router.head("/feeds/{agency_id}/gofs/{name}.json", include_in_schema=False)
@router.get(
    "/feeds/{agency_id}/gofs/{name}.json",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **_JSON},
)
def get_gofs_file(agency_id: PathIdentifier, name: PathIdentifier, context: ContextDep, held: HeldDep) -> Response:
    """A file of the GOFS 1.0 feed; ``gofs.json`` names all others."""
    published = publication(context, agency_id).files.get(f"gofs/{name}.json")
    if published is None:
        raise NotFoundError("no such file; /feeds/{agency_id} names all there are")
    return handed_out(published, held, "application/json", _STATIC_S)


@router.head("/feeds/{agency_id}/{name}", include_in_schema=False)
@router.get("/feeds/{agency_id}/{name}", response_class=Response, responses=_FILE)
def get_feed(agency_id: PathIdentifier, name: PathIdentifier, context: ContextDep, held: HeldDep) -> Response:
    """The GTFS-Flex feed, the list of what it cannot say, or one of the three GTFS-Realtime feeds."""
    if name not in MEDIA:
        raise NotFoundError("no such file; /feeds/{agency_id} names all there are")
    if name in NOW:
        return handed_out(happening_now(context, agency_id, name), held, MEDIA[name], _NOW_S)
    return handed_out(publication(context, agency_id).files[name], held, MEDIA[name], _STATIC_S)


def _answered(document: gofs.Document) -> Response:
    return Response(packed(document), media_type="application/json", headers=OPEN)
