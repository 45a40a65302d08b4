"""The same ride every week."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Clock, Day, Identifier, Instant, PathIdentifier, QueryDay
from api.offers import PartyIn, PlaceIn
from api.places_out import PlaceOut
from api.strict_json import StrictJsonRoute
from mobility.actions.keep_standing_order import (
    StandingWish,
    end_standing_order,
    list_standing_orders,
    make_standing_order,
    pause_standing_order,
    read_standing_order,
    resume_standing_order,
)
from mobility.actions.locate_place import locate_place
from mobility.domain.riders import Need
from mobility.domain.service_days import format_time, parse_time
from mobility.domain.services import DayKind
from mobility.domain.standing_orders import DaysOff, Pause, StandingOrder, StandingRide

router = APIRouter(tags=["standing orders"], route_class=StrictJsonRoute)


class StandingOrderRequest(Body):
    """From, to, on which days of the week and when; until further notice unless ``last_day`` is named. ``arrives``: ``time`` is when to be
    there. With ``back_time`` the way back is booked in the same breath.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from": {"address": "Kirschallee 10, Nebelow"},
                    "to": {"address": "Hausarztpraxis am Markt, Auenfurt"},
                    "days": ["mon", "thu"],
                    "time": "10:00",
                    "arrives": True,
                    "back_time": "11:30",
                    "first_day": "2026-12-01",
                    "rider_id": "r-003",
                }
            ]
        }
    )

    origin: PlaceIn = Field(alias="from")
    destination: PlaceIn = Field(alias="to")
    days: Annotated[list[Annotated[DayKind, Field(strict=False)]], Field(min_length=1, max_length=7)]
    time: Clock
    arrives: bool = False
    back_time: Clock | None = None
    first_day: Day
    last_day: Day | None = None
    days_off: Annotated[
        list[Annotated[DaysOff, Field(strict=False)]],
        Field(max_length=2, default_factory=lambda: [DaysOff.PUBLIC_HOLIDAYS]),
    ]
    party: PartyIn = PartyIn()
    needs: Annotated[list[Annotated[Need, Field(strict=False)]], Field(max_length=20, default_factory=list)]
    rider_id: Identifier | None = None


class PauseRequest(Body):
    """The days on which nobody is to come, both included."""

    first_day: Day
    last_day: Day


class PauseOut(BaseModel):
    """Days on which it rests."""

    first_day: date
    last_day: date


class StandingOrderOut(BaseModel):
    """A standing order; ``ended_at`` and ``end_cause`` once somebody has ended it."""

    id: str
    rider_id: str
    origin: PlaceOut = Field(serialization_alias="from")
    destination: PlaceOut = Field(serialization_alias="to")
    days: list[str]
    time: str
    arrives: bool
    back_time: str | None
    first_day: date
    last_day: date | None
    days_off: list[str]
    seats: int
    wheelchairs: int
    assistants: int
    stowed: int
    pauses: list[PauseOut]
    ended_at: Instant | None
    end_cause: str | None

    @classmethod
    def of(cls, order: StandingOrder) -> Self:
        """From the domain."""
        return cls(
            id=order.id,
            rider_id=order.rider_id,
            origin=PlaceOut.of(order.origin),
            destination=PlaceOut.of(order.destination),
            days=[kind.value for kind in DayKind if kind in order.days],
            time=format_time(order.at_s),
            arrives=order.arrives,
            back_time=None if order.back_s is None else format_time(order.back_s),
            first_day=order.first_day,
            last_day=order.last_day,
            days_off=sorted(order.days_off),
            seats=order.party.seats,
            wheelchairs=order.party.wheelchairs,
            assistants=order.party.assistants,
            stowed=order.party.stowed,
            pauses=[PauseOut(first_day=pause.first_day, last_day=pause.last_day) for pause in order.pauses],
            ended_at=order.ended_at,
            end_cause=None if order.end_cause is None else order.end_cause.value,
        )


class StandingRideOut(BaseModel):
    """What became of one day: a booking, or the reason why there is none."""

    day: date
    fate: str
    booking_id: str | None
    reason: str | None

    @classmethod
    def of(cls, ride: StandingRide) -> Self:
        """From the domain."""
        return cls(
            day=ride.day,
            fate=ride.fate.value,
            booking_id=ride.booking_id,
            reason=None if ride.reason is None else ride.reason.value,
        )


class StandingOrderWithRides(BaseModel):
    """A standing order and its days so far."""

    order: StandingOrderOut
    rides: list[StandingRideOut]


@router.post("/standing-orders", status_code=201)
def create_standing_order(body: StandingOrderRequest, context: ContextDep, actor: ActorDep) -> StandingOrderOut:
    """Order the same ride for every week; its first days are booked at once."""
    origin, _ = locate_place(context, actor, body.origin.query(), "from")
    destination, _ = locate_place(context, actor, body.destination.query(), "to")
    wish = StandingWish(
        origin=origin,
        destination=destination,
        days=frozenset(body.days),
        at_s=parse_time(body.time),
        first_day=body.first_day,
        arrives=body.arrives,
        back_s=None if body.back_time is None else parse_time(body.back_time),
        party=body.party.party(),
        needs=frozenset(body.needs),
        last_day=body.last_day,
        days_off=frozenset(body.days_off),
    )
    return StandingOrderOut.of(make_standing_order(context, actor, wish, body.rider_id))


@router.get("/standing-orders")
def get_standing_orders(context: ContextDep, actor: ActorDep) -> list[StandingOrderOut]:
    """Those one may see, ended ones last."""
    return [StandingOrderOut.of(order) for order in list_standing_orders(context, actor)]


@router.get("/standing-orders/{order_id}")
def get_standing_order(order_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> StandingOrderWithRides:
    """One of them, day by day."""
    order, rides = read_standing_order(context, actor, order_id)
    return StandingOrderWithRides(order=StandingOrderOut.of(order), rides=[StandingRideOut.of(ride) for ride in rides])


@router.post("/standing-orders/{order_id}/pauses")
def post_pause(order_id: PathIdentifier, body: PauseRequest, context: ContextDep, actor: ActorDep) -> StandingOrderOut:
    """Let it rest for some days; what was booked for them is given back."""
    return StandingOrderOut.of(pause_standing_order(context, actor, order_id, Pause(body.first_day, body.last_day)))


@router.delete("/standing-orders/{order_id}/pauses")
def delete_pause(order_id: PathIdentifier, first_day: QueryDay, context: ContextDep, actor: ActorDep) -> StandingOrderOut:
    """Take back the pause that begins on this day."""
    return StandingOrderOut.of(resume_standing_order(context, actor, order_id, first_day))


@router.delete("/standing-orders/{order_id}")
def delete_standing_order(order_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> StandingOrderOut:
    """End it; what was booked is given back. Ending again changes nothing."""
    return StandingOrderOut.of(end_standing_order(context, actor, order_id))
