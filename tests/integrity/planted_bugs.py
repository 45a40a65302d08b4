"""Defects as somebody might write them. Each is put into the real code for a few simulated days, and one of the invariants must see it.

``python -m tests.integrity.soak --bugs`` plants all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from mobility.domain.notices import NoticeKind
from mobility.domain.runs import Run, VisitKind
from mobility.planning import compiling
from mobility.planning.releasing import release
from routing.travel import FOREVER, Matrix
from tests.county import CountyFiles
from tests.integrity.service_day import BrokenError, ServiceDay

Patches = Mapping[str, Any]
_A = "mobility.actions"
_P = "mobility.planning"
_S = "mobility.store"


@dataclass(frozen=True)
class Found:
    """By which invariant, on which simulated day (None: by none)."""

    by: str
    day: int | None


def _keeps_place(run: Run, *_: object) -> Run:
    return run.with_visits(run.visits)


def _frees_two(run: Run, leg_id: str, *rest: Any) -> Run:
    others = [v.leg_id for v in run.visits if v.leg_id not in {None, leg_id} and v.kind is VisitKind.PICKUP and not v.is_done]
    freed = release(run, leg_id, *rest)
    return freed if not others else replace(freed, visits=tuple(v for v in freed.visits if v.leg_id != others[0]))


def _later_windows(kind: VisitKind) -> Callable[..., Any]:
    honest = compiling._visit

    def visit(run: Run, what: Any, frame: Any) -> Any:
        made = honest(run, what, frame)
        return replace(made, latest=made.latest + 2700) if what.kind is kind else made

    return visit


def _no_ride_limit() -> Callable[..., Any]:
    honest = compiling._visit
    return lambda run, what, frame: replace(honest(run, what, frame), max_ride=FOREVER)


def _twice_as_fast() -> Callable[..., Any]:
    honest = compiling.PlaceIndex.matrix

    def matrix(self: Any, travel: Any) -> Matrix:
        found = honest(self, travel)
        return Matrix(found.seconds // 2, found.metres)

    return matrix


def _wall_clock(day: Any, seconds: int, zone: Any) -> datetime:
    return (datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=seconds)).astimezone(zone)


def _without_breaks() -> Callable[..., Any]:
    from mobility.files.opening import duties_on

    return lambda service, day: tuple(replace(duty, breaks=()) for duty in duties_on(service, day))


def _twins() -> Callable[..., Any]:
    from mobility.actions.open_runs import _runs_of

    return lambda day: [each for run in _runs_of(day) for each in (run, replace(run, id=f"{run.id}.again"))]


def _told_to_the_desk() -> Callable[..., Any]:
    from mobility.actions.notices import notice

    return lambda booking, kind, now, **more: notice(
        booking, kind, now, **(more | ({"to": "desk"} if kind is NoticeKind.CANCELLED else {}))
    )


def _wider(promise: Any, windows: Any, planned: Any) -> Any:
    more = timedelta(minutes=20)
    return tuple(replace(window, earliest=window.earliest, latest=window.latest + more) for window in windows)


def _is_withdrawn(run: Run) -> bool:
    return run.withdrawn


def _nothing(*_: object, **__: object) -> None:
    """Forgotten."""


def _never(*_: object, **__: object) -> bool:
    return False


def _all_events(events: Any) -> list[Any]:
    return [event for event in events if event.kind.value != "undo"]


def _drops_no_dropoff() -> Callable[..., Any]:
    from mobility.planning import replaying

    honest = replaying._done

    def done(run: Run, visit: Any, event: Any) -> Run:
        after = honest(run, visit, event)
        lost = [v for v in run.visits if v not in after.visits and v.leg_id == visit.leg_id and v.kind is VisitKind.DROPOFF]
        return replace(after, visits=(*after.visits[:-1], *lost, after.visits[-1])) if event.kind.value == "no_show" else after

    return done


def bugs() -> dict[str, Patches]:
    """What is wrong, in words, and what is put in place of what."""
    rows = f"{_S}.memory_rides"
    return {
        "five seats too many are sold": {f"{_P}.compiling.capacities_of": lambda v, w: ((v.seats + 5 - w, 9, 9, 99),)},
        "wheelchairs take no place": {
            f"{_P}.{m}.load_of": lambda party, _: (party.seats, 0, 0, 0) for m in ("compiling", "searching")
        },
        "the boot takes everything": {
            f"{_P}.{m}.load_of": lambda party, _: (party.seats, party.wheelchairs, 0, 0) for m in ("compiling", "searching")
        },
        "nobody remembers who is never to ride together": {f"{_A}.wished_company.company_of": lambda *_: None},
        "nobody looks until when a licence holds": {f"{_A}.open_runs._may_drive": lambda *_: True},
        "needs are not asked for": {f"{_P}.searching.need_bits": lambda _: 0},
        "pickups may be 45 minutes late": {f"{_P}.compiling._visit": _later_windows(VisitKind.PICKUP)},
        "set down 45 minutes late": {f"{_P}.compiling._visit": _later_windows(VisitKind.DROPOFF)},
        "the longest ride is forgotten when others join": {f"{_P}.compiling._visit": _no_ride_limit()},
        "vehicles are planned twice as fast": {f"{_P}.compiling.PlaceIndex.matrix": _twice_as_fast()},
        "a cancelled ride keeps its place": {f"{_A}.cancel_booking.release": _keeps_place},
        "cancelling frees somebody else's place too": {f"{_A}.cancel_booking.release": _frees_two},
        "who is aboard can cancel": {f"{_A}.cancel_booking._has_begun": _never},
        "a cancellation is not told to the rider": {f"{_A}.cancel_booking.notice": _told_to_the_desk()},
        "a booking is not told": {f"{_A}.book_ride.tell_rider": _nothing},
        "a key sent twice books twice": {f"{rows}.KeyRows.{each}": _nothing for each in ("claim_key", "store_answer")},
        "a held place stays held when booked": {f"{_S}.memory_holds.HoldRows.delete_hold": _nothing},
        "narrowing widens": {f"{_A}.narrow_promises.narrowed": _wider},
        "narrowed in the booking, not on the run": {f"{_A}.narrow_promises.with_windows": _keeps_place},
        "a narrowed time is not told": {f"{_A}.narrow_promises.notice": _not_narrowed()},
        "paper is re-planned": {f"{_P}.{m}.is_frozen": _is_withdrawn for m in ("reoptimising", "rearranging", "rescuing")},
        "a driver with paper is not asked": {f"{_A}.book_ride.is_on_paper": _never},
        "bookings do not follow rides that move": {
            f"{_A}.{m}.follow_moves": lambda *_: 0 for m in ("accepting", "reoptimise_day")
        },
        "a change keeps the revision": {
            "mobility.domain.runs.Run.with_visits": lambda self, visits: replace(self, visits=visits)
        },
        "kilometres are rounded down": {
            "mobility.domain.tariffs.Tariff.fare_cents": lambda self, way: (
                self.base_cents + way.direct_m // 1000 * self.cents_per_km
            )
        },
        "passengers without a permit pay what the tariff says": {f"{_P}.ceilings._most_cents": lambda *_: 10**9},
        "a cancelled leg is charged": {
            "mobility.domain.bookings.Booking.price_cents": property(lambda self: sum(leg.price_cents for leg in self.legs))
        },
        "breaks are not planned": {f"{_A}.open_runs.duties_on": _without_breaks()},
        "duties by the clock on the wall": {f"{_A}.open_runs.at": _wall_clock},
        "a duty is opened twice": {f"{_A}.open_runs._runs_of": _twins(), f"{rows}.RunRows._check_overlap": _nothing},
        "reports taken back still count": {f"{_P}.replaying.counted": _all_events},
        "reports are not kept": {f"{_A}.settle_run._keep": _nothing},
        "a no-show is still brought home": {f"{_P}.replaying._done": _drops_no_dropoff()},
        "a volunteer's no keeps the place": {f"{_A}.answer_ride.release": _keeps_place},
        "bookings learn nothing of a rescue": {f"{_A}.declare_rescue._tell": _nothing},
        "what was sent is not marked": {f"{rows}.NoticeRows.mark_notice": _nothing},
        "half a transaction stays after a crash": {f"{_S}.memory_tables.Journal.undo": _nothing},
    }


def _not_narrowed() -> Callable[..., Any]:
    from mobility.actions.notices import notice

    return lambda booking, _, now: notice(booking, NoticeKind.DESK_TASK, now, to="desk")


@contextmanager
def planted(patches: Patches) -> Iterator[None]:
    """The bug is in the code until the end."""
    with ExitStack() as stack:
        for where, what in patches.items():
            stack.enter_context(mock.patch(where, what))
        yield


def hunt(patches: Patches, files: CountyFiles, days: int = 40) -> Found:
    """Play busy days with the bug until an invariant sees it. A day that an action ends with an error of its own is no find."""
    for seed in range(1, days + 1):
        day = ServiceDay(seed, files, is_busy=True)
        try:
            with planted(patches):
                day.run()
        except BrokenError as broken:
            if broken.__cause__ is None:
                return Found(str(broken).partition(":")[0], seed)
    return Found("", None)
