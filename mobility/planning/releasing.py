"""A ride given back: what the run looks like without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mobility.domain.runs import Run
from mobility.domain.services import Service
from mobility.planning.searching import expected_times, make_plan
from mobility.planning.travel import TravelCache


def release(run: Run, leg_id: str, service: Service, travel: TravelCache, now: datetime) -> Run:
    """The run without a ride that has not begun, its times as they can be driven now.

    The old times would not do: a break is held where the vehicle is, so without the ride before it another way follows it. A delay
    reported for a visit that is gone holds for the next one, which was expected that late already.
    """
    following = run.last_done + 1
    freed = run.without_leg(leg_id)
    upcoming = freed.visits[following]
    if run.visits[following].leg_id == leg_id and run.delay_s and following < len(freed.visits) - 1:
        late = replace(upcoming, not_before=max(upcoming.planned, upcoming.not_before or upcoming.planned))
        freed = replace(freed, visits=(*freed.visits[:following], late, *freed.visits[following + 1 :]))
    return expected_times(make_plan([freed], {service.id: service}, travel, now))
