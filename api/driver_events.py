"""What a driver's telephone kept while there was no signal, and sends when there is one again."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import ActorDep, ContextDep
from api.fields import Body, Identifier, Instant, Moment, PathIdentifier, aware
from api.strict_json import StrictJsonRoute
from mobility.actions.account_cash import RunCash, account_run
from mobility.actions.local_time import agency_zone
from mobility.actions.take_driver_events import Reported, Taken, read_driver_events, take_driver_events
from mobility.domain.driver_events import DriverEvent, EventKind

router = APIRouter(tags=["runs"], route_class=StrictJsonRoute)

MOST = 100
Device = Annotated[Identifier, Field(max_length=64)]
"""Shorter than other ids: it becomes part of the desk's task about a report."""
Sequence = Annotated[int, Field(ge=1, le=2_000_000_000)]


class EventIn(Body):
    """One report: what happened when, by the telephone's clock."""

    sequence: Annotated[Sequence, Field(description="the device's own number: sent again under it, the report counts once")]
    kind: Annotated[EventKind, Field(strict=False)]
    at: Moment
    leg_id: Annotated[Identifier | None, Field(description="with boarded, alighted, no_show, paid")] = None
    halt: Annotated[Identifier | None, Field(description="a halt's key, with passed and walk_up")] = None
    delay_s: Annotated[int, Field(ge=0, le=6 * 3600)] = 0
    persons: Annotated[int, Field(ge=-20, le=20, description="with walk_up; negative when they alight")] = 0
    cents: Annotated[int, Field(ge=0, le=100_000, description="with paid: what was taken from the leg's party")] = 0
    undoes: Annotated[Sequence | None, Field(description="with undo: the number of the report to take back")] = None


class EventsIn(Body):
    """A batch of one device. ``sent_at`` is its clock at sending, by which a wrong clock is put right."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "device_id": "5f0c2e9a",
                    "sent_at": "2026-12-01T10:31:00+01:00",
                    "events": [{"sequence": 7, "kind": "delayed", "at": "2026-12-01T10:30:12+01:00", "delay_s": 600}],
                }
            ]
        }
    )

    device_id: Device
    sent_at: Moment
    events: Annotated[list[EventIn], Field(min_length=1, max_length=MOST)]


class TakenOut(BaseModel):
    """What became of one report. Whatever is listed is kept here and may be dropped by the telephone. ``problem``: it contradicts something
    and has gone to the desk. ``beats_cancellation``: the ride had been cancelled; who was picked up rides.
    """

    sequence: int
    known: bool
    problem: str | None
    beats_cancellation: bool

    @classmethod
    def of(cls, taken: Taken) -> Self:
        """From the action."""
        problem = None if taken.problem is None else taken.problem.value
        return cls(sequence=taken.sequence, known=taken.known, problem=problem, beats_cancellation=taken.beats_cancellation)


class EventOut(BaseModel):
    """One report as it is kept; ``at`` is when it happened by our clock."""

    device_id: str
    sequence: int
    kind: str
    at: Instant
    received_at: Instant
    leg_id: str | None
    halt: str | None
    delay_s: int
    persons: int
    undoes: int | None
    cents: int
    problem: str | None
    beats_cancellation: bool

    @classmethod
    def of(cls, event: DriverEvent) -> Self:
        """From the domain."""
        return cls(**{name: getattr(event, name) for name in cls.model_fields})


@router.post("/runs/{run_id}/events")
def post_events(run_id: PathIdentifier, body: EventsIn, context: ContextDep, actor: ActorDep) -> list[TakenOut]:
    """Take reports in any order, late or again; the answers are in the order of the batch."""
    zone = agency_zone(context, actor)
    reports = [Reported(**(event.model_dump() | {"at": aware(event.at, zone)})) for event in body.events]
    taken = take_driver_events(context, actor, run_id, body.device_id, aware(body.sent_at, zone), reports)
    return [TakenOut.of(one) for one in taken]


class LegCashOut(BaseModel):
    """Of one ride; ``taken_cents`` null: the driver has entered nothing."""

    leg_id: str
    due_cents: int
    taken_cents: int | None
    differs: bool


class CashOut(BaseModel):
    """What a run's passengers had to pay once they had boarded, and what its driver took."""

    run_id: str
    due_cents: int
    taken_cents: int
    rides_that_differ: int
    legs: list[LegCashOut]

    @classmethod
    def of(cls, cash: RunCash) -> Self:
        """From the action."""
        legs = [LegCashOut(**{name: getattr(leg, name) for name in LegCashOut.model_fields}) for leg in cash.legs]
        sums = {name: getattr(cash, name) for name in ("run_id", "due_cents", "taken_cents", "rides_that_differ")}
        return cls(**sums, legs=legs)


@router.get("/runs/{run_id}/cash")
def get_cash(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> CashOut:
    """The money of a run."""
    return CashOut.of(account_run(context, actor, run_id))


@router.get("/runs/{run_id}/events")
def get_events(run_id: PathIdentifier, context: ContextDep, actor: ActorDep) -> list[EventOut]:
    """Everything reported from a run, in the order it happened."""
    return [EventOut.of(event) for event in read_driver_events(context, actor, run_id)]
