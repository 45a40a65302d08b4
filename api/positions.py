"""A driver's telephone says where the vehicle is, while its driver wants it to."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Latitude, Longitude, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.report_positions import report_positions
from mobility.domain.places import Place
from mobility.domain.runs import Position

router = APIRouter(tags=["runs"], route_class=StrictJsonRoute)


class PositionIn(Body):
    """Where the vehicle was (WGS 84) so many seconds ago: a telephone's clock may be wrong, but it runs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lon": 12.27, "lat": 53.05, "age_s": 4}]})

    lon: Longitude
    lat: Latitude
    age_s: Annotated[int, Field(ge=0, le=3600)] = 0


@router.post("/runs/{run_id}/position", status_code=204)
def post_position(run_id: PathIdentifier, body: PositionIn, context: ContextDep, actor: ActorDep) -> Response:
    """Remember it instead of the one before; an older one changes nothing. A driver's counts while he is on duty."""
    at = context.clock() - timedelta(seconds=body.age_s)
    report_positions(context, actor, {run_id: Position(Place(body.lon, body.lat), at)})
    return Response(status_code=204)
