"""Booking, looking up and cancelling rides; answering and picking them."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth import ActorDep, ContextDep
from api.errors import rejected
from api.fields import Body, Identifier, Instant, Moment, PathIdentifier, aware
from api.offers import PricePartOut
from api.places_out import PlaceOut, WindowOut
from api.strict_json import StrictJsonRoute
from api.transit import TransitLegOut
from mobility.actions.answer_ride import answer_ride
from mobility.actions.book_open_return import book_open_return
from mobility.actions.book_ride import book_ride
from mobility.actions.call_home import call_home
from mobility.actions.cancel_booking import cancel_booking
from mobility.actions.local_time import agency_zone
from mobility.actions.pick_ride import list_rides_to_pick, pick_ride
from mobility.actions.propose_trains import accept_proposal
from mobility.actions.read_bookings import list_bookings, read_booking
from mobility.domain.bookings import Booking, Journey, Leg, Proposal
from mobility.domain.requests import Rejection

router = APIRouter(tags=["bookings"], route_class=StrictJsonRoute)

IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class BookingRequest(Body):
    """An offer to accept, or two: the way there and the way back, both or neither. The desk names the rider unless the offers were made
    for one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"offer_id": "the id of an offer"}]})

    offer_id: Identifier
    return_offer_id: Annotated[Identifier | None, Field(description="of the same people's way back, after the way there")] = None
    open_return: Annotated[
        bool, Field(description="the rider calls when to be fetched: the last way back of the day is booked until then")
    ] = False
    rider_id: Identifier | None = None
    consent_id: Annotated[
        Identifier | None, Field(description="for the desk: books for a helper who rings and to whom the rider has agreed so")
    ] = None

    @model_validator(mode="after")
    def one_way_back(self) -> Self:
        if self.open_return and self.return_offer_id is not None:
            raise ValueError("give either return_offer_id or open_return")
        return self


class CallRequest(Body):
    """From when on the rider can be fetched; at once where nothing is said."""

    ready_at: Moment | None = None


class AnswerRequest(Body):
    """A driver's yes or no."""

    accepts: bool


class PickRequest(Body):
    """The run that takes the ride."""

    run_id: Annotated[Identifier, Field(description="one of the driver's own runs")]
    agreed: Annotated[bool, Field(description="for the desk: the run's driver has said yes")] = False


class LegOut(BaseModel):
    """One ride."""

    id: str
    service_id: str
    state: str
    outcome: str | None
    price_cents: int
    price_parts: list[PricePartOut]
    legal_basis: Annotated[str | None, Field(description="on which it was booked; null for rides booked before it was kept")]
    run_id: str | None
    pickup: PlaceOut
    pickup_window: WindowOut
    dropoff: PlaceOut
    dropoff_window: WindowOut
    answer_by: Instant | None
    open_return: Annotated[bool, Field(description="stands until the rider calls for an earlier ride")]
    call_by: Annotated[Instant | None, Field(description="when a call is awaited at the latest; null when that has passed")]

    @classmethod
    def of(cls, leg: Leg) -> Self:
        """From the domain."""
        return cls(
            id=leg.id,
            service_id=leg.service_id,
            state=leg.state.value,
            outcome=None if leg.outcome is None else leg.outcome.value,
            price_cents=leg.price_cents,
            price_parts=PricePartOut.of(leg.price_parts),
            legal_basis=None if leg.legal_basis is None else leg.legal_basis.value,
            run_id=leg.run_id,
            pickup=PlaceOut.of(leg.pickup),
            pickup_window=WindowOut.of(leg.pickup_window),
            dropoff=PlaceOut.of(leg.dropoff),
            dropoff_window=WindowOut.of(leg.dropoff_window),
            answer_by=leg.answer_by,
            open_return=leg.open_return,
            call_by=leg.call_by,
        )


class ProposalOut(BaseModel):
    """Other trains and buses, and the rides that would go with them."""

    transit: list[TransitLegOut]
    legs: list[LegOut]

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """From the domain."""
        return cls(transit=[TransitLegOut.of(one) for one in proposal.transit], legs=[LegOut.of(leg) for leg in proposal.legs])


class JourneyOut(BaseModel):
    """Trains and buses that rides are made for, by departure; nobody books them here."""

    ride_to: Annotated[str | None, Field(description="the leg that brings the rider to the first of them")]
    transit: list[TransitLegOut]
    ride_from: Annotated[str | None, Field(description="the leg that fetches the rider from the last of them")]
    proposed: Annotated[
        ProposalOut | None, Field(description="since a new timetable does not have these trains; holds after a yes")
    ]

    @classmethod
    def of(cls, journey: Journey) -> Self:
        """From the domain."""
        return cls(
            ride_to=journey.ride_to,
            transit=[TransitLegOut.of(leg) for leg in journey.transit],
            ride_from=journey.ride_from,
            proposed=None if journey.proposed is None else ProposalOut.of(journey.proposed),
        )


class BookingOut(BaseModel):
    """A booking; the windows of a leg ``on_run`` are promised. The price is that of the legs not cancelled."""

    id: str
    rider_id: str
    consent_id: Annotated[str | None, Field(description="the rider's consent under which somebody else has booked")]
    group_id: Annotated[str | None, Field(description="what the bookings of a group in several vehicles have in common")]
    seats: int
    wheelchairs: int
    assistants: int
    stowed: int
    price_cents: int
    created_at: Instant
    legs: list[LegOut]
    journeys: Annotated[list[JourneyOut], Field(description="by train and bus; there and back are two")]

    @classmethod
    def of(cls, booking: Booking) -> Self:
        """From the domain."""
        return cls(
            id=booking.id,
            rider_id=booking.rider_id,
            consent_id=booking.consent_id,
            group_id=booking.group_id,
            seats=booking.party.seats,
            wheelchairs=booking.party.wheelchairs,
            assistants=booking.party.assistants,
            stowed=booking.party.stowed,
            price_cents=booking.price_cents,
            created_at=booking.created_at,
            legs=[LegOut.of(leg) for leg in booking.legs],
            journeys=[JourneyOut.of(journey) for journey in booking.journeys],
        )


class RideToPick(BaseModel):
    """A ride that waits for a volunteer; who rides, and at which door, is told to the driver who takes it."""

    booking_id: str
    seats: int
    wheelchairs: int
    ride: LegOut


@router.post("/bookings", status_code=201, response_model=BookingOut)
def create_booking(
    body: BookingRequest, context: ContextDep, actor: ActorDep, idempotency_key: IdempotencyKey
) -> BookingOut | JSONResponse:
    """Accept an offer. Sending the same key again gives the same answer."""
    if body.open_return:
        answer = book_open_return(context, actor, body.offer_id, idempotency_key, body.rider_id, consent_id=body.consent_id)
    else:
        back, consent = body.return_offer_id, body.consent_id
        answer = book_ride(
            context, actor, body.offer_id, idempotency_key, body.rider_id, return_offer_id=back, consent_id=consent
        )
    return rejected(answer) if isinstance(answer, Rejection) else BookingOut.of(answer)


@router.get("/bookings")
def get_bookings(context: ContextDep, actor: ActorDep) -> list[BookingOut]:
    """The bookings the actor may see."""
    return [BookingOut.of(booking) for booking in list_bookings(context, actor)]


@router.get("/bookings/{booking_id}")
def get_booking(booking_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> BookingOut:
    """One booking."""
    return BookingOut.of(read_booking(context, actor, booking_id))


@router.delete("/bookings/{booking_id}")
def delete_booking(
    booking_id: PathIdentifier,
    context: ContextDep,
    actor: ActorDep,
    leg_id: Annotated[Identifier | None, Query(description="one of its rides; all of them where none is named")] = None,
) -> BookingOut:
    """Cancel all that has not begun, or one ride; cancelling again changes nothing."""
    return BookingOut.of(cancel_booking(context, actor, booking_id, leg_id))


@router.post("/bookings/{booking_id}/proposal")
def post_proposal(booking_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> BookingOut:
    """Yes to the other trains and rides that are proposed since a new timetable. What cannot be had any more is answered with 409, and
    proposed anew.
    """
    return BookingOut.of(accept_proposal(context, actor, booking_id))


@router.post("/bookings/{booking_id}/legs/{leg_id}/call", response_model=BookingOut)
def post_call(
    booking_id: PathIdentifier, leg_id: PathIdentifier, body: CallRequest, context: ContextDep, actor: ActorDep
) -> BookingOut | JSONResponse:
    """The rider of an open return calls: the next ride that is certain takes its place, or all stays as it is. Calling again changes
    nothing.
    """
    ready_at = None if body.ready_at is None else aware(body.ready_at, agency_zone(context, actor))
    answer = call_home(context, actor, booking_id, leg_id, ready_at)
    return rejected(answer) if isinstance(answer, Rejection) else BookingOut.of(answer)


@router.post("/bookings/{booking_id}/legs/{leg_id}/answer")
def post_answer(
    booking_id: PathIdentifier, leg_id: PathIdentifier, body: AnswerRequest, context: ContextDep, actor: ActorDep
) -> BookingOut:
    """A driver (or the desk for him) accepts or declines a ride he was asked for."""
    return BookingOut.of(answer_ride(context, actor, booking_id, leg_id, accepts=body.accepts))


@router.get("/rides-to-pick")
def get_rides_to_pick(context: ContextDep, actor: ActorDep) -> list[RideToPick]:
    """Rides that wait for a volunteer; drivers see villages (places to some 100 m), stops exactly."""
    return [
        RideToPick(booking_id=b.id, seats=b.party.seats, wheelchairs=b.party.wheelchairs, ride=LegOut.of(leg))
        for b, leg in list_rides_to_pick(context, actor)
    ]


@router.post("/bookings/{booking_id}/legs/{leg_id}/pick")
def post_pick(
    booking_id: PathIdentifier, leg_id: PathIdentifier, body: PickRequest, context: ContextDep, actor: ActorDep
) -> BookingOut:
    """A volunteer takes a waiting ride onto his run; the desk gives it to a run, where it waits for a yes that is needed and missing."""
    return BookingOut.of(pick_ride(context, actor, booking_id, leg_id, body.run_id, agreed=body.agreed))
