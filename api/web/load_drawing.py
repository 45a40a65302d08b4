"""How full a run is over its time, as a drawing (SVG): a step line below the line of the seats there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mobility.actions.look_at_day import RunSeen

WIDTH, HEIGHT = 640, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 10, 12, 30
_MOST_HOURS_NAMED = 9


@dataclass(frozen=True, slots=True)
class LoadDrawn:
    """Paths and ticks: ``hours`` are (x, text), ``seats`` are (y, number)."""

    width: int
    height: int
    area: str
    line: str
    most_y: float
    left: int
    right: int
    base: int
    hours: tuple[tuple[float, str], ...]
    seats: tuple[tuple[float, int], ...]


def draw_load(run: RunSeen, zone: ZoneInfo) -> LoadDrawn:
    """The picture of one run."""
    span = max((run.ends_at - run.starts_at).total_seconds(), 1)
    most = max([run.seats, *(halt.seats_aboard for halt in run.halts)], default=1) or 1
    base = HEIGHT - _BOTTOM

    def x(moment: datetime) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * min(max((moment - run.starts_at).total_seconds() / span, 0), 1), 1)

    def y(seats: int) -> float:
        return round(base - (base - _TOP) * seats / most, 1)

    steps = "".join(f"H{x(halt.planned)}V{y(halt.seats_aboard)}" for halt in run.halts)
    line = f"M{_LEFT} {base}{steps}H{WIDTH - _RIGHT}"
    figures = sorted({0, run.seats, -(-most // 2)})
    return LoadDrawn(
        width=WIDTH,
        height=HEIGHT,
        area=f"{line}V{base}Z",
        line=line,
        most_y=y(run.seats),
        left=_LEFT,
        right=WIDTH - _RIGHT,
        base=base,
        hours=tuple((x(hour), f"{hour.astimezone(zone):%-H}") for hour in _hours(run, zone)),
        seats=tuple((y(seats), seats) for seats in figures),
    )


def _hours(run: RunSeen, zone: ZoneInfo) -> list[datetime]:
    """Full hours within the run, every second or third of them when there are many."""
    first = run.starts_at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    count = int((run.ends_at - first).total_seconds() // 3600)
    step = -(-count // _MOST_HOURS_NAMED) or 1
    hours = [first + timedelta(hours=ahead) for ahead in range(0, count + 1, step)]
    return [hour for hour in hours if hour >= run.starts_at]
