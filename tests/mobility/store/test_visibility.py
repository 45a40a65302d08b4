"""Who sees what: every role against its own, its neighbours', and another agency's things."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import Booking, Journey, Leg, LegState
from mobility.domain.datasets import DatasetKind
from mobility.domain.lines import LineRide
from mobility.domain.places import Place
from mobility.domain.requests import Window
from mobility.domain.riders import Party
from mobility.errors import NotFoundError
from mobility.store.interface import Store, Transaction
from mobility.store.invariants import check_run
from mobility.store.visibility import RULES, Noun, Scope, Sight, as_driver_sees, shown_booking


@dataclass(frozen=True)
class Sees:
    """Names of what a role sees in agency ``a``; "1" is its own, "2" somebody else's."""

    services: str = ""
    riders: str = ""
    favourites: str = ""
    drivers: str = ""
    shifts: str = ""
    runs: str = ""
    decisions: str = ""
    bookings: str = ""
    notices: str = ""


ALL = Sees("bus taxi", "r1 r2", "f1 f2", "d1 d2", "s1 s2", "run1 run2", "dec1 dec2", "b1 b2", "n1 n2 n3")
EXPECTED = {
    Role.ADMIN: ALL,
    Role.AGENCY: ALL,
    Role.DISPATCHER: ALL,
    Role.RIDER: Sees(services="bus taxi", riders="r1", favourites="f1", decisions="dec1", bookings="b1", notices="n1"),
    Role.DRIVER: Sees(services="bus taxi", riders="r1", drivers="d1", shifts="s1", runs="run1", bookings="b1", notices="n3"),
    Role.PROVIDER: Sees(services="bus", riders="r1", drivers="d1", shifts="s1", runs="run1", bookings="b1", notices="n3"),
    Role.PLANNER: Sees(services="bus taxi", shifts="s1 s2", runs="run1 run2", decisions="dec1 dec2"),
}
"""Written out on purpose: not derived from the rules."""


def county(tx: Transaction, example: Any) -> None:
    """Provider p1 runs "bus" with d1 for r1; provider p2 runs "taxi" with d2 for r2."""
    example.supply(tx)
    for number, (name, provider) in enumerate((("bus", "p1"), ("taxi", "p2")), start=1):
        tx.save_service(example.agency_id, example.service(provider, name), "x")
        tx.save_rider(example.rider(f"r{number}"))
        tx.save_favourite(example.favourite(f"f{number}", f"r{number}"))
        tx.save_driver(example.driver(f"d{number}", provider))
        tx.save_shift(example.shift(f"s{number}", f"d{number}", name))
        run = example.run(f"run{number}", driver_id=example.id(f"d{number}"), vehicle=example.vehicle(name))
        tx.add_run(replace(run, provider_id=provider, service_id=name))
        tx.add_decision(example.decision(f"dec{number}", f"r{number}"))
        leg = example.leg(f"leg{number}", run_id=run.id, service_id=name)
        tx.add_booking(example.booking(f"b{number}", f"r{number}", legs=(leg,), decision_id=example.id(f"dec{number}")))
        tx.add_notice(example.notice(f"n{number}", to_rider_id=example.id(f"r{number}")))
    tx.add_notice(example.notice("n3", to_rider_id=None, to_driver_id=example.id("d1")))
    tx.activate_dataset(example.dataset())


def actor_of(role: Role, example: Any) -> Actor:
    own: dict[Role, dict[str, Any]] = {
        Role.RIDER: {"rider_id": example.id("r1")},
        Role.DRIVER: {"driver_id": example.id("d1"), "now": example.noon},
        Role.PROVIDER: {"provider_id": "p1"},
    }
    actor: Actor = example.actor(role, **own.get(role, {}))
    return actor


def lists(tx: Transaction, actor: Actor, example: Any) -> dict[str, list[Any]]:
    return {
        "services": tx.list_services(actor),
        "riders": tx.list_riders(actor),
        "favourites": [one for r in ("r1", "r2") for one in tx.list_favourites(actor, example.id(r))],
        "drivers": tx.list_drivers(actor),
        "shifts": tx.list_shifts(actor, example.day),
        "runs": tx.list_runs(actor, example.day),
        "decisions": tx.list_decisions(actor, example.noon),
        "bookings": tx.list_bookings(actor),
        "notices": tx.list_notices(actor),
    }


@pytest.fixture
def two_counties(store: Store, example: Any, neighbour: Any) -> Store:
    with store.transaction() as tx:
        county(tx, example)
        county(tx, neighbour)
    return store


FILLED_BY_SUPPLY = {"a-rider", "a-driver", "a-decision", "b-rider", "b-driver", "b-decision"}


@pytest.mark.parametrize("role", Role)
def test_a_role_sees_exactly_its_own(two_counties: Store, example: Any, role: Role) -> None:
    with two_counties.transaction() as tx:
        for noun, things in lists(tx, actor_of(role, example), example).items():
            names = {thing.id for thing in things} - FILLED_BY_SUPPLY
            wanted = str(getattr(EXPECTED[role], noun)).split()
            assert names == {name if noun == "services" else f"a-{name}" for name in wanted}, noun


@pytest.mark.parametrize("role", Role)
def test_what_is_not_listed_cannot_be_got_either(two_counties: Store, example: Any, neighbour: Any, role: Role) -> None:
    actor, foreign = actor_of(role, example), actor_of(role, neighbour)
    with two_counties.transaction() as tx:
        seen = {noun: {thing.id for thing in things} for noun, things in lists(tx, actor, example).items()}
        getters: list[tuple[str, Any, str]] = [
            ("riders", tx.get_rider, "r"),
            ("drivers", tx.get_driver, "d"),
            ("runs", tx.get_run, "run"),
            ("decisions", tx.get_decision, "dec"),
            ("bookings", tx.get_booking, "b"),
            ("bookings", tx.lock_booking, "b"),
        ]
        for noun, get, name in getters:
            for wanted in (f"a-{name}1", f"a-{name}2"):
                if wanted in seen[noun]:
                    assert get(actor, wanted).id == wanted
                else:
                    with pytest.raises(NotFoundError):
                        get(actor, wanted)
                with pytest.raises(NotFoundError):
                    get(foreign, wanted)
        assert {b.id for b in tx.list_bookings_of_legs(actor, ["a-leg1", "a-leg2", "b-leg1"])} == seen["bookings"]
        assert tx.list_bookings(actor, "b-r1") == []


def test_other_agencies_do_not_exist(two_counties: Store, example: Any) -> None:
    stranger = replace(example.staff, agency_id="c")
    with two_counties.transaction() as tx:
        assert not any(lists(tx, stranger, example).values())
        assert tx.find_dataset(stranger, DatasetKind.STREETS) is None
        assert tx.list_datasets(stranger, DatasetKind.STREETS) == []
        with pytest.raises(NotFoundError):
            tx.get_service(stranger, "bus")
        with pytest.raises(NotFoundError):
            tx.get_service_source(stranger, "bus")


@pytest.mark.parametrize("role", [Role.RIDER, Role.DRIVER, Role.PROVIDER])
def test_an_account_without_its_id_sees_nothing_personal(two_counties: Store, example: Any, role: Role) -> None:
    """No id must not compare equal to rows without one."""
    with two_counties.transaction() as tx:
        tx.add_run(example.run("unfilled", driver_id=None, vehicle=example.vehicle("v9")))
        tx.add_decision(example.decision("anonymous", None))
        tx.add_notice(example.notice("desk", to_rider_id=None))
        found = lists(tx, example.actor(role), example)
        assert {noun for noun, things in found.items() if things} <= {"services"}


def test_planners_learn_where_but_not_who(two_counties: Store, example: Any) -> None:
    with two_counties.transaction() as tx:
        shown = tx.get_decision(example.actor(Role.PLANNER), "a-dec1")
        whole = tx.get_decision(example.staff, "a-dec1")
    assert (shown.request.rider_id, shown.request.groups, shown.made_by) == (None, frozenset(), "")
    assert shown.request.origin == Place(lon=8.123, lat=49.0)
    assert shown.request.destination == whole.request.destination, "stops are public"
    assert shown.offers[0].pickup == Place(lon=8.123, lat=49.0)
    assert (shown.request.needs, shown.request.max_walk_m) == (frozenset(), None)
    assert [offer.id for offer in shown.offers] == [""], "an offer's id is the key to book it"
    assert not gives_away(shown)
    assert whole == example.decision("dec1", "r1")


PRIVATE = ("Hauptstraße", "8.1234567", "a-d1", "a-d2", "a-r1", "a-r2", "needs=frozenset({")
"""A house number, an exact point, who drives, who rides, what somebody needs."""


def gives_away(thing: object) -> list[str]:
    return [word for word in PRIVATE if word in repr(thing)]


def test_planners_learn_where_runs_halt_but_not_at_whose_door(two_counties: Store, example: Any) -> None:
    planner = example.actor(Role.PLANNER)
    with two_counties.transaction() as tx:
        home = replace(example.visits("leg3")[0], place=example.visits()[1].place)
        visits = (home, *example.visits("leg3")[1:])
        tx.add_run(example.run("home", driver_id=None, vehicle=example.vehicle("own"), visits=visits))
        listed, got = tx.list_runs(planner, example.day), tx.get_run(planner, "a-run1")
        whole = tx.get_run(example.staff, "a-run1")
        of_bus = tx.list_runs(planner, example.day, ["bus"])
    assert {"Hauptstraße", "8.1234567", "a-d1", "needs=frozenset({"} <= set(gives_away(whole)), "staff see it whole"
    assert len(listed) == 3
    assert [run for run in listed if run.service_id == "bus"] == of_bus
    assert got in listed
    for run in listed:
        assert not gives_away(run)
        check_run(run)
    doors = {visit.place for run in listed for visit in run.visits if visit.place.stop_id is None}
    assert doors == {Place(lon=8.123, lat=49.0)}
    hidden = replace(whole, driver_id=None, visits=got.visits)
    assert got == hidden, "nothing else is changed"
    assert [(v.kind, v.leg_id, v.party, v.planned) for v in got.visits] == [
        (v.kind, v.leg_id, v.party, v.planned) for v in whole.visits
    ]
    assert got.leg_ids == whole.leg_ids == ("a-leg",)


PICKUP, ARRIVAL = timedelta(minutes=5), timedelta(minutes=40)
"""The example's leg: first possible pickup and last possible arrival, from noon."""


@pytest.mark.parametrize(
    ("asked_at", "near"),
    [
        (PICKUP - timedelta(hours=12, seconds=1), False),
        (PICKUP - timedelta(hours=12), True),
        (ARRIVAL + timedelta(hours=2), True),
        (ARRIVAL + timedelta(hours=2, seconds=1), False),
        (None, False),
    ],
)
def test_drivers_know_who_rides_and_where_only_near_the_ride(
    two_counties: Store, example: Any, asked_at: timedelta | None, *, near: bool
) -> None:
    now = None if asked_at is None else example.noon + asked_at
    driver = replace(actor_of(Role.DRIVER, example), now=now)
    with two_counties.transaction() as tx:
        visits = example.visits("leg1")
        tx.save_run(replace(tx.lock_runs(["a-run1"])[0], visits=visits, revision=1), 0)
        run, booking = tx.get_run(driver, "a-run1"), tx.get_booking(driver, "a-b1")
        assert ([run], [booking]) == (tx.list_runs(driver, example.day), tx.list_bookings(driver))
        assert [booking] == tx.list_bookings_of_legs(driver, ["a-leg1", "a-leg2"])
        assert [rider.id for rider in tx.list_riders(driver)] == (["a-r1"] if near else [])
        if not near:
            with pytest.raises(NotFoundError):
                tx.get_rider(driver, "a-r1")
        whole, locked = tx.get_run(example.staff, "a-run1"), tx.lock_booking(driver, "a-b1")
    places = {thing.place for thing in run.visits} | {booking.legs[0].pickup, booking.legs[0].dropoff}
    assert any("Hauptstraße" in place.name for place in places) == near
    assert (booking.rider_id, booking.history != ()) == (("a-r1", True) if near else ("", False))
    assert locked.legs[0].pickup.name == "Hauptstraße 3, Nebelow", "what is about to be changed is whole"
    assert {place.name for place in places if place.stop_id is None} == {"Hauptstraße 3, Nebelow" if near else "Nebelow"}
    assert [(v.planned, v.party, v.needs) for v in run.visits] == [(v.planned, v.party, v.needs) for v in whole.visits]


def test_who_is_still_being_asked_knows_the_village_and_the_needs(two_counties: Store, example: Any) -> None:
    driver = actor_of(Role.DRIVER, example)
    with two_counties.transaction() as tx:
        booking = tx.get_booking(example.staff, "a-b1")
        leg = replace(booking.legs[0], state=LegState.AWAITING_CONFIRMATION)
        tx.save_booking(booking.with_leg(leg, booking.history[0]))
        asked = tx.get_booking(driver, "a-b1")
        assert (asked.rider_id, asked.needs) == ("", booking.needs)
        assert (asked.legs[0].pickup.name, asked.legs[0].pickup_window) == ("Nebelow", leg.pickup_window)
        assert tx.list_riders(driver) == []


def test_one_ride_near_does_not_open_another(two_counties: Store, example: Any) -> None:
    """The same rider rides again next week: her name may be known today, the other door may not."""
    driver = actor_of(Role.DRIVER, example)
    with two_counties.transaction() as tx:
        later = example.leg("next-week", run_id="a-run1", service_id="bus")
        later = replace(later, **{name: _a_week_later(getattr(later, name)) for name in ("pickup_window", "dropoff_window")})
        tx.add_booking(example.booking("b9", "r1", legs=(later,), decision_id="a-dec1"))
        shown = tx.get_booking(driver, "a-b9")
        assert (shown.rider_id, shown.legs[0].pickup.name) == ("", "Nebelow")
        assert tx.get_booking(driver, "a-b1").rider_id == "a-r1"


def _a_week_later(window: Window) -> Window:
    return Window(window.earliest + timedelta(days=7), window.latest + timedelta(days=7))


def test_planners_decisions_are_listed_as_they_are_got(two_counties: Store, example: Any) -> None:
    planner = example.actor(Role.PLANNER)
    with two_counties.transaction() as tx:
        listed = {decision.id: decision for decision in tx.list_decisions(planner, example.noon)}
        assert listed["a-dec1"] == tx.get_decision(planner, "a-dec1")
    assert not any(gives_away(decision) for decision in listed.values())


def test_riders_see_what_they_asked_for_themselves(two_counties: Store, example: Any) -> None:
    actor = actor_of(Role.RIDER, example)
    with two_counties.transaction() as tx:
        tx.add_decision(example.decision("mine", None, made_by=actor.account_id))
        assert tx.get_decision(actor, "a-mine").made_by == actor.account_id


def test_every_role_has_rules_and_nobody_is_forgotten() -> None:
    assert set(RULES) == set(Role) == set(EXPECTED)
    assert all(set(rules) <= set(Noun) for rules in RULES.values())


def test_a_driver_sees_the_train_his_rider_comes_with_and_not_where_she_has_been() -> None:
    stop = Place(12.0, 53.0, "Bahnhof", "s1")
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    first, last = (
        LineRide("r", trip, "Bahn", trip, 2, "", stop, at, stop, at + timedelta(hours=1)) for trip in ("RE 6", "RB 999")
    )
    legs = tuple(
        Leg(leg_id, "bus", stop, stop, Window(at, at), Window(at, at), 600, 60, LegState.ON_RUN, "run")
        for leg_id in ("to", "from", "home")
    )
    journeys = (Journey((first, last), "to", "from"), Journey((last,), None, "home"))
    booking = Booking("b", "county", "r1", "d", Party(), frozenset(), legs, at, journeys=journeys)
    seen = as_driver_sees(booking, {"from"})
    assert seen.journeys == (Journey((last,), "to", "from"),)
    assert as_driver_sees(booking, {"to"}).journeys == (Journey((first,), "to", "from"),)
    assert as_driver_sees(booking, set()).journeys == ()
    scoped = Scope("county", "a", Sight.OWN_OR_AGREED, "r1")
    assert shown_booking(booking, scoped).journeys == journeys
