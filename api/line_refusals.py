"""How often the rule towards parallel lines sent somebody to a line."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.auth import ActorDep, ContextDep
from mobility.actions.count_decisions import count_decisions
from mobility.actions.local_time import agency_zone
from mobility.domain.accounts import Actor, Role
from mobility.errors import NotAllowedError

router = APIRouter(tags=["services"])


class LineRefusalOut(BaseModel):
    """A line with the stop where one boards it. ``sent``: how many requests were answered with it instead of a ride to the goal; ``refused``: how
    many of them without any ride. Figures as they may be shown: ``<3`` and ``–`` hide single people.
    """

    line: str
    sent: str
    refused: str


class LineRefusalsOut(BaseModel):
    """Of the month that begins on ``month``; while it is ``running`` figures are told in steps of five."""

    month: date
    running: bool
    lines: list[LineRefusalOut]


def _planning(actor: ActorDep) -> Actor:
    if actor.role not in (Role.PLANNER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError("these figures are the planner's and the agency's")
    return actor


@router.get("/line-refusals")
def get_line_refusals(
    context: ContextDep,
    actor: Annotated[Actor, Depends(_planning)],
    month: Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])] = None,
) -> LineRefusalsOut:
    """Which lines stood in for rides in a month (this one when none is named), the most often shown first."""
    today = context.clock().astimezone(agency_zone(context, actor)).date()
    report = count_decisions(context, actor, today if month is None else date.fromisoformat(f"{month}-01"))
    lines = [LineRefusalOut(line=row.key, sent=row.asked, refused=row.refused) for row in report.by_line]
    return LineRefusalsOut(month=report.month, running=report.running, lines=lines)
