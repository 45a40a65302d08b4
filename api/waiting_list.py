"""The waiting list."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Identifier, Instant, Moment, PathIdentifier, aware
from api.places_out import PlaceOut
from api.strict_json import StrictJsonRoute
from mobility.actions.local_time import agency_zone
from mobility.actions.wait_for_ride import list_waiting, stop_waiting, wait_for_ride
from mobility.domain.waiting import WaitingWish

router = APIRouter(tags=["waiting list"], route_class=StrictJsonRoute)


class WaitRequest(Body):
    """A refusal for want of room, and when its rider must know at the latest (an hour before the wished time where nothing is said)."""

    decision_id: Identifier
    until: Moment | None = None


class WaitingOut(BaseModel):
    """A wish on the waiting list; with a ``booking_id`` once a place has been found."""

    id: str
    rider_id: str
    state: str
    origin: PlaceOut = Field(serialization_alias="from")
    destination: PlaceOut = Field(serialization_alias="to")
    depart_after: Instant | None
    arrive_by: Instant | None
    until: Annotated[Instant, Field(description="it is told by then, or dropped")]
    booking_id: str | None

    @classmethod
    def of(cls, wish: WaitingWish) -> Self:
        """From the domain."""
        return cls(
            id=wish.id,
            rider_id=wish.rider_id,
            state=wish.state.value,
            origin=PlaceOut.of(wish.request.origin),
            destination=PlaceOut.of(wish.request.destination),
            depart_after=wish.request.depart_after,
            arrive_by=wish.request.arrive_by,
            until=wish.until,
            booking_id=wish.booking_id,
        )


@router.post("/waiting-list", status_code=201)
def post_waiting(body: WaitRequest, context: ContextDep, actor: ActorDep) -> WaitingOut:
    """Wait for a place; asking again changes nothing."""
    until = None if body.until is None else aware(body.until, agency_zone(context, actor))
    return WaitingOut.of(wait_for_ride(context, actor, body.decision_id, until))


@router.get("/waiting-list")
def get_waiting(context: ContextDep, actor: ActorDep) -> list[WaitingOut]:
    """Who waits, as far as one may see it; who came first first."""
    return [WaitingOut.of(wish) for wish in list_waiting(context, actor)]


@router.delete("/waiting-list/{wish_id}")
def delete_waiting(wish_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> WaitingOut:
    """Wait no more; saying so again changes nothing."""
    return WaitingOut.of(stop_waiting(context, actor, wish_id))
