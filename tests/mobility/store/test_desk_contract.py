"""What the desk keeps, on every store: places held, notes about riders, PINs; and how it finds its callers and its tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mobility.domain.accounts import Actor, Role
from mobility.domain.bookings import HistoryEntry, LegState
from mobility.domain.holds import Hold
from mobility.domain.riders import Company, RiderNote, RiderWish, SpokenPin, WishKind
from mobility.errors import ConflictError
from mobility.store.interface import Store

DESK = (Role.DISPATCHER, Role.AGENCY, Role.ADMIN)


def actors(example: Any) -> list[Actor]:
    own = {"rider_id": example.id("rider"), "driver_id": example.id("driver"), "provider_id": "p1"}
    return [example.actor(role, **own) for role in Role]


def hold_of(example: Any, name: str = "hold", **changes: Any) -> Hold:
    made = Hold(
        example.id(name),
        example.agency_id,
        example.id("run"),
        example.id("decision"),
        0,
        "desk",
        example.noon,
        example.id("rider"),
    )
    return replace(made, **changes)


def note_of(example: Any, name: str = "note", **changes: Any) -> RiderNote:
    return replace(
        RiderNote(example.id(name), example.agency_id, example.id("rider"), "hört schlecht", "desk", example.noon), **changes
    )


def test_one_hold_for_each_decision(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for county in (example, neighbour):
            tx.add_run(county.run())
            tx.add_hold(hold_of(county))
        with pytest.raises(ConflictError):
            tx.add_hold(hold_of(example, "second"))
        assert tx.find_hold(example.id("decision")) == hold_of(example)
        assert tx.find_hold("none") is None
        assert tx.list_holds(example.staff) == [hold_of(example)]
        assert [hold.id for hold in tx.list_lapsed_holds(example.noon)] == ["a-hold", "b-hold"]
        assert tx.list_lapsed_holds(example.noon - timedelta(seconds=1)) == []
    with supplied.transaction() as tx:
        tx.delete_hold("a-hold")
        tx.delete_hold("a-hold")
        assert tx.find_hold(example.id("decision")) is None
        tx.add_hold(hold_of(example, "second"))
        tx.add_decision(example.decision("other"))
    orphan = hold_of(example, "third", decision_id=example.id("other"), run_id="none")
    with pytest.raises(ConflictError, match="does not exist"):
        supplied.in_transaction(lambda tx: tx.add_hold(orphan))


def test_held_visits_are_the_desks_business(supplied: Store, example: Any) -> None:
    run = example.run().with_hold(example.id("leg"), example.noon)
    with supplied.transaction() as tx:
        tx.add_run(run)
        tx.add_hold(hold_of(example))
        for actor in actors(example):
            held = any(visit.held_until for listed in tx.list_runs(actor, example.day) for visit in listed.visits)
            assert held == (actor.role in DESK), actor.role
            assert bool(tx.list_holds(actor)) == (actor.role in DESK), actor.role
        assert tx.lock_runs([run.id]) == [run]
        with pytest.raises(ConflictError):
            tx.save_run(replace(run, revision=1, visits=tuple(replace(v, held_until=example.noon) for v in run.visits)), 0)


def test_notes_newest_first_for_the_desk_alone(supplied: Store, example: Any, neighbour: Any) -> None:
    later = note_of(example, "later", at=example.noon + timedelta(minutes=1))
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for note in (note_of(example), later, note_of(neighbour)):
            tx.add_rider_note(note)
        assert tx.list_rider_notes(example.staff, example.id("rider")) == [later, note_of(example)]
        assert tx.list_rider_notes(example.staff, neighbour.id("rider")) == []
        for actor in actors(example):
            assert bool(tx.list_rider_notes(actor, example.id("rider"))) == (actor.role in DESK), actor.role
        tx.delete_rider_note(neighbour.staff, later.id)
        tx.delete_rider_note(example.actor(Role.DRIVER, driver_id=example.id("driver")), later.id)
        assert len(tx.list_rider_notes(example.staff, example.id("rider"))) == 2
        tx.delete_rider_note(example.staff, later.id)
        assert tx.list_rider_notes(example.staff, example.id("rider")) == [note_of(example)]
    with pytest.raises(ConflictError, match="does not exist"):
        supplied.in_transaction(lambda tx: tx.add_rider_note(note_of(example, "orphan", rider_id="nobody")))


def test_one_pin_for_each_rider_for_the_desk_alone(supplied: Store, example: Any, neighbour: Any) -> None:
    pin = SpokenPin(example.id("rider"), "a", "hash")
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        tx.save_spoken_pin(pin)
        tx.save_spoken_pin(replace(pin, failures=2, locked_until=example.noon))
        assert tx.find_spoken_pin(example.staff, pin.rider_id) == replace(pin, failures=2, locked_until=example.noon)
        assert tx.find_spoken_pin(neighbour.staff, pin.rider_id) is None
        for actor in actors(example):
            assert (tx.find_spoken_pin(actor, pin.rider_id) is not None) == (actor.role in DESK), actor.role
        with pytest.raises(ConflictError):
            tx.save_spoken_pin(replace(pin, agency_id="b"))


def test_riders_by_the_end_of_their_number(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for number, telephone in enumerate(("+4930231254711", "+4930231254711", "+49171471", "+4930%4711")):
            tx.save_rider(example.rider(f"r{number}", telephone=telephone, name=f"Rider {number}"))
        found = tx.list_riders_by_telephone_end(example.staff, "4711", 5)
        assert [rider.id for rider in found] == ["a-r0", "a-r1", "a-r3"]
        assert len(tx.list_riders_by_telephone_end(example.staff, "4711", 2)) == 2
        assert tx.list_riders_by_telephone_end(example.staff, "%4711", 5) == found[2:]
        names = tx.list_rider_names(example.staff)
        assert names == [(rider.id, rider.name) for rider in tx.list_riders(example.staff)]
        assert tx.list_rider_names(example.actor(Role.PLANNER)) == []


def test_what_waits_for_the_desk(supplied: Store, example: Any, neighbour: Any) -> None:
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        for county in (example, neighbour):
            tx.add_run(county.run())
            waiting = county.leg("waiting", state=LegState.WAITING_LIST, run_id=None, owner="desk")
            tx.add_booking(county.booking("b1", legs=(waiting,)))
        tx.add_booking(example.booking("b2"))
        (found,) = tx.list_bookings_nowhere(example.staff)
        assert found.id == "a-b1"
        seen = replace(waiting, id="a-waiting", state=LegState.ON_RUN, run_id=example.id("run"))
        tx.save_booking(found.with_leg(seen, HistoryEntry(example.noon, "desk", "picked")))
        assert tx.list_bookings_nowhere(example.staff) == []


def test_unsent_notices_oldest_first(supplied: Store, example: Any) -> None:
    with supplied.transaction() as tx:
        for name, later in (("b", 1), ("a", 0), ("sent", 2)):
            tx.add_notice(example.notice(name, created_at=example.noon + timedelta(seconds=later)))
        tx.mark_notice("a-sent", example.noon)
        assert [notice.id for notice in tx.list_unsent_notices(example.staff)] == ["a-a", "a-b"]
        assert tx.list_unsent_notices(example.actor(Role.PLANNER)) == []


def test_wishes_of_company_are_the_desks_business(supplied: Store, example: Any, neighbour: Any) -> None:
    rider, other, driver = example.id("rider"), example.id("other"), example.id("driver")
    never = RiderWish(
        example.id("w1"), example.agency_id, rider, WishKind.NEVER_TOGETHER, "desk", example.noon, other_rider_id=other
    )
    gladly = RiderWish(
        example.id("w2"), example.agency_id, rider, WishKind.FAMILIAR_DRIVER, "desk", example.noon, driver_id=driver
    )
    with supplied.transaction() as tx:
        neighbour.supply(tx)
        tx.save_rider(replace(tx.get_rider(example.staff, rider), id=other))
        for each in (gladly, never):
            tx.add_rider_wish(each)
    with supplied.transaction() as tx:
        assert tx.list_rider_wishes(example.staff) == tx.list_rider_wishes(example.staff, rider) == [never, gladly]
        assert tx.list_rider_wishes(example.staff, other) == [never]
        for actor in actors(example):
            assert bool(tx.list_rider_wishes(actor, rider)) == (actor.role in DESK)
        assert tx.list_rider_wishes(neighbour.staff, rider) == []
        tx.delete_rider_wish(neighbour.staff, never.id)
        tx.delete_rider_wish(example.staff, gladly.id)
        assert tx.list_rider_wishes(example.staff) == [never]
    orphan = replace(never, id=example.id("w3"), other_rider_id="nobody")
    with pytest.raises(ConflictError, match="does not exist"):
        supplied.in_transaction(lambda tx: tx.add_rider_wish(orphan))


def test_marks_on_visits_are_kept_and_shown_to_the_desk_alone(supplied: Store, example: Any) -> None:
    run = example.run()
    marked = replace(
        run, visits=tuple(replace(v, company=Company(frozenset({"w"}), frozenset({"d"}))) if v.leg_id else v for v in run.visits)
    )
    assert marked != run
    with supplied.transaction() as tx:
        tx.add_run(marked)
    with supplied.transaction() as tx:
        assert tx.lock_runs([run.id]) == [marked]
        for actor in actors(example):
            seen = tx.list_runs(actor, run.day)
            assert all(any(v.company for v in one.visits) == (actor.role in DESK) for one in seen)
