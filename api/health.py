"""Is it alive, and can it do its work?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.auth import ContextDep
from mobility.actions.check_health import check_health

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """``ready`` when the database answers. ``realtime``: ``none`` where no source of GTFS Realtime is configured, ``fresh``, or ``stale`` when what
    one of them has told is too old to be used: trips then run as by timetable.
    """

    status: str
    realtime: Literal["none", "fresh", "stale"]


@router.get("/healthz")
def get_health(context: ContextDep) -> Health:
    """Answers only when the database does."""
    found = check_health(context)
    return Health(status="ready", realtime="none" if not found.sources else "stale" if found.stale else "fresh")
