"""Duties that nobody holds, what volunteers have driven for what they offered, and what would happen if a driver were ill tomorrow."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import ActorDep, ContextDep
from api.fields import Instant, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.fill_duties import MOST_WEEKS, OpenDuty, list_open_duties, take_duty
from mobility.actions.reckon_what_if import WhatIfSeen, list_what_ifs
from mobility.actions.share_rides import SharesOfService, list_shares, read_own_shares
from mobility.domain.fleet import Driver, Shift
from mobility.domain.service_days import format_time
from mobility.domain.volunteering import Share

router = APIRouter(tags=["volunteers"], route_class=StrictJsonRoute)

Weeks = Annotated[int, Query(ge=1, le=MOST_WEEKS)]


class OpenDutyOut(BaseModel):
    """A duty that nobody holds."""

    run_id: Annotated[str, Field(description="names the duty")]
    service_id: str
    service: str
    duty_id: str
    day: date
    starts_at: Instant
    ends_at: Instant
    rides: Annotated[int, Field(description="booked on it already")]
    opened: Annotated[bool, Field(description="can be booked and taken")]
    ask_on: Annotated[date | None, Field(description="who stands by is asked from then on")]
    desk_on: Annotated[date | None, Field(description="the desk is told from then on")]

    @classmethod
    def of(cls, duty: OpenDuty) -> Self:
        """From the action."""
        return cls(
            run_id=duty.run_id,
            service_id=duty.planned.service.id,
            service=duty.planned.service.name,
            duty_id=duty.planned.duty.id,
            day=duty.day,
            starts_at=duty.starts_at,
            ends_at=duty.ends_at,
            rides=duty.rides,
            opened=duty.opened,
            ask_on=duty.ask_on,
            desk_on=duty.desk_on,
        )


class TakenOut(BaseModel):
    """The hours declared with it."""

    shift_id: str
    service_id: str
    day: date
    start: Annotated[str, Field(description="by the timetable day, may pass 24:00")]
    end: str

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """From the domain."""
        start, end = format_time(shift.start_s), format_time(shift.end_s)
        return cls(shift_id=shift.id, service_id=shift.service_id, day=shift.day, start=start, end=end)


class ShareOut(BaseModel):
    """What one volunteer has driven, and agreed to drive, for the hours offered."""

    rides: int
    metres: int
    seconds: Annotated[int, Field(description="at the wheel")]
    offered_seconds: int

    @classmethod
    def of(cls, share: Share) -> Self:
        """From the domain."""
        return cls(rides=share.rides, metres=share.metres, seconds=share.seconds, offered_seconds=share.offered_s)


class VolunteerOut(ShareOut):
    """The same with who it is."""

    driver_id: str
    name: str
    burden: Annotated[
        int, Field(description="by how many per cent of the mean more than who has driven least; 0 where nobody reckons")
    ]

    @classmethod
    def of_driver(cls, driver: Driver, share: Share, burden: int) -> Self:
        """From the action."""
        return cls(driver_id=driver.id, name=driver.name, burden=burden, **ShareOut.of(share).model_dump())


class SharesOut(BaseModel):
    """One volunteer service over a span of days."""

    service_id: str
    fairness: str
    first_day: date
    last_day: date
    volunteers: list[VolunteerOut]

    @classmethod
    def of(cls, seen: SharesOfService) -> Self:
        """From the action."""
        rules = seen.service.volunteers
        return cls(
            service_id=seen.service.id,
            fairness="off" if rules is None else rules.fairness.value,
            first_day=seen.first,
            last_day=seen.last,
            volunteers=[VolunteerOut.of_driver(one, share, seen.burdens.get(one.id, 0)) for one, share in seen.shares],
        )


class OwnShareOut(ShareOut):
    """A volunteer's own figures in one service."""

    service_id: str
    first_day: date


class LeftOut(BaseModel):
    """A ride that no run could take."""

    booking_id: str
    leg_id: str
    rider_id: str
    pickup_earliest: Instant


class WhatIfOut(BaseModel):
    """If this driver were not there on that day."""

    driver_id: str
    driver: str
    day: date
    reckoned_at: Instant
    run_ids: list[str]
    rides: int
    rescued: int
    late_seconds: Annotated[int, Field(description="of those rescued the one that would come latest after its promise")]
    left: list[LeftOut]

    @classmethod
    def of(cls, seen: WhatIfSeen) -> Self:
        """From the action."""
        kept = seen.what_if
        left = [
            LeftOut(booking_id=booking.id, leg_id=leg.id, rider_id=booking.rider_id, pickup_earliest=leg.pickup_window.earliest)
            for booking, leg, _ in seen.left
        ]
        return cls(
            driver_id=kept.driver_id,
            driver=seen.driver,
            day=kept.day,
            reckoned_at=kept.reckoned_at,
            run_ids=list(kept.run_ids),
            rides=len(kept.rides),
            rescued=kept.rescued,
            late_seconds=max((ride.late_s for ride in kept.rides), default=0),
            left=left,
        )


@router.get("/duties")
def get_duties(context: ContextDep, actor: ActorDep, weeks: Weeks = 4) -> list[OpenDutyOut]:
    """Duties that nobody holds in the coming weeks, by start: for the desk all of them, for a driver those he may take."""
    return [OpenDutyOut.of(duty) for duty in list_open_duties(context, actor, weeks)]


@router.post("/duties/{run_id}/take")
def post_take(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> TakenOut:
    """The driver takes a duty that nobody holds; 409 when somebody else was quicker, or he cannot drive it."""
    return TakenOut.of(take_duty(context, actor, run_id))


@router.get("/volunteers")
def get_volunteers(context: ContextDep, actor: ActorDep) -> list[SharesOut]:
    """What each volunteer has driven of late for the hours offered: for the desk and the agency alone."""
    return [SharesOut.of(seen) for seen in list_shares(context, actor)]


@router.get("/volunteers/me")
def get_own_shares(context: ContextDep, actor: ActorDep) -> list[OwnShareOut]:
    """A volunteer's own figures; nobody else's."""
    own = read_own_shares(context, actor)
    return [OwnShareOut(service_id=one.id, first_day=first, **ShareOut.of(share).model_dump()) for one, first, share in own]


@router.get("/what-if")
def get_what_if(context: ContextDep, actor: ActorDep) -> list[WhatIfOut]:
    """For each driver of the coming day: how many of his rides other runs could take if he were ill, and which they could not; as reckoned
    last (every evening and night).
    """
    return [WhatIfOut.of(seen) for seen in list_what_ifs(context, actor)]
