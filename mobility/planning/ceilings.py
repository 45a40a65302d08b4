"""What all passengers of a ride may pay together where there is no permit (§ 1 (2) PBefG): so much for each kilometre driven with somebody
aboard. From when somebody boards an empty vehicle until it is empty again is one ride, whoever shares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from mobility.domain.places import Place
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.planning.travel import TravelCache
from routing.dialaride.problem import Insertion

_NEW = "new"


def lawful_prices(run: Run, prices: Mapping[str, int], newest_first: Sequence[str], travel: TravelCache) -> dict[str, int]:
    """What legs of the run have to pay less, in cents, so that no ride is paid above its ceiling: who booked last pays what is left.

    ``prices`` are those of its legs; ``newest_first`` are the legs whose price can still be lowered.
    """
    lower: dict[str, int] = {}
    if run.ceiling_cents_per_km is None:
        return lower
    for legs, places in _together(run.without_holds().visits):
        over = sum(prices.get(leg_id, 0) for leg_id in legs) - _most_cents(places, run.ceiling_cents_per_km, travel)
        for leg_id in (leg_id for leg_id in newest_first if leg_id in legs):
            off = max(0, min(over, prices.get(leg_id, 0)))
            if off:
                lower[leg_id] = prices[leg_id] - off
                over -= off
    return lower


def cents_left(
    run: Run, insertion: Insertion, ends: tuple[Place, Place], paid: Mapping[str, int], travel: TravelCache
) -> int | None:
    """What somebody who is put in there may pay at most, as others pay already; None where there is no ceiling."""
    if run.ceiling_cents_per_km is None:
        return None
    first, last = (run.last_done + 1 + after for after in (insertion.after_pickup, insertion.after_dropoff))
    bare = replace(run.visits[0], leg_id=_NEW, actual=None, skipped=False)
    pickup, dropoff = (
        replace(bare, kind=kind, place=end) for kind, end in zip((VisitKind.PICKUP, VisitKind.DROPOFF), ends, strict=True)
    )
    visits = [*run.visits[:first], pickup, *run.visits[first:last], dropoff, *run.visits[last:]]
    for legs, places in _together([visit for visit in visits if visit.held_until is None]):
        if _NEW in legs:
            most = _most_cents(places, run.ceiling_cents_per_km, travel)
            return max(0, most - sum(paid.get(leg_id, 0) for leg_id in legs))
    raise ValueError(f"run {run.id}: what was put in is not there")


def _together(visits: Sequence[Visit]) -> Iterator[tuple[list[str], list[Place]]]:
    """The legs that share a ride, and the places it goes by."""
    aboard: set[str] = set()
    legs: list[str] = []
    places: list[Place] = []
    for visit in visits:
        if visit.leg_id is None or visit.skipped:
            places += [visit.place] if aboard and visit.kind is VisitKind.HALT else []
            continue
        places.append(visit.place)
        if visit.kind is VisitKind.PICKUP:
            aboard.add(visit.leg_id)
            legs.append(visit.leg_id)
            continue
        aboard.discard(visit.leg_id)
        if not aboard:
            yield legs, places
            legs, places = [], []


def _most_cents(places: Sequence[Place], cents_per_km: int, travel: TravelCache) -> int:
    metres = sum(travel.drive(here, there)[1] for here, there in pairwise(places))
    return metres * cents_per_km // 1000
