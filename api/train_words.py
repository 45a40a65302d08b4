"""What riders and drivers say of the trains of their own journeys and runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.bookings import BookingOut
from api.fields import LateOrCancelled, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.say_train_late import MOST_LATE_MIN, TrainSaid, say_train_late, say_train_late_on_run

router = APIRouter(tags=["bookings"], route_class=StrictJsonRoute)


class TrainWordRequest(LateOrCancelled):
    """So many minutes late (``late_min``), or ``cancelled``: one of the two."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trip_id": "700-1", "late_min": 20}]})

    trip_id: Annotated[str, Field(min_length=1, max_length=200, description="of one of the journey's trains or buses")]
    late_min: Annotated[int, Field(ge=0, le=MOST_LATE_MIN)] | None = None


class Heard(BaseModel):
    """For how many bookings it counts."""

    bookings: int


@router.post("/bookings/{booking_id}/train-words")
def post_train_word(booking_id: PathIdentifier, body: TrainWordRequest, context: ContextDep, actor: ActorDep) -> BookingOut:
    """The rider, or the desk for him, says that a train of this booking is late or does not come; the booking as it is then."""
    return BookingOut.of(say_train_late(context, actor, booking_id, TrainSaid(body.trip_id, body.late_min)))


@router.post("/runs/{run_id}/train-words")
def post_train_word_on_run(run_id: PathIdentifier, body: TrainWordRequest, context: ContextDep, actor: ActorDep) -> Heard:
    """The driver of a run says it of the train with which riders of this run come, or to which they go."""
    return Heard(bookings=say_train_late_on_run(context, actor, run_id, TrainSaid(body.trip_id, body.late_min)))
