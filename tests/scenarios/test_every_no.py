"""Every "no" of the closed list is met with from outside, as somebody would who asks; and each is told with what would help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.web.desk_view import reason_words
from api.web.language import translator
from api.web.reason_help import help_told
from api.web.resident.telling import reason_told
from mobility.actions.context import new_id
from mobility.actions.keep_standing_order import StandingWish, make_standing_order
from mobility.domain.accounts import Actor, Agency, Role, system_actor
from mobility.domain.datasets import DatasetKind
from mobility.domain.fleet import Acceptance
from mobility.domain.places import Place
from mobility.domain.requests import Reason, Rejection
from mobility.domain.riders import Need, Party
from mobility.domain.services import Access, Ceiling, DayKind
from mobility.planning import offering
from mobility.store.memory import MemoryStore
from routing.travel import FOREVER
from tests.county import AGENCY, DAYS, MONDAY, County, CountyFiles, local, open_county, wish
from tests.integrity.last_seat import Contest
from tests.scenarios.test_parallel_lines import change_rule, line_of
from tests.scenarios.test_volunteers import volunteer_offer
from tests.scenarios.test_waiting_list import FIRST, asks, full_bus

BUS, SURGERY, HOME = "auental-bus", "Hausarztpraxis am Markt Auenfurt", "Kirschallee 10 Nebelow"


def asked(county: County, **what: Any) -> Reason | None:
    usual = {"arrive_by": local(10)} if "depart_after" not in what else {}
    request = wish(
        what.pop("start", None) or county.place(HOME), what.pop("goal", None) or county.place(SURGERY), **(usual | what)
    )
    decision = county.ask(request)
    assert decision.offers == () or decision.rejection is None
    return None if decision.rejection is None else decision.rejection.reason


def with_services(county: County, **changes: Any) -> County:
    """Every service otherwise than it was."""
    with county.context.store.transaction() as tx:
        for service in tx.list_services(system_actor(AGENCY)):
            tx.save_service(AGENCY, replace(service, **changes), "otherwise")
    return county


def outside(county: County) -> Reason | None:
    zones = next(service.zones for service, _ in county.files.services if service.zones)
    return asked(with_services(county, zones=zones, eligible_groups=frozenset()), start=Place(14.4, 51.2))


def far(county: County) -> Reason | None:
    with_services(county, access=Access.STOP_TO_STOP)
    return asked(county, max_walk_m=0)


def no_road(county: County) -> Reason | None:
    """The demo county has no island: here its streets say that there is no way."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(offering, "direct", lambda *_: (FOREVER, 0))
        return asked(with_services(county, eligible_groups=frozenset()))


def too_short(county: County) -> Reason | None:
    home = county.place(HOME)
    return asked(with_services(county, access=Access.DOOR_TO_DOOR, eligible_groups=frozenset()), start=home, goal=home)


def ordinary(county: County) -> Reason | None:
    """Every week a bus runs already: nothing is booked, and the order says why."""
    change_rule(county)
    *_, request = line_of(county)
    days = frozenset({DayKind.TUESDAY})
    seconds = (local(0) - local(0)).seconds
    moment = request.arrive_by or request.depart_after
    assert moment is not None
    seconds = int((moment - local(0)).total_seconds()) % 86_400
    order = StandingWish(request.origin, request.destination, days, seconds, MONDAY, arrives=request.arrive_by is not None)
    made = make_standing_order(county.context, county.resident("r-001"), order)
    with county.context.store.transaction() as tx:
        return next((ride.reason for ride in tx.list_standing_rides(county.desk, made.id) if ride.reason), None)


def above_ceiling(county: County) -> Reason | None:
    """A neighbour without a permit could, for far more than it costs."""
    offer = volunteer_offer(county, Acceptance.ROSTERED)
    rider = next(r for r in county.files.people.riders if not r.needs and r.groups & {"senior", "reduced_mobility"})
    with county.context.store.transaction() as tx:
        for service in tx.list_services(system_actor(AGENCY)):
            dear = {"ceiling": Ceiling(30, 30, prices_down=False), "tariff": replace(service.tariff, base_cents=20_000)}
            changes = dear if service.id == offer.service_id else {"eligible_groups": frozenset({"school"})}
            tx.save_service(AGENCY, replace(service, **changes), "otherwise")
    return asked(county, start=offer.pickup, goal=offer.dropoff, depart_after=offer.pickup_window.earliest, rider_id=rider.id)


def full(county: County) -> Reason | None:
    full_bus(county)
    rejection = county.ask(asks(county, FIRST)).rejection
    return None if rejection is None else rejection.reason


def no_service(county: County) -> Reason | None:
    """A county that has imported its streets and set up nothing yet."""
    with county.context.store.transaction() as tx:
        tx.add_agency(Agency("new", "Neuland"))
        streets = tx.find_dataset(county.desk, DatasetKind.STREETS)
        assert streets is not None
        tx.activate_dataset(replace(streets, id="new:streets", agency_id="new"))
    request = replace(wish(county.place(HOME), county.place(SURGERY), arrive_by=local(10)), agency_id="new")
    rejection = county.ask(request, Actor("a-new", "new", Role.DISPATCHER)).rejection
    return None if rejection is None else rejection.reason


def expired(county: County) -> Reason | None:
    offer = county.rides(wish(county.place(HOME), county.place(SURGERY), arrive_by=local(10), rider_id="r-003"), BUS)[0]
    county.clock.now += timedelta(seconds=county.context.offer_seconds + 1)
    answer = county.book(offer)
    return answer.reason if isinstance(answer, Rejection) else None


def taken(county: County) -> Reason | None:
    last = Contest(county, seats=[1])
    answers = [last.book(offer, new_id()) for offer in last.offers(2)]
    return next((answer.reason for answer in answers if isinstance(answer, Rejection)), None)


HOW: dict[Reason, Callable[[County], Reason | None]] = {
    Reason.OUTSIDE_AREA: outside,
    Reason.TOO_FAR_TO_WALK: far,
    Reason.NO_ROAD: no_road,
    Reason.TOO_SHORT: too_short,
    Reason.NOT_OPEN: lambda county: asked(county, arrive_by=local(3, day=DAYS[1])),
    Reason.TOO_LATE: lambda county: asked(county, depart_after=local(5)),
    Reason.TOO_EARLY: lambda county: asked(county, arrive_by=local(10) + timedelta(days=300)),
    Reason.NOT_ELIGIBLE: lambda county: asked(with_services(county, eligible_groups=frozenset({"school"}))),
    Reason.NEEDS_NOT_SERVED: lambda county: asked(with_services(county, needs=frozenset()), needs=frozenset({Need.WHEELCHAIR})),
    Reason.PARTY_TOO_LARGE: lambda county: asked(county, party=Party(40)),
    Reason.ORDINARY_LINE: ordinary,
    Reason.NO_CAPACITY: full,
    Reason.ABOVE_CEILING: above_ceiling,
    Reason.NO_SERVICE: no_service,
    Reason.OFFER_EXPIRED: expired,
    Reason.TAKEN_MEANWHILE: taken,
}


def test_every_reason_has_a_way_to_meet_with_it() -> None:
    assert set(HOW) == set(Reason)


@pytest.mark.parametrize("reason", HOW)
def test_it_is_met_with(county_files: CountyFiles, reason: Reason) -> None:
    county = open_county(MemoryStore(), county_files)
    county.clock.set(6)
    assert HOW[reason](county) is reason


@pytest.mark.parametrize("reason", Reason)
def test_it_is_told_in_german_and_english_with_what_would_help(reason: Reason) -> None:
    told = {}
    for language, texts in (("de", translator("de")), ("en", translator("en"))):
        told[language] = (reason_told(reason, texts), reason_words(texts)[reason], help_told(reason, texts))
    for german, english in zip(told["de"], told["en"], strict=True):
        assert german.endswith((".", "?"))
        assert german != english
