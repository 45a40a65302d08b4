"""A run as a time-line (SVG): its halts over the day, how many are aboard as height. Stretched to the width of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.domain.runs import Run, VisitKind
from mobility.manifests.halts import halts_of

WIDTH, HEIGHT = 1000, 60
_BASE, _TOP = 52, 8
_STEP_H = 3


@dataclass(frozen=True, slots=True)
class Span:
    """The hours that all time-lines of a day share; ``hours`` are named at equal distances from the first to the last."""

    start: datetime
    end: datetime
    hours: tuple[str, ...]

    def x(self, moment: datetime) -> float:
        """Where a moment lies, from 0 to the width."""
        share = (moment - self.start) / (self.end - self.start)
        return round(WIDTH * min(1.0, max(0.0, share)), 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One time-line: the duty from ``duty[0]`` to ``duty[1]``, the area of who is aboard, halts (x, class), now (None: not that day)."""

    duty: tuple[float, float]
    area: str
    seats_y: float
    halts: tuple[tuple[float, str], ...]
    now_x: float | None


def span_of(runs: Sequence[Run], zone: ZoneInfo) -> Span | None:
    """From the first to the last full hour of all runs, in steps of three; None without runs."""
    if not runs:
        return None
    first, last = min(run.starts_at for run in runs).astimezone(zone), max(run.ends_at for run in runs).astimezone(zone)
    start = first.replace(minute=0, second=0, microsecond=0)
    hours = -(-(last - start) // timedelta(hours=1))
    steps = max(1, -(-hours // _STEP_H))
    names = tuple(f"{start + timedelta(hours=_STEP_H * number):%-H}" for number in range(steps + 1))
    return Span(start, start + timedelta(hours=_STEP_H * steps), names)


def draw_run(run: Run, span: Span, now: datetime) -> Line:
    """The picture of one run; times that have been reported count, else those that are planned."""
    most = max(1, run.vehicle.seats)
    path, halts = [f"M{span.x(run.starts_at)} {_BASE}"], []
    for halt in halts_of(run.visits):
        at = halt.actual or halt.planned
        aboard = min(most, halt.seats_aboard + halt.wheelchairs_aboard)
        path.append(f"H{span.x(at)}V{round(_BASE - (_BASE - _TOP) * aboard / most, 1)}")
        halts.append((span.x(at), _kind(halt.kind, done=all(visit.is_done for visit in halt.visits))))
    path.append(f"H{span.x(run.ends_at)}V{_BASE}Z")
    return Line(
        duty=(span.x(run.starts_at), span.x(run.ends_at)),
        area="".join(path),
        seats_y=_TOP,
        halts=tuple(halts),
        now_x=span.x(now) if span.start <= now <= span.end else None,
    )


def _kind(kind: VisitKind, *, done: bool) -> str:
    if kind is VisitKind.BREAK:
        return "break"
    return "past" if done else "ahead"
