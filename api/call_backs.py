"""What the desk has to tell by telephone."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import ActorDep, ContextDep
from api.fields import Instant, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.call_backs import list_call_backs, mark_told
from mobility.domain.notices import Notice
from mobility.notifications.outbox import CallBack

router = APIRouter(tags=["call-backs"], route_class=StrictJsonRoute)


class CallBackOut(BaseModel):
    """Somebody to ring up and the words to say; without a telephone number, something for the desk itself to see to."""

    id: str
    kind: str
    created_at: Instant
    telephone: Annotated[str, Field(description="empty: a task of the desk's own")]
    message: str
    rider_id: str | None
    driver_id: str | None
    booking_id: str | None
    run_id: str | None
    attempts: Annotated[int, Field(description="how often a channel has refused it")]

    @classmethod
    def of(cls, call_back: CallBack) -> Self:
        """From the outbox."""
        notice = call_back.notice
        return cls(
            id=notice.id,
            kind=notice.kind.value,
            created_at=notice.created_at,
            telephone=call_back.telephone,
            message=call_back.message.body,
            rider_id=notice.to_rider_id,
            driver_id=notice.to_driver_id,
            booking_id=notice.booking_id,
            run_id=notice.run_id,
            attempts=notice.attempts,
        )


class ToldOut(BaseModel):
    """When it was told."""

    id: str
    told_at: Instant | None

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """From the domain."""
        return cls(id=notice.id, told_at=notice.sent_at)


@router.get("/call-backs")
def get_call_backs(context: ContextDep, actor: ActorDep) -> list[CallBackOut]:
    """What the desk has still to tell, oldest first: no channel carries it, it was refused, or it has waited for an hour."""
    return [CallBackOut.of(call_back) for call_back in list_call_backs(context, actor)]


@router.post("/call-backs/{notice_id}/told")
def post_told(notice_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> ToldOut:
    """It has been told or settled, and leaves the list; saying so again changes nothing."""
    return ToldOut.of(mark_told(context, actor, notice_id))
