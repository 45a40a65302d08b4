"""What parties take of vehicles: the engine's kinds of places beside the plain reckoning of the invariants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mobility.domain.fleet import Acceptance, ReachedBy, Vehicle
from mobility.domain.places import Place
from mobility.domain.riders import Need, Party
from mobility.domain.runs import Run, Visit, VisitKind
from mobility.integrity.looks import overload
from mobility.planning.loads import capacities_of, load_of

NOW = datetime(2026, 6, 8, 8, tzinfo=UTC)
HERE = Place(13.0, 52.0, "Markt")
needs = st.frozensets(st.sampled_from(list(Need)), max_size=4)
parties = st.builds(Party, seats=st.integers(0, 3), wheelchairs=st.integers(0, 2), stowed=st.integers(0, 2))
vehicles = st.builds(
    Vehicle,
    id=st.just("v"),
    name=st.just("Bus"),
    seats=st.integers(1, 6),
    wheelchair_places=st.integers(0, 2),
    seats_per_wheelchair=st.integers(0, 2),
    large_wheelchair_places=st.none() | st.integers(0, 2),
    stowage_places=st.none() | st.integers(0, 3),
)


def _run(vehicle: Vehicle, riding: list[tuple[Party, frozenset[Need]]], walk_ups: int) -> Run:
    end = NOW + timedelta(hours=2)
    nothing = Visit(VisitKind.START, HERE, NOW, end, 60, NOW)
    boards = [
        replace(nothing, kind=VisitKind.PICKUP, leg_id=f"l{n}", party=party, needs=wanted)
        for n, (party, wanted) in enumerate(riding)
    ]
    return Run(
        id="r",
        agency_id="a",
        provider_id="p",
        service_id="s",
        day=date(2026, 6, 8),
        vehicle=vehicle,
        driver_id=None,
        acceptance=Acceptance.ROSTERED,
        reached_by=ReachedBy.LIVE,
        starts_at=NOW,
        ends_at=end,
        visits=(nothing, *boards, replace(nothing, kind=VisitKind.END)),
        walk_up_seats=walk_ups,
    )


@given(vehicles, st.lists(st.tuples(parties, needs), min_size=1, max_size=4), st.integers(0, 1))
def test_what_the_engine_takes_is_what_the_invariant_allows(
    vehicle: Vehicle, riding: list[tuple[Party, frozenset[Need]]], walk_ups: int
) -> None:
    loads = [load_of(party, wanted) for party, wanted in riding]
    aboard = [tuple(map(sum, zip(*loads[: n + 1], strict=True))) for n in range(len(loads))]
    fits = all(
        any(all(has <= most for has, most in zip(load, limits, strict=True)) for limits in capacities_of(vehicle, walk_ups))
        for load in aboard
    )
    assert fits == (overload(_run(vehicle, riding, walk_ups)) <= 0)
