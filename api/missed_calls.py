"""What the telephone provider tells: somebody let it ring and hung up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import ConfigDict, Field

from api.auth import ContextDep
from api.fields import Body, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.take_missed_call import check_secret, take_missed_call

router = APIRouter(tags=["missed calls"], route_class=StrictJsonRoute)


class MissedCall(Body):
    """Who rang, as the provider writes it (a withheld number is whatever it is), and the provider's own number of the call."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"caller": "+4930231255", "call_id": "2026-06-08-0001"}]})

    caller: Annotated[str, Field(max_length=60)]
    call_id: Annotated[str, Field(min_length=1, max_length=200)]


@router.post("/missed-calls/{agency_id}", status_code=202, response_class=Response)
def post_missed_call(
    agency_id: PathIdentifier,
    body: MissedCall,
    context: ContextDep,
    authorization: Annotated[str, Header(max_length=400)] = "",
) -> Response:
    """Books the ride home of whoever is under way with an open return. For the telephone provider, with the secret agreed on as bearer
    token; the answer is the same whoever rang.
    """
    check_secret(context, authorization.removeprefix("Bearer ").strip())
    take_missed_call(context, agency_id, body.caller, body.call_id)
    return Response(status_code=202)
