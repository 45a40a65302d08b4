"""``python -m mobility simulate``: from options to an order, and what is said at the end."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mobility.actions.context import Context
from mobility.errors import InvalidInputError, Problem
from mobility.files.service_file import MAX_SERVICE_BYTES, read_service
from mobility.files.toml_reading import read_text_file
from mobility.simulation import workload
from mobility.simulation.order import Scene, SimulationOrder, SimulationResult, Tell
from mobility.simulation.simulating import (
    invent_wishes,
    read_wishes,
    scene_of,
    simulate,
    with_more_vehicles,
    with_service,
    with_vehicles,
)


@dataclass(frozen=True, slots=True)
class Variation:
    """What is to be varied; empty or 0: as it is."""

    requests: str
    demand: int | None
    seed: int
    vehicles: str
    more_vehicles: int


def chosen_day(service: str, day: datetime | None) -> date:
    """Both must be named.

    Raises:
        InvalidInputError: one is not.
    """
    if not service:
        raise InvalidInputError(Problem("--service", "is missing", "name a service in use, a service file, or a --workload"))
    if day is None:
        raise InvalidInputError(Problem("--date", "is missing", "such as --date 2026-06-08"))
    return day.date()


def service_order(context: Context, agency_id: str, what: tuple[str, date], varied: Variation, out: Path) -> SimulationOrder:
    """A day of a service of this county, or of one that is only a file yet."""
    if bool(varied.requests) == (varied.demand is not None):
        raise InvalidInputError(Problem("--requests", "give exactly one of --requests and --demand", "such as --demand 100"))
    service, day = what
    scene = _scene(context, agency_id, service, day)
    service_id = scene.services[0].id
    if varied.vehicles:
        scene = with_vehicles(scene, service_id, Path(varied.vehicles))
    if varied.more_vehicles:
        scene = with_more_vehicles(scene, service_id, day, varied.more_vehicles)
    if varied.demand is not None:
        wishes = invent_wishes(scene, day, varied.demand, varied.seed)
    else:
        wishes = read_wishes(Path(varied.requests), scene, day)
    return SimulationOrder(scene, day, wishes, out)


def _scene(context: Context, agency_id: str, service: str, day: date) -> Scene:
    file = Path(service)
    if file.suffix != ".toml":
        return scene_of(context, agency_id, day, [service])
    read = read_service(read_text_file(file, MAX_SERVICE_BYTES), file.name)
    scene = scene_of(context, agency_id, day)
    shifts = tuple(shift for shift in scene.shifts if shift.service_id == read.id)
    return with_service(Scene(scene.agency, (), scene.networks, scene.datasets, scene.drivers, shifts), read)


@contextmanager
def workload_order(folder: Path, varied: Variation, out: Path) -> Iterator[SimulationOrder]:
    """A benchmark workload by its base rules; the names of its files are those of docs/simulation.md unless others are given."""
    if varied.demand is not None or varied.more_vehicles:
        raise InvalidInputError(
            Problem("--workload", "has requests and vehicles of its own", "choose them with --requests, --vehicles")
        )
    requests, vehicles = varied.requests or "requests_1000.csv", varied.vehicles or "vehicles_20.csv"
    with workload.open_workload(folder, requests, vehicles) as opened:
        yield SimulationOrder(opened.scene, workload.DAY, opened.wishes, out, divertible=True)


def run(order: SimulationOrder, tell: Tell) -> SimulationResult:
    """Simulate, and leave beside the results what it took on this machine."""
    started, cpu = time.perf_counter(), time.process_time()
    result = simulate(order, tell)
    took: dict[str, Any] = {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    (result.folder / "machine.json").write_text(json.dumps(took) + "\n", "utf-8")
    return result


def summary(result: SimulationResult) -> Iterator[str]:
    """The figures a planner asks for first."""
    kpis = result.kpis
    yield f"{kpis['served']:,} of {kpis['wishes']:,} wishes served ({kpis['served_share'] or 0:.1%}); promises broken: {result.violations}."
    for reason, count in kpis["refusals_by_reason"].items():
        yield f"  refused: {count:,} {reason}"
    if kpis["wait_mean_min"] is not None:
        yield f"Wait {kpis['wait_mean_min']:.1f} min on average, nine of ten within {kpis['wait_p90_min']:.1f}; detour × {kpis['detour_factor']:.2f}."
    if kpis["vehicle_km"]:
        efficiency, pooled = kpis["system_efficiency"], kpis["pooled_share"]
        yield f"{kpis['vehicle_km']:,.0f} km driven, system efficiency {efficiency:.2f}, {pooled:.0%} of the rides shared."
    yield f"Tables and pictures: {result.folder}"
