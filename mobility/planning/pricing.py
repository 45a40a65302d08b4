"""What a ride that fits would cost."""

from __future__ import annotations

from mobility.domain.places import Place
from mobility.domain.services import Service
from mobility.domain.tariffs import PricedWay
from mobility.planning.access import zone_of
from mobility.planning.searching import Fit, Plan
from routing.dialaride.problem import Kind


def priced_way(service: Service, ends: tuple[Place, Place], direct_m: int, *, shared: bool) -> PricedWay:
    """What the price of a ride between two places depends on; zones are looked up only where they have prices."""
    origin, destination = (zone_of(service, end) if service.tariff.zone_fares else None for end in ends)
    return PricedWay(direct_m, None if origin is None or destination is None else (origin, destination), shared)


def is_shared(plan: Plan, fit: Fit) -> bool:
    """Whether somebody else sits in the vehicle on a part of the ride."""
    visits = plan.runs[fit.insertion.route].route.visits
    first, last = fit.insertion.after_pickup, fit.insertion.after_dropoff
    aboard = sum(visits[0].load[:2])
    for visit in visits[1 : first + 1]:
        aboard += sum(visit.load[:2])
    return aboard > 0 or any(visit.kind is Kind.PICKUP for visit in visits[first + 1 : last + 1])
