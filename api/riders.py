"""What is known of a rider: handed out, and erased."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.auth import ActorDep, ContextDep
from api.fields import PathIdentifier
from mobility.actions.keep_privacy import erase_rider, export_rider

router = APIRouter(tags=["riders"])


@router.get("/riders/{rider_id}/data")
def get_rider_data(rider_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> dict[str, Any]:
    """Everything that is held about one rider (GDPR Art. 15 and 20): for the desk, and for the rider about himself."""
    return export_rider(context, actor, rider_id)


@router.delete("/riders/{rider_id}", status_code=204, response_class=Response)
def delete_rider(rider_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> Response:
    """Erase a rider (GDPR Art. 17); 409 while rides are open. Rides stay as statistics that are nobody's."""
    erase_rider(context, actor, rider_id)
    return Response(status_code=204)
