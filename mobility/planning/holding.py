"""Places held for an offer: what a run looks like once they have lapsed, and whether one still stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.planning.releasing import release
from mobility.planning.travel import TravelCache


def without_lapsed_holds(run: Run, service: Service, travel: TravelCache, now: datetime) -> Run:
    """The run, of the same revision, without places whose time has passed: whoever looks for a place counts them as free, although the
    worker may take them out a moment later only.
    """
    lapsed = {visit.leg_id for visit in run.visits if visit.held_until is not None and visit.held_until <= now}
    freed = run
    for leg_id in sorted(leg_id for leg_id in lapsed if leg_id is not None):
        freed = release(freed, leg_id, service, travel, now)
    return freed if freed is run else replace(freed, revision=run.revision)


def still_stands(run: Run, leg_id: str, now: datetime) -> bool:
    """Whether a held ride can be booked as it was offered: its time has not passed, its run drives, and is not late for it."""
    held = [visit for visit in run.visits if visit.leg_id == leg_id and visit.held_until is not None]
    return bool(held) and not run.withdrawn and all(now < (v.held_until or now) and v.planned <= v.latest for v in held)
