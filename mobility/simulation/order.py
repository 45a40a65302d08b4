"""What a simulation is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mobility.domain.accounts import Agency
from mobility.domain.datasets import Dataset
from mobility.domain.fleet import Driver, Shift
from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.services import Service
from mobility.planning.network import Networks

Tell = Callable[[str, int, int], None]
"""Progress as (step, done, total); total 0 means unknown."""


class SimulationCancelledError(Exception):
    """Whoever ordered the simulation does not want it any more; nothing was written."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One simulated rider's wish, known to the service from ``known_at`` on. Exactly one of ``depart_after`` and ``arrive_by`` is set
    (aware datetimes). ``group`` (age group, ticket …) is for the figures by group and for services open to some groups only.
    """

    id: str
    known_at: datetime
    origin: Place
    destination: Place
    depart_after: datetime | None
    arrive_by: datetime | None = None
    party: Party = field(default_factory=Party)
    needs: frozenset[Need] = frozenset()
    group: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A county as it stands at the beginning: its services (changed as the planner likes), drivers, shifts, streets and feed.

    ``networks`` opens the ``datasets``; all of it is read only and may be shared with the running service.
    """

    agency: Agency
    services: tuple[Service, ...]
    networks: Networks
    datasets: tuple[Dataset, ...]
    drivers: tuple[Driver, ...] = ()
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class SimulationOrder:
    """One service day to be simulated. The same order gives the same result.

    ``out`` is a folder that does not exist yet or is empty. ``divertible``: vehicles report where they are before every request, so
    that one on its way can be sent elsewhere at the next junction. ``reoptimise_every_s`` improves the plan that often, as the worker does
    (None: never); ``steps`` bounds its search instead of time, so that the result can be repeated.
    """

    scene: Scene
    day: date
    wishes: tuple[Wish, ...]
    out: Path
    divertible: bool = False
    reoptimise_every_s: int | None = 300
    steps: int = 500


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """A finished simulation, as it lies in ``folder``: ``kpis`` as in ``kpis.json`` (docs/simulation.md says what each means),
    ``violations`` found by the judge (0, or the planner has a defect), file names of the ``pictures`` (SVG).
    """

    folder: Path
    kpis: dict[str, Any]
    violations: int
    pictures: tuple[str, ...]
