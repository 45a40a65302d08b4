"""What a day came to, in the words of the field. docs/simulation.md says how each figure is worked out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from mobility.domain.runs import VisitKind
from mobility.simulation.engine import Answer, Day
from mobility.simulation.vehicles import Stretch


@dataclass(frozen=True, slots=True)
class Ride:
    """One ride as it was driven; metres and seconds of the direct way, ``shortest_m`` by distance (FGSV)."""

    answer: Answer
    run_id: str
    boarded_at: datetime
    alighted_at: datetime
    direct_s: int
    direct_m: int
    shortest_m: int
    shared: bool

    @property
    def wait_s(self) -> float | None:
        """Seconds from the wished departure to boarding; None for those who asked to arrive by a time."""
        wished = self.answer.wish.depart_after
        return None if wished is None else (self.boarded_at - wished).total_seconds()

    @property
    def ride_s(self) -> float:
        """Seconds aboard."""
        return (self.alighted_at - self.boarded_at).total_seconds()

    @property
    def persons(self) -> int:
        """How many travelled."""
        party = self.answer.wish.party
        return party.persons


def rides_of(day: Day) -> list[Ride]:
    """The rides that were performed, in the order of their wishes."""
    boarded = {h.wish_id: h for h in day.log if h.visit is not None and h.visit.kind is VisitKind.PICKUP}
    alighted = {h.wish_id: h for h in day.log if h.visit is not None and h.visit.kind is VisitKind.DROPOFF}
    done = [answer for name, answer in day.answers.items() if name in alighted]
    ends = [(boarded[answer.wish.id].visit, alighted[answer.wish.id].visit) for answer in done]
    places = [(a.place, b.place) for a, b in ends if a is not None and b is not None]
    direct, shortest = _between(day, places)
    shared = _shared(day)
    return [
        Ride(answer, boarded[name].run_id, boarded[name].at, alighted[name].at, *direct[i], shortest[i], name in shared)
        for i, answer in enumerate(done)
        if (name := answer.wish.id)
    ]


def _between(day: Day, places: Sequence[tuple[Any, Any]]) -> tuple[list[tuple[int, int]], list[int]]:
    """Seconds and metres of the fastest ways, and metres of the shortest."""
    by_distance = day.network.streets.by_distance()
    direct, shortest = [], []
    for a, b in places:
        ends = np.array([(a.lon, a.lat)]), np.array([(b.lon, b.lat)])
        fastest = day.network.streets.matrix(*ends)
        direct.append((int(fastest.seconds[0, 0]), int(fastest.metres[0, 0])))
        shortest.append(int(by_distance.matrix(*ends).metres[0, 0]))
    return direct, shortest


def _shared(day: Day) -> set[str]:
    """Wishes whose party at some time was aboard together with another one."""
    aboard: dict[str, set[str]] = defaultdict(set)
    shared: set[str] = set()
    for happening in day.log:
        if happening.visit is None or not happening.wish_id:
            continue
        here = aboard[happening.run_id]
        if happening.visit.kind is VisitKind.PICKUP:
            here.add(happening.wish_id)
            shared |= here if len(here) > 1 else set()
        else:
            here.discard(happening.wish_id)
    return shared


def measure(day: Day, rides: Sequence[Ride]) -> dict[str, Any]:
    """All figures; shares from 0 to 1 (None where nothing is there to share), minutes, kilometres."""
    stretches = [stretch for vehicle in day.vehicles.values() for stretch in vehicle.stretches]
    driven = [vehicle for vehicle in day.vehicles.values() if vehicle.stretches]
    vehicle_m, occupied_m = _metres(stretches), _metres(s for s in stretches if s.persons)
    passenger_m = sum(stretch.metres * stretch.persons for stretch in stretches)
    return {
        "wishes": len(day.answers),
        **_served(day.answers.values(), rides),
        "refusals_by_reason": _reasons(day.answers.values()),
        **_quality(rides),
        "pooled_share": _share(sum(ride.shared for ride in rides), len(rides)),
        "vehicles": len(day.vehicles),
        "vehicles_used": len(driven),
        "vehicle_km": round(vehicle_m / 1000, 1),
        "occupied_km": round(occupied_m / 1000, 1),
        "empty_share": _share(vehicle_m - occupied_m, vehicle_m),
        "passenger_km": round(passenger_m / 1000, 1),
        "mean_occupancy": _share(passenger_m, vehicle_m),
        "system_efficiency": _share(sum(ride.shortest_m * ride.persons for ride in rides), vehicle_m),
        "by_group": _by_group(day, rides),
        "promises_broken": len(day.watcher.breaches),
        "breaches": dict(Counter(breach.kind for breach in day.watcher.breaches)),
    }


def _served(answers: Iterable[Answer], rides: Sequence[Ride]) -> dict[str, Any]:
    answered = list(answers)
    line = sum(answer.offer is None and answer.refused is None for answer in answered)
    return {
        "served": len(rides),
        "served_share": _share(len(rides), len(answered)),
        "refused": sum(answer.refused is not None for answer in answered),
        "ordinary_line": line,
        "persons_served": sum(ride.persons for ride in rides),
    }


def _reasons(answers: Iterable[Answer]) -> dict[str, int]:
    counted = Counter(answer.refused.reason.value for answer in answers if answer.refused is not None)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _quality(rides: Sequence[Ride]) -> dict[str, Any]:
    waits = [wait for ride in rides if (wait := ride.wait_s) is not None]
    return {
        "wait_mean_min": _minutes(np.mean(waits)) if waits else None,
        "wait_p90_min": _minutes(np.quantile(waits, 0.9)) if waits else None,
        "ride_mean_min": _minutes(np.mean([ride.ride_s for ride in rides])) if rides else None,
        "detour_factor": _share(sum(ride.ride_s for ride in rides), sum(ride.direct_s for ride in rides)),
    }


def _by_group(day: Day, rides: Sequence[Ride]) -> dict[str, dict[str, Any]]:
    asked = Counter(answer.wish.group for answer in day.answers.values())
    figures = {}
    for group in sorted(asked):
        own = [ride for ride in rides if ride.answer.wish.group == group]
        figures[group or "(none)"] = {
            "wishes": asked[group],
            "served": len(own),
            "served_share": _share(len(own), asked[group]),
            **_quality(own),
        }
    return figures


def _metres(stretches: Iterable[Stretch]) -> int:
    return sum(stretch.metres for stretch in stretches)


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _minutes(seconds: Any) -> float:  # noqa: ANN401 - a number of numpy's
    return round(float(seconds) / 60, 2)
