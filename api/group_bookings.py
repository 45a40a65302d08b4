"""A group that no single vehicle takes: booked in several, all or nothing, and given back as one."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.auth import ActorDep, ContextDep
from api.bookings import BookingOut, IdempotencyKey
from api.errors import rejected
from api.fields import PathIdentifier
from api.offers import OfferRequest
from api.strict_json import StrictJsonRoute
from mobility.actions.book_group import book_group, cancel_group
from mobility.actions.locate_place import locate_place
from mobility.domain.requests import Rejection

router = APIRouter(tags=["bookings"], route_class=StrictJsonRoute)


@router.post("/group-bookings", status_code=201, response_model=list[BookingOut])
def create_group(
    body: OfferRequest, context: ContextDep, actor: ActorDep, idempotency_key: IdempotencyKey
) -> list[BookingOut] | JSONResponse:
    """Spread a party over several vehicles at about the wished time and book them all, or none."""
    origin, zone = locate_place(context, actor, body.origin.query(), "from")
    destination, _ = locate_place(context, actor, body.destination.query(), "to")
    answer = book_group(context, actor, body.wish(actor.agency_id, origin, destination, zone), idempotency_key)
    return rejected(answer) if isinstance(answer, Rejection) else [BookingOut.of(one) for one in answer]


@router.delete("/group-bookings/{booking_id}")
def delete_group(booking_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> list[BookingOut]:
    """Give back every ride of the group that this booking belongs to, all or none."""
    return [BookingOut.of(one) for one in cancel_group(context, actor, booking_id)]
