"""Trains and buses that are late or cancelled, as the desk hears it where no source of GTFS Realtime says so."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.fields import Day, Instant, LateOrCancelled, PathIdentifier
from api.strict_json import StrictJsonRoute
from mobility.actions.report_trip import MOST_LATE_MIN, TripWord, list_trip_reports, report_trip, withdraw_trip_report
from mobility.domain.live_news import TripReport

router = APIRouter(tags=["timetables"], route_class=StrictJsonRoute)


class TripReportRequest(LateOrCancelled):
    """So many minutes late (``late_min``), or ``cancelled``: one of the two."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trip_id": "700-1", "day": "2026-12-01", "late_min": 15}]})

    trip_id: Annotated[str, Field(min_length=1, max_length=200)]
    day: Day
    late_min: Annotated[int, Field(ge=0, le=MOST_LATE_MIN)] | None = None


class TripReportOut(BaseModel):
    """What somebody has said; ``late_min`` None: the trip is cancelled. It is forgotten after ``until``."""

    id: str
    trip_id: str
    day: date
    late_min: int | None
    cancelled: bool
    at: Instant
    until: Instant

    @classmethod
    def of(cls, one: TripReport) -> Self:
        """From the domain."""
        late = one.late_min
        return cls(
            id=one.id, trip_id=one.trip_id, day=one.day, late_min=late, cancelled=late is None, at=one.at, until=one.until
        )  # fmt: skip


@router.post("/trip-reports", status_code=201)
def post_trip_report(context: ContextDep, actor: ActorDep, body: TripReportRequest) -> TripReportOut:
    """Say that a trip is late or cancelled. Another word on the same trip and day takes its place."""
    return TripReportOut.of(report_trip(context, actor, TripWord(body.trip_id, body.day, body.late_min)))


@router.get("/trip-reports")
def get_trip_reports(context: ContextDep, actor: ActorDep) -> list[TripReportOut]:
    """What holds now."""
    return [TripReportOut.of(one) for one in list_trip_reports(context, actor)]


@router.delete("/trip-reports/{report_id}", status_code=204, response_class=Response)
def delete_trip_report(context: ContextDep, actor: ActorDep, report_id: PathIdentifier) -> None:
    """Take it back."""
    withdraw_trip_report(context, actor, report_id)
