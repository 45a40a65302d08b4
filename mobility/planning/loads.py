"""What a party takes of a vehicle: places by kind, and time at the halt."""

from __future__ import annotations

from collections.abc import Sequence

from mobility.domain.fleet import Vehicle
from mobility.domain.riders import LARGE_CHAIRS, STOWED, Company, Need, Party
from mobility.domain.services import Service

Load = tuple[int, ...]
"""Seats, wheelchair places, large ones of them, things in the boot; then one place for each mark of riders who never ride together."""

NOTHING: Load = (0, 0, 0, 0)
_NO_LIMIT = 1000
"""More than fits into any boot."""


def marked(load: Load, company: Company | None, marks: Sequence[str]) -> Load:
    """The load with what it takes of the marks' places: each vehicle has one of each, so that two who never ride together never do."""
    return (*load, *(int(company is not None and mark in company.apart) for mark in marks)) if marks else load


def load_of(party: Party, needs: frozenset[Need]) -> Load:
    """Load by capacity kind: seats, wheelchair places, large ones of them, things in the boot.

    Who needs a large place takes one, even when nobody counted the wheelchair; in a party with one all wheelchairs count as large.
    """
    large = max(party.wheelchairs, 1) if needs & LARGE_CHAIRS else 0
    return party.seats, max(party.wheelchairs, large), large, max(party.stowed, len(needs & STOWED))


def capacities_of(vehicle: Vehicle, walk_up_seats: int) -> tuple[Load, ...]:
    """Alternatives by capacity kind; every wheelchair place used folds away its seats."""
    large, boot = vehicle.large_wheelchair_places, vehicle.stowage_places
    return tuple(
        (
            max(0, vehicle.seats - used * vehicle.seats_per_wheelchair - walk_up_seats),
            used,
            used if large is None else min(large, used),
            _NO_LIMIT if boot is None else boot,
        )
        for used in range(vehicle.wheelchair_places + 1)
    )


def boarding_s(service: Service, party: Party, needs: frozenset[Need]) -> int:
    """Dwell at pickup and drop-off: that of the party, and what its needs add."""
    rules = service.ride
    in_chair = party.wheelchairs or needs & LARGE_CHAIRS
    extra = sum(seconds for need, seconds in rules.boarding_extra_s if need in needs)
    return (rules.wheelchair_boarding_s if in_chair else rules.boarding_s) + extra
