"""A simulated day of the demo county: promises are kept, the same order gives the same result, nothing is half-written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mobility.domain.accounts import Agency
from mobility.domain.datasets import Dataset, DatasetKind
from mobility.domain.runs import VisitKind
from mobility.errors import InvalidInputError, NotFoundError
from mobility.simulation.engine import Day
from mobility.simulation.order import Scene, SimulationCancelledError, SimulationOrder
from mobility.simulation.simulating import invent_wishes, read_result, read_wishes, simulate, with_more_vehicles, with_vehicles
from mobility.simulation.writing import write_wishes
from tests.county import AGENCY, MONDAY, MONDAY_AT_SIX, CountyFiles, _networks, _shifts

SERVICES = ("auental-bus", "buergerbus-linie", "rufbus", "nachbarschaftsfahrten")


def scene(files: CountyFiles, *service_ids: str) -> Scene:
    services = {service.id: service for service, _ in files.services}
    datasets = tuple(
        Dataset(f"{AGENCY}:{kind.value}:1", AGENCY, kind, 1, f"{kind.value}/1", "demo", "0", MONDAY_AT_SIX, in_use=True)
        for kind in DatasetKind
    )
    chosen = tuple(services[name] for name in service_ids)
    shifts = tuple(shift for shift in _shifts(files) if shift.service_id in service_ids and shift.day == MONDAY)
    agency = Agency(AGENCY, "Landkreis Auental (erfunden)")
    return Scene(agency, chosen, _networks(files.datasets), datasets, files.people.drivers, shifts)


def order(files: CountyFiles, out: Path, *service_ids: str, count: int = 24, seed: int = 3, **more: Any) -> SimulationOrder:
    """Not re-optimised unless asked for: most of what is tested here does not need it."""
    more = {"reoptimise_every_s": None, **more}
    county = scene(files, *(service_ids or ("auental-bus",)))
    return SimulationOrder(county, MONDAY, invent_wishes(county, MONDAY, count, seed), out, **more)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize(
    ("service", "more"),
    [
        *((service, {"count": 100 if service == "rufbus" else 24}) for service in SERVICES),
        ("auental-bus", {"divertible": True}),
        ("auental-bus", {"divertible": True, "reoptimise_every_s": 1800, "steps": 50}),
    ],
)
def test_every_ride_is_performed_within_its_promise(
    county_files: CountyFiles, tmp_path: Path, service: str, more: dict[str, Any]
) -> None:
    asked = order(county_files, tmp_path / "out", service, **more)
    result = simulate(asked)
    assert (result.violations, result.kpis["breaches"]) == (0, {})
    assert result.kpis["wishes"] == len(asked.wishes)
    decisions = rows(result.folder / "decisions.csv")
    served = [row for row in decisions if row["outcome"] == "served"]
    assert len(served) == result.kpis["served"] > 0
    assert {row["outcome"] for row in decisions} <= {"served", "refused", "ordinary_line"}
    for row in served:
        assert row["pickup_from"] <= row["boarded_at"] <= row["pickup_to"], "as told, all in UTC"
        assert row["boarded_at"] < row["alighted_at"] <= row["dropoff_by"]
    assert result.kpis["served"] + result.kpis["refused"] + result.kpis["ordinary_line"] == len(asked.wishes)
    assert sum(result.kpis["refusals_by_reason"].values()) == result.kpis["refused"]


def test_the_same_order_gives_the_same_result(county_files: CountyFiles, tmp_path: Path) -> None:
    first = simulate(order(county_files, tmp_path / "first", count=12))
    again = simulate(order(county_files, tmp_path / "again", count=12))
    for file in first.folder.iterdir():
        assert file.read_bytes() == (again.folder / file.name).read_bytes(), file.name
    other = order(county_files, tmp_path / "other", count=12, seed=4)
    assert other.wishes != order(county_files, tmp_path / "other", count=12).wishes


def test_wishes_written_can_be_simulated_again(county_files: CountyFiles, tmp_path: Path) -> None:
    asked = order(county_files, tmp_path / "out", count=12)
    write_wishes(asked.wishes, tmp_path / "wishes.csv")
    read = read_wishes(tmp_path / "wishes.csv", asked.scene, MONDAY)
    assert {wish.id for wish in read} == {wish.id for wish in asked.wishes}
    for wish in read:
        own = next(other for other in asked.wishes if other.id == wish.id)
        assert replace(own, origin=wish.origin, destination=wish.destination) == wish


def test_more_vehicles_serve_no_fewer_and_are_counted(county_files: CountyFiles, tmp_path: Path) -> None:
    asked = order(county_files, tmp_path / "out", count=36)
    few = simulate(asked)
    more = simulate(replace(asked, scene=with_more_vehicles(asked.scene, "auental-bus", MONDAY, 3), out=tmp_path / "more"))
    assert more.kpis["vehicles"] == few.kpis["vehicles"] + 3
    assert more.kpis["served"] >= few.kpis["served"]


def test_vehicles_from_a_file(county_files: CountyFiles, tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    base = scene(county_files, "auental-bus").services[0].duties[0].base
    file.write_text(f"vehicle_id,lon,lat,shift_start,shift_end,seats\nonly,{base.lon},{base.lat},08:00,16:00,4\n")
    asked = order(county_files, tmp_path / "out", count=16)
    result = simulate(replace(asked, scene=with_vehicles(asked.scene, "auental-bus", file)))
    assert result.kpis["vehicles"] == 1
    assert {row["vehicle_id"] for row in rows(result.folder / "events.csv") if row["what"] == "boarded"} == {"only"}
    assert result.violations == 0


def test_cancelled_midway_leaves_nothing(county_files: CountyFiles, tmp_path: Path) -> None:
    heard: list[int] = []
    with pytest.raises(SimulationCancelledError):
        simulate(
            order(county_files, tmp_path / "sub" / "out"), lambda _step, done, _total: heard.append(done), lambda: len(heard) > 20
        )
    assert max(heard) < 24
    assert list(tmp_path.rglob("*")) == []


def test_a_crash_while_writing_leaves_nothing(county_files: CountyFiles, tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("mobility.simulation.writing.draw_pictures", full)
    with pytest.raises(OSError, match="No space"):
        simulate(order(county_files, tmp_path / "out", count=3))
    assert list(tmp_path.rglob("*")) == []


def test_a_folder_with_something_in_it_is_left_alone(county_files: CountyFiles, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="not an empty folder"):
        simulate(order(county_files, tmp_path, count=1))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(NotFoundError):
        read_result(tmp_path)


def test_a_result_can_be_read_later(county_files: CountyFiles, tmp_path: Path) -> None:
    result = simulate(order(county_files, tmp_path / "out", count=10))
    assert read_result(tmp_path / "out") == result
    assert result.pictures == ("answers-by-hour.svg", "groups.svg", "load.svg", "waiting.svg")
    assert json.loads((result.folder / "kpis.json").read_text()) == result.kpis
    flat = {row["measure"]: row["value"] for row in rows(result.folder / "kpis.csv")}
    assert flat["served"] == str(result.kpis["served"])


def test_a_closed_day_is_one_clear_line(county_files: CountyFiles) -> None:
    county = scene(county_files, "auental-bus")
    closed = next(day for ahead in range(7) if not _open(county, day := MONDAY + timedelta(days=ahead)))
    with pytest.raises(InvalidInputError, match="is closed on"):
        invent_wishes(county, closed, 5, 1)


def _open(county: Scene, day: Any) -> bool:
    from mobility.files.opening import hours_on

    return bool(hours_on(county.services[0], day))


def test_the_judge_sees_a_bus_that_comes_late(county_files: CountyFiles, tmp_path: Path, monkeypatch: Any) -> None:
    """Planted: one bus is at one stop three quarters of an hour after it was to be there."""
    day = Day(order(county_files, tmp_path / "out", count=15))
    held = Day._hold_visit
    late: list[str] = []

    def hold(self: Day, run_id: str, revision: int) -> None:
        vehicle = self.vehicles[run_id]
        visit = vehicle.upcoming
        if not late and visit is not None and visit.kind is VisitKind.PICKUP and vehicle.run.revision == revision:
            late.append(visit.leg_id or "")
            following = vehicle.run.last_done + 1
            after = replace(visit, planned=visit.latest + timedelta(minutes=45))
            self.now = after.planned
            visits = (*vehicle.run.visits[:following], after, *vehicle.run.visits[following + 1 :])
            vehicle.run = replace(vehicle.run, visits=visits)
        held(self, run_id, revision)

    monkeypatch.setattr(Day, "_hold_visit", hold)
    day.run(lambda *_: None, lambda: False)
    found = [breach for breach in day.watcher.breaches if breach.leg_id == late[0]]
    assert {breach.kind for breach in found} >= {"outside_the_promise"}
    assert max(breach.amount for breach in found) >= 45 * 60
