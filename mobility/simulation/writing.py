"""The folder of results: as a whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mobility.domain.runs import VisitKind
from mobility.errors import InvalidInputError, NotFoundError, Problem
from mobility.simulation.engine import Day
from mobility.simulation.measures import Ride, measure, rides_of
from mobility.simulation.order import SimulationResult, Wish
from mobility.simulation.pictures import draw_pictures

WISH_COLUMNS = (
    "request_id", "booked_at", "depart_after", "arrive_by", "origin_lon", "origin_lat", "destination_lon", "destination_lat",
    "seats", "wheelchairs", "needs", "group", "purpose",
)  # fmt: skip
_KPIS = "kpis.json"


def check_out(folder: Path) -> None:
    """Before anything is begun.

    Raises:
        InvalidInputError: the folder is not empty, or its parent cannot be written to.
    """
    mend = "name a folder that does not exist yet"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInputError(Problem(str(folder), "exists and is not an empty folder", mend))
    parent = next(parent for parent in folder.absolute().parents if parent.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise InvalidInputError(Problem(str(folder), "cannot be written there", mend))


def write_results(day: Day, folder: Path) -> SimulationResult:
    """Measure the day and write all files, then put them in place at once."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        rides = rides_of(day)
        kpis = measure(day, rides)
        _write_tables(day, rides, kpis, fresh)
        draw_pictures(day, rides, kpis, fresh)
        if folder.exists():
            folder.rmdir()
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return read_result(folder)


def read_result(folder: Path) -> SimulationResult:
    """A finished simulation.

    Raises:
        NotFoundError: the folder holds none.
    """
    try:
        kpis = json.loads((folder / _KPIS).read_text("utf-8"))
        pictures = tuple(sorted(file.name for file in folder.glob("*.svg")))
        return SimulationResult(folder, kpis, kpis["promises_broken"], pictures)
    except (OSError, ValueError, KeyError, TypeError):
        raise NotFoundError(f"{folder.name}: no finished simulation") from None


def write_wishes(wishes: Iterable[Wish], file: Path) -> None:
    """The wishes as a file that can be simulated again."""
    _write_csv(file, WISH_COLUMNS, (_wish_row(wish) for wish in wishes))


def _write_tables(day: Day, rides: Sequence[Ride], kpis: dict[str, Any], fresh: Path) -> None:
    (fresh / _KPIS).write_text(json.dumps(kpis, ensure_ascii=False, indent=1) + "\n", "utf-8")
    _write_csv(fresh / "kpis.csv", ("measure", "value"), _flat(kpis))
    _write_csv(
        fresh / "events.csv",
        ("time", "what", "run_id", "vehicle_id", "request_id", "lon", "lat", "persons_aboard"),
        (
            (
                h.at.isoformat(), h.what, h.run_id, h.vehicle_id, h.wish_id,
                *(("", "") if h.visit is None else (h.visit.place.lon, h.visit.place.lat)),
                h.persons_aboard,
            )
            for h in day.log
        ),
    )  # fmt: skip
    _write_csv(
        fresh / "vehicle_events.csv",
        ("vehicle_id", "time_s", "seq", "request_id", "action"),
        (
            (h.vehicle_id, round((h.at - day.midnight).total_seconds()), number, h.wish_id, _ACTIONS[h.visit.kind])
            for number, h in enumerate(day.log)
            if h.visit is not None and h.visit.kind in _ACTIONS
        ),
    )
    _write_csv(fresh / "decisions.csv", _DECISION_COLUMNS, _decisions(day, rides))
    _write_csv(
        fresh / "breaches.csv",
        ("time", "run_id", "kind", "amount"),
        ((b.seen_at.isoformat(), b.run_id, b.kind, b.amount) for b in day.watcher.breaches),
    )
    write_wishes(day.order.wishes, fresh / "requests.csv")


_ACTIONS = {VisitKind.PICKUP: "pickup", VisitKind.DROPOFF: "dropoff"}
_DECISION_COLUMNS = (
    "request_id", "asked_at", "group", "purpose", "outcome", "reason", "offers", "service_id", "pickup_from", "pickup_to",
    "dropoff_by", "run_id", "boarded_at", "alighted_at", "direct_s", "direct_m", "shared",
)  # fmt: skip


def _decisions(day: Day, rides: Sequence[Ride]) -> Iterable[Sequence[Any]]:
    by_wish = {ride.answer.wish.id: ride for ride in rides}
    for answer in day.answers.values():
        wish, offer, ride = answer.wish, answer.offer, by_wish.get(answer.wish.id)
        outcome = "served" if ride else "refused" if answer.refused else "ordinary_line" if offer is None else "not_performed"
        yield (
            wish.id, answer.decision.made_at.isoformat(), wish.group, wish.purpose, outcome,
            answer.refused.reason.value if answer.refused else "", len(answer.decision.offers),
            *(("", "", "", "") if offer is None else (
                offer.service_id, offer.pickup_window.earliest.isoformat(), offer.pickup_window.latest.isoformat(),
                offer.dropoff_window.latest.isoformat(),
            )),
            *(("", "", "", "", "", "") if ride is None else (
                ride.run_id, ride.boarded_at.isoformat(), ride.alighted_at.isoformat(), ride.direct_s, ride.direct_m, int(ride.shared),
            )),
        )  # fmt: skip


def _wish_row(wish: Wish) -> Sequence[Any]:
    times = ("" if time is None else time.isoformat() for time in (wish.known_at, wish.depart_after, wish.arrive_by))
    ends = (wish.origin.lon, wish.origin.lat, wish.destination.lon, wish.destination.lat)
    party = (wish.party.seats, wish.party.wheelchairs)
    return (wish.id, *times, *ends, *party, " ".join(sorted(need.value for need in wish.needs)), wish.group, wish.purpose)


def _flat(kpis: dict[str, Any], path: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in kpis.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", "" if value is None else value


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(rows)
