"""Finding places while somebody types."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ContextDep, find_token
from api.fields import Body, Identifier
from api.strict_json import StrictJsonRoute
from mobility.actions.context import Context
from mobility.actions.find_places import find_places
from mobility.actions.sign_in import find_actor
from mobility.domain.accounts import Actor
from mobility.errors import NotSignedInError
from mobility.planning.place_search import FoundPlace

router = APIRouter(tags=["places"], route_class=StrictJsonRoute)


class FoundPlaceOut(BaseModel):
    """A place to choose: ``name`` to show, ``detail`` where it is when the name is a rider's own."""

    id: str
    name: str
    detail: str
    kind: str
    lon: float
    lat: float
    stop_id: str | None

    @classmethod
    def of(cls, found: FoundPlace) -> Self:
        """From the action."""
        place = found.place
        detail = place.name if place.name != found.label else ""
        return cls(
            id=found.id, name=found.label, detail=detail, kind=found.kind, lon=place.lon, lat=place.lat, stop_id=place.stop_id
        )


class PlaceTyped(Body):
    """What has been typed so far. Sent as a body: an address is not written into anybody's log of queries."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Kirschallee"}]})

    text: Annotated[str, Field(max_length=200)] = ""
    rider_id: Annotated[Identifier | None, Field(description="for the desk: whose favourites come first")] = None


@router.post("/places")
def post_places(body: PlaceTyped, request: Request, context: ContextDep) -> list[FoundPlaceOut]:
    """At most eight addresses, stops and points of interest that fit; a rider's home and favourites first. Nothing is kept."""
    actor = find_asker(request, context)
    return [FoundPlaceOut.of(found) for found in find_places(context, actor, body.text, body.rider_id if actor else None)]


def find_asker(request: Request, context: Context) -> Actor | None:
    """Who is signed in. Places are public: a sign-in that has ended is as good as none."""
    try:
        return find_actor(context, find_token(request) or "")
    except NotSignedInError:
        return None
