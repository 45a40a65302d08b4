"""The timetables an agency uses: which of its feeds, in which version, and which counts for a line that several deliver."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.auth import ActorDep, ContextDep
from api.fields import Instant
from gtfs.overlap_rules import told_name
from mobility.actions.keep_feeds import look_at_feeds
from mobility.domain.accounts import Actor, Role
from mobility.errors import NotAllowedError

router = APIRouter(tags=["timetables"])


class FeedOut(BaseModel):
    """A version in use. ``feed``: its name, which stands before its ids with a colon; the ids of ``main`` stand alone. ``left_out``: why nothing
    of it is ridden; None when it is.
    """

    feed: str
    id: str
    version: int
    source: str
    used_at: Instant | None
    left_out: str | None


class OverlapOut(BaseModel):
    """A line that two feeds deliver: ridden as ``taken_from`` has it, and from ``first`` to ``last`` not as ``not_from`` has it, because of rule
    number ``rule``, or (None) because company, number and stops are the same.
    """

    agency: str
    line: str
    taken_from: str
    not_from: str
    first: date
    last: date
    trips: int
    rule: int | None


class TimetablesOut(BaseModel):
    """Feeds in use and the lines that several of them deliver."""

    feeds: list[FeedOut]
    overlaps: list[OverlapOut]


def _timetable_reader(actor: ActorDep) -> Actor:
    if actor.role not in (Role.DISPATCHER, Role.AGENCY, Role.ADMIN):
        raise NotAllowedError("timetables are the agency's and the desk's")
    return actor


@router.get("/timetables")
def get_timetables(context: ContextDep, actor: Annotated[Actor, Depends(_timetable_reader)]) -> TimetablesOut:
    """Which feeds are in use, and how they go together."""
    seen = look_at_feeds(context, actor)
    feeds = [
        FeedOut(
            feed=told_name(one.feed), id=one.id, version=one.version, source=one.source, used_at=one.used_at,
            left_out=seen.left_out.get(one.feed),
        )
        for one in seen.in_use
    ]  # fmt: skip
    overlaps = [
        OverlapOut(
            agency=one.agency, line=one.line, taken_from=told_name(one.winner), not_from=told_name(one.loser),
            first=one.first, last=one.last, trips=one.trips, rule=one.rule or None,
        )
        for one in seen.overlaps
    ]  # fmt: skip
    return TimetablesOut(feeds=feeds, overlaps=overlaps)
