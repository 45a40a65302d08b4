"""Visits joined into halts: the plan has one visit for each rider, the driver stops once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from mobility.domain.places import Place
from mobility.domain.runs import Visit, VisitKind

_AT_A_PLACE = frozenset({VisitKind.PICKUP, VisitKind.DROPOFF, VisitKind.HALT})


@dataclass(frozen=True, slots=True)
class Halt:
    """Consecutive visits at one place whose time spans overlap, or a break; seats and wheelchairs aboard afterwards."""

    visits: tuple[Visit, ...]
    seats_aboard: int
    wheelchairs_aboard: int

    @property
    def kind(self) -> VisitKind:
        return self.visits[0].kind

    @property
    def planned(self) -> datetime:
        return self.visits[0].planned

    @property
    def duration_s(self) -> int:
        """Seconds from the first service's start to the last one's end."""
        last = self.visits[-1]
        return round((last.planned - self.planned).total_seconds()) + last.service_s

    @property
    def arrive_by(self) -> datetime | None:
        """The first promise made here that would be broken by coming late."""
        return min((v.latest for v in self.visits if v.leg_id is not None and not v.skipped), default=None)

    @property
    def leave_not_before(self) -> datetime | None:
        """The timetable's time, and the last moment from which a rider was told to be there."""
        held = (VisitKind.HALT, VisitKind.PICKUP)
        return max((v.earliest for v in self.visits if v.kind in held and not v.skipped), default=None)

    @property
    def published(self) -> datetime | None:
        """The timetable's time."""
        return next((v.earliest for v in self.visits if v.kind is VisitKind.HALT), None)

    @property
    def actual(self) -> datetime | None:
        """When the last visit was reported, once all of them are done; None when nobody came to any."""
        if not all(visit.is_done for visit in self.visits):
            return None
        return max((v.actual for v in self.visits if v.actual is not None), default=None)


def halts_of(visits: Iterable[Visit]) -> list[Halt]:
    """The halts between START and END, in order."""
    groups: list[list[Visit]] = []
    for visit in visits:
        if visit.kind in (VisitKind.START, VisitKind.END):
            continue
        if groups and _belong_together(groups[-1], visit):
            groups[-1].append(visit)
        else:
            groups.append([visit])
    return _with_loads(groups)


def _with_loads(groups: list[list[Visit]]) -> list[Halt]:
    halts: list[Halt] = []
    seats = wheelchairs = 0
    for group in groups:
        for visit in group:
            sign = _boards(visit)
            if visit.party is not None:
                seats += sign * visit.party.seats
                wheelchairs += sign * visit.party.wheelchairs
        halts.append(Halt(tuple(group), seats, wheelchairs))
    return halts


def most_at_once(visits: Iterable[Visit], amount: Callable[[Visit], int]) -> int:
    """Most that is aboard at any time of what each rider brings along by ``amount``."""
    aboard = most = 0
    for visit in visits:
        aboard += _boards(visit) * amount(visit)
        most = max(most, aboard)
    return most


def _boards(visit: Visit) -> int:
    """+1, −1 or 0: how the visit changes who is aboard."""
    if visit.skipped:
        return 0
    return {VisitKind.PICKUP: 1, VisitKind.DROPOFF: -1}.get(visit.kind, 0)


def _belong_together(group: list[Visit], visit: Visit) -> bool:
    """Same place, nothing but riders and timetable, and one moment would suit all (else the driver must wait: two halts)."""
    if visit.kind not in _AT_A_PLACE or group[-1].kind not in _AT_A_PLACE or not _same_place(group[-1].place, visit.place):
        return False
    earliest, latest = _common_span([*group, visit])
    return earliest <= latest


def _same_place(one: Place, other: Place) -> bool:
    if one.stop_id is not None and one.stop_id == other.stop_id:
        return True
    return (one.lon, one.lat) == (other.lon, other.lat)


def _common_span(visits: list[Visit]) -> tuple[datetime, datetime]:
    return max(v.earliest for v in visits), min(v.latest for v in visits)
